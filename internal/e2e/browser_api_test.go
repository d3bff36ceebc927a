package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// listening keeps every event of the widget in window.heard, as "name" and with what came along in
// window.details.
const listening = `<script>
	window.Deskbell = window.Deskbell || function () { (Deskbell.q = Deskbell.q || []).push(arguments) };
	window.heard = [], window.details = {};
	for (const name of ['ready', 'open', 'close', 'message', 'sent', 'unread', 'session', 'error'])
		Deskbell('on', name, detail => { heard.push(name); details[name] = detail });
</script>`

// Each method does what it says, called before the script has come and after, in both ways.
func apiMethods(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/queued", hostPage{head: listening + `<script>
		Deskbell('hide'); Deskbell('open'); Deskbell('prefill', 'From the queue'); Deskbell('theme', 'dark');
		window.off = () => heard.push('taken off');
		Deskbell('on', 'open', off); Deskbell('off', 'open', off);
		Deskbell('nothing of this name', 1); Deskbell('constructor'); Deskbell('__proto__'); Deskbell();
	</script>`, body: snippet(b.srv, shop.widget.token)}))
	v.until("what was queued", "shown('@panel') && !shown('@launcher') && $('@composer-input').value === 'From the queue' && W.querySelector('.root').matches('[data-dark]')")
	for _, step := range []struct{ call, want string }{
		{"Deskbell.isOpen() === true && Deskbell('isOpen') === true", "heard.includes('open') && !heard.includes('taken off')"},
		{"Deskbell('close')", "!shown('@panel') && !Deskbell.isOpen() && !shown('@launcher')"},
		{"Deskbell('show')", "shown('@launcher')"},
		{"Deskbell.hide()", "!shown('@launcher')"},
		{"Deskbell.set({ hideLauncher: false, position: 'bottom-left', zIndex: 77 })", "shown('@launcher') && $('@launcher').getBoundingClientRect().left === 20 && getComputedStyle($('@launcher')).zIndex === '77'"},
		{"Deskbell.toggle()", "shown('@panel')"},
		{"Deskbell('toggle')", "!shown('@panel')"},
		{"Deskbell.prefill('Other words')", "!shown('@panel')"},
		{"Deskbell.open()", "shown('@panel') && $('@composer-input').value === 'Other words'"},
		{"Deskbell.send('  ')", "said().length === 0"},
		{"Deskbell.identify({ name: 'Ida', email: 'ida@customer.example', auth_attr: { plan: 'gold' } })", "true"},
		{"Deskbell.send('Sent by script')", "said().join() === 'visitor: Sent by script' && heard.includes('sent') && details.sent.message.text === 'Sent by script' && /^[0-9a-f]{24}$/.test(details.session.conversation_id)"},
		{"Deskbell.theme('light')", "!W.querySelector('.root').matches('[data-dark]')"},
		{"Deskbell.set(null), Deskbell.set('x'), Deskbell.identify(7), Deskbell.send(), Deskbell.on('open'), Deskbell.off('never')", "shown('@panel')"},
	} {
		see[bool](v, "("+step.call+"), true")
		v.until("after "+step.call, step.want)
	}
	c := shop.do(t, "GET", "/conversation/"+shop.newest(t), nil).ok(t, 200)
	is(t, c, "contact.email", "ida@customer.example")
	is(t, c, "auth_attr.plan", "gold")

	see[bool](v, "Deskbell.close(), Deskbell.show(), heard.length = 0, true")
	shop.reply(t, shop.newest(t), "An answer", false)
	v.until("the events of an answer", "heard.includes('message') && heard.includes('unread') && details.message.message.text === 'An answer' && details.unread.count === 1 && Deskbell('unread') === 1")
	see[bool](v, "Deskbell('logout'), Deskbell('open'), true")
	v.until("a chat that knows nobody", "shown('@panel') && said().length === 0 && Deskbell.unread() === 0")
	v.write("Somebody else")
	if got := at(t, shop.do(t, "GET", "/conversation/"+shop.newest(t), nil).ok(t, 200), "contact.email"); got != nil {
		t.Errorf("after logging out the chat says it is %v", got)
	}
}

// A page that includes the script twice has one chat, and one that throws the whole thing away has
// none: no node, no request, no listener, no timer. It may start again.
func apiDestroy(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	twice := snippet(b.srv, shop.widget.token)
	// Whatever the widget hangs on what outlives it is counted from the first.
	v.open(shop.site.set("/twice", hostPage{head: `<script>
		window.hung = new Map();
		for (const target of [window, document, MediaQueryList.prototype, navigation, visualViewport]) {
			const add = target.addEventListener, remove = target.removeEventListener;
			target.addEventListener = function (kind, handler, options) {
				const mine = (new Error().stack || '').includes('/widget/') || (new Error().stack || '').includes('support-widget');
				if (mine && !options?.once) {
					const key = {}; hung.set(key, kind);
					handler && (handler.key = key);
					options?.signal?.addEventListener('abort', () => hung.delete(key));
				}
				return add.call(this, kind, handler, options);
			};
			target.removeEventListener = function (kind, handler, options) { hung.delete(handler?.key); return remove.call(this, kind, handler, options) };
		}
		window.timers = new Set();
		const { setTimeout: later, clearTimeout: never } = window;
		window.setTimeout = (f, ms, ...more) => { const id = later(() => { timers.delete(id); f(...more) }, ms); if (new Error().stack.includes(':` + port(b.srv.url) + `')) timers.add(id); return id };
		window.clearTimeout = id => { timers.delete(id); never(id) };
	</script>` + listening, body: twice + twice}))
	v.openChat()
	v.write("Here I am")
	if n := see[int](v, "document.querySelectorAll('deskbell-widget').length"); n != 1 {
		t.Errorf("%d chats of two scripts", n)
	}
	v.until("listeners that are counted", "hung.size > 5")
	see[bool](v, "window.kept = Deskbell, Deskbell.destroy(), true")
	v.until("nothing left of it", "!document.querySelector('deskbell-widget') && !('Deskbell' in window) && !timers.size && ![...hung.values()].length")
	before := len(v.asked(b.srv.url))
	shop.reply(t, shop.newest(t), "Are you there?", false)
	see[bool](v, "kept('open'), kept.send('Ghost'), kept('locale', 'de'), dispatchEvent(new Event('online')), document.dispatchEvent(new Event('visibilitychange')), true")
	see[bool](v, "new Promise(done => requestAnimationFrame(() => requestIdleCallback(() => done(true))))")
	if after := v.asked(b.srv.url); len(after) != before {
		t.Errorf("requests after its end: %q", after[before:])
	}

	boot := fmt.Sprintf(`(() => { const s = document.createElement('script'); s.src = %s; s.async = true; document.head.append(s) })(), true`, js(b.srv.url+"/support-widget.js"))
	see[bool](v, boot)
	v.openChat()
	v.hears("visitor: Here I am", "agent: Are you there?")
	if n := see[int](v, "document.querySelectorAll('deskbell-widget').length"); n != 1 {
		t.Errorf("%d chats after starting again", n)
	}
	// Gone while its code is on the way: nothing comes after.
	see[bool](v, "Deskbell.destroy(), "+boot)
	v.until("it again", "window.Deskbell?.destroy")
	see[bool](v, "window.first = Deskbell, first.open(), first.destroy(), "+boot)
	v.until("the next one", "window.Deskbell && Deskbell !== first && shown('@launcher')")
	v.openChat()
	v.hears("visitor: Here I am", "agent: Are you there?")
}

func port(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

// A site of one page: the chat stays through navigation and through bodies that are swapped, with
// what was being written.
func apiSinglePage(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/app", hostPage{head: listening, body: snippet(b.srv, shop.widget.token)}))
	v.openChat()
	for i := range 25 {
		see[bool](v, fmt.Sprintf("Deskbell('send', 'Line %d'), true", i))
	}
	v.until("them all", "said().length === 25 && $$('@message').every(m => m.dataset.state === 'sent')")
	v.fill("@composer-input", "Still writing")
	// Turbo puts another body in place, Astro moves the children; both run the page's scripts again.
	for name, swap := range map[string]string{
		"another body":     `document.documentElement.replaceChild(Object.assign(document.createElement('body'), { innerHTML: '<h1>Next page</h1>' }), document.body)`,
		"other children":   `document.body.replaceChildren(Object.assign(document.createElement('h1'), { textContent: 'Next page' }))`,
		"a whole document": `(d => document.documentElement.replaceWith(d))(Object.assign(document.createElement('html'), { innerHTML: '<head><title>Next</title></head><body><h1>Next page</h1></body>' }))`,
	} {
		see[bool](v, "history.pushState(0, '', '/next'), "+swap+", (() => { const s = document.createElement('script'); s.src = "+js(b.srv.url+"/support-widget.js")+"; document.body.append(s) })(), true")
		v.until("the chat after "+name, "text('h1') === 'Next page' && document.querySelectorAll('deskbell-widget').length === 1 && shown('@panel') && $('@composer-input').value === 'Still writing' && said().length === 25")
		v.until("the newest in sight after "+name, "(l => l.scrollHeight - l.scrollTop - l.clientHeight < 5)($('@messages'))")
	}
	v.write("After all that")
	if n := len(at(t, shop.do(t, "GET", "/conversations", nil).ok(t, 200), "conversations").([]any)); n != 1 {
		t.Errorf("%d conversations", n)
	}
}

// A page whose handler throws sees its own mistake, and the chat goes on.
func apiBrokenPage(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/broken", hostPage{head: listening + `<script>
		window.mistakes = 0;
		console.error = () => mistakes++;
		addEventListener('error', e => { mistakes++; e.preventDefault() });
		for (const name of ['ready', 'open', 'session', 'sent']) { Deskbell('on', name, () => { throw new Error('of the page') }); addEventListener('deskbell:' + name, () => { throw new Error('of the page') }) }
		Deskbell('on', 'sent', () => heard.push('sent, second handler'));
	</script>`, body: snippet(b.srv, shop.widget.token)}))
	v.openChat()
	v.write("It works")
	v.until("every handler called", "heard.includes('sent, second handler') && mistakes >= 8")
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, w := range v.wrong {
		if !strings.Contains(w, "of the page") {
			t.Error(w)
		}
	}
	v.wrong = nil
}

// The site's own server says who is here, signed: the session is that person's, on each browser,
// and never a stranger's.
func apiIdentity(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	secret := shop.identitySecret(t, shop.widget)
	anna, bob := "anna-"+unique("u"), "bob-"+unique("u")
	token := func(who string) string {
		return signed(t, secret, siteUser(shop.widget, who, obj{"email": who + "@customer.example", "name": "Known " + who[:3]}))
	}
	page := func(path, who string) string {
		return shop.site.set(path, hostPage{head: listening, body: snippet(b.srv, shop.widget.token, who)})
	}
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(page("/fixed", "identity_token: '"+token(anna)+"'"))
	v.openChat()
	v.write("Anna here")
	conversation := shop.newest(t)
	c := shop.do(t, "GET", "/conversation/"+conversation, nil).ok(t, 200)
	is(t, c, "verified", true)
	is(t, c, "contact.external_id", anna)
	is(t, c, "contact.name", "Known ann")

	// On another device, by a function that is asked when it is needed.
	other := b.newPerson(t, "same visitor's phone", b.srv.url, shop.site.url)
	other.open(page("/function", "identity_token: async () => { window.asked = (window.asked || 0) + 1; return '"+token(anna)+"' }"))
	other.openChat()
	if see[bool](other, "window.asked > 0") {
		t.Error("the site was asked before there was anything to say")
	}
	other.write("And here")
	other.hears("visitor: Anna here", "visitor: And here")
	v.hears("visitor: Anna here", "visitor: And here")
	other.reload()
	other.openChat()
	other.hears("visitor: Anna here", "visitor: And here")

	// Somebody else signs in at the site, in the same browser.
	v.open(page("/other", "identity_token: '"+token(bob)+"'"))
	v.openChat()
	v.until("nothing of the other's", "said().length === 0")
	v.write("I'm Bob")
	v.hears("visitor: I'm Bob")
	is(t, shop.do(t, "GET", "/conversation/"+shop.newest(t), nil).ok(t, 200), "contact.external_id", bob)

	// Somebody who has written before signing in takes the conversation along.
	late := b.newVisitor(t, shop)
	late.openChat()
	late.write("Not signed in yet")
	started := shop.newest(t)
	see[bool](late, "Deskbell('set', { identity_token: '"+token("late-"+anna)+"' }), true")
	late.wait("the session proven", func() bool {
		return at(t, shop.do(t, "GET", "/conversation/"+started, nil).ok(t, 200), "verified") == true
	}, func() string { return started })
	late.write("Now I am")
	late.hears("visitor: Not signed in yet", "visitor: Now I am")

	// A word that is not the site's: the page hears of it, and nobody writes as a stranger.
	bad := b.newPerson(t, "impostor", b.srv.url, shop.site.url)
	bad.expectRefusals()
	bad.open(page("/bad", "identity_token: '"+signed(t, "not the secret", siteUser(shop.widget, anna, nil))+"'"))
	before := shop.newest(t)
	bad.openChat()
	bad.fill("@composer-input", "Believe me")
	bad.keys("\r")
	bad.until("the refusal", "details.error?.error === 'Invalid identity token' && details.error.statusCode === 401 && shown('@retry')")
	equal(t, "conversations with a message", []string{shop.newest(t)}, []string{before})
	see[bool](bad, "Deskbell('set', { identity_token: '"+token(bob)+"' }), true")
	bad.until("it sent once the word is right", "said().at(-1) === 'visitor: Believe me' && $$('@message[data-sender=visitor]').at(-1).dataset.state === 'sent'")
}
