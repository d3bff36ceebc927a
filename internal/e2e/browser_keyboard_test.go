package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func keyboardOnly(t *testing.T, b *chromium) {
	v := b.newVisitor(t, newShop(t, b.srv))
	v.until("the launcher", "shown('@launcher')")
	v.keys(kb.Tab)
	v.until("the page's own link first", "active().matches('a')")
	v.keys(kb.Tab)
	v.until("the focus on the launcher, visibly", "active() === $('@launcher') && active().matches(':focus-visible') && active().getAttribute('aria-expanded') === 'false'")
	v.keys("\r")
	v.until("the focus in the composer", "shown('@panel') && active() === $('@composer-input')")
	v.until("a dialog with a name that leaves the page usable", `(() => { const d = $('@panel');
		return d.getAttribute('role') === 'dialog' && W.getElementById(d.getAttribute('aria-labelledby')).innerText && d.getAttribute('aria-modal') !== 'true' && $('@launcher').getAttribute('aria-expanded') === 'true' })()`)
	v.keys("first line")
	v.keys("\r", chromedp.KeyModifiers(kb.ModifierShift))
	v.keys("second line\r")
	v.hears("visitor: first line\nsecond line")
	v.until("an empty composer that still has the focus", "active() === $('@composer-input') && active().value === ''")
	v.keys(kb.Escape)
	v.until("the panel closed and the focus back on the launcher", "!shown('@panel') && active() === $('@launcher')")
	v.keys(" ")
	v.until("the panel open again", "shown('@panel') && active() === $('@composer-input')")
}

func phoneAndDark(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv, "theme: 'auto'")
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	v.scheme("dark")
	v.open(shop.url)
	v.until("the launcher", "shown('@launcher')")
	v.calm()
	v.shot("phone-closed-dark")
	v.tap("@launcher")
	v.until("the panel over the whole screen", `(() => { const r = $('@panel').getBoundingClientRect();
		return r.left === 0 && r.top === 0 && r.width === innerWidth && r.height === innerHeight })()`)
	v.until("a modal dialog", "$('@panel').getAttribute('aria-modal') === 'true'")
	v.calm()
	v.shot("phone-open-dark")
	v.until("no zoom on focus", "parseFloat(getComputedStyle($('@composer-input')).fontSize) >= 16")

	// Tab goes round inside: the page below cannot be seen, so it must not be reached.
	for range 8 {
		v.keys(kb.Tab)
		v.until("the focus inside", "$('@panel').contains(active())")
	}
	for range 8 {
		v.keys(kb.Tab, chromedp.KeyModifiers(kb.ModifierShift))
		v.until("the focus inside", "$('@panel').contains(active())")
	}

	const dark = `(() => { const c = document.createElement('canvas').getContext('2d'); c.fillStyle = getComputedStyle($('@panel')).backgroundColor;
		c.fillRect(0, 0, 1, 1); const [r, g, b] = c.getImageData(0, 0, 1, 1).data; return r + g + b < 200 })()`
	v.until("dark", dark)
	v.tap("@composer-input")
	v.insert("From my phone")
	v.tap("@send")
	v.hears("visitor: From my phone")
	v.scheme("light")
	v.until("light", "!("+dark+")")
	v.calm()
	v.shot("phone-conversation-light")
	v.tap("@close")
	v.until("the page again", "!shown('@panel') && shown('@launcher')")
}
