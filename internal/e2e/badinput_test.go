package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// everything counts the rows of what strangers can make.
func (s *server) everything(t testing.TB, a *account) string {
	t.Helper()
	of := "account_id = (SELECT account_id FROM users WHERE _id = '" + a.id + "')"
	out := ""
	for _, table := range []string{"contacts", "support_conversations", "support_sessions", "support_messages", "support_tokens"} {
		out += fmt.Sprint(table, " ", s.count(t, "SELECT count(*) FROM "+table+" WHERE "+of), "; ")
	}
	return out
}

func TestBrokenJSON(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	email := unique("bad") + "@customer.example"
	tok := a.newToken(t, shop)
	v := started(t, s, tok, obj{"email": email})
	v.sendCode(t, email, 1)
	visitorCalls := map[string]string{"/session": `"email":"new@customer.example"`, "/otp/verify": `"code":"123456"`,
		"/session/messages": `"client_id":"c1","text":"x"`, "/session/read": `"up_to_seq":1`, "/session/typing": `"typing":true`}
	teamCalls := map[string]string{"POST /token": `"domain":"https://x.example"`, "POST /token/regenerate": `"id":"` + tok.id + `"`,
		"PATCH /conversation/" + v.conversation: `"status":"closed"`, "POST /conversation/" + v.conversation + "/messages": `"client_id":"c1","text":"x"`,
		"POST /conversation/" + v.conversation + "/read": `"up_to_seq":1`, "POST /conversation/" + v.conversation + "/typing": `"typing":true`,
		"PUT /config/settings": `"settings":{"requires_email":true}`}
	broken := func(fields string) map[string]string {
		return map[string]string{
			"cut":                 `{` + fields,
			"no JSON":             `hello`,
			"list":                `[{` + fields + `}]`,
			"text":                `"x"`,
			"number":              `1`,
			"null":                `null`,
			"trailing object":     `{` + fields + `}{}`,
			"trailing text":       `{` + fields + `} x`,
			"trailing comma":      `{` + fields + `,}`,
			"duplicate key":       `{` + fields + `,` + fields + `}`,
			"duplicate by escape": `{` + fields + `,"\u0061":1,"a":2}`,
			"nested duplicate":    `{` + fields + `,"z":{"a":1,"a":2}}`,
			"single quotes":       `{'a':1}`,
			"comment":             `{` + fields + ` /* x */}`,
			"NaN":                 `{` + fields + `,"z":NaN}`,
			"leading zero":        `{` + fields + `,"z":01}`,
			"invalid UTF-8":       "{" + fields + ",\"z\":\"\xff\xfe\"}",
			"UTF-16":              "\xff\xfe{\x00}\x00",
			"control character":   "{" + fields + ",\"z\":\"a\nb\"}",
			"deep lists":          `{` + fields + `,"z":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`,
			"deep objects":        `{` + fields + `,"z":` + strings.Repeat(`{"a":`, 8_000) + `1` + strings.Repeat("}", 8_000) + `}`,
			"deep and cut":        strings.Repeat("[", 60_000),
			"form":                "email=new%40customer.example",
		}
	}
	before := s.everything(t, a)
	for path, fields := range visitorCalls {
		for name, body := range broken(fields) {
			r := v.do(t, "POST", path, body)
			if r.status != http.StatusBadRequest {
				t.Errorf("%s, %s: %.200v", path, name, r)
				continue
			}
			r.refused(t, http.StatusBadRequest, "")
		}
	}
	for call, fields := range teamCalls {
		method, path, _ := strings.Cut(call, " ")
		for name, body := range broken(fields) {
			r := a.do(t, method, path, body)
			if r.status != http.StatusBadRequest {
				t.Errorf("%s, %s: %.200v", call, name, r)
				continue
			}
			r.refused(t, http.StatusBadRequest, "")
		}
	}
	if after := s.everything(t, a); after != before {
		t.Errorf("left something half-done: %s, before %s", after, before)
	}
	is(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "status", "active")
	is(t, v.config(t).ok(t, http.StatusOK), "config.requires_email", false)
	if n := s.count(t, "SELECT otp_attempts FROM support_sessions WHERE _id = ?", v.sessionID); n != 0 {
		t.Errorf("%d attempts counted", n)
	}
}

func TestBodySizes(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{})
	padded := func(body string, size int) string { return body + strings.Repeat(" ", size-len(body)) }
	const small, large = 64 << 10, 256 << 10
	for _, c := range []struct {
		path, body string
		limit      int
	}{
		{"/session", `{"name":"N"}`, small}, {"/otp/verify", `{"code":"123456"}`, small}, {"/session/read", `{"up_to_seq":1}`, small},
		{"/session/typing", `{"typing":true}`, small}, {"/session/messages", `{"client_id":"padded","text":"x"}`, large},
	} {
		if r := v.do(t, "POST", c.path, padded(c.body, c.limit)); r.status == http.StatusRequestEntityTooLarge {
			t.Errorf("%s refuses %d bytes", c.path, c.limit)
		}
		before := s.everything(t, a)
		v.do(t, "POST", c.path, padded(c.body, c.limit+1)).refused(t, http.StatusRequestEntityTooLarge, "")
		v.do(t, "POST", c.path, io.MultiReader(strings.NewReader(padded(c.body, c.limit+1)))).refused(t, http.StatusRequestEntityTooLarge, "")
		if after := s.everything(t, a); after != before {
			t.Errorf("%s: %s, before %s", c.path, after, before)
		}
	}
	for path, c := range map[string]struct {
		method, body string
		limit        int
	}{
		"/token": {"POST", `{"domain":"https://x.example"}`, small}, "/token/regenerate": {"POST", `{"id":"x"}`, small},
		"/config/settings": {"PUT", `{"settings":{}}`, small}, "/conversation/" + v.conversation + "/messages": {"POST", `{"client_id":"padded","text":"x"}`, large},
		"/conversation/" + v.conversation: {"PATCH", `{"status":"active"}`, small},
	} {
		if r := a.do(t, c.method, path, padded(c.body, c.limit)); r.status == http.StatusRequestEntityTooLarge {
			t.Errorf("%s refuses %d bytes", path, c.limit)
		}
		a.do(t, c.method, path, padded(c.body, c.limit+1)).refused(t, http.StatusRequestEntityTooLarge, "")
	}
	s.do(t, "POST", "/api/auth/login", padded(`{"email":"a@b.example","password":"x"}`, small+1)).refused(t, http.StatusRequestEntityTooLarge, "")
}

// Of a form, too much is refused before anybody looks at it, and nothing is done; as an upload has its own bounds.
func TestFormSizes(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions())
	w := newWorld(t, s)
	admin := w.join(t, s, "admin")
	ids, cookie := w.of(t, admin), admin.console(t).cookie
	before, forms := s.rows(t), 0
	for _, r := range routes {
		method, path, body, contentType := r.request(t, ids)
		console := r.who >= desk && body == nil
		if method != "POST" || (contentType != formType && !console) {
			continue
		}
		forms++
		tooMuch := fmt.Sprint(body, "&more=", strings.Repeat("m", 256<<10))
		if a := s.do(t, method, path, tooMuch, "Content-Type", formType, "Cookie", cookie); a.status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %.200v", r.name, a)
		}
	}
	if forms < 60 {
		t.Errorf("%d forms were tried", forms)
	}
	for _, row := range changed(before, s.rows(t)) {
		t.Errorf("done all the same: %.300s", row)
	}
}

func TestBodiesAreJSONWhateverTheyAreCalled(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	for _, kind := range []string{"-", "text/plain;charset=UTF-8", "application/json", "application/json; charset=utf-8", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"} {
		v := newVisitor(a.srv, tok)
		r := v.do(t, "POST", "/session", `{"name":"John Doe"}`, "Content-Type", kind)
		is(t, r.ok(t, http.StatusCreated), "session.contact.name", "John Doe")
	}
	v := newVisitor(a.srv, tok)
	is(t, v.do(t, "POST", "/session", `{"NAME":"John Doe","Email":"x@customer.example"}`).ok(t, http.StatusCreated), "session.contact.name", nil)
	a.do(t, "POST", "/token", `{"domain":"https://typed.example"}`, "Content-Type", "text/plain").ok(t, http.StatusCreated)
}

// What a stranger writes comes back as the text it is, in every place that shows it.
func TestHostileTextsAreKeptAsText(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	for _, text := range []string{`<img src=x onerror=alert(1)>`, `'; DROP TABLE contacts; --`, `{{.}}${x}`, "line\r\n\r\ndata: {\"x\":1}\r\n\r\nevent: state", "\u202eright to left", "a\u2028b"} {
		v := newVisitor(a.srv, tok)
		is(t, v.start(t, obj{"auth_attr": obj{text: text}}, http.StatusCreated), "status", "active")
		st := v.stream(t, "")
		st.await(t, "state")
		want := strings.ReplaceAll(text, "\r\n", "\n")
		got := str(t, v.post(t, text), "text")
		if strings.ReplaceAll(got, "\r\n", "\n") != want {
			t.Errorf("%q became %q", text, got)
		}
		if e := st.next(t); e.name != "message" || str(t, e.data, "message.text") != got {
			t.Errorf("the stream says %v", e)
		}
		c := a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
		if attr, _ := c["auth_attr"].(obj); attr[text] != text {
			t.Errorf("auth_attr became %v", c["auth_attr"])
		}
	}
}
