package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"deskbell/internal/keys"
)

// jwt is a token taken apart, to be put together with something wrong in it.
type jwt struct{ header, claims obj }

func takeApart(t testing.TB, token string) jwt {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT: %q", token)
	}
	var j jwt
	for i, into := range []*obj{&j.header, &j.claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// with changes one claim or, with a dot before the name, a header; nil removes it.
func (j jwt) with(name string, value any) jwt {
	c := jwt{maps.Clone(j.header), maps.Clone(j.claims)}
	target := c.claims
	if h, found := strings.CutPrefix(name, "."); found {
		name, target = h, c.header
	}
	if value == nil {
		delete(target, name)
	} else {
		target[name] = value
	}
	return c
}

func (j jwt) sign(key []byte, h func() hash.Hash) string {
	encode := func(v obj) string {
		raw, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return signText(encode(j.header)+"."+encode(j.claims), key, h)
}

func signText(text string, key []byte, h func() hash.Hash) string {
	mac := hmac.New(h, key)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func ringOf(t testing.TB, s *server) *keys.Ring {
	t.Helper()
	ring, err := keys.Load(s.dir, true)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// proveKey checks that the key is the one the token was signed with: forgeries made with another
// one would prove nothing.
func proveKey(t testing.TB, token string, key []byte) {
	t.Helper()
	if signText(token[:strings.LastIndex(token, ".")], key, sha256.New) != token {
		t.Fatal("the key is not the one that signs these tokens")
	}
}

// forgeries returns what must never pass for the token; claims that carry identity are replaced
// by those of another valid token of the same family.
func forgeries(t testing.TB, token, other string, key []byte) map[string]string {
	t.Helper()
	j, o := takeApart(t, token), takeApart(t, other)
	parts := strings.Split(token, ".")
	foreign := strings.Split(other, ".")
	unsigned := func(alg string) string {
		head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + alg + `","typ":"JWT"}`))
		return head + "." + parts[1] + "."
	}
	out := map[string]string{
		"alg none":                       unsigned("none"),
		"alg None":                       unsigned("None"),
		"no signature":                   parts[0] + "." + parts[1] + ".",
		"two parts":                      parts[0] + "." + parts[1],
		"foreign signature":              parts[0] + "." + parts[1] + "." + foreign[2],
		"foreign payload":                parts[0] + "." + foreign[1] + "." + parts[2],
		"cut signature":                  token[:len(token)-3],
		"appended":                       token + "A",
		"empty key":                      j.sign(nil, sha256.New),
		"guessable key":                  j.sign([]byte("secret"), sha256.New),
		"HS512, right key":               j.with(".alg", "HS512").sign(key, sha512.New),
		"HS384, right key":               j.with(".alg", "HS384").sign(key, sha512.New384),
		"says none, signed":              j.with(".alg", "none").sign(key, sha256.New),
		"no exp, right key":              j.with("exp", nil).sign(key, sha256.New),
		"expired, right key":             j.with("exp", time.Now().Unix()-1).sign(key, sha256.New),
		"not a JWT":                      "eyJhbGciOiJIUzI1NiJ9",
		"empty":                          "",
		"spaces":                         "   ",
		"very long":                      strings.Repeat("a", 8000),
		"json instead of b64":            `{"alg":"none"}.{}.x`,
		"RS256, HMAC with the right key": j.with(".alg", "RS256").sign(key, sha256.New),
		"HS256 in small letters":         j.with(".alg", "hs256").sign(key, sha256.New),
		"a list of algorithms":           j.with(".alg", []string{"HS256"}).sign(key, sha256.New),
		"no algorithm":                   j.with(".alg", nil).sign(key, sha256.New),
		"a key id of an empty file":      j.with(".kid", "../../../../dev/null").sign(nil, sha256.New),
		"a key of its own in the header": j.with(".jwk", obj{"kty": "oct", "k": "AAAA"}).sign([]byte{0, 0, 0}, sha256.New),
		"a key's address in the header":  j.with(".jku", "https://evil.example/keys").sign([]byte("evil"), sha256.New),
		"another type, right key":        j.with(".typ", "JWT").sign(key, sha256.New),
		"no type, right key":             j.with(".typ", nil).sign(key, sha256.New),
		"another issuer, right key":      j.with("iss", "https://evil.example").sign(key, sha256.New),
		"no issuer, right key":           j.with("iss", nil).sign(key, sha256.New),
		"another audience, right key":    j.with("aud", "evil").sign(key, sha256.New),
		"no audience, right key":         j.with("aud", nil).sign(key, sha256.New),
		"exp below zero, right key":      j.with("exp", -1).sign(key, sha256.New),
		"exp null, right key":            j.with("exp", json.RawMessage("null")).sign(key, sha256.New),
		"not yet valid, right key":       j.with("nbf", time.Now().Add(time.Hour).Unix()).sign(key, sha256.New),
		"sub as a list, right key":       j.with("sub", []any{j.claims["sub"]}).sign(key, sha256.New),
		"huge, without the key":          j.with("x", strings.Repeat("x", 9000)).sign(nil, sha256.New),
		"a claim twice, without the key": parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"`+fmt.Sprint(o.claims["sub"])+`",`+string(mustJSON(t, j.claims))[1:])) + "." + parts[2],
		"padded":                         parts[0] + "=." + parts[1] + "." + parts[2] + "=",
		"cut by a space":                 parts[0] + ". " + parts[1] + "." + parts[2],
		"encrypted form":                 parts[0] + ".." + parts[1] + "." + parts[2] + ".x",
		"twice with a comma":             token + "," + token,
	}
	for name, value := range o.claims {
		if old := j.claims[name]; fmt.Sprint(old) != fmt.Sprint(value) && name != "exp" && name != "iat" && name != "nbf" {
			out["tampered "+name+" without the key"] = parts[0] + "." + strings.Split(j.with(name, value).sign(nil, sha256.New), ".")[1] + "." + parts[2]
		}
	}
	return out
}

func TestSupportTokenForgeries(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	tok, other := a.newToken(t, shop), newAccount(t, s).newToken(t, shop)
	key := ringOf(t, s).Key(keys.SupportJWT)
	j := takeApart(t, tok.token)
	proveKey(t, tok.token, key)

	bad := forgeries(t, tok.token, other.token, key)
	bad["another jti, right key"] = j.with("jti", unique("")).sign(key, sha256.New)
	bad["no jti, right key"] = j.with("jti", nil).sign(key, sha256.New)
	bad["a team token"] = a.token
	bad["claims of a team token, right key"] = jwt{j.header, takeApart(t, a.token).claims}.sign(key, sha256.New)
	bad["signed with the team's key"] = j.sign(ringOf(t, s).Key(keys.TeamJWT), sha256.New)
	for name, token := range bad {
		v := newVisitor(s, supportToken{token: token})
		for _, r := range []reply{v.config(t), v.do(t, "POST", "/session", obj{})} {
			attempt("forged support token", r.status == http.StatusUnauthorized)
			if r.status != http.StatusUnauthorized {
				t.Errorf("%s: %v", name, r)
				continue
			}
			r.refused(t, http.StatusUnauthorized, "Invalid support token")
		}
		if n := s.count(t, "SELECT count(*) FROM support_sessions WHERE device_id = ?", v.device); n != 0 {
			t.Errorf("%s left a session", name)
		}
	}
	for _, header := range []string{"", "Basic " + tok.token, tok.token, "Bearer", "Bearer  ", "Token " + tok.token} {
		s.do(t, "GET", api+"/config", nil, "Authorization", header, "X-Device-ID", "d").refused(t, http.StatusUnauthorized, "Invalid support token")
	}
	s.do(t, "GET", api+"/config", nil, "X-Device-ID", "d").refused(t, http.StatusUnauthorized, "Invalid support token")
	newVisitor(s, tok).config(t).ok(t, http.StatusOK)
}

// teamEndpoints is every team route with a body that would pass; %s stands for a conversation.
var teamEndpoints = []struct{ method, path, body string }{
	{"GET", "/conversation/%s", ""}, {"POST", "/token", `{"domain":"https://x.example"}`},
	{"POST", "/token/regenerate", `{"id":"507f1f77bcf86cd799439011","domain":"https://x.example"}`}, {"GET", "/token", ""},
	{"DELETE", "/token/507f1f77bcf86cd799439011", ""}, {"GET", "/conversations", ""}, {"PATCH", "/conversation/%s", `{"status":"closed"}`},
	{"GET", "/conversation/%s/messages", ""}, {"POST", "/conversation/%s/messages", `{"client_id":"c","text":"t"}`},
	{"POST", "/conversation/%s/read", `{"up_to_seq":1}`}, {"POST", "/conversation/%s/typing", `{"typing":true}`},
	{"GET", "/events", ""}, {"GET", "/config/settings", ""}, {"PUT", "/config/settings", `{"settings":{}}`},
}

func teamPath(path, conversation string) string {
	return api + strings.Replace(path, "%s", conversation, 1)
}

func TestTeamTokenForgeries(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a, b := newAccount(t, s), newAccount(t, s)
	tok := a.newToken(t, shop)
	v := started(t, s, tok, obj{})
	key := ringOf(t, s).Key(keys.TeamJWT)
	j := takeApart(t, a.token)
	proveKey(t, a.token, key)
	bad := forgeries(t, a.token, b.token, key)
	bad["a support token"] = tok.token
	bad["claims of a support token, right key"] = jwt{j.header, takeApart(t, tok.token).claims}.sign(key, sha256.New)
	bad["signed with the widget's key"] = j.sign(ringOf(t, s).Key(keys.SupportJWT), sha256.New)
	bad["no sub, right key"] = j.with("sub", nil).sign(key, sha256.New)
	bad["unknown sub, right key"] = j.with("sub", "507f1f77bcf86cd799439011").sign(key, sha256.New)
	bad["a session token"] = v.session
	for name, token := range bad {
		r := s.do(t, "GET", api+"/token", nil, "Authorization", "Bearer "+token)
		attempt("forged team token", r.status == http.StatusUnauthorized)
		if r.status != http.StatusUnauthorized {
			t.Errorf("%s: %v", name, r)
			continue
		}
		r.refused(t, http.StatusUnauthorized, "")
	}
	for _, e := range teamEndpoints {
		for _, auth := range []string{"-", "Bearer " + tok.token, "Bearer nonsense"} {
			r := s.do(t, e.method, teamPath(e.path, v.conversation), []byte(e.body), "Authorization", auth, "X-Device-ID", v.device, "X-Session-Token", v.session)
			if r.status != http.StatusUnauthorized {
				t.Errorf("with %.20s: %v", auth, r)
			}
		}
	}
	a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	v := a.login(t)
	is(t, v, "success", true)
	shape(t, v, map[string]string{"token": "string", "expires_at": "time", "user": "object", "user._id": "id"})
	is(t, v, "user.email", a.email)
	if left := time.Until(instant(t, v, "expires_at")); left <= 0 || left > 12*time.Hour {
		t.Errorf("the login lasts %v", left)
	}
	if strings.Contains(string(mustJSON(t, v)), "argon") {
		t.Error("the answer shows the password's hash")
	}
	wrong := s.do(t, "POST", "/api/auth/login", obj{"email": a.email, "password": "not this one at all"})
	unknown := s.do(t, "POST", "/api/auth/login", obj{"email": unique("nobody") + "@team.example", "password": a.password})
	wrong.refused(t, http.StatusUnauthorized, "Wrong e-mail or password")
	unknown.refused(t, http.StatusUnauthorized, "Wrong e-mail or password")
	if string(wrong.body) != string(unknown.body) {
		t.Errorf("the answer tells who is a member: %s / %s", wrong.body, unknown.body)
	}
	for _, body := range []string{"", "{", `{"email":1,"password":2}`, `{"email":"a@b.example"}`, `[]`, `{"email":"a@b.example","password":"x"} trailing`} {
		if r := s.do(t, "POST", "/api/auth/login", body); r.status != http.StatusBadRequest {
			t.Errorf("%q: %v", body, r)
		}
	}
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestRolesComeFromTheDatabase(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	agent := a.join(t, s, "agent")
	tok := a.newToken(t, shop)
	v := started(t, s, tok, obj{})
	set := func(args ...string) {
		t.Helper()
		if r := s.cli(t, "", append([]string{"user", "set", "--data-dir", s.dir, "--email", agent.email}, args...)...); r.code != 0 {
			t.Fatalf("user set %v: %d %s", args, r.code, r.stderr)
		}
	}
	adminOnly := []struct{ method, path, body string }{
		{"POST", "/token", `{"domain":"https://x.example"}`}, {"POST", "/token/regenerate", `{"id":"` + tok.id + `"}`}, {"GET", "/token", ""},
		{"DELETE", "/token/" + tok.id, ""}, {"GET", "/config/settings", ""}, {"PUT", "/config/settings", `{"settings":{"requires_email":true}}`},
	}
	for _, e := range adminOnly {
		agent.do(t, e.method, e.path, []byte(e.body)).refused(t, http.StatusForbidden, "")
	}
	v.config(t).ok(t, http.StatusOK)
	is(t, v.config(t).ok(t, http.StatusOK), "config.requires_email", false)
	agent.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
	agent.reply(t, v.conversation, "agents may answer", false)
	agent.do(t, "PATCH", "/conversation/"+v.conversation, obj{"status": "closed"}).ok(t, http.StatusOK)

	set("--role", "admin")
	agent.login(t)
	agent.do(t, "GET", "/token", nil).ok(t, http.StatusOK)
	set("--role", "agent")
	if r := agent.do(t, "GET", "/token", nil); r.status != http.StatusForbidden && r.status != http.StatusUnauthorized {
		t.Errorf("no longer an admin, and yet: %v", r)
	}
	agent.login(t)
	agent.do(t, "GET", "/token", nil).refused(t, http.StatusForbidden, "")

	set("--disabled=true")
	agent.do(t, "GET", "/conversations", nil).refused(t, http.StatusUnauthorized, "")
	s.do(t, "POST", "/api/auth/login", obj{"email": agent.email, "password": agent.password}).refused(t, http.StatusUnauthorized, "Wrong e-mail or password")
	set("--disabled=false")
	agent.login(t)

	old := agent.token
	next := unique("another password ")
	if r := s.cli(t, next+"\n", "user", "passwd", "--data-dir", s.dir, "--email", agent.email, "--password-stdin"); r.code != 0 {
		t.Fatalf("user passwd: %d %s", r.code, r.stderr)
	}
	s.do(t, "GET", api+"/conversations", nil, "Authorization", "Bearer "+old).refused(t, http.StatusUnauthorized, "")
	s.do(t, "POST", "/api/auth/login", obj{"email": agent.email, "password": agent.password}).refused(t, http.StatusUnauthorized, "Wrong e-mail or password")
	agent.password = next
	agent.login(t)
}

func TestSecretsAreDigestsAtRest(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	email := unique("rest") + "@customer.example"
	v := started(t, s, tok, obj{"email": email})
	first := v.session
	code := v.sendCode(t, email, 1)
	var kept string
	s.scan(t, &kept, "SELECT otp_code FROM support_sessions WHERE _id = ?", v.sessionID)
	if strings.Contains(kept, code) || len(kept) < 32 {
		t.Errorf("the code is kept as %q", kept)
	}
	v.verify(t, code)
	s.kill()
	for name, secret := range map[string]string{"support token": tok.token, "its signature": strings.Split(tok.token, ".")[2], "team token": a.token,
		"first session token": first, "session token": v.session, "password": a.password} {
		if f := s.stored(t, secret); f != "" {
			t.Errorf("%s stands in clear in %s", name, f)
		}
	}
	if s.stored(t, v.conversation) == "" {
		t.Error("the search finds nothing at all, so it proves nothing")
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		private := slices.Contains([]string{".db", ".key"}, filepath.Ext(e.Name())) || strings.Contains(e.Name(), ".db-")
		if private && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is readable by others: %v", e.Name(), info.Mode())
		}
	}
}
