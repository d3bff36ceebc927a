package e2e

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// errorSeen keeps the widget's error event where the test can find it.
const errorSeen = `<script>addEventListener('deskbell:error', e => document.body.dataset.error = e.detail.error)</script>`

// A stolen snippet does nothing on another site, and nothing breaks there.
func foreignPage(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	foreign := newSite(t, "shop.localhost")
	p := b.newPerson(t, "stranger", b.srv.url, foreign.url)
	p.expectRefusals()
	p.open(foreign.set("/", hostPage{head: errorSeen, body: snippet(b.srv, shop.widget.token)}))
	p.until("the refusal", "document.body.dataset.error")
	if see[bool](p, "shown('@launcher') || shown('@panel')") {
		t.Error("the chat shows on a foreign page")
	}
	// Nor when the page's script opens it: the call ends when there would be something to see.
	see[bool](p, "Deskbell.open().then(() => true)")
	p.until("nothing after an open by script either", "!Deskbell.isOpen() && !shown('@launcher') && !shown('@panel')")
}

// A token that stops working: an open panel says so, a closed launcher disappears.
func tokenThatEnds(t *testing.T, b *chromium) {
	for _, end := range []struct {
		name string
		end  func(*shopPage)
	}{
		{"deleted", func(s *shopPage) { s.do(t, "DELETE", "/token/"+s.widget.id, nil).ok(t, 200) }},
		{"regenerated", func(s *shopPage) {
			v := s.do(t, "POST", "/token/regenerate", obj{"id": s.widget.id, "domain": s.widget.domain}).ok(t, 200)
			b.srv.keepOut(str(t, v, "token.token"))
		}},
	} {
		shop := newShop(t, b.srv)
		open, closed := b.newVisitor(t, shop), b.newVisitor(t, shop)
		open.openChat()
		open.write("I'm looking at it")
		closed.openChat()
		closed.write("I've been here")
		closed.click("@close")
		closed.until("the launcher", "shown('@launcher') && !shown('@panel')")
		open.expectRefusals()
		closed.expectRefusals()
		end.end(shop)
		open.until("that the chat is unavailable", "shown('@unavailable') && !shown('@composer-input')")
		open.until("what was said", "shown('@messages') && said().join() === \"visitor: I'm looking at it\"")
		open.shot("token-" + end.name)
		closed.until("no launcher any more", "!shown('@launcher') && !shown('@panel')")

		late := b.newPerson(t, "late visitor", b.srv.url, shop.site.url)
		late.expectRefusals()
		late.open(shop.site.set("/late", hostPage{head: errorSeen, body: snippet(b.srv, shop.widget.token)}))
		late.until("the refusal, without a launcher", "document.body.dataset.error && !shown('@launcher')")
	}
}

func isWidgetFile(request string) bool { return strings.HasPrefix(request, "GET /widget/") }

// widgetFiles are the widget's files among requests, without what changes with their content.
func widgetFiles(requests []string) (names []string) {
	for _, request := range requests {
		if isWidgetFile(request) {
			name, _, _ := strings.Cut(path.Base(request), ".")
			names = append(names, name+path.Ext(request))
		}
	}
	return names
}

// Until a visitor opens the chat, the page pays for the launcher and one small answer only; opening
// loads the panel, and all else comes when it is first needed.
func beforeOpening(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	ready := `<script>addEventListener('deskbell:ready', () => document.documentElement.dataset.ready = '1')</script>`
	bare := shop.site.set("/bare", hostPage{head: ready})
	page := shop.site.set("/with", hostPage{head: ready, body: snippet(b.srv, shop.widget.token)})
	p := b.newPerson(t, "visitor", b.srv.url, shop.site.url)

	const names = "Object.getOwnPropertyNames(window).filter(n => !/^\\d+$/.test(n))"
	p.open(bare)
	before := see[[]string](p, names)
	p.open(page)
	p.until("the launcher", "document.documentElement.dataset.ready && shown('@launcher') && document.readyState === 'complete'")
	// Whatever would follow at once has been asked for by the time the page has painted and rested.
	see[bool](p, "new Promise(done => requestAnimationFrame(() => requestIdleCallback(() => done(true))))")
	equal(t, "requests before opening", p.asked(b.srv.url), []string{"GET /support-widget.js", "GET " + api + "/config?lang=en&locale="})

	after := see[[]string](p, names)
	added := slices.DeleteFunc(after, func(n string) bool { return slices.Contains(before, n) })
	slices.Sort(added)
	equal(t, "new globals", added, []string{"Deskbell", "supportConfig"})

	p.openChat()
	asked := p.asked(b.srv.url)
	equal(t, "files that opening loads", widgetFiles(asked), []string{"panel.js"})
	equal(t, "requests of an open chat besides", slices.DeleteFunc(slices.Clone(asked[2:]), isWidgetFile), []string{"GET " + api + "/availability"})
	for request, most := range map[string]int{asked[0]: 4096, asked[slices.IndexFunc(asked, isWidgetFile)]: 12288} {
		script := b.srv.do(t, "GET", strings.TrimPrefix(request, "GET "), nil, "Accept-Encoding", "br")
		if len(script.body) > most || script.header.Get("Content-Encoding") != "br" {
			t.Errorf("%s: %d bytes, encoded %q, want at most %d of br", request, len(script.body), script.header.Get("Content-Encoding"), most)
		}
	}
	p.write("Now there is a session")
	p.until("where an answer can go, as nobody is here", "shown('@away')")
	p.click("@emoji")
	p.until("the grid", "$$('.emoji').length > 1800")
	// What tells the team of typing comes as soon as a visitor with a session writes or stops.
	loaded := slices.DeleteFunc(widgetFiles(p.asked(b.srv.url)), func(name string) bool { return name == "alerts.js" })
	equal(t, "files after a message and a look at the emoji", loaded, []string{"panel.js", "visit.js", "emoji.js", "emoji.txt"})

	known := len(p.asked(b.srv.url))
	p.reload()
	eventually(t, patience, "the line of who comes back", func() bool {
		return slices.Contains(p.asked(b.srv.url)[known:], "GET "+api+"/session/events")
	})
	equal(t, "files for who comes back, before opening", widgetFiles(p.asked(b.srv.url)[known:]), []string{"panel.js"})
	shop.reply(t, shop.newest(t), "Welcome back", false)
	p.until("the count", "text('@badge') === '1'")
	equal(t, "files for who comes back and has news", widgetFiles(p.asked(b.srv.url)[known:]), []string{"panel.js", "alerts.js"})

	cookies, err := chromedp.CallBrowser(p.ctx, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID})
	if err != nil {
		t.Fatal(err)
	}
	if len(cookies.Cookies) != 0 {
		t.Errorf("the widget set cookies: %v", cookies.Cookies)
	}
}

// A visitor whose site got a new snippet goes on where they were, and so in a tab that still has the old one.
func replacedToken(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Where is my parcel?")
	id := shop.newest(t)
	shop.site.set("/", hostPage{body: snippet(b.srv, shop.replaceToken(t, shop.widget.id).token)})
	v.open(shop.url)
	v.openChat()
	v.until("what was said", "said().some(m => m.includes('Where is my parcel?'))")
	shop.reply(t, id, "On its way.", false)
	v.until("the answer", "said().some(m => m.includes('On its way.'))")
	shop.do(t, "DELETE", "/token/"+shop.widget.id, nil).ok(t, http.StatusOK)
	v.reload()
	v.openChat()
	v.until("all of it", "said().length >= 2")
	v.write("Thank you!")
	if newest := shop.newest(t); newest != id {
		t.Errorf("another conversation: %s, not %s", newest, id)
	}
}
