package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// ear counts the sounds that a page makes.
const ear = `window.rung = 0; { const { start } = AudioScheduledSourceNode.prototype; AudioScheduledSourceNode.prototype.start = function (...when) { rung++; start.apply(this, when) } }`

// A message that arrives while nobody looks is heard, and shows in a hidden tab's title until it is
// seen; who wants neither has neither.
func titleOfAHiddenTab(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.before(ear)
	v.open(shop.url)
	v.openChat()
	v.write("Hello")
	id := shop.newest(t)
	const still = "!(await navigator.locks.query()).held.some(lock => lock.name.endsWith(':bell'))"
	shop.reply(t, id, "Hello to you", false)
	v.hears("visitor: Hello", "agent: Hello to you")
	v.until("no sound for what is read at once", "rung === 0")
	v.click("@close")
	shop.reply(t, id, "What is it about?", false)
	v.until("a sound, and the page's own title", "rung === 1 && text('@badge') === '1' && document.title === 'Shop'")
	v.until("the bell still, so that it can be rung again", still)
	v.openChat()
	hide := func(hidden bool) {
		see[bool](v, fmt.Sprintf(`(() => { const state = %s; Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
			document.dispatchEvent(new Event('visibilitychange')); return true })()`, js(map[bool]string{true: "hidden", false: "visible"}[hidden])))
	}
	see[bool](v, "(document.querySelector('title').textContent = ' Our   shop ', true)")
	hide(true)
	shop.reply(t, id, "Are you still there?", false)
	v.until("the news in the title, and a second sound", "document.title === '(1) New message' && rung === 2")
	v.until("the title between", "document.title === 'Our shop'")
	v.until("the news again", "document.title === '(1) New message'")
	see[bool](v, "(document.title = 'Your cart', true)")
	v.until("the news over the page's new title", "document.title === '(1) New message'")
	hide(false)
	v.until("the page's own title", "document.title === 'Your cart'")

	v.until("the bell still", still)
	v.choose("sound")
	v.reload()
	v.openChat()
	v.click("@menu")
	v.until("that sounds are off", "$('@menu-sound').getAttribute('aria-checked') === 'false'")
	v.keys(kb.Escape)
	hide(true)
	shop.reply(t, id, "Hello?", false)
	v.until("the message", "said().includes('agent: Hello?')")
	v.until("a muted tab without news and sound", "document.title === 'Shop' && rung === 0")
	hide(false)
	v.choose("sound")
	hide(true)
	shop.reply(t, id, "Are you back?", false)
	v.until("both again", "rung === 1 && document.title === '(1) New message'")
	hide(false)
	v.until("the bell still", still)
	see[bool](v, "Deskbell('set', { sound: false }), true")
	v.click("@menu")
	v.until("no choice where the site wants no sounds", "shown('@menu-fresh') && !$('@menu-sound')")
	v.keys(kb.Escape)
	hide(true)
	shop.reply(t, id, "Anybody?", false)
	v.until("the message", "said().includes('agent: Anybody?')")
	v.until("nothing of it in title and sound", "document.title === 'Shop' && rung === 1")
}
