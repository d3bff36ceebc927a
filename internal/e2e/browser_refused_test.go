package e2e

import (
	"net/http"
	"testing"
)

// A domain that is refused in the middle of a conversation: an open panel says so, a
// closed launcher disappears, and a script does not bring it back.
func domainRefused(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, hurry)
	open, closed := b.newVisitorBehind(t, shop, proxy), b.newVisitorBehind(t, shop, proxy)
	open.openChat()
	open.write("I'm looking at it")
	closed.openChat()
	closed.write("I've been here")
	closed.click("@close")
	closed.until("the launcher", "shown('@launcher') && !shown('@panel')")
	open.expectRefusals()
	closed.expectRefusals()
	// To the server the page is another one now: it answers as to any stranger, without a word the page could read.
	proxy.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Origin") != "" {
			r.Header.Set("Origin", "https://elsewhere.example")
		}
		return false
	})
	proxy.ts.CloseClientConnections()
	open.until("that the chat is unavailable", "shown('@unavailable') && !shown('@composer-input')")
	open.until("what was said", "shown('@messages') && said().join() === \"visitor: I'm looking at it\"")
	open.inspect("domain-refused")
	closed.until("no launcher any more", "!shown('@launcher') && !shown('@panel')")
	see[bool](closed, "Deskbell.open().then(() => true)")
	closed.until("nothing after an open by script either", "!Deskbell.isOpen() && !shown('@launcher') && !shown('@panel')")
}

// Words that careless pages give to every object, and that mean something in a chat.
func ownWords(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/words", hostPage{
		head: `<script>for (const word of ['name', 'email', 'phone', 'title', 'label', 'options', 'locale', 'user', 'q']) Object.prototype[word] = function () { return this }</script>`,
		body: snippet(b.srv, shop.widget.token)}))
	journey(v, shop)
	v.shot("host-words")
	is(t, shop.do(t, "GET", "/conversation/"+shop.newest(t), nil).ok(t, 200), "last_message", "Welcome back")
}
