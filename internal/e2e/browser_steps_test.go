package e2e

import (
	_ "embed"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// site is a customer's web server; its pages are somebody else's as far as Deskbell knows.
type site struct {
	// url is its origin.
	url   string
	mu    sync.Mutex
	pages map[string]hostPage
}

// hostPage is one page of a customer: what stands in its body and which headers it sends.
type hostPage struct {
	head, body string
	headers    map[string]string
	// quirks leaves the doctype out.
	quirks bool
	// raw is served as it is, instead of a page: scripts and such.
	raw string
}

// newSite serves pages under a loopback name, for which tokens accept plain http.
func newSite(t testing.TB, hostname string) *site {
	t.Helper()
	s := &site{pages: map[string]hostPage{}}
	ts := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(ts.Close)
	u, err := url.Parse(ts.URL)
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + hostname + ":" + u.Port()
	return s
}

// set puts a page at a path and returns its address.
func (s *site) set(path string, p hostPage) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = p
	return s.url + path
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	p, found := s.pages[r.URL.Path]
	s.mu.Unlock()
	if r.URL.Path == "/favicon.ico" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if !found {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	for name, value := range p.headers {
		w.Header().Set(name, value)
	}
	if p.raw != "" {
		_, _ = fmt.Fprint(w, p.raw)
		return
	}
	if !p.quirks {
		_, _ = fmt.Fprint(w, "<!doctype html>")
	}
	_, _ = fmt.Fprintf(w, `<html lang="en"><head><meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop</title>%s</head>
<body><main><h1>Our shop</h1><p>Good things. <a href="/cart">Your cart</a></p></main>%s</body></html>`, p.head, p.body)
}

// snippet is the documented one; more are further settings, as JavaScript.
func snippet(srv *server, token string, more ...string) string {
	return fmt.Sprintf("<script>\n  window.supportConfig = { %s };\n</script>\n<script src=\"%s/support-widget.js\" async></script>",
		strings.Join(append([]string{"token: '" + token + "'"}, more...), ", "), srv.url)
}

// strictSnippet is the documented one without inline script.
func strictSnippet(srv *server, token string) string {
	return fmt.Sprintf(`<script src="%s/support-widget.js" data-token="%s" async></script>`, srv.url, html.EscapeString(token))
}

// shopPage is a page with the snippet of a fresh token for a fresh site.
type shopPage struct {
	*account
	site   *site
	widget supportToken
	url    string
}

func newShop(t testing.TB, srv *server, more ...string) *shopPage {
	t.Helper()
	s := &shopPage{account: newAccount(t, srv), site: newSite(t, "localhost")}
	s.widget = s.newToken(t, s.site.url)
	s.url = s.site.set("/", hostPage{body: snippet(srv, s.widget.token, more...)})
	return s
}

// newest is the conversation of the shop in which something happened last.
func (s *shopPage) newest(t testing.TB) string {
	t.Helper()
	return str(t, s.do(t, "GET", "/conversations?limit=1", nil).ok(t, http.StatusOK), "conversations.0._id")
}

// newVisitor is somebody new on the shop's page.
func (b *chromium) newVisitor(t testing.TB, s *shopPage) *person {
	t.Helper()
	p := b.newPerson(t, "visitor", s.srv.url, s.site.url)
	p.open(s.url)
	return p
}

// openChat opens the panel and waits until one can write.
func (p *person) openChat() {
	p.t.Helper()
	p.click("@launcher")
	p.until("the open chat with the focus in the composer", "shown('@panel') && active() === $('@composer-input')")
}

// write sends a message from the widget's composer and waits until the server has it.
func (p *person) write(text string) {
	p.t.Helper()
	p.fill("@composer-input", text)
	p.keys("\r")
	p.until("the message sent", fmt.Sprintf("$$('@message[data-sender=visitor]').some(m => m.innerText.includes(%s) && ['sent', 'read'].includes(m.dataset.state))", js(text)))
}

// hears waits until exactly these messages are shown, each "sender: text", in this order.
func (p *person) hears(messages ...string) {
	p.t.Helper()
	p.until("exactly the messages", fmt.Sprintf("JSON.stringify(said()) === JSON.stringify(%s)", js(messages)))
}

// newAgent is a member of the team, signed in and looking at a page of the console.
func (b *chromium) newAgent(t testing.TB, m *member, path string) *person {
	t.Helper()
	p := b.newPerson(t, "agent", m.srv.url)
	p.open(m.srv.url + path)
	p.signIn(m.email, m.password)
	p.until("the page asked for", "document.readyState === 'complete' && location.pathname === "+js(strings.Split(path, "?")[0]))
	return p
}

func (p *person) signIn(email, password string) {
	p.t.Helper()
	p.fill("#email", email)
	p.fill("#password", password)
	p.click("form[action='/login'] button")
}

// openConversation clicks the row whose text contains this.
func (p *person) openConversation(containing string) {
	p.t.Helper()
	row := fmt.Sprintf("$$('.conv').find(r => r.innerText.includes(%s))", js(containing))
	p.until("a row with "+containing, "shown("+row+")")
	id := see[string](p, row+".id")
	p.click("#" + id)
	p.until("the thread", "shown('#composer') && location.pathname === '/inbox/"+strings.TrimPrefix(id, "conv-")+"'")
}

// answer sends a reply from the inbox.
func (p *person) answer(text string) {
	p.t.Helper()
	p.fill("#text", text)
	p.keys("\r")
	p.until("the answer in the thread", fmt.Sprintf("said().includes(%s) && $('#text').value === ''", js("agent: "+text)))
}

//go:embed testdata/axe.min.js
var axe string

// calm waits until nothing moves or fades, so that colours are what they will be.
func (p *person) calm() {
	p.t.Helper()
	// Changes of the screen reach the page's scripts with the next frame.
	p.until("a calm page", `await new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r))), document.readyState === 'complete' && document.fonts.status === 'loaded' &&
		[...document.getAnimations(), ...(W?.getAnimations() ?? [])].every(a => a.playState !== 'running' || a.effect.getComputedTiming().iterations === Infinity)`)
}

// findings says what axe has found. What a bar that stays in sight covers by half is too small only
// if it is so in the middle of the screen, too.
const findings = `async ({ violations }) => {
	const small = async e => {
		e.scrollIntoView({ block: 'center', behavior: 'instant' });
		return (await axe.run(e, { runOnly: ['target-size'] })).violations.length > 0;
	};
	const found = [];
	for (const v of violations) for (const n of v.nodes)
		if (v.id !== 'target-size' || await small(n.element)) found.push(v.id + ' at ' + n.target.flat().join(' ') + ': ' + n.failureSummary);
	return found;
}`

// accessible asserts that axe finds nothing to complain about, widget included; rules narrows
// what it looks for.
func (p *person) accessible(what string, rules ...string) {
	p.t.Helper()
	p.calm()
	if !see[bool](p, "'axe' in window") {
		p.do(chromedp.Evaluate[chromedp.Void](axe))
	}
	// The size of what is pressed is a rule of WCAG 2.2 AA that axe leaves off by itself.
	options := obj{"resultTypes": []string{"violations"}, "preload": false, "elementRef": true, "rules": obj{"target-size": obj{"enabled": true}}}
	if len(rules) > 0 {
		options["runOnly"] = rules
	}
	// A long page takes axe seconds, and minutes on a machine that has other things to do.
	found := seeWithin[[]string](p, 8*patience, `axe.run(document, `+js(options)+`).then(`+findings+`)`)
	for _, f := range found {
		p.t.Errorf("%s: %s", what, f)
	}
}

// inspectColours holds a page as it is to axe in light and dark, and takes pictures. The dark look differs in its
// colours only.
func (p *person) inspectColours(name string) {
	p.t.Helper()
	p.scheme("light")
	p.accessible(name + "-light")
	p.shot(name + "-light")
	p.scheme("dark")
	p.accessible(name+"-dark", "color-contrast", "link-in-text-block")
	p.shot(name + "-dark")
}

// inspect holds one state of a page to axe in both layouts and both schemes.
func (p *person) inspect(name string) {
	p.t.Helper()
	for _, view := range []struct {
		name          string
		width, height int64
	}{{"desktop", 1280, 800}, {"phone", 390, 844}} {
		p.do(chromedp.EmulateViewport(view.width, view.height))
		p.inspectColours(name + "-" + view.name)
	}
	p.do(chromedp.EmulateViewport(1280, 800))
	p.scheme("light")
}
