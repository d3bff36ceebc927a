package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// contrasts are the widget's texts and edges that are too pale to read, measured on what the browser
// shows: text needs 4.5:1 against what is behind it, an edge or a sign 3:1.
const contrasts = `(() => {
	const c = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
	const rgb = (...colours) => { c.clearRect(0, 0, 1, 1); for (const colour of colours) { c.fillStyle = colour; c.fillRect(0, 0, 1, 1) } return [...c.getImageData(0, 0, 1, 1).data].slice(0, 3) };
	const light = v => { const [r, g, b] = v.map(x => (x /= 255) <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };
	const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => m - n); return (y + .05) / (x + .05) };
	const behind = (e, over = []) => { for (; e; e = e.parentElement) over.unshift(getComputedStyle(e).backgroundColor, ...(e.localName === 'header' ? ['rgb(0 0 0 / .13)'] : [])); return rgb('#fff', ...over) };
	const wrong = [];
	const check = (what, a, b, least) => { const r = ratio(a, b); if (r < least) wrong.push(what + ' ' + a + ' on ' + b + ': ' + r.toFixed(2)) };
	for (const e of W.querySelectorAll('*')) {
		if (!shown(e) || e.closest('[aria-hidden=true]') || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
		check((e.className || e.localName) + ' "' + e.innerText.slice(0, 20) + '"', rgb('#fff', getComputedStyle(e).color), behind(e), 4.5);
	}
	for (const name of ['@close', '@send', '@launcher']) if (shown($(name))) check(name, rgb('#fff', getComputedStyle($(name)).color), behind($(name)), 3);
	const surface = behind($('@panel'));
	$('@composer-input').focus();
	check('the focus', rgb('#fff', getComputedStyle($('.root')).getPropertyValue('--ink')), surface, 3);
	return wrong;
})()`

// Whatever colour a brand has, everything can be read.
func anyBrandColour(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, "")
	v := b.newVisitorBehind(t, shop, proxy)
	v.openChat()
	v.write("Hello")
	shop.reply(t, shop.newest(t), "Hello, see https://shop.example", false)
	v.until("the answer", "said().length === 2")
	colours := []string{"#ffffff", "#000000", "#767676", "#949494", "#ffff00", "#00ff00", "#0000ff", "#ff0000", "#ff8800"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 9 {
		colours = append(colours, fmt.Sprintf("#%06x", random.IntN(1<<24)))
	}
	for i, colour := range colours {
		for _, theme := range []string{"light", "dark"} {
			proxy.answer("/config", http.StatusOK, fmt.Sprintf(`{"success":true,"config":{"features":{"typing_indicators":true,"read_receipts":true},"widget_settings":{"theme":"%s","primary_color":"%s"}}}`, theme, colour),
				"Cache-Control", "no-store")
			v.reload()
			v.until("the chat", "typeof window.Deskbell?.open === 'function' && (Deskbell.open(), shown('@composer-input')) && said().length === 2")
			v.insert("A word")
			v.calm()
			for _, wrong := range see[[]string](v, contrasts) {
				t.Errorf("brand %s, %s: %s", colour, theme, wrong)
			}
			see[bool](v, "($('@composer-input').value = '') === ''")
			if i < 6 {
				v.shot("brand-" + strings.TrimPrefix(colour, "#") + "-" + theme)
			}
		}
	}
}

// What a page pays before its visitors open the chat: one element with a button in it, and nothing
// that goes on working.
func startsSmall(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.before(`window.work = { timers: 0, frames: 0 };
		const { setInterval: every, requestAnimationFrame: frame } = window;
		window.setInterval = (...args) => { work.timers++; return every(...args) };
		window.requestAnimationFrame = (...args) => { work.frames++; return frame(...args) }`)
	v.open(shop.site.set("/bare", hostPage{}))
	bare := see[int](v, "document.querySelectorAll('*').length")
	v.open(shop.site.set("/with", hostPage{body: snippet(b.srv, shop.widget.token)}))
	v.until("the launcher", "shown('@launcher')")
	if added := see[int](v, "document.querySelectorAll('*').length - document.querySelectorAll('script').length") - bare; added != 1 {
		t.Errorf("the page has %d new elements besides scripts, want 1", added)
	}
	if inside := see[int](v, "document.querySelector('deskbell-widget').shadowRoot.querySelectorAll('*').length"); inside > 10 {
		t.Errorf("the launcher has %d elements, want at most 10", inside)
	}
	if working := see[int](v, "work.timers + work.frames"); working != 0 {
		t.Errorf("%d repeating timers or frames, want none", working)
	}
}
