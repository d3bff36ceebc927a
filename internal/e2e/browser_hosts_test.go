package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// before runs a script in each of the person's pages before their own.
func (p *person) before(source string) {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
		return err
	}))
}

// journey is what a visitor does with a chat from the first look to the next visit.
func journey(v *person, shop *shopPage) {
	v.t.Helper()
	talkOn(v, shop)
	v.until("the widget with its styles", looksLikeAPanel)
	v.click("@close")
	shop.reply(v.t, shop.newest(v.t), "One more thing", false)
	v.until("one unread", "shown('@launcher') && text('@badge') === '1'")
	talk := []string{"visitor: Hello from here", "agent: Hello there, see https://shop.example/help", "agent: One more thing"}
	v.openChat()
	v.hears(talk...)
	v.reload()
	v.openChat()
	v.hears(talk...)
	v.write("Back again")
	shop.reply(v.t, shop.newest(v.t), "Welcome back", false)
	v.hears(append(talk, "visitor: Back again", "agent: Welcome back")...)
	v.keys("half a thou")
	v.until("nothing reported against a policy", "!window.violations?.length")
}

// strictHosts is the whole journey under the policies that careful sites have, at a rush: whatever a policy
// forbids, the chat begins, and the browser does its work for it.
func strictHosts(t *testing.T, b *chromium) {
	srv := startServer(t, withEnv("DESKBELL_LIMIT_SESSIONS_WITHOUT_WORK", "1/h"))
	own := srv.url
	nonced := func(token string) string {
		return strings.ReplaceAll(strictSnippet(srv, token), "<script ", `<script nonce="r4nd0m" `)
	}
	plain := func(token string) string { return strictSnippet(srv, token) }
	for _, host := range []struct {
		name    string
		headers map[string]string
		body    func(token string) string
	}{
		{"nothing-else", map[string]string{"Content-Security-Policy": fmt.Sprintf("default-src 'none'; script-src %[1]s; connect-src %[1]s; img-src %[1]s", own)}, plain},
		{"strict-dynamic", map[string]string{"Content-Security-Policy": fmt.Sprintf("default-src 'none'; script-src 'nonce-r4nd0m' 'strict-dynamic'; connect-src %[1]s; img-src %[1]s; base-uri 'none'; object-src 'none'", own)}, nonced},
		{"trusted-types", map[string]string{"Content-Security-Policy": "require-trusted-types-for 'script'; trusted-types 'none'"}, plain},
		{"isolated", map[string]string{"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Opener-Policy": "same-origin"}, plain},
		{"all-of-it", map[string]string{"Cross-Origin-Embedder-Policy": "require-corp", "Content-Security-Policy": fmt.Sprintf("default-src 'self'; script-src 'nonce-r4nd0m'"+
			" 'strict-dynamic'; style-src 'self'; font-src 'self'; frame-src 'none'; worker-src 'none'; connect-src 'self' %[1]s; img-src 'self' %[1]s; require-trusted-types-for 'script'; trusted-types 'none'", own)}, nonced},
	} {
		shop := newShop(t, srv)
		started(t, srv, shop.widget, obj{})
		newVisitor(srv, shop.widget).mustWork(t, obj{})
		v := b.newPerson(t, "visitor", own, shop.site.url)
		v.expectRefusals()
		v.before("window.violations = []; addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective + ' ' + e.blockedURI))")
		v.open(shop.site.set("/"+host.name, hostPage{body: host.body(shop.widget.token), headers: host.headers}))
		if host.name == "isolated" && !see[bool](v, "crossOriginIsolated") {
			t.Error("the page is not isolated")
		}
		journey(v, shop)
	}
}

// oddGlobals is what old libraries and careless pages do to the language itself.
const oddGlobals = `<script>
	for (const kind of [Array, String, Number]) kind.prototype.toJSON = function () { return 'inspect: ' + this };
	Array.prototype.each = function (f) { for (let i = 0; i < this.length; i++) f(this[i]) };
	Array.prototype.last = 'mine';
	for (const word of ['extend', 'each', 'inspect', 'include', 'clone', 'merge', 'x']) Object.prototype[word] = function () { return this };
	Array.from = function (list) { return [].slice.call(list) };
	Function.prototype.bind = function (self) { const f = this; return function () { return f.apply(self, arguments) } };
	const realFetch = window.fetch; window.fetch = function (...args) { window.fetches = (window.fetches ?? 0) + 1; return realFetch.apply(this, args) };
	const RealPromise = Promise; window.Promise = class Poly extends RealPromise {};
	window.$ = window.W = window._ = function () { throw new Error('not yours') };
	addEventListener('keydown', e => { e.preventDefault(); throw new Error('a shortcut of the page') });
	for (const name of ['ready', 'open', 'close', 'message', 'sent', 'unread', 'session']) addEventListener('deskbell:' + name, () => { throw new Error('a handler of the page') });
	addEventListener('error', e => { if (/of the page/.test(e.message)) { window.thrown = (window.thrown ?? 0) + 1; e.preventDefault() } });
</script>`

// oddHosts are pages that work against the chat without meaning to.
func oddHosts(t *testing.T, b *chromium) {
	for _, host := range []struct {
		name string
		page hostPage
		more func(*person)
	}{
		{"patched", hostPage{head: oddGlobals}, func(v *person) {
			v.until("the page's own fetch in use and its errors its own", "window.fetches > 0 && window.thrown > 0")
		}},
		{"base", hostPage{head: `<base href="https://elsewhere.example/deep/" target="_top">`}, nil},
		{"quirks", hostPage{quirks: true}, func(v *person) { v.until("quirks", "document.compatMode === 'BackCompat'") }},
		{"named", hostPage{head: `<form id="supportSettings"></form>`,
			body: `<form name="Deskbell"><input name="q"></form><img name="fetch"><a id="deskbell">x</a><div style="position:fixed;inset:0;z-index:2147482999"></div>`}, nil},
	} {
		shop := newShop(t, b.srv)
		v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
		host.page.body += snippet(b.srv, shop.widget.token)
		v.open(shop.site.set("/"+host.name, host.page))
		journey(v, shop)
		if host.more != nil {
			host.more(v)
		}
		v.shot("host-" + host.name)
		is(t, shop.do(t, "GET", "/conversation/"+shop.newest(t), nil).ok(t, 200), "last_message", "Welcome back")
	}
}

// A page's own dialog keeps everything else out while it is open; the chat goes on after it.
func behindADialog(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/dialog", hostPage{body: `<dialog id="own"><p>Cookies?</p><button id="yes" onclick="own.close()">Yes</button></dialog>` + snippet(b.srv, shop.widget.token)}))
	v.openChat()
	v.write("Hello")
	see[bool](v, "own.showModal() ?? true")
	shop.reply(t, shop.newest(t), "Hi", false)
	v.hears("visitor: Hello", "agent: Hi")
	v.until("the focus with the page's dialog", "active().id === 'yes'")
	v.click("#yes")
	v.write("That was the page")
	see[bool](v, "(document.querySelector('main').inert = true)")
	v.write("Still here")
}

// noStorage is a browser that refuses storage; fullStorage one that has no room left.
const (
	noStorage   = `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError') } })`
	fullStorage = `Storage.prototype.setItem = function () { throw new DOMException('full', 'QuotaExceededError') }`
	noRoom      = `const room = Storage.prototype.setItem; Storage.prototype.setItem = function (k, v) { if (v.length) throw new DOMException('full', 'QuotaExceededError'); room.call(this, k, v) }`
)

// Without storage the chat works for as long as the page is open.
func storageBlocked(t *testing.T, b *chromium) {
	for _, source := range []string{noStorage, fullStorage, noRoom} {
		shop := newShop(t, b.srv)
		v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
		v.before(source)
		v.open(shop.url)
		talkOn(v, shop)
		v.click("@close")
		shop.reply(t, shop.newest(t), "One more thing", false)
		v.until("one unread", "text('@badge') === '1'")
		v.openChat()
		v.write("Same conversation")
		equal(t, "what the server has", shop.texts(t, shop.newest(t)), []string{"Hello from here", "Hello there, see https://shop.example/help", "One more thing", "Same conversation"})
	}
}

// A visitor's clock may be a day off in either direction: days, times and order are the real ones.
func wrongClock(t *testing.T, b *chromium) {
	for _, hours := range []int{-25, 25} {
		shop := newShop(t, b.srv)
		v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
		v.before(fmt.Sprintf(`{ const Real = Date, off = %d * 3600e3; window.realNow = () => Real.now();
			window.Date = class extends Real { constructor(...a) { a.length ? super(...a) : super(Real.now() + off) } static now() { return Real.now() + off } } }`, hours))
		v.open(shop.url)
		v.openChat()
		v.write("one")
		shop.reply(t, shop.newest(t), "two", false)
		v.hears("visitor: one", "agent: two")
		release := v.hold("*/session/messages")
		v.fill("@composer-input", "three")
		v.keys("\r")
		v.hears("visitor: one", "agent: two", "visitor: three")
		const days = "$$('.log .line').map(e => e.innerText)"
		equal(t, "the days", see[[]string](v, days), []string{"Today"})
		release()
		v.until("it sent", allSent)
		v.hears("visitor: one", "agent: two", "visitor: three")
		equal(t, "the days", see[[]string](v, days), []string{"Today"})
		v.until("the real time", `[0, 60e3].map(ago => new Intl.DateTimeFormat([], {timeStyle: 'short'}).format(realNow() - ago)).some(time => $$('.meta').at(-1).innerText.includes(time))`)
	}
}

// Over a whole journey the page gets nothing from the chat but the chat: no request to others,
// no cookie, no font, no global, nothing on the console.
func nothingElse(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	const names = `[Object.getOwnPropertyNames(window), Object.getOwnPropertyNames(document), Object.getOwnPropertyNames(Element.prototype), Object.getOwnPropertyNames(Array.prototype),
		Object.getOwnPropertyNames(history), Object.getOwnPropertyNames(document.documentElement.dataset), [...document.body.children].map(e => 'body > ' + e.localName), [...document.head.children].map(e => 'head > ' + e.localName),
		[...document.documentElement.attributes, ...document.body.attributes].map(a => a.name)].flat().filter(n => !/^\d+$/.test(n))`
	v.open(shop.site.set("/bare", hostPage{}))
	before := see[[]string](v, names)
	v.open(shop.url)
	journey(v, shop)
	after := see[[]string](v, names)
	added := slices.DeleteFunc(after, func(n string) bool { return slices.Contains(before, n) })
	slices.Sort(added)
	equal(t, "what the page has got", added, []string{"Deskbell", "body > deskbell-widget", "body > script", "body > script", "supportConfig"})
	equal(t, "fonts", see[[]string](v, "[...document.fonts].map(f => f.family)"), []string{})
	equal(t, "fonts and styles asked for", see[[]string](v, "performance.getEntriesByType('resource').filter(r => /font|\\.css|\\.woff/.test(r.name + r.initiatorType)).map(r => r.name)"), []string{})
	equal(t, "what is stored under other names", see[[]string](v, "[...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter(k => !k.startsWith('deskbell:'))"), []string{})
	equal(t, "databases", see[[]string](v, "indexedDB.databases().then(d => d.map(x => x.name))"), []string{})
	cookies, err := chromedp.CallBrowser(v.ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: chromedp.FromContext(v.ctx).BrowserContextID})
	if err != nil {
		t.Fatal(err)
	}
	if len(cookies.Cookies) != 0 {
		t.Errorf("the widget set cookies: %v", cookies.Cookies)
	}
	see[bool](v, "Deskbell('destroy') ?? true")
	v.until("nothing left of it", "!W && !window.Deskbell && !document.querySelector('deskbell-widget')")
}
