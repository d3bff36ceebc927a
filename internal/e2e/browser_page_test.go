package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Two tabs show the same conversation over one live line, and the second takes it over when the
// first goes.
func twoTabs(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	first := b.newVisitor(t, shop)
	first.openChat()
	first.write("From the first tab")
	second := first.another()
	second.open(shop.url)
	second.openChat()
	second.hears("visitor: From the first tab")
	second.write("From the second")
	id := shop.newest(t)
	shop.reply(t, id, "To both", false)
	for _, p := range []*person{first, second} {
		p.hears("visitor: From the first tab", "visitor: From the second", "agent: To both")
	}
	const line = "GET " + api + "/session/events"
	if slices.Contains(second.asked(b.srv.url), line) {
		t.Error("the second tab has a live line of its own")
	}
	first.open("about:blank")
	second.wait("the live line taken over", func() bool { return slices.Contains(second.asked(b.srv.url), line) }, func() string { return "" })
	shop.reply(t, id, "Still there?", false)
	second.hears("visitor: From the first tab", "visitor: From the second", "agent: To both", "agent: Still there?")
}

// A site drives the chat by script: calls made before it loads, methods, events.
func pageScript(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/scripted", hostPage{
		head: `<script>
			window.Deskbell = window.Deskbell || function () { (Deskbell.q = Deskbell.q || []).push(arguments) };
			window.heard = [];
			for (const name of ['ready', 'open', 'close', 'message', 'sent', 'unread', 'session', 'error']) {
				Deskbell('on', name, detail => { heard.push(name); if (name === 'open') throw new Error('the page\'s own mistake') });
				addEventListener('deskbell:' + name, e => heard.push('window ' + name + ' ' + typeof e.detail));
			}
			Deskbell('prefill', 'Half a thought');
			addEventListener('error', e => e.preventDefault());
		</script>`,
		body: snippet(b.srv, shop.widget.token, "hideLauncher: true, user: { name: 'Vera Visitor', email: 'vera@customer.example' }"),
	}))
	v.until("it ready, with the launcher hidden as asked", "heard.includes('ready') && heard.includes('window ready object') && !shown('@launcher')")
	see[bool](v, "Deskbell.show(), true")
	v.until("the launcher", "shown('@launcher')")
	see[bool](v, "Deskbell('hide'), Deskbell('open'), true")
	v.until("the panel with the words given", "shown('@panel') && Deskbell.isOpen() === true && $('@composer-input').value === 'Half a thought' && heard.includes('open')")
	see[bool](v, "Deskbell('send', 'Sent by script'), true")
	v.hears("visitor: Sent by script")
	v.until("the events of it", "['session', 'sent', 'window sent object'].every(n => heard.includes(n))")
	conversation := shop.newest(t)
	is(t, shop.do(t, "GET", "/conversation/"+conversation, nil).ok(t, 200), "contact.email", "vera@customer.example")

	see[bool](v, "Deskbell.close(), Deskbell.show(), true")
	v.until("it closed", "!shown('@panel') && Deskbell.isOpen() === false && heard.includes('close')")
	shop.reply(t, conversation, "Noticed?", false)
	v.until("one unread", "Deskbell.unread() === 1 && text('@badge') === '1' && heard.includes('message') && heard.includes('unread')")
	see[bool](v, "Deskbell('theme', 'dark'), Deskbell.toggle(), true")
	v.until("it open and read", "shown('@panel') && Deskbell.unread() === 0")

	see[bool](v, "Deskbell('logout'), true")
	v.until("nothing left of the conversation", "said().length === 0 && !Object.keys(localStorage).some(k => /session|claims|outbox|draft/.test(k) && localStorage[k])")
	see[bool](v, "Deskbell('destroy'), true")
	v.until("nothing left of the chat", "!document.querySelector('deskbell-widget') && !('Deskbell' in window)")

	// The page's mistake is the page's to see, each time; nothing else was on the console.
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.wrong) != 2 || !strings.Contains(v.wrong[0], "own mistake") || !strings.Contains(v.wrong[1], "own mistake") {
		t.Errorf("want the page's own error twice: %q", v.wrong)
	}
	v.wrong = nil
}

// A page's script hears of every answer once, also of those that came before the live line began
// or while it was away.
func pageHearsAll(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, hurry+`<script>
		window.Deskbell = window.Deskbell || function () { (Deskbell.q = Deskbell.q || []).push(arguments) };
		window.heard = [];
		Deskbell('on', 'message', detail => heard.push(detail.message.text));
	</script>`)
	begin := make(chan struct{})
	proxy.set(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/session/events") {
			select {
			case <-begin:
			case <-r.Context().Done():
			}
		}
		return false
	})
	v := b.newVisitorBehind(t, shop, proxy)
	v.openChat()
	v.write("Is the blue one in stock?")
	see[bool](v, "Deskbell.close(), true")
	id := shop.newest(t)
	shop.reply(t, id, "Yes, it is", false)
	close(begin)
	v.until("the answer that was there first", "String(heard) === 'Yes, it is' && Deskbell.unread() === 1 && text('@badge') === '1'")

	v.expectRefusals()
	proxy.cut()
	shop.reply(t, id, "Three of them", false)
	proxy.heal()
	v.until("the answer that came meanwhile", "String(heard) === 'Yes, it is,Three of them' && Deskbell.unread() === 2")
	shop.reply(t, id, "Shall I keep one?", false)
	v.until("the next one", "heard.length === 3 && Deskbell.unread() === 3")
	see[bool](v, "Deskbell.open(), true")
	v.hears("visitor: Is the blue one in stock?", "agent: Yes, it is", "agent: Three of them", "agent: Shall I keep one?")
	v.until("nothing told twice", "heard.length === 3 && Deskbell.unread() === 0")
}
