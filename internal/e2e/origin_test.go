package e2e

import (
	"net/http"
	"strings"
	"testing"
)

func TestOrigins(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	exact, port, wild := a.newToken(t, shop), a.newToken(t, "https://port.example:8443"), a.newToken(t, "https://*.wild.example")
	local := a.newToken(t, "http://localhost:3000")
	for _, c := range []struct {
		name    string
		tok     supportToken
		origins []string
		ok      bool
	}{
		{"none at all", exact, nil, true},
		{"own", exact, []string{"https://shop.example"}, true},
		{"own with the default port", exact, []string{"https://shop.example:443"}, true},
		{"foreign", exact, []string{"https://evil.example"}, false},
		{"http instead of https", exact, []string{"http://shop.example"}, false},
		{"other port", exact, []string{"https://shop.example:8443"}, false},
		{"subdomain", exact, []string{"https://www.shop.example"}, false},
		{"own as a prefix", exact, []string{"https://shop.example.evil.example"}, false},
		{"own as a suffix", exact, []string{"https://evilshop.example"}, false},
		{"own as user part", exact, []string{"https://shop.example@evil.example"}, false},
		{"own with a path", exact, []string{"https://shop.example/x"}, false},
		{"own with a dot at its end", exact, []string{"https://shop.example."}, false},
		{"own with a fragment", exact, []string{"https://shop.example#"}, false},
		{"own with a port twice", exact, []string{"https://shop.example:443:443"}, false},
		{"own, percent-encoded", exact, []string{"https://shop%2eexample"}, false},
		{"own in other letters that look alike", exact, []string{"https://\u0455hop.example"}, false},
		{"own after a backslash", exact, []string{`https://evil.example\\shop.example`}, false},
		{"an extension", exact, []string{"chrome-extension://shop.example"}, false},
		{"a file", exact, []string{"file://"}, false},
		{"null", exact, []string{"null"}, false},
		{"own twice", exact, []string{"https://shop.example", "https://shop.example"}, false},
		{"own and foreign", exact, []string{"https://shop.example", "https://evil.example"}, false},
		{"foreign and own", exact, []string{"https://evil.example", "https://shop.example"}, false},
		{"two in one", exact, []string{"https://shop.example, https://evil.example"}, false},
		{"two by space", exact, []string{"https://shop.example https://evil.example"}, false},
		{"a star", exact, []string{"*"}, false},
		{"empty", exact, []string{""}, false},
		{"the server's own", exact, []string{a.srv.url}, false},
		{"own port", port, []string{"https://port.example:8443"}, true},
		{"without its port", port, []string{"https://port.example"}, false},
		{"wildcard, one level", wild, []string{"https://a.wild.example"}, true},
		{"wildcard, three levels", wild, []string{"https://a.b.c.wild.example"}, true},
		{"wildcard, apex", wild, []string{"https://wild.example"}, false},
		{"wildcard, look-alike", wild, []string{"https://evilwild.example"}, false},
		{"wildcard, suffix", wild, []string{"https://a.wild.example.evil.example"}, false},
		{"wildcard, port", wild, []string{"https://a.wild.example:8443"}, false},
		{"wildcard, http", wild, []string{"http://a.wild.example"}, false},
		{"wildcard, literally", wild, []string{"https://*.wild.example"}, false},
		{"loopback", local, []string{"http://localhost:3000"}, true},
		{"loopback by number", local, []string{"http://127.0.0.1:3000"}, false},
	} {
		v := newVisitor(a.srv, c.tok)
		var extra []string
		for _, o := range c.origins {
			extra = append(extra, "Origin", o)
		}
		for _, r := range []reply{v.do(t, "GET", "/config", nil, extra...), v.do(t, "POST", "/session", obj{}, extra...)} {
			if c.ok {
				if r.status >= 300 {
					t.Errorf("%s: %v", c.name, r)
				}
				if len(c.origins) == 1 && r.header.Get("Access-Control-Allow-Origin") != c.origins[0] {
					t.Errorf("%s: allows %q", c.name, r.header.Get("Access-Control-Allow-Origin"))
				}
				continue
			}
			attempt("foreign or odd Origin", r.status == http.StatusForbidden)
			if r.status != http.StatusForbidden {
				t.Errorf("%s: %v", c.name, r)
				continue
			}
			r.refused(t, http.StatusForbidden, "Domain not whitelisted")
			if got := r.header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("%s: allows %q", c.name, got)
			}
		}
		if !c.ok {
			if n := a.srv.count(t, "SELECT count(*) FROM support_sessions WHERE device_id = ?", v.device); n != 0 {
				t.Errorf("%s: left a session", c.name)
			}
		}
	}
}

func TestRequireOrigin(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	made := a.do(t, "POST", "/token", obj{"domain": shop, "require_origin": true}).ok(t, http.StatusCreated)
	v := newVisitor(a.srv, supportToken{token: str(t, made, "token.token")})
	v.do(t, "POST", "/session", obj{}).refused(t, http.StatusForbidden, "Domain not whitelisted")
	v.origin = shop
	v.start(t, obj{}, http.StatusCreated)
	v.origin = ""
	v.do(t, "GET", "/session/messages", nil).refused(t, http.StatusForbidden, "Domain not whitelisted")
}

func hasWords(header string, words ...string) bool {
	have := map[string]bool{}
	for _, w := range strings.Split(strings.ToLower(header), ",") {
		have[strings.TrimSpace(w)] = true
	}
	for _, w := range words {
		if !have[strings.ToLower(w)] {
			return false
		}
	}
	return true
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	host := unique("pre") + ".example"
	tok := a.newToken(t, "https://"+host)
	a.newToken(t, "https://*."+host)
	preflight := func(path, origin string) reply {
		t.Helper()
		return s.do(t, "OPTIONS", api+path, nil, "Origin", origin, "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "authorization,content-type,x-device-id,x-session-token")
	}
	for _, path := range []string{"/session", "/config", "/otp/send", "/otp/verify", "/session/messages", "/session/read", "/session/typing", "/session/events"} {
		for _, origin := range []string{"https://" + host, "https://www." + host} {
			r := preflight(path, origin)
			if r.status != http.StatusNoContent && r.status != http.StatusOK {
				t.Fatalf("%v", r)
			}
			if got := r.header.Get("Access-Control-Allow-Origin"); got != origin {
				t.Errorf("%s: allows %q, want %q", path, got, origin)
			}
			if h := r.header.Get("Access-Control-Allow-Headers"); !hasWords(h, "authorization", "content-type", "x-device-id", "x-session-token", "last-event-id") {
				t.Errorf("%s: headers %q", path, h)
			}
			if m := r.header.Get("Access-Control-Allow-Methods"); !hasWords(m, "GET", "POST", "PATCH", "DELETE") {
				t.Errorf("%s: methods %q", path, m)
			}
			if !hasWords(strings.Join(r.header.Values("Vary"), ","), "Origin") {
				t.Errorf("%s: Vary %q", path, r.header.Values("Vary"))
			}
			if c := r.header.Get("Access-Control-Allow-Credentials"); c != "" {
				t.Errorf("%s: credentials %q", path, c)
			}
		}
		for _, origin := range []string{"https://evil.example", "null", "https://" + host + ".evil.example", "http://" + host} {
			if r := preflight(path, origin); r.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s allows %s", path, origin)
			}
		}
	}
	for _, e := range teamEndpoints {
		if r := preflight(strings.Replace(e.path, "%s", "507f1f77bcf86cd799439011", 1), "https://"+host); r.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("team endpoint %s has CORS", e.path)
		}
	}
	if r := a.do(t, "GET", "/token", nil, "Origin", "https://"+host); r.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a team answer has CORS")
	}

	t.Run("answers", func(t *testing.T) {
		v := newVisitor(s, tok)
		v.origin = "https://" + host
		v.start(t, obj{}, http.StatusCreated)
		for _, r := range []reply{v.config(t), v.do(t, "POST", "/session", "{"), v.do(t, "POST", "/otp/verify", obj{"code": "123456"}),
			v.do(t, "GET", "/session/messages", nil), v.do(t, "POST", "/otp/send", nil)} {
			if got := r.header.Get("Access-Control-Allow-Origin"); got != v.origin {
				t.Errorf("%v: allows %q", r, got)
			}
			if h := strings.Join(r.header.Values("Access-Control-Expose-Headers"), ","); !hasWords(h, "Retry-After", "ETag") {
				t.Errorf("%v: exposes %q", r, h)
			}
			if !hasWords(strings.Join(r.header.Values("Vary"), ","), "Origin") {
				t.Errorf("%v: Vary %q", r, r.header.Values("Vary"))
			}
			if r.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%v: credentials", r)
			}
		}
		st := v.stream(t, "")
		if got := st.header.Get("Access-Control-Allow-Origin"); got != v.origin {
			t.Errorf("the stream allows %q", got)
		}
	})
	t.Run("a deleted token's domain is no longer answered", func(t *testing.T) {
		gone := unique("gone") + ".example"
		g := a.newToken(t, "https://"+gone)
		if preflight("/session", "https://"+gone).header.Get("Access-Control-Allow-Origin") == "" {
			t.Fatal("not answered while the token lives")
		}
		a.do(t, "DELETE", "/token/"+g.id, nil).ok(t, http.StatusOK)
		if preflight("/session", "https://"+gone).header.Get("Access-Control-Allow-Origin") != "" {
			t.Error("still answered")
		}
	})
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{})
	for _, path := range []string{"/nothing", "/session/nothing", "/tokens", "/conversation", "/conversation/x/y", "/otp", "/token/a/b", "/Session", "//session"} {
		for _, auth := range []string{"-", "Bearer nonsense", "Bearer " + a.token, "Bearer " + v.token} {
			if r := s.do(t, "GET", api+path, nil, "Authorization", auth); r.status != http.StatusNotFound {
				t.Errorf("%v", r)
			} else {
				r.refused(t, http.StatusNotFound, "")
			}
		}
	}
	s.do(t, "POST", "/api/nothing", obj{}).refused(t, http.StatusNotFound, "")
	for _, c := range []struct{ method, path, allow string }{
		{"PUT", "/token", "GET, POST"}, {"GET", "/token/regenerate", "POST"}, {"DELETE", "/config", "GET"}, {"POST", "/config", "GET"},
		{"GET", "/otp/send", "POST"}, {"GET", "/otp/verify", "POST"}, {"PUT", "/session/messages", "GET, POST"}, {"POST", "/session/events", "GET"},
		{"DELETE", "/conversation/507f1f77bcf86cd799439011", "GET, PATCH"}, {"POST", "/conversations", "GET"},
	} {
		for _, auth := range []string{"-", "Bearer nonsense"} {
			r := s.do(t, c.method, api+c.path, nil, "Authorization", auth)
			if r.status != http.StatusMethodNotAllowed {
				t.Errorf("%v", r)
				continue
			}
			r.refused(t, http.StatusMethodNotAllowed, "")
			if allow := r.header.Get("Allow"); !hasWords(allow, strings.Split(c.allow, ", ")...) || hasWords(allow, c.method) {
				t.Errorf("%v: Allow %q", r, allow)
			}
		}
	}
	want := a.do(t, "GET", "/conversation/000000000000000000000000", nil)
	want.refused(t, http.StatusNotFound, "")
	foreign := newAccount(t, s)
	theirs := started(t, s, foreign.newToken(t, shop), obj{})
	for _, id := range []string{theirs.conversation, "xyz", strings.ToUpper("507f1f77bcf86cd79943901a"), "507f1f77bcf86cd7994390111", "507f1f77bcf86cd79943901",
		"..%2f..%2fetc", "%00", "' OR 1=1 --", v.sessionID, a.id, "507f1f77bcf86cd79943901g"} {
		for _, e := range []struct{ method, path, body string }{
			{"GET", "/conversation/", ""}, {"PATCH", "/conversation/", `{"status":"closed"}`}, {"GET", "/conversation//messages", ""},
			{"POST", "/conversation//messages", `{"client_id":"c1","text":"t"}`}, {"POST", "/conversation//read", `{"up_to_seq":1}`}, {"POST", "/conversation//typing", `{"typing":true}`},
		} {
			path := strings.Replace(e.path, "/conversation/", "/conversation/"+strings.ReplaceAll(id, " ", "%20"), 1)
			if r := a.do(t, e.method, path, []byte(e.body)); r.status != http.StatusNotFound || string(r.body) != string(want.body) {
				t.Errorf("%v, want %s", r, want.body)
			}
		}
	}
	if n := s.count(t, "SELECT last_seq FROM support_conversations WHERE _id = ?", theirs.conversation); n != 0 {
		t.Error("another account wrote into the conversation")
	}
	is(t, foreign.do(t, "GET", "/conversation/"+theirs.conversation, nil).ok(t, http.StatusOK), "status", "active")
}

func TestDeviceIDs(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	for name, device := range map[string]string{"missing": "-", "empty": "", "129 characters": strings.Repeat("d", 129), "umlaut": "gerät", "tab": "a\tb", "emoji": "d😀"} {
		v := newVisitor(a.srv, tok)
		v.device = device
		if device == "-" {
			a.srv.do(t, "POST", api+"/session", obj{}, "Authorization", "Bearer "+tok.token, "X-Forwarded-For", v.ip).refused(t, http.StatusBadRequest, "")
			continue
		}
		if r := v.do(t, "POST", "/session", obj{}); r.status != http.StatusBadRequest {
			t.Errorf("%s: %v", name, r)
		}
		if n := a.srv.count(t, "SELECT count(*) FROM support_sessions WHERE ip = ?", v.ip); n != 0 {
			t.Errorf("%s left a session", name)
		}
	}
	for _, device := range []string{"d", strings.Repeat("d", 128), "device_xyz123", `!"#$%&'()*+,/:;<=>?@[\]^{|}~`} {
		v := newVisitor(a.srv, tok)
		v.device = device
		is(t, v.start(t, obj{}, http.StatusCreated), "device_id", device)
	}
}
