package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// newShopBehind is a shop whose visitors reach the server through a proxy.
func newShopBehind(t testing.TB, srv *server, head string) (*shopPage, *proxy) {
	t.Helper()
	s, p := newShop(t, srv), newProxy(t, srv)
	body := strings.ReplaceAll(snippet(srv, s.widget.token), srv.url, p.url)
	s.url = s.site.set("/", hostPage{head: head, body: body})
	s.site.set("/other", hostPage{body: body})
	return s, p
}

func (b *chromium) newVisitorBehind(t testing.TB, s *shopPage, p *proxy) *person {
	t.Helper()
	v := b.newPerson(t, "visitor", p.url, s.site.url)
	v.open(s.url)
	return v
}

// hurry makes the page's timers run eight times as fast, so that nobody has to wait for them.
const hurry = `<script>(() => { const real = setTimeout; window.setTimeout = (f, ms, ...more) => real(f, ms / 8, ...more) })()</script>`

// online tells the browser that its network is gone, or back.
func (p *person) online(on bool) {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		// The one stops the requests, the other tells the page.
		if _, err := chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Offline: !on, DownloadThroughput: -1, UploadThroughput: -1}},
		}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{
			Offline: !on, DownloadThroughput: -1, UploadThroughput: -1})
		return err
	}))
	p.until("its network's state", fmt.Sprintf("navigator.onLine === %v", on))
}

const allSent = "!$('@message[data-state=failed]') && !$('@message[data-state=sending]')"

// Browsers allow six connections to a server over HTTP/1.1: eight tabs share one line, and when
// the tab that has it goes, for good or only into the cache for going back, another takes over.
func eightTabs(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, "")
	tabs := []*person{b.newVisitorBehind(t, shop, proxy)}
	tabs[0].openChat()
	tabs[0].write("From the first tab")
	for len(tabs) < 8 {
		tab := tabs[0].another()
		tab.open(shop.url)
		tab.openChat()
		tabs = append(tabs, tab)
	}
	tabs[7].hears("visitor: From the first tab")
	tabs[7].write("From the eighth")
	talk := []string{"visitor: From the first tab", "visitor: From the eighth"}
	tabs[0].hears(talk...)
	if n := proxy.open(); n != 1 {
		t.Errorf("eight tabs hold %d live lines", n)
	}
	id := shop.newest(t)
	say := func(text string, to ...*person) {
		t.Helper()
		shop.reply(t, id, text, false)
		talk = append(talk, "agent: "+text)
		for _, tab := range to {
			tab.hears(talk...)
		}
	}
	say("To all of you", tabs...)

	// moved is how long nobody had the line after the tab that holds it has gone.
	moved := func(leave func()) {
		t.Helper()
		leave()
		gone := time.Now()
		eventually(t, 5*time.Second, "another tab has the line", func() bool { return proxy.open() == 1 })
		if took := time.Since(gone); took > time.Second {
			t.Errorf("the next tab took the line over after %v", took)
		}
	}
	moved(func() { tabs[0].open("about:blank") })
	say("One has gone", tabs[1:]...)

	leader := leaderOf(t, tabs[1:])
	see[bool](leader, "window.same = true")
	moved(func() { leader.open(shop.site.url + "/other") })
	say("One looks elsewhere", without(tabs[1:], leader)...)
	leader.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		h, err := chromedp.Call(ctx, page.GetNavigationHistory, struct{}{})
		if err != nil {
			return err
		}
		_, err = chromedp.Call(ctx, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: h.Entries[h.CurrentIndex-1].ID})
		return err
	}))
	leader.until("the page as it was left, from the cache", "window.same === true")
	leader.hears(talk...)
	say("And is back", tabs[1:]...)
	if n := proxy.open(); n != 1 {
		t.Errorf("seven tabs hold %d live lines", n)
	}
}

// leaderOf is the tab that holds the live line's lock.
func leaderOf(t testing.TB, tabs []*person) *person {
	t.Helper()
	for _, tab := range tabs {
		if see[bool](tab, `navigator.locks.query().then(async q => {
			const held = q.held.find(l => l.name.startsWith('deskbell:')), free = await new Promise(r => navigator.locks.request('me', {}, async () => r((await navigator.locks.query()).held.find(l => l.name === 'me').clientId)));
			return held?.clientId === free })`) {
			return tab
		}
	}
	t.Fatal("no tab holds the line")
	return nil
}

func without(tabs []*person, one *person) (rest []*person) {
	for _, tab := range tabs {
		if tab != one {
			rest = append(rest, tab)
		}
	}
	return rest
}

// On plain http browsers have no locks: every tab has a line of its own, and the chat works.
func withoutLocks(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, `<script>
		Object.defineProperty(navigator, 'locks', { value: undefined }); Object.defineProperty(crypto, 'randomUUID', { value: undefined });
		Object.defineProperty(crypto, 'subtle', { value: undefined })</script>`)
	first := b.newVisitorBehind(t, shop, proxy)
	first.openChat()
	first.write("From the first tab")
	second := first.another()
	second.open(shop.url)
	second.openChat()
	second.hears("visitor: From the first tab")
	second.write("From the second")
	shop.reply(t, shop.newest(t), "To both", false)
	for _, p := range []*person{first, second} {
		p.hears("visitor: From the first tab", "visitor: From the second", "agent: To both")
	}
}

// tunnel is how long somebody is truly offline, and what the page is told of time: a minute of its
// timers, and one of the clock's in the long form.
func tunnel() (length time.Duration, head string) {
	if os.Getenv("DESKBELL_SOAK") != "" {
		return time.Minute, ""
	}
	return time.Minute / 8, hurry
}

// A minute in a tunnel: what is written there, across a reload, arrives once and in order.
func offlineForAWhile(t *testing.T, b *chromium) {
	length, head := tunnel()
	shop, proxy := newShopBehind(t, b.srv, head)
	v := b.newVisitorBehind(t, shop, proxy)
	v.openChat()
	v.write("Before the tunnel")
	v.expectRefusals()
	v.online(false)
	proxy.cut()
	out := time.Now().Add(length)
	v.until("that it says so", "/offline/i.test(text('.connection'))")
	for _, text := range []string{"one", "two", "three"} {
		v.fill("@composer-input", text)
		v.keys("\r")
		v.until("it kept", fmt.Sprintf("said().includes(%s)", js("visitor: "+text)))
	}
	v.shot("offline")
	v.fill("@composer-input", "half a thou")
	id := shop.newest(t)
	shop.reply(t, id, "Are you still there?", false)
	eventually(t, length+patience, "the end of the tunnel", func() bool { return time.Now().After(out) })
	v.until("all of it kept", "$$('@message[data-state=failed], @message[data-state=sending]').length === 3")

	v.online(true)
	v.reload()
	proxy.heal()
	// Also without opening the chat: what the visitor has sent is on its way.
	v.reload()
	v.until("the launcher", "shown('@launcher')")
	eventually(t, patience, "all three with the server", func() bool { return len(shop.texts(t, id)) == 5 })
	equal(t, "what the server has", shop.texts(t, id), []string{"Before the tunnel", "Are you still there?", "one", "two", "three"})
	v.openChat()
	v.hears("visitor: Before the tunnel", "agent: Are you still there?", "visitor: one", "visitor: two", "visitor: three")
	v.until("all sent and the draft kept", allSent+" && $('@composer-input').value === 'half a thou'")

	// Back without a reload: the network's return alone is enough.
	v.online(false)
	proxy.cut()
	v.keys("ght\r")
	v.until("it kept", "said().includes('visitor: half a thought')")
	proxy.heal()
	v.online(true)
	v.until("it sent and the line up", allSent+" && !shown('.connection')")
	equal(t, "what the server has", shop.texts(t, id), []string{"Before the tunnel", "Are you still there?", "one", "two", "three", "half a thought"})
}

// impatient makes a page in which waiting never helps: what comes later than half a second does not come.
const impatient = `<script>(() => { const real = setTimeout; window.setTimeout = (f, ms, ...more) => real(f, ms > 500 ? 2 ** 31 - 1 : ms, ...more) })()</script>`

// The network's return is enough for message and line: neither waits for its next try.
func onlineAtOnce(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, impatient)
	v := b.newVisitorBehind(t, shop, proxy)
	v.openChat()
	v.expectRefusals()
	away := func(what string) {
		t.Helper()
		v.online(false)
		proxy.cut()
		v.fill("@composer-input", what)
		v.keys("\r")
		v.until("it kept", "shown('@message[data-state=failed] @retry')")
	}
	back := func() {
		t.Helper()
		proxy.heal()
		v.online(true)
	}
	// There is no line yet that could help.
	away("one")
	back()
	v.until("it sent", allSent)
	eventually(t, patience, "the line", func() bool { return proxy.open() == 1 })

	v.online(false)
	proxy.cut()
	eventually(t, patience, "no line", func() bool { return proxy.open() == 0 })
	shop.reply(t, shop.newest(t), "two", false)
	back()
	v.hears("visitor: one", "agent: two")
}

// Answers that get lost on the way make the widget send again, and nobody sees it twice.
func lostAnswers(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, hurry)
	v := b.newVisitorBehind(t, shop, proxy)
	v.openChat()
	v.write("Hello")
	v.expectRefusals()
	proxy.loseAnswers(3)
	for _, text := range []string{"one", "two"} {
		v.fill("@composer-input", text)
		v.keys("\r")
	}
	v.until("all sent", allSent+" && said().length === 3")
	v.hears("visitor: Hello", "visitor: one", "visitor: two")
	equal(t, "what the server has", shop.texts(t, shop.newest(t)), []string{"Hello", "one", "two"})
}

// The server dies in the middle of a conversation: words go both ways again by themselves.
func serverDies(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions(), watched(t))
	shop, proxy := newShopBehind(t, srv, "")
	v := b.newVisitorBehind(t, shop, proxy)
	v.openChat()
	v.write("one")
	id := shop.newest(t)
	shop.reply(t, id, "two", false)
	v.hears("visitor: one", "agent: two")
	v.expectRefusals()
	srv.kill()
	v.until("that it tries to come back", "/reconnecting/i.test(text('.connection'))")
	v.fill("@composer-input", "four")
	v.keys("\r")
	v.until("the message waiting", "shown('@message[data-state=failed] @retry')")
	if err := srv.start(); err != nil {
		t.Fatal(err)
	}
	shop.reply(t, id, "three", false)
	v.until("the line up again and all sent", "!shown('.connection') && "+allSent)
	v.until("every word once", "['visitor: one', 'agent: two', 'agent: three', 'visitor: four'].every(m => said().filter(s => s === m).length === 1) && said().length === 4")
	shop.reply(t, id, "five", false)
	v.until("what follows", "said().at(-1) === 'agent: five'")
	equal(t, "what the visitor sees", see[[]string](v, "said().map(m => m.split(': ')[1])"), shop.texts(t, id))
}

// A proxy that holds streams back until they end: the widget notices and asks instead.
func heldBackStream(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, hurry)
	proxy.buffer()
	v := b.newVisitorBehind(t, shop, proxy)
	v.openChat()
	v.write("Can you hear me?")
	id := shop.newest(t)
	shop.reply(t, id, "Yes", false)
	v.hears("visitor: Can you hear me?", "agent: Yes")
	v.write("Good")
	v.click("@close")
	shop.reply(t, id, "Anything else?", false)
	v.until("one unread", "text('@badge') === '1'")
	v.openChat()
	v.hears("visitor: Can you hear me?", "agent: Yes", "visitor: Good", "agent: Anything else?")
	v.until("no word of a lost line", "!shown('.connection')")
}

// Too much at once is said in a sentence with the time, and the message goes out after it.
func slowedDown(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, hurry)
	v := b.newVisitorBehind(t, shop, proxy)
	v.openChat()
	v.write("Hello")
	v.expectRefusals()
	proxy.answer("/session/messages", http.StatusTooManyRequests,
		`{"success":false,"error":"Too many messages","code":"rate_limited","statusCode":429,"retry_after":40}`, "Retry-After", "40")
	v.fill("@composer-input", "And this")
	v.keys("\r")
	v.until("when it goes out, in words", "$$('[role=alert]').some(e => shown(e) && /kept and goes out in 40 seconds/.test(e.innerText))")
	v.accessible("slowed down")
	v.shot("slowed-down")
	proxy.heal()
	v.until("it sent, and no more talk of it", allSent+" && said().length === 2 && !$$('[role=alert]').some(shown)")
	v.hears("visitor: Hello", "visitor: And this")
}

// An unwell server is waited for, at the very start too.
func unwellServer(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, hurry)
	proxy.answer("/config", http.StatusServiceUnavailable, "busy")
	v := b.newPerson(t, "visitor", proxy.url, shop.site.url)
	v.expectRefusals()
	v.open(shop.url)
	v.until("no launcher yet", "W && !shown('@launcher')")
	proxy.heal()
	v.openChat()
	proxy.answer("/session", http.StatusBadGateway, "<html>Bad gateway</html>")
	v.fill("@composer-input", "Hello")
	v.keys("\r")
	v.until("the message waiting", "shown('@message[data-state=failed] @retry')")
	proxy.heal()
	v.until("it sent", allSent)
	v.hears("visitor: Hello")
}
