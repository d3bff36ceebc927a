package e2e

import (
	"crypto/sha256"
	"crypto/sha512"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"deskbell/internal/keys"
)

var embedded = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)

// The server's own pages carry a credential of their own: one hour, bound to the token's row,
// accepted only from our own origin.
func TestPageCredential(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	page := s.do(t, "GET", "/chat/"+tok.id, nil)
	if page.status != http.StatusOK || strings.Contains(string(page.body), tok.token) {
		t.Fatalf("the page: %.300v", page)
	}
	if csp := page.header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors "+shop) {
		t.Errorf("framed by others than the token's domain: %q", csp)
	}
	credential := embedded.FindString(string(page.body))
	s.keepOut(credential)
	j := takeApart(t, credential)
	if life := num(t, j.claims, "exp") - num(t, j.claims, "iat"); life > int64(time.Hour.Seconds()) {
		t.Errorf("lives %d s", life)
	}
	own := newVisitor(s, supportToken{token: credential})
	own.origin = s.url
	own.start(t, obj{}, http.StatusCreated)
	own.post(t, "from our own page")
	equal(t, "the team reads", a.texts(t, own.conversation), []string{"from our own page"})

	for name, origins := range map[string][]string{"the token's domain": {shop}, "foreign": {"https://evil.example"}, "null": {"null"}, "none": nil, "doubled": {s.url, s.url}} {
		v := newVisitor(s, supportToken{token: credential})
		var extra []string
		for _, o := range origins {
			extra = append(extra, "Origin", o)
		}
		if r := v.do(t, "POST", "/session", obj{}, extra...); r.status != http.StatusForbidden {
			t.Errorf("%s: %v", name, r)
		}
	}
	key := ringOf(t, s).Key(keys.SupportJWT)
	proveKey(t, credential, key)
	bad := forgeries(t, credential, embedded.FindString(string(s.do(t, "GET", "/chat/"+newAccount(t, s).newToken(t, shop).id, nil).body)), key)
	bad["HS512, right key"] = j.with(".alg", "HS512").sign(key, sha512.New)
	bad["two hours old, right key"] = j.with("exp", time.Now().Add(-time.Hour).Unix()).sign(key, sha256.New)
	bad["posing as a site's token, right key"] = j.with(".typ", takeApart(t, tok.token).header["typ"]).sign(key, sha256.New)
	for name, token := range bad {
		v := newVisitor(s, supportToken{token: token})
		v.origin = s.url
		r := v.do(t, "POST", "/session", obj{})
		attempt("forged page credential", r.status == http.StatusUnauthorized)
		if r.status != http.StatusUnauthorized {
			t.Errorf("%s: %v", name, r)
		}
	}
	s.do(t, "GET", api+"/token", nil, "Authorization", "Bearer "+credential).refused(t, http.StatusUnauthorized, "")

	a.do(t, "POST", "/token/regenerate", obj{"id": tok.id}).ok(t, http.StatusOK)
	own.config(t).refused(t, http.StatusUnauthorized, "Invalid support token")
	a.do(t, "DELETE", "/token/"+tok.id, nil).ok(t, http.StatusOK)
	for _, id := range []string{tok.id, "000000000000000000000000", "xyz"} {
		if r := s.do(t, "GET", "/chat/"+id, nil); r.status != http.StatusNotFound || embedded.Match(r.body) {
			t.Errorf("/chat/%s: %.200v", id, r)
		}
	}
}
