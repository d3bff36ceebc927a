package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Websites that are refused are shown to the account whose token they have, without a write each, and
// can be allowed from there.
func TestRefusedOrigins(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	admin := a.console(t)
	tok, app := a.newToken(t, shop), a.newToken(t, "https://*.app.example")
	ask := func(tok supportToken, origin string) {
		t.Helper()
		v := newVisitor(s, tok)
		v.origin = origin
		v.config(t).refused(t, http.StatusForbidden, "Domain not whitelisted")
	}
	preflight := func(origin string) {
		t.Helper()
		s.do(t, "OPTIONS", api+"/config", nil, "Origin", origin, "Access-Control-Request-Method", "GET").refused(t, http.StatusForbidden, "Domain not whitelisted")
	}
	// With one account, what a browser asks first is its own too.
	preflight("https://first.example")
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "https://first.example")

	other := newAccount(t, s)
	theirs := other.newToken(t, "https://theirs.example")
	preflight("https://whose.example")
	for range 3 {
		ask(tok, "https://stranger.example")
	}
	ask(tok, "https://www.app.example")
	for _, nonsense := range []string{"null", "http://plain.example", `https://"><script>x</script>`, "https://" + strings.Repeat("a", 400) + ".example"} {
		ask(tok, nonsense)
	}
	if n := s.count(t, "SELECT COUNT(*) FROM refused_origins"); n != 0 {
		t.Errorf("refusals wrote %d rows", n)
	}
	page := admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "https://stranger.example", `<span class="num">3</span>`, "https://www.app.example",
		"It has a token, but uses the snippet of another one.", "domain=https%3A%2F%2Fstranger.example#new", "!domain=https%3A%2F%2Fwww.app", "!<script>x", "!plain.example", "!whose.example")
	if n := strings.Count(string(page.body), "Allow it</a>"); n != 1 {
		t.Errorf("%d can be allowed, want one", n)
	}
	other.console(t).get(t, "/settings/tokens").shows(t, http.StatusOK, "!stranger.example", "!whose.example")

	s.stop(t)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	ask(tok, "https://stranger.example")
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, `<span class="num">4</span>`)
	admin.get(t, "/settings/tokens?domain=https%3A%2F%2Fstranger.example").shows(t, http.StatusOK, `value="https://stranger.example"`)
	admin.send(t, "/settings/tokens", url.Values{"domain": {"https://*.app.example"}, "scopes": {"chat"}, "form_id": {unique("f")}}).shows(t, http.StatusOK, "supportConfig")
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "https://stranger.example", "!https://www.app.example")
	a.newToken(t, "https://stranger.example")
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "!domain=https%3A%2F%2Fstranger.example")

	// A stranger who sends many names fills one short list.
	for n := range 50 {
		ask(app, fmt.Sprintf("https://made-up-%d.example", n))
	}
	ask(theirs, "https://elsewhere.example")
	many := admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "made-up-49.example", "!made-up-29.example", "!elsewhere.example")
	if n := strings.Count(string(many.body), "Allow it</a>"); n != 20 {
		t.Errorf("%d refused websites, want the newest 20", n)
	}
	s.stop(t)
	if n := s.count(t, "SELECT COUNT(*) FROM refused_origins WHERE origin LIKE 'https://made-up-%'"); n != 20 {
		t.Errorf("%d refused websites are kept, want 20", n)
	}
}
