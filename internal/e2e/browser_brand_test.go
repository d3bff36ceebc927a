package e2e

import (
	"net/http"
	"testing"
)

// hardBrands are colours that are hard to read beside something: too pale, too dark, or in between.
var hardBrands = []string{"#ffffff", "#000000", "#ffff00", "#777777", "#949494", "#ff0000", "#00ff00", "#0000ff", "#ff8800", "#8fb7ff"}

// wornBrand are the colours that the server makes of a brand's.
type wornBrand struct {
	Name    string   `json:"name"`
	Colours []string `json:"colours"`
}

// brands asks the server for the colours of each hard brand.
func brands(t *testing.T, srv *server) (out []wornBrand) {
	t.Helper()
	a := newAccount(t, srv)
	v := newVisitor(srv, a.newToken(t, "https://brands.example"))
	for _, colour := range hardBrands {
		a.configure(t, obj{"widget_settings": obj{"primary_color": colour}})
		b := wornBrand{Name: colour}
		for _, c := range list(t, v.do(t, "GET", "/config?lang=en", nil).ok(t, http.StatusOK), "config.launcher.colours") {
			b.Colours = append(b.Colours, c.(string))
		}
		out = append(out, b)
	}
	return out
}

// readable asserts that what the widget shows now can be read in every brand's colours, light and dark,
// measured on what the browser shows: text needs 4.5:1 against what is behind it; signs, the edges of
// fields, the mark of a wrong one and the mark of the focus, wherever it can be, need 3:1.
func (p *person) readable(what string, all []wornBrand) {
	p.t.Helper()
	for _, wrong := range see[[]string](p, "("+contrasts+")("+js(all)+")") {
		p.t.Errorf("%s: %s", what, wrong)
	}
}

const contrasts = `all => {
	const c = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
	const mixed = new Map();
	const rgb = (...colours) => {
		const key = colours.join();
		if (!mixed.has(key)) {
			for (const colour of colours) { c.fillStyle = colour; c.fillRect(0, 0, 1, 1) }
			mixed.set(key, [...c.getImageData(0, 0, 1, 1).data].slice(0, 3));
		}
		return mixed.get(key);
	};
	const light = v => { const [r, g, b] = v.map(x => (x /= 255) <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };
	const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => m - n); return (y + .05) / (x + .05) };
	const root = W.querySelector('.root');
	const behind = (e, over = []) => {
		// The header's colour deepens towards one corner.
		for (; e; e = e.parentElement) over.unshift(getComputedStyle(e).backgroundColor, ...(e.localName === 'header' ? ['rgb(0 0 0 / .13)'] : []));
		return [root.matches('[data-dark]') ? '#000' : '#fff', ...over];
	};
	const wrong = new Set();
	let worn = '';
	const check = (what, colour, under, least) => {
		const r = ratio(rgb(...under, colour), rgb(...under));
		if (r < least) wrong.add(worn + what + ' ' + rgb(...under, colour) + ' on ' + rgb(...under) + ': ' + r.toFixed(2));
	};
	const name = e => (e.dataset.test || e.className || e.localName) + ' "' + (e.innerText || '').slice(0, 20) + '"';
	// A thing that is off need not be read.
	const things = [...W.querySelectorAll('*')].filter(e => shown(e) && !e.closest('[aria-hidden=true]:not(svg), :disabled, [aria-disabled=true], .emoji:not(:first-child)'));
	const texts = things.filter(e => e.placeholder || e.value && e.matches('input, textarea, select') || [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
	const signs = things.filter(e => e.localName === 'svg' && e.closest('button, label, a'));
	const edges = things.filter(e => e.matches('input:not([type=checkbox], [type=radio]), select, .write, .rating textarea'));
	const over = ['.viewer', '.menu', '.picker'].map(s => W.querySelector(s)).find(e => e && shown(e));
	const stops = things.filter(e => e.matches('button, input, select, textarea, a, [tabindex="0"]') && (!over || over.contains(e)));
	const at = active();
	// Who is focused already, by a click, would show no mark.
	stops.at(-1)?.focus();
	const before = { style: root.getAttribute('style'), dark: root.matches('[data-dark]') };
	for (const brand of all) for (const dark of [false, true]) {
		worn = brand.name + (dark ? ', dark: ' : ', light: ');
		for (const [i, part] of ['brand', 'on-brand', 'ink'].entries()) root.style.setProperty('--' + part, brand.colours[part === 'ink' && dark ? 3 : i]);
		root.toggleAttribute('data-dark', dark);
		for (const e of texts) check(name(e), getComputedStyle(e, e.placeholder && !e.value ? '::placeholder' : null).color, behind(e), 4.5);
		for (const e of signs) check('the sign of ' + name(e.closest('button, label, a')), getComputedStyle(e).color, behind(e), 3);
		for (const e of edges) check('the edge of ' + name(e), getComputedStyle(e).borderTopColor, behind(e.parentElement), 3);
		for (const e of stops) {
			e.focus({ focusVisible: true, preventScroll: true });
			if (active() !== e) continue;
			// Some pass their mark on to what they stand in.
			const best = Math.max(...[e, e.closest('.write'), e.closest('label')].filter(Boolean).flatMap(m => {
				const s = getComputedStyle(m), outside = behind(m.parentElement), under = parseFloat(s.outlineOffset) < 0 ? behind(m) : outside;
				const line = (colour, on) => ratio(rgb(...on, colour), rgb(...on));
				return [s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 2 ? 0 : line(s.outlineColor, under), m.matches(':focus, :focus-within') && parseFloat(s.borderTopWidth) ? line(s.borderTopColor, outside) : 0];
			}));
			if (best < 3) wrong.add(worn + 'the focus on ' + name(e) + ': ' + best.toFixed(2));
		}
	}
	root.setAttribute('style', before.style);
	root.toggleAttribute('data-dark', before.dark);
	at.focus({ preventScroll: true });
	return [...wrong];
}`

// The colours that the server has made of a brand's are those that the widget wears.
func anyBrandColour(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	shop.configure(t, obj{"widget_settings": obj{"primary_color": "#ffff00"}})
	v := newVisitor(b.srv, shop.newToken(t, "https://brands.example"))
	colours := list(t, v.do(t, "GET", "/config?lang=en", nil).ok(t, http.StatusOK), "config.launcher.colours")
	p := b.newVisitor(t, shop)
	for _, look := range []struct {
		theme string
		ink   any
	}{{"light", colours[2]}, {"dark", colours[3]}} {
		see[bool](p, "Deskbell('theme', '"+look.theme+"'), true")
		p.until("the colours in "+look.theme, "(s => ['brand', 'on-brand', 'ink'].map(n => s.getPropertyValue('--' + n)).join() === "+js([]any{colours[0], colours[1], look.ink})+".join())(W.querySelector('.root').style)")
		p.shot("brand-" + look.theme)
	}
}
