package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// talkOn goes through a short conversation on a host page and closes the chat again.
func talkOn(v *person, shop *shopPage) {
	v.t.Helper()
	v.openChat()
	v.write("Hello from here")
	shop.reply(v.t, shop.newest(v.t), "Hello there, see https://shop.example/help", false)
	v.hears("visitor: Hello from here", "agent: Hello there, see https://shop.example/help")
}

// The widget needs no more from a strict site than its script, its calls and its pictures.
func strictHost(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	policy := fmt.Sprintf("default-src 'none'; script-src %[1]s; connect-src %[1]s; img-src %[1]s", b.srv.url)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/strict", hostPage{body: strictSnippet(b.srv, shop.widget.token),
		headers: map[string]string{"Content-Security-Policy": policy}}))
	talkOn(v, shop)
	v.until("its own look in spite of the policy", looksLikeAPanel)
	v.shot("host-strict-csp")
}

func trustedTypesHost(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/typed", hostPage{body: strictSnippet(b.srv, shop.widget.token),
		headers: map[string]string{"Content-Security-Policy": "require-trusted-types-for 'script'; trusted-types 'none'"}}))
	talkOn(v, shop)
}

// looksLikeAPanel is false for a panel without its styles.
const looksLikeAPanel = `(() => { const r = $('@panel').getBoundingClientRect(); return getComputedStyle($('@panel')).display !== 'none' &&
	r.width > 300 && r.width < 460 && r.right <= innerWidth && r.bottom <= innerHeight && parseFloat(getComputedStyle($('@panel')).borderRadius) > 0 })()`

// measure describes everything a host's styles could bend.
const measure = `[W.host, ...W.querySelectorAll('*')].filter(e => shown(e)).map(e => { const r = e.getBoundingClientRect(), s = getComputedStyle(e);
	return [e.tagName, e.className.baseVal ?? e.className, Math.round(r.left), Math.round(r.top), Math.round(r.width), Math.round(r.height),
		s.color, s.backgroundColor, s.fontFamily, s.fontSize, s.fontWeight, s.lineHeight, s.letterSpacing, s.textTransform, s.opacity, s.borderTopWidth, s.direction, s.cursor, s.zIndex].join(' ') })`

// hostileStyles reach for everything that a style of the page can bend. What would bend the page's
// own body, and so every child of it, spares the body.
const hostileStyles = `<style>
	* { font: italic 30px/3 fantasy !important; color: lime !important; background: black !important; border: 5px solid red !important; margin: 9px !important;
		padding: 9px !important; position: static !important; display: inline !important; float: left !important; letter-spacing: 9px !important; word-spacing: 9px !important;
		text-transform: uppercase !important; text-align: right !important; text-indent: 50px !important; direction: rtl !important; visibility: hidden !important;
		white-space: pre !important; pointer-events: none !important; cursor: wait !important; user-select: none !important; line-break: anywhere !important }
	body * { all: unset !important; opacity: .3 !important; transform: rotate(20deg) !important; filter: blur(9px) !important; zoom: 2 !important; z-index: -1 !important;
		clip-path: circle(5px) !important; inset: auto !important; contain: strict !important; mix-blend-mode: difference !important }
	deskbell-widget, deskbell-widget * { display: none !important; width: 10px !important; height: 10px !important; overflow: hidden !important }
</style>`

// A site's style sheet, however greedy, changes nothing about the chat.
func hostileHostStyles(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	look := func(path, head string) []string {
		v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
		v.open(shop.site.set(path, hostPage{head: head, body: snippet(b.srv, shop.widget.token)}))
		talkOn(v, shop)
		v.click("#title")
		v.calm()
		v.shot("host-styles" + strings.ReplaceAll(path, "/", "-"))
		return see[[]string](v, measure)
	}
	plain, bent := look("/plain", ""), look("/hostile", hostileStyles)
	for i := range max(len(plain), len(bent)) {
		if i >= len(plain) || i >= len(bent) || plain[i] != bent[i] {
			t.Fatalf("element %d of %d differs under the host's styles:\n%v\n%v", i, len(plain), at1(plain, i), at1(bent, i))
		}
	}
}

func at1(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "(missing)"
}
