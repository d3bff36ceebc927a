package e2e

import (
	"embed"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The samples of the guide, copied out of the served page into sites of the kind they are for.

//go:embed testdata/frameworks
var frameworks embed.FS

// library serves a framework's own file on the site.
func (s *site) library(t testing.TB, name string) {
	t.Helper()
	content, err := frameworks.ReadFile("testdata/frameworks/" + name)
	if err != nil {
		t.Fatal(err)
	}
	s.script("/"+name, string(content))
}

func (s *site) script(path, source string) {
	s.set(path, hostPage{raw: source, headers: map[string]string{"Content-Type": "text/javascript; charset=utf-8"}})
}

// sample is the guide's code for this shop.
func (s *shopPage) sample(t testing.TB, file string) string {
	t.Helper()
	return sampleOf(t, s.srv, file, s.widget)
}

// oneChat writes a first message in a chat that is there once.
func oneChat(v *person) {
	v.t.Helper()
	v.openChat()
	if n := see[int](v, "document.querySelectorAll('deskbell-widget').length"); n != 1 {
		v.t.Errorf("%d chats", n)
	}
	v.write("Hello")
	v.hears("visitor: Hello")
}

// stays walks on by a click and finds the chat as it was left, open and half written.
func stays(v *person, walk func(), arrived string) {
	v.t.Helper()
	v.fill("@composer-input", "Still writing")
	walk()
	v.until("the chat as it was left", arrived+" && document.querySelectorAll('deskbell-widget').length === 1 && shown('@panel') && $('@composer-input').value === 'Still writing' && said().join() === 'visitor: Hello'")
}

func recipesForWebsites(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	// Tag Manager parses a tag and puts its nodes at the end of the body, each script made anew
	// with its address or text and no other attribute.
	tagManager := `<script>
	addEventListener('load', () => {
		const box = document.createElement('div');
		box.innerHTML = ` + strings.ReplaceAll(js(shop.sample(t, "gtm.html")), "</", `<\/`) + `;
		for (const node of [...box.childNodes]) {
			if (node.localName !== 'script') { document.body.append(node); continue }
			const script = document.createElement('script');
			if (node.src) script.src = node.src; else script.text = node.text;
			document.body.append(script);
		}
	})</script>`
	for path, body := range map[string]string{
		"/plain":     shop.sample(t, "plain.html"),
		"/strict":    shop.sample(t, "strict.html"),
		"/shopify":   shop.sample(t, "shopify.liquid"),
		"/wordpress": wordPress(t, shop.sample(t, "wordpress.php")),
		"/gtm":       tagManager,
	} {
		v := b.newPerson(t, "visitor of "+path, b.srv.url, shop.site.url)
		v.open(shop.site.set(path, hostPage{body: body}))
		oneChat(v)
		v.reload()
		v.openChat()
		v.hears("visitor: Hello")
	}
}

// Real React and Vue: the chat comes and goes with the component, also when it is put in, taken
// out and put in again before the script has come.
func recipesForFrameworks(t *testing.T, b *chromium) {
	for name, app := range map[string]string{
		"react": `import { createElement, createRoot } from 'react'
			window.mount = () => { const root = createRoot(app); const show = page => root.render(createElement(App, { page })); show('Home'); window.go = show; return () => root.unmount() }
			function App({ page }) { useChat(); return createElement('h2', null, page) }`,
		"vue": `import { createApp, h, ref } from 'vue'
			window.mount = () => { const page = ref('Home'); const root = createApp({ setup() { useChat(); return () => h('h2', page.value) } }); root.mount('#app'); window.go = to => { page.value = to }; return () => root.unmount() }`,
	} {
		shop := newShop(t, b.srv)
		shop.site.library(t, name+".min.js")
		shop.site.script("/useChat.js", shop.sample(t, name+".js"))
		v := b.newPerson(t, "visitor of "+name, b.srv.url, shop.site.url)
		v.open(shop.site.set("/app", hostPage{
			head: `<script type="importmap">{"imports":{"` + name + `":"/` + name + `.min.js"}}</script>`,
			body: `<div id="app"></div><script type="module">import { useChat } from '/useChat.js'
			` + app + `
			window.unmount = mount()</script>`,
		}))
		oneChat(v)
		stays(v, func() { see[bool](v, "history.pushState(0, '', '/next'), go('Next'), true") }, "text('#app h2') === 'Next'")
		see[bool](v, "unmount(), true")
		const gone = "!document.querySelector('deskbell-widget') && !('Deskbell' in window)"
		v.until("it gone with the component", gone)

		// Taken away as soon as the script is asked for: what comes of it must go too.
		const early = `new Promise(done => {
			const asked = new MutationObserver(() => { if (!document.querySelector('script[src$="/support-widget.js"]')) return; asked.disconnect(); off(); done(!document.querySelector('deskbell-widget')) });
			asked.observe(document.head, { childList: true });
			const off = mount();
		})`
		if !see[bool](v, early) {
			t.Error("it came at once: nothing was early")
		}
		v.until("nothing of what came late", gone)
		see[bool](v, early)
		see[bool](v, "window.unmount = mount(), true")
		v.openChat()
		v.hears("visitor: Hello")
		if n := see[int](v, "document.querySelectorAll('deskbell-widget').length"); n != 1 {
			t.Errorf("%s: %d chats", name, n)
		}
	}
}

// walks has pages /first and /second of a site whose head carries the chat and a real router.
func walks(t *testing.T, b *chromium, head func(*shopPage) string) *person {
	t.Helper()
	shop := newShop(t, b.srv)
	shop.site.library(t, "turbo.min.js")
	shop.site.library(t, "astro.min.js")
	first := shop.site.set("/first", hostPage{head: head(shop), body: `<p id="where">first</p><a id="on" href="/second">On</a>`})
	shop.site.set("/second", hostPage{head: head(shop), body: `<p id="where">second</p><a id="on" href="/first">Back</a>`})
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(first)
	see[bool](v, "window.sameDocument = true")
	oneChat(v)
	for _, page := range []string{"second", "first"} {
		stays(v, func() { v.click("#on") }, "text('#where') === '"+page+"' && window.sameDocument")
	}
	for _, page := range []string{"second", "first"} {
		stays(v, func() { see[bool](v, "history.back(), true") }, "text('#where') === '"+page+"' && window.sameDocument")
	}
	v.fill("@composer-input", "")
	v.write("After all that")
	v.hears("visitor: Hello", "visitor: After all that")
	return v
}

func recipeForTurbo(t *testing.T, b *chromium) {
	walks(t, b, func(shop *shopPage) string {
		return `<script type="module" src="/turbo.min.js"></script>` + shop.sample(t, "turbo.html")
	})
}

// What Astro writes for the sample is the sample without is:inline.
func recipeForAstro(t *testing.T, b *chromium) {
	walks(t, b, func(shop *shopPage) string {
		return `<meta name="astro-view-transitions-enabled" content="true"><meta name="astro-view-transitions-fallback" content="animate">` +
			`<script type="module" src="/astro.min.js"></script>` + strings.ReplaceAll(shop.sample(t, "layout.astro"), " is:inline", "")
	})
}

func recipeForConsent(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/consent", hostPage{head: shop.sample(t, "consent.html")}))
	v.until("the page", "document.readyState === 'complete'")
	see[bool](v, "stopChat(), true")
	if asked := v.asked(b.srv.url); len(asked) != 0 {
		t.Errorf("asked before the yes: %q", asked)
	}
	see[bool](v, "startChat(), true")
	oneChat(v)
	see[bool](v, "stopChat(), true")
	v.until("nothing left", "!document.querySelector('deskbell-widget') && !Object.keys(localStorage).some(k => /session|claims|outbox|draft/.test(k) && localStorage[k])")
	see[bool](v, "startChat(), true")
	v.openChat()
	v.until("a chat that knows nothing", "said().length === 0")
}

func recipeForCalls(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/calls", hostPage{head: shop.sample(t, "queue.html"), body: shop.sample(t, "button.html") + shop.sample(t, "plain.html")}))
	v.until("the launcher", "shown('@launcher')")
	v.click("main ~ button")
	v.until("the chat by the page's own button", "shown('@panel') && active() === $('@composer-input')")
	v.write("Hello")
	see[bool](v, "Deskbell('close'), true")
	shop.reply(t, shop.newest(t), "An answer", false)
	v.until("the count in the title", "document.title === '(1) Our shop'")
}

func recipeForIdentity(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	who := "known-" + unique("u")
	token := signed(t, shop.identitySecret(t, shop.widget), siteUser(shop.widget, who, nil))
	shop.site.set("/chat-identity", hostPage{raw: token, headers: map[string]string{"Content-Type": "text/plain"}})
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/account", hostPage{body: shop.sample(t, "identity.html")}))
	oneChat(v)
	is(t, shop.do(t, "GET", "/conversation/"+shop.newest(t), nil).ok(t, 200), "contact.external_id", who)
}

func recipeForAPolicy(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	name, policy, found := strings.Cut(shop.sample(t, "policy.txt"), ": ")
	if !found {
		t.Fatal("no header")
	}
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/policy", hostPage{body: shop.sample(t, "strict.html"), headers: map[string]string{name: policy}}))
	talkOn(v, shop)
	v.until("its own look", looksLikeAPanel)
	// The page of the policy runs nothing inline, so it was in force.
	if see[bool](v, "(() => { const s = document.createElement('script'); s.text = 'window.ran = 1'; document.body.append(s); return 'ran' in window })()") {
		t.Error("the policy was not in force")
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.wrong) != 1 || !strings.Contains(v.wrong[0], "inline script") {
		t.Errorf("want a word about the inline script only: %q", v.wrong)
	}
	v.wrong = nil
}

var (
	loadedByApp = regexp.MustCompile(`"(https?://[^"]+/chat/[^"]+)"`)
	calledByApp = regexp.MustCompile(`"(Deskbell\(.*?\))"`)
)

func recipesForLinksAndApps(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	secret := shop.identitySecret(t, shop.widget)
	v := b.newPerson(t, "reader of a mail", b.srv.url, shop.site.url)
	v.open(shop.site.set("/link", hostPage{body: shop.sample(t, "link.html")}))
	v.click("a[href*='/chat/']")
	v.until("the chat as a page", "location.origin === "+js(b.srv.url)+" && shown('@panel')")
	v.write("From the link")

	v.open(shop.site.set("/frame", hostPage{body: `<script>window.heard = []; addEventListener('message', e => heard.push(e.data.deskbell?.[0]))</script>` + shop.sample(t, "frame.html")}))
	v.until("the chat in a frame", "heard.includes('ready')")

	// An app loads an address and runs a line of script when the page has loaded.
	for _, file := range []string{"android.kt", "ios.swift"} {
		code := shop.sample(t, file)
		address, call := loadedByApp.FindStringSubmatch(code), calledByApp.FindStringSubmatch(code)
		if address == nil || call == nil {
			t.Fatalf("%s loads or calls nothing:\n%s", file, code)
		}
		who := unique("app")
		token := signed(t, secret, siteUser(shop.widget, who, nil))
		app := b.newPerson(t, file, b.srv.url)
		app.open(address[1])
		app.until("the page loaded", "document.readyState === 'complete'")
		see[bool](app, strings.NewReplacer("$identityToken", token, `\(identityToken)`, token).Replace(call[1])+", true")
		app.until("the composer", "shown('@composer-input')")
		app.write("From the app")
		is(t, shop.do(t, "GET", "/conversation/"+shop.newest(t), nil).ok(t, 200), "contact.external_id", who)
	}

	began := see[string](v, fmt.Sprintf("(async (supportToken, deviceId, user) => { %s; return session.session_token })(%s, 'device-of-an-app', { email: %s, name: 'App' })",
		shop.sample(t, "start.mjs"), js(shop.widget.token), js(unique("app")+"@customer.example")))
	if began == "" {
		t.Error("no session begun")
	}
	b.srv.keepOut(began)
}

// What goes wrong is called in the guide as the browser calls it.
func troubles(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	old, newer := newShop(t, b.srv), newShop(t, b.srv)
	newer.newToken(t, newer.site.url)
	elsewhere := newSite(t, "elsewhere.localhost")
	guide := b.newPerson(t, "site owner", b.srv.url)
	guide.open(b.srv.url + "/docs/widget")
	for heading, page := range map[string]string{
		"#refused":  elsewhere.set("/refused", hostPage{body: shop.sample(t, "plain.html")}),
		"#expired":  old.site.set("/expired", hostPage{body: old.sample(t, "plain.html")}),
		"#replaced": newer.site.set("/replaced", hostPage{body: newer.sample(t, "plain.html")}),
		"#blocked":  shop.site.set("/blocked", hostPage{body: shop.sample(t, "strict.html"), headers: map[string]string{"Content-Security-Policy": "script-src 'self'"}}),
	} {
		if heading == "#expired" || heading == "#replaced" {
			of := map[string]*shopPage{"#expired": old, "#replaced": newer}[heading]
			of.do(t, "DELETE", "/token/"+of.widget.id, nil).ok(t, http.StatusOK)
		}
		// A domain without a working token is refused in the same words as a foreign one.
		words := strings.ToLower(see[string](guide, "text("+js(strings.Replace(heading, "expired", "refused", 1)+" h3")+").match(/“(.*?)”/)[1]"))
		v := b.newPerson(t, "visitor", b.srv.url, shop.site.url, old.site.url, newer.site.url, elsewhere.url)
		v.expectRefusals()
		v.open(page)
		said := func() string {
			v.mu.Lock()
			defer v.mu.Unlock()
			return strings.ToLower(strings.Join(slices.Concat(v.wrong, v.refusals), "\n"))
		}
		v.wait("the words of "+heading, func() bool { return strings.Contains(said(), words) }, said)
		if see[bool](v, "shown('@launcher')") {
			t.Errorf("%s: there is a launcher all the same", heading)
		}
		if heading == "#blocked" {
			v.mu.Lock()
			v.wrong = nil
			v.mu.Unlock()
		}
	}
}

// The guide stands by itself: every link in it leads somewhere, every sample names this server and
// can be copied.
func guideToTheWidget(t *testing.T, b *chromium) {
	p := b.newPerson(t, "site owner", b.srv.url)
	p.open(b.srv.url + "/docs")
	p.click("main a[href='/docs/widget']")
	p.until("the guide", "document.readyState === 'complete' && text('h1') === 'The chat on your site'")
	if lost := see[[]string](p, "$$('nav a').map(a => a.hash).filter(h => !document.getElementById(h.slice(1)))"); len(lost) > 0 {
		t.Errorf("links to nothing: %q", lost)
	}
	if others := see[[]string](p, "$$('pre').flatMap(e => e.textContent.match(/https?:\\/\\/[^\\/\"'; ]+/g) ?? []).filter(a => a !== "+js(b.srv.url)+")"); len(others) > 0 {
		t.Errorf("samples that name other servers: %q", others)
	}
	p.click("[data-copy='#sample-plain-html']")
	p.until("the sample copied, or at least selected", "['Copied', 'Selected, copy it now'].includes(text('[data-copy=\"#sample-plain-html\"]').trim())")
	if wide := see[int](p, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
		t.Errorf("the page is %d px wider than its window", wide)
	}
	p.inspect("docs-widget")
}
