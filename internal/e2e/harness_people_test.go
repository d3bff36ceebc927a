package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// member is somebody of a team, logged in.
type member struct {
	srv                        *server
	email, password, token, id string
}

// account is an account of its own with its first admin.
type account struct {
	*member
	name string
}

func newAccount(t testing.TB, s *server) *account {
	t.Helper()
	a := &account{name: unique("Account ")}
	a.member = a.join(t, s, "admin")
	return a
}

// join makes a user in the account by the command line and logs in.
func (a *account) join(t testing.TB, s *server, role string) *member {
	t.Helper()
	return a.joinNamed(t, s, role, "Mem Ber")
}

func (a *account) joinNamed(t testing.TB, s *server, role, name string) *member {
	t.Helper()
	m := &member{srv: s, email: unique("m") + "@team.example", password: unique("pass word ")}
	r := s.cli(t, m.password+"\n", "user", "create", "--data-dir", s.dir, "--email", m.email, "--name", name,
		"--role", role, "--account", a.name, "--password-stdin")
	if r.code != 0 {
		t.Fatalf("user create: %d %s %s", r.code, r.stdout, r.stderr)
	}
	s.keepOut(m.email)
	s.keepOut(m.password)
	m.login(t)
	return m
}

func (m *member) login(t testing.TB) obj {
	t.Helper()
	v := m.srv.do(t, "POST", "/api/auth/login", obj{"email": m.email, "password": m.password}).ok(t, http.StatusOK)
	m.token, m.id = str(t, v, "token"), str(t, v, "user._id")
	m.srv.keepOut(m.token)
	return v
}

// do calls a team endpoint; the path is relative to the documented prefix.
func (m *member) do(t testing.TB, method, path string, body any, headers ...string) reply {
	t.Helper()
	return m.srv.do(t, method, api+path, body, append([]string{"Authorization", "Bearer " + m.token}, headers...)...)
}

type supportToken struct{ id, token, domain string }

const shop = "https://shop.example"

// newToken makes a token with these scopes; without any, with the default ones.
func (a *account) newToken(t testing.TB, domain string, scopes ...string) supportToken {
	t.Helper()
	body := obj{"domain": domain}
	if len(scopes) > 0 {
		body["scopes"] = scopes
	}
	v := a.do(t, "POST", "/token", body).ok(t, http.StatusCreated)
	tok := supportToken{id: str(t, v, "token._id"), token: str(t, v, "token.token"), domain: str(t, v, "token.domain")}
	a.srv.keepOut(tok.token)
	return tok
}

// configure changes settings, as an admin would in the console.
func (a *account) configure(t testing.TB, tree obj) obj {
	t.Helper()
	return a.do(t, "PUT", "/config/settings", obj{"settings": tree}).ok(t, http.StatusOK)
}

// visitor is one browser or app of somebody outside.
type visitor struct {
	srv                              *server
	token, device, origin, ip        string
	session                          string
	sessionID, conversation, contact string
}

var addresses atomic.Uint32

// nextIP gives every visitor an address of its own, so that limits per address stay out of the
// way of tests that are not about them.
func nextIP() string {
	n := addresses.Add(1)
	return fmt.Sprintf("45.%d.%d.%d", n>>16&255, n>>8&255, n&255)
}

func newVisitor(s *server, tok supportToken) *visitor {
	return &visitor{srv: s, token: tok.token, device: unique("device_"), ip: nextIP()}
}

func (v *visitor) headers(extra ...string) []string {
	h := []string{"Authorization", "Bearer " + v.token, "X-Device-ID", v.device, "X-Forwarded-For", v.ip}
	if v.origin != "" {
		h = append(h, "Origin", v.origin)
	}
	if v.session != "" {
		h = append(h, "X-Session-Token", v.session)
	}
	return append(h, extra...)
}

func (v *visitor) do(t testing.TB, method, path string, body any, headers ...string) reply {
	t.Helper()
	return v.srv.do(t, method, api+path, body, v.headers(headers...)...)
}

// start opens a session with these claims, wants the status, and keeps what the answer says.
func (v *visitor) start(t testing.TB, claims obj, status int) obj {
	t.Helper()
	for _, key := range []string{"email", "phone"} {
		if s, ok := claims[key].(string); ok {
			v.srv.keepOut(s)
			v.srv.keepOut(strings.ToLower(s))
		}
	}
	answer := v.do(t, "POST", "/session", claims).ok(t, status)
	session := at(t, answer, "session")
	v.session, v.sessionID = str(t, session, "session_token"), str(t, session, "session_id")
	v.conversation, v.contact = str(t, session, "conversation_id"), str(t, session, "contact._id")
	v.srv.keepOut(v.session)
	return session.(obj)
}

// again is the same browser having lost its session token.
func (v *visitor) again() *visitor {
	c := *v
	c.session, c.sessionID, c.conversation, c.contact = "", "", "", ""
	return &c
}

// started is a visitor with a session.
func started(t testing.TB, s *server, tok supportToken, claims obj) *visitor {
	t.Helper()
	v := newVisitor(s, tok)
	v.start(t, claims, http.StatusCreated)
	return v
}

// post sends a message and returns it.
func (v *visitor) post(t testing.TB, text string) obj {
	t.Helper()
	v.srv.keepOut(text)
	answer := v.do(t, "POST", "/session/messages", obj{"client_id": unique("c"), "text": text}).ok(t, http.StatusCreated)
	return at(t, answer, "message").(obj)
}

// texts lists what the visitor can read, in the order given.
func (v *visitor) texts(t testing.TB) []string {
	t.Helper()
	return textsOf(t, v.do(t, "GET", "/session/messages?limit=100", nil).ok(t, http.StatusOK))
}

func textsOf(t testing.TB, answer obj) []string {
	t.Helper()
	out := []string{}
	last := int64(0)
	for _, m := range list(t, answer, "messages") {
		seq := num(t, m, "seq")
		if seq <= last {
			t.Fatalf("messages out of order: %v", answer)
		}
		last = seq
		out = append(out, str(t, m, "text"))
	}
	return out
}

// reply writes into a conversation for the team.
func (m *member) reply(t testing.TB, conversation, text string, private bool) obj {
	t.Helper()
	m.srv.keepOut(text)
	answer := m.do(t, "POST", "/conversation/"+conversation+"/messages",
		obj{"client_id": unique("a"), "text": text, "private": private}).ok(t, http.StatusCreated)
	return at(t, answer, "message").(obj)
}

func (m *member) texts(t testing.TB, conversation string) []string {
	t.Helper()
	return textsOf(t, m.do(t, "GET", "/conversation/"+conversation+"/messages?limit=100", nil).ok(t, http.StatusOK))
}

// sendCode asks for a code and returns the one that arrives by mail.
func (v *visitor) sendCode(t testing.TB, email string, nth int) string {
	t.Helper()
	is(t, v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK), "message", "OTP sent successfully")
	code := v.srv.mails.nth(t, email, nth).code(t)
	v.srv.keepOut("code is: " + code)
	return code
}

// verify proves the address of the session and goes on with the rotated token.
func (v *visitor) verify(t testing.TB, code string) obj {
	t.Helper()
	answer := v.do(t, "POST", "/otp/verify", obj{"code": code}).ok(t, http.StatusOK)
	v.session = str(t, answer, "session_token")
	v.srv.keepOut(v.session)
	v.conversation = str(t, answer, "conversation_id")
	return answer
}

// verified is a visitor who has proved an e-mail address; nth is the address's count of codes.
func verified(t testing.TB, s *server, tok supportToken, email string, nth int) *visitor {
	t.Helper()
	v := started(t, s, tok, obj{"email": email})
	v.verify(t, v.sendCode(t, email, nth))
	return v
}

// wrongCode is a well-formed code that is not this one.
func wrongCode(code string) string {
	if code[0] == '9' {
		return "1" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}

func equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	if strings.Join(got, "\x00") != strings.Join(want, "\x00") {
		t.Fatalf("%s: want %q, got %q", what, want, got)
	}
}
