package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// The tests of the specification's own "Testing Recommendations", by their names. What they
// leave open is in the other files, by subject.

func TestGenerateToken(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))

	t.Run("should create token with domain", func(t *testing.T) {
		v := a.do(t, "POST", "/token", obj{"domain": shop, "scopes": []string{"chat", "support"}, "expiry_time": 31536000000}).ok(t, http.StatusCreated)
		is(t, v, "success", true)
		shape(t, v, map[string]string{"token._id": "id", "token.account_id": "id", "token.token": "string", "token.created_at": "time",
			"token.scopes": "list", "token.expiry_time": "int", "token.created_by": "id"})
		is(t, v, "token.domain", shop)
		is(t, v, "token.expiry_time", 31536000000)
		is(t, v, "token.created_by", a.id)
		is(t, v, "token.status", "active")
		is(t, v, "token.scopes.0", "chat")
		is(t, v, "token.scopes.1", "support")
		tok := supportToken{token: str(t, v, "token.token")}
		a.srv.keepOut(tok.token)
		started(t, a.srv, tok, obj{})
	})

	t.Run("should enforce domain whitelist", func(t *testing.T) {
		tok := a.newToken(t, shop)
		inside, outside := newVisitor(a.srv, tok), newVisitor(a.srv, tok)
		inside.origin, outside.origin = shop, "https://evil.example"
		inside.start(t, obj{}, http.StatusCreated)
		inside.do(t, "GET", "/config", nil).ok(t, http.StatusOK)
		outside.do(t, "POST", "/session", obj{}).refused(t, http.StatusForbidden, "Domain not whitelisted")
		outside.do(t, "GET", "/config", nil).refused(t, http.StatusForbidden, "Domain not whitelisted")
		if n := a.srv.count(t, "SELECT count(*) FROM support_sessions WHERE device_id = ?", outside.device); n != 0 {
			t.Fatalf("the refused request left %d sessions", n)
		}
	})
}

func TestGetSupportConversation(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)

	t.Run("should create new contact and session", func(t *testing.T) {
		v := newVisitor(a.srv, tok)
		email, phone := unique("new")+"@customer.example", "+12345678901"
		s := v.start(t, obj{"email": email, "name": "John Doe", "phone": phone,
			"auth_attr": obj{"user_id": "external_user_123", "custom_field": "value"}}, http.StatusCreated)
		shape(t, s, map[string]string{"session_id": "id", "conversation_id": "id", "contact._id": "id", "created_at": "time", "session_token": "string"})
		is(t, s, "contact.name", "John Doe")
		is(t, s, "contact.email", email)
		is(t, s, "contact.phone", phone)
		is(t, s, "status", "active")
		is(t, s, "requires_verification", false)
		is(t, s, "device_id", v.device)
		if n := a.srv.count(t, "SELECT count(*) FROM contacts WHERE _id = ? AND email_verified = false AND phone_verified = false", v.contact); n != 1 {
			t.Fatal("no new, unverified contact")
		}
		c := a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
		is(t, c, "contact_id", v.contact)
		is(t, c, "auth_attr.user_id", "external_user_123")
	})

	t.Run("should reuse existing session", func(t *testing.T) {
		v := started(t, a.srv, tok, obj{"email": unique("again") + "@customer.example"})
		var email string
		a.srv.scan(t, &email, "SELECT email FROM support_sessions WHERE _id = ?", v.sessionID)
		first := *v
		v.start(t, obj{"email": email}, http.StatusOK)
		if v.sessionID != first.sessionID || v.conversation != first.conversation {
			t.Fatalf("another session: %+v after %+v", v, first)
		}
	})

	t.Run("should track device and IP", func(t *testing.T) {
		v := started(t, a.srv, tok, obj{})
		c := a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
		shape(t, c, map[string]string{"_id": "id", "account_id": "id", "contact_id": "id", "type": "string", "status": "string", "created_at": "time",
			"sessions.0.session_id": "id", "sessions.0.started_at": "time", "sessions.0.last_activity": "time", "sessions.0.verified": "bool",
			"updated_at": "time", "auth_attr": "object", "contact": "object"})
		is(t, c, "_id", v.conversation)
		is(t, c, "type", "support")
		is(t, c, "status", "active")
		is(t, c, "sessions.0.session_id", v.sessionID)
		is(t, c, "sessions.0.device_id", v.device)
		is(t, c, "sessions.0.ip", v.ip)
		if _, found := c["success"]; found {
			t.Fatal("getSupportConv is documented as the bare object")
		}
	})
}

func TestOTPFlow(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)

	t.Run("should send OTP to email", func(t *testing.T) {
		email := unique("otp") + "@customer.example"
		v := started(t, a.srv, tok, obj{"email": email, "phone": "+12345678902"})
		answer := v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
		is(t, answer, "success", true)
		is(t, answer, "message", "OTP sent successfully")
		m := a.srv.mails.nth(t, email, 1)
		code := m.code(t)
		if m.subject != "Your verification code" {
			t.Errorf("subject %q", m.subject)
		}
		if want := "Your verification code is: " + code + "\n\nThis code will expire in 10 minutes."; strings.TrimSpace(m.text) != want {
			t.Errorf("want the documented text %q, got %q", want, m.text)
		}
		if len(m.to) != 1 {
			t.Errorf("recipients %q", m.to)
		}
		var expiry, created int64
		a.srv.scan(t, &expiry, "SELECT otp_expiry FROM support_sessions WHERE _id = ?", v.sessionID)
		a.srv.scan(t, &created, "SELECT created_at FROM support_sessions WHERE _id = ?", v.sessionID)
		if d := expiry - created; d < 10*60_000 || d > 10*60_000+30_000 {
			t.Errorf("the code lives %d ms", d)
		}
	})

	t.Run("should verify valid OTP", func(t *testing.T) {
		email := unique("otp") + "@customer.example"
		v := started(t, a.srv, tok, obj{"email": email})
		answer := v.verify(t, v.sendCode(t, email, 1))
		is(t, answer, "success", true)
		is(t, answer, "message", "OTP is verified")
		c := a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
		is(t, c, "sessions.0.verified", true)
	})

	t.Run("should reject expired OTP", func(t *testing.T) {
		email := unique("otp") + "@customer.example"
		v := started(t, a.srv, tok, obj{"email": email})
		code := v.sendCode(t, email, 1)
		a.srv.edit(t, "UPDATE support_sessions SET otp_expiry = otp_expiry - 600001 WHERE _id = ?", v.sessionID)
		v.do(t, "POST", "/otp/verify", obj{"code": code}).refused(t, http.StatusBadRequest, "OTP has expired")
	})

	t.Run("should enforce rate limits", func(t *testing.T) {
		email := unique("otp") + "@customer.example"
		v := started(t, a.srv, tok, obj{"email": email})
		for n := range 3 {
			v.sendCode(t, email, n+1)
		}
		v.do(t, "POST", "/otp/send", nil).refused(t, http.StatusTooManyRequests, "Too many OTP requests")
		code := a.srv.mails.nth(t, email, 3).code(t)
		for range 2 {
			v.do(t, "POST", "/otp/verify", obj{"code": wrongCode(code)}).refused(t, http.StatusBadRequest, "Invalid OTP code")
		}
		v.do(t, "POST", "/otp/verify", obj{"code": wrongCode(code)}).refused(t, http.StatusTooManyRequests, "Too many failed attempts. Request new OTP.")
	})
}
