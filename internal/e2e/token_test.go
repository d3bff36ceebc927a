package e2e

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (a *account) tokens(t testing.TB) []any {
	t.Helper()
	return list(t, a.do(t, "GET", "/token", nil).ok(t, http.StatusOK), "token")
}

func (a *account) tokenRow(t testing.TB, id string) obj {
	t.Helper()
	for _, row := range a.tokens(t) {
		if row.(obj)["_id"] == id {
			return row.(obj)
		}
	}
	return nil
}

func (v *visitor) config(t testing.TB) reply {
	t.Helper()
	return v.do(t, "GET", "/config", nil)
}

func TestTokenDomains(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	for given, want := range map[string]string{
		"https://example.com":            "https://example.com",
		"https://example.com/":           "https://example.com",
		"HTTPS://Shop.Example:443/":      "https://shop.example",
		"https://example.com:8443":       "https://example.com:8443",
		"https://*.example.com":          "https://*.example.com",
		"http://localhost:3000":          "http://localhost:3000",
		"http://LOCALHOST:80":            "http://localhost",
		"http://127.0.0.1:8080":          "http://127.0.0.1:8080",
		"http://[::1]:3000":              "http://[::1]:3000",
		"https://deep.sub.example.co.uk": "https://deep.sub.example.co.uk",
	} {
		if tok := a.newToken(t, given); tok.domain != want {
			t.Errorf("%q became %q, want %q", given, tok.domain, want)
		}
	}
	before := len(a.tokens(t))
	for _, bad := range []any{
		"", "example.com", "ftp://example.com", "https://", "https:///", "https://example.com/path", "https://example.com?x=1", "https://example.com/?",
		"https://example.com#f", "https://user@example.com", "https://user:pw@example.com", "http://example.com", "http://192.168.1.1",
		"null", "*", "https://*", "https://a.*.example.com", "https://example.*", "https://*example.com", "https://example.com;frame-ancestors *",
		"https://exa mple.com", "https://a.example,https://b.example", "https://a.example https://b.example", "https://example.com:0",
		"https://example.com:99999", "https://example.com:", "https://example.com:abc", "javascript:alert(1)", "https://example.com\r\nX-Evil: 1",
		"https://.example.com", "https://example..com", "//example.com", "http://localhost.evil.example", "http://127.0.0.1.evil.example",
		"https://" + strings.Repeat("a", 300) + ".example", 123, nil, true, []string{shop}, obj{"a": 1},
	} {
		v := a.do(t, "POST", "/token", obj{"domain": bad})
		if v.status != http.StatusBadRequest {
			t.Errorf("domain %v: %v", bad, v)
			continue
		}
		v.refused(t, http.StatusBadRequest, "")
	}
	a.do(t, "POST", "/token", obj{}).refused(t, http.StatusBadRequest, "")
	if after := len(a.tokens(t)); after != before {
		t.Errorf("refused requests made %d tokens", after-before)
	}
}

func TestTokenExpiryAndScopes(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := a.do(t, "POST", "/token", obj{"domain": shop}).ok(t, http.StatusCreated)
	is(t, v, "token.expiry_time", 31536000000)
	equal(t, "default scopes", strs(t, v, "token.scopes"), []string{"chat", "support"})
	for _, good := range []int64{1000, 86_400_000, 315_360_000_000} {
		is(t, a.do(t, "POST", "/token", obj{"domain": shop, "expiry_time": good}).ok(t, http.StatusCreated), "token.expiry_time", float64(good))
	}
	all := []string{"chat", "support", "file_upload", "history"}
	v = a.do(t, "POST", "/token", obj{"domain": shop, "scopes": all}).ok(t, http.StatusCreated)
	if got := strs(t, v, "token.scopes"); len(got) != 4 {
		t.Errorf("scopes %q", got)
	}
	before := len(a.tokens(t))
	for _, bad := range []string{
		`"expiry_time":999`, `"expiry_time":0`, `"expiry_time":-1`, `"expiry_time":315360000001`, `"expiry_time":1000.5`, `"expiry_time":"31536000000"`,
		`"expiry_time":true`, `"expiry_time":[1000]`, `"expiry_time":1e300`, `"expiry_time":9223372036854775808`,
		`"scopes":[]`, `"scopes":["admin"]`, `"scopes":["chat","Admin"]`, `"scopes":["CHAT"]`, `"scopes":"chat"`, `"scopes":[1]`, `"scopes":{"chat":true}`, `"scopes":[""]`, `"scopes":[null]`,
	} {
		if r := a.do(t, "POST", "/token", `{"domain":"https://shop.example",`+bad+`}`); r.status != http.StatusBadRequest {
			t.Errorf("%s: %v", bad, r)
		}
	}
	if after := len(a.tokens(t)); after != before {
		t.Errorf("refused requests made %d tokens", after-before)
	}
}

func strs(t testing.TB, v any, path string) []string {
	t.Helper()
	var out []string
	for _, s := range list(t, v, path) {
		out = append(out, s.(string))
	}
	return out
}

func TestTokenList(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok, dead, revoked := a.newToken(t, shop), a.newToken(t, "https://app.example", "chat"), a.newToken(t, "https://old.example")
	stranger := newAccount(t, a.srv)

	r := a.do(t, "GET", "/token", nil)
	v := r.ok(t, http.StatusOK)
	is(t, v, "success", true)
	if cc := r.header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("Cache-Control %q", cc)
	}
	if len(list(t, v, "token")) != 3 {
		t.Fatalf("want 3 tokens: %v", r)
	}
	row := a.tokenRow(t, tok.id)
	shape(t, row, map[string]string{"_id": "id", "domain": "string", "scopes": "list", "status": "string", "created_at": "time", "expiry_time": "int", "last_used": "time?"})
	if row["last_used"] != nil {
		t.Errorf("unused token was last used %v", row["last_used"])
	}
	if _, found := row["token"]; found || bytes.Contains(r.body, []byte("eyJ")) {
		t.Errorf("the list shows token strings: %v", r)
	}
	if len(stranger.tokens(t)) != 0 {
		t.Error("the list shows another account's tokens")
	}

	newVisitor(a.srv, tok).config(t).ok(t, http.StatusOK)
	eventually(t, time.Second, "last_used shows the use", func() bool { return a.tokenRow(t, tok.id)["last_used"] != nil })
	if used := instant(t, a.tokenRow(t, tok.id), "last_used"); time.Since(used).Abs() > time.Minute {
		t.Errorf("last used %v", used)
	}

	a.srv.edit(t, "UPDATE support_tokens SET expires_at = ? WHERE _id = ?", time.Now().Add(-time.Millisecond).UnixMilli(), dead.id)
	a.srv.edit(t, "UPDATE support_tokens SET status = 'revoked' WHERE _id = ?", revoked.id)
	is(t, a.tokenRow(t, tok.id), "status", "active")
	is(t, a.tokenRow(t, dead.id), "status", "expired")
	is(t, a.tokenRow(t, revoked.id), "status", "revoked")
	for _, gone := range []supportToken{dead, revoked} {
		newVisitor(a.srv, gone).config(t).refused(t, http.StatusUnauthorized, "Invalid support token")
		newVisitor(a.srv, gone).do(t, "POST", "/session", obj{}).refused(t, http.StatusUnauthorized, "Invalid support token")
	}
}

func TestTokenExpiresByItself(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	began := time.Now()
	v := a.do(t, "POST", "/token", obj{"domain": shop, "expiry_time": 1000}).ok(t, http.StatusCreated)
	c := newVisitor(a.srv, supportToken{token: str(t, v, "token.token")})
	eventually(t, 3*time.Second, "the token is dead", func() bool { return c.config(t).status == http.StatusUnauthorized })
	if lived := time.Since(began); lived < 900*time.Millisecond {
		t.Errorf("lived only %v of 1 s", lived)
	}
}

func TestRegenerateToken(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	regenerate := func(body any) reply { t.Helper(); return a.do(t, "POST", "/token/regenerate", body) }

	v := a.do(t, "POST", "/token", obj{"domain": shop, "scopes": []string{"chat"}, "expiry_time": 5_000_000}).ok(t, http.StatusCreated)
	id, old := str(t, v, "token._id"), supportToken{token: str(t, v, "token.token")}
	v = regenerate(obj{"id": id, "domain": shop}).ok(t, http.StatusOK)
	is(t, v, "success", true)
	shape(t, v, map[string]string{"token._id": "id", "token.token": "string", "token.domain": "string", "token.regenerated_at": "time"})
	is(t, v, "token._id", id)
	is(t, v, "token.domain", shop)
	fresh := supportToken{token: str(t, v, "token.token")}
	if fresh.token == old.token {
		t.Fatal("the same string again")
	}
	newVisitor(a.srv, old).config(t).refused(t, http.StatusUnauthorized, "Invalid support token")
	newVisitor(a.srv, fresh).config(t).ok(t, http.StatusOK)
	row := a.tokenRow(t, id)
	is(t, row, "expiry_time", 5_000_000)
	equal(t, "scopes", strs(t, row, "scopes"), []string{"chat"})
	if len(a.tokens(t)) != 1 {
		t.Error("regenerating made another token")
	}

	t.Run("a domain that differs changes nothing", func(t *testing.T) {
		for _, other := range []any{"https://other.example", "http://shop.example", "https://*.shop.example", "", 1} {
			regenerate(obj{"id": id, "domain": other}).refused(t, http.StatusBadRequest, "")
		}
		newVisitor(a.srv, fresh).config(t).ok(t, http.StatusOK)
	})
	t.Run("the domain may be left out", func(t *testing.T) {
		v := regenerate(obj{"id": id}).ok(t, http.StatusOK)
		newVisitor(a.srv, fresh).config(t).refused(t, http.StatusUnauthorized, "Invalid support token")
		fresh = supportToken{token: str(t, v, "token.token")}
	})
	t.Run("restarts an expired one", func(t *testing.T) {
		a.srv.edit(t, "UPDATE support_tokens SET expires_at = ? WHERE _id = ?", time.Now().UnixMilli()-1, id)
		newVisitor(a.srv, fresh).config(t).refused(t, http.StatusUnauthorized, "Invalid support token")
		v := regenerate(obj{"id": id, "domain": shop}).ok(t, http.StatusOK)
		newVisitor(a.srv, supportToken{token: str(t, v, "token.token")}).config(t).ok(t, http.StatusOK)
		is(t, a.tokenRow(t, id), "status", "active")
	})
	t.Run("ids", func(t *testing.T) {
		stranger := newAccount(t, a.srv).newToken(t, shop)
		want := regenerate(obj{"id": "000000000000000000000000"})
		want.refused(t, http.StatusNotFound, "")
		for _, other := range []string{stranger.id, "xyz", "507F1F77BCF86CD799439011", strings.Repeat("a", 25)} {
			r := regenerate(obj{"id": other, "domain": shop})
			if r.status != http.StatusNotFound || !bytes.Equal(r.body, want.body) {
				t.Errorf("id %q: %v, want %v", other, r, want)
			}
		}
		newVisitor(a.srv, stranger).config(t).ok(t, http.StatusOK)
		regenerate(obj{"domain": shop}).refused(t, http.StatusBadRequest, "")
		regenerate(obj{"id": 5}).refused(t, http.StatusBadRequest, "")
	})
}

func TestRemoveToken(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	v := started(t, a.srv, tok, obj{})
	v.post(t, "still here after the token")
	stranger := newAccount(t, a.srv)
	for _, id := range []string{tok.id, "000000000000000000000000", "xyz"} {
		stranger.do(t, "DELETE", "/token/"+id, nil).refused(t, http.StatusNotFound, "")
	}
	v.config(t).ok(t, http.StatusOK)

	answer := a.do(t, "DELETE", "/token/"+tok.id, nil).ok(t, http.StatusOK)
	is(t, answer, "success", true)
	is(t, answer, "message", "Token deleted")
	v.config(t).refused(t, http.StatusUnauthorized, "Invalid support token")
	v.do(t, "GET", "/session/messages", nil).refused(t, http.StatusUnauthorized, "Invalid support token")
	v.do(t, "POST", "/session", obj{}).refused(t, http.StatusUnauthorized, "Invalid support token")
	if a.tokenRow(t, tok.id) != nil {
		t.Error("still in the list")
	}
	a.do(t, "DELETE", "/token/"+tok.id, nil).refused(t, http.StatusNotFound, "")
	a.do(t, "POST", "/token/regenerate", obj{"id": tok.id, "domain": shop}).refused(t, http.StatusNotFound, "")
	a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
	equal(t, "the team reads", a.texts(t, v.conversation), []string{"still here after the token"})
	if n := a.srv.count(t, "SELECT count(*) FROM audit_log WHERE target_id = ? AND user_id = ? AND action LIKE '%delet%'", tok.id, a.id); n != 1 {
		t.Errorf("%d audit entries of the deletion", n)
	}
}

func TestTokenScopesAreEnforced(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop, "support"), obj{"email": unique("s") + "@customer.example"})
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/session/messages", ""}, {"POST", "/session/messages", `{"client_id":"c1","text":"x"}`}, {"POST", "/session/typing", `{"typing":true}`},
		{"POST", "/session/read", `{"up_to_seq":1}`}, {"GET", "/session/events", ""},
	} {
		v.do(t, c.method, c.path, []byte(c.body)).refused(t, http.StatusForbidden, "Missing scope: chat")
	}
	v.config(t).ok(t, http.StatusOK)
	v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	if n := a.srv.count(t, "SELECT last_seq FROM support_conversations WHERE _id = ?", v.conversation); n != 0 {
		t.Errorf("the refused message was stored")
	}

	// The row decides, not what the string was signed with.
	tok := a.newToken(t, shop, "chat")
	w := started(t, a.srv, tok, obj{})
	w.post(t, "allowed for now")
	a.srv.edit(t, `UPDATE support_tokens SET scopes = replace(scopes, 'chat', 'support') WHERE _id = ?`, tok.id)
	w.do(t, "GET", "/session/messages", nil).refused(t, http.StatusForbidden, "Missing scope: chat")
}
