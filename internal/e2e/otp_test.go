package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const lockedText = "Too many failed attempts. Request new OTP."

// ageHits moves a list of Unix milliseconds an hour and a second into the past.
func ageHits(t testing.TB, hits string) string {
	t.Helper()
	var at []int64
	if err := json.Unmarshal([]byte(hits), &at); err != nil {
		t.Fatalf("hits %q: %v", hits, err)
	}
	for i := range at {
		at[i] -= (time.Hour + time.Second).Milliseconds()
	}
	return string(mustJSON(t, at))
}

func customer(t testing.TB, a *account, tok supportToken) (*visitor, string) {
	t.Helper()
	email := unique("otp") + "@customer.example"
	return started(t, a.srv, tok, obj{"email": email}), email
}

func (v *visitor) try(t testing.TB, code any) reply {
	t.Helper()
	return v.do(t, "POST", "/otp/verify", obj{"code": code})
}

func TestOTPAttempts(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)

	t.Run("third wrong one locks, a new code unlocks", func(t *testing.T) {
		v, email := customer(t, a, tok)
		code := v.sendCode(t, email, 1)
		for range 2 {
			v.try(t, wrongCode(code)).refused(t, http.StatusBadRequest, "Invalid OTP code")
		}
		v.try(t, wrongCode(code)).refused(t, http.StatusTooManyRequests, lockedText)
		v.try(t, code).refused(t, http.StatusTooManyRequests, lockedText)
		v.try(t, wrongCode(code)).refused(t, http.StatusTooManyRequests, lockedText)
		a.srv.edit(t, "UPDATE support_sessions SET otp_expiry = 1 WHERE _id = ?", v.sessionID)
		v.try(t, code).refused(t, http.StatusTooManyRequests, lockedText)
		next := v.sendCode(t, email, 2)
		if next != code {
			v.try(t, code).refused(t, http.StatusBadRequest, "Invalid OTP code")
		}
		v.verify(t, next)
	})
	t.Run("malformed ones are not counted", func(t *testing.T) {
		v, email := customer(t, a, tok)
		code := v.sendCode(t, email, 1)
		for _, bad := range []any{"", "12345", "1234567", "abcdef", "12 456", " " + code, code + " ", "١٢٣٤٥٦", 123456, nil, true, []string{code}, obj{"$ne": ""}, strings.Repeat("1", 5000)} {
			v.try(t, bad).refused(t, http.StatusBadRequest, "")
		}
		v.do(t, "POST", "/otp/verify", obj{}).refused(t, http.StatusBadRequest, "")
		v.do(t, "POST", "/otp/verify", "{").refused(t, http.StatusBadRequest, "")
		var attempts int
		a.srv.scan(t, &attempts, "SELECT otp_attempts FROM support_sessions WHERE _id = ?", v.sessionID)
		if attempts != 0 {
			t.Errorf("%d attempts counted", attempts)
		}
		v.verify(t, code)
	})
	t.Run("nothing outstanding", func(t *testing.T) {
		v, email := customer(t, a, tok)
		for range 4 {
			v.try(t, "123456").refused(t, http.StatusBadRequest, "Invalid OTP code")
		}
		code := v.sendCode(t, email, 1)
		v.verify(t, code)
		v.try(t, code).refused(t, http.StatusBadRequest, "Invalid OTP code")
	})
	t.Run("expired comes before wrong", func(t *testing.T) {
		v, email := customer(t, a, tok)
		code := v.sendCode(t, email, 1)
		a.srv.edit(t, "UPDATE support_sessions SET otp_expiry = ? WHERE _id = ?", time.Now().Add(-time.Millisecond).UnixMilli(), v.sessionID)
		for range 4 {
			v.try(t, wrongCode(code)).refused(t, http.StatusBadRequest, "OTP has expired")
			v.try(t, code).refused(t, http.StatusBadRequest, "OTP has expired")
		}
		v.verify(t, v.sendCode(t, email, 2))
	})
	t.Run("a code opens its own session only", func(t *testing.T) {
		v, email := customer(t, a, tok)
		other := started(t, a.srv, tok, obj{"email": email})
		code := v.sendCode(t, email, 1)
		other.try(t, code).refused(t, http.StatusBadRequest, "Invalid OTP code")
		second := other.sendCode(t, email, 2)
		if second != code {
			other.try(t, code).refused(t, http.StatusBadRequest, "Invalid OTP code")
			v.try(t, second).refused(t, http.StatusBadRequest, "Invalid OTP code")
		}
		v.verify(t, code)
	})
	t.Run("codes are six digits and differ", func(t *testing.T) {
		seen := map[string]bool{}
		for range 4 {
			v, email := customer(t, a, tok)
			for n := range 3 {
				seen[v.sendCode(t, email, n+1)] = true
			}
		}
		if len(seen) < 11 {
			t.Errorf("12 sends made %d codes", len(seen))
		}
	})
}

func TestOTPSendLimits(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	refuse := func(t *testing.T, v *visitor) {
		t.Helper()
		tooMany(t, v.do(t, "POST", "/otp/send", nil), "Too many OTP requests")
	}

	t.Run("per destination, across devices and addresses", func(t *testing.T) {
		email := unique("dest") + "@customer.example"
		for n := range 3 {
			given := email
			if n == 1 {
				given = flipCase(email)
			}
			started(t, a.srv, tok, obj{"email": given}).sendCode(t, email, n+1)
		}
		v := started(t, a.srv, tok, obj{"email": strings.ToUpper(email)})
		refuse(t, v)
		if n := a.srv.mails.countTo(email); n != 3 {
			t.Errorf("%d mails", n)
		}
	})
	t.Run("per session, whatever the destination", func(t *testing.T) {
		v, _ := customer(t, a, tok)
		for range 3 {
			email := unique("move") + "@customer.example"
			a.srv.edit(t, "UPDATE support_sessions SET email = ? WHERE _id = ?", email, v.sessionID)
			v.sendCode(t, email, 1)
		}
		a.srv.edit(t, "UPDATE support_sessions SET email = ? WHERE _id = ?", unique("move")+"@customer.example", v.sessionID)
		refuse(t, v)
	})
	t.Run("per address: ten", func(t *testing.T) {
		ip := nextIP()
		for range 5 {
			v, email := customer(t, a, tok)
			v.ip = ip
			for n := range 2 {
				v.sendCode(t, email, n+1)
			}
		}
		v, _ := customer(t, a, tok)
		v.ip = ip
		refuse(t, v)
		v.ip = nextIP()
		v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	})
	t.Run("a refused send leaves the running code valid", func(t *testing.T) {
		v, email := customer(t, a, tok)
		code := ""
		for n := range 3 {
			code = v.sendCode(t, email, n+1)
		}
		v.try(t, wrongCode(code)).refused(t, http.StatusBadRequest, "Invalid OTP code")
		refuse(t, v)
		refuse(t, v)
		v.try(t, wrongCode(code)).refused(t, http.StatusBadRequest, "Invalid OTP code")
		v.verify(t, code)
	})
}

func TestOTPSend(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)

	t.Run("no contact method", func(t *testing.T) {
		v := started(t, a.srv, tok, obj{"name": "Anonymous"})
		v.do(t, "POST", "/otp/send", nil).refused(t, http.StatusBadRequest, "No contact method")
	})
	t.Run("needs a session", func(t *testing.T) {
		v := newVisitor(a.srv, tok)
		v.do(t, "POST", "/otp/send", nil).refused(t, http.StatusUnauthorized, "Invalid session")
		v.try(t, "123456").refused(t, http.StatusUnauthorized, "Invalid session")
	})
	t.Run("the same answer whether the address is known or not", func(t *testing.T) {
		v, email := customer(t, a, tok)
		known := started(t, a.srv, tok, obj{"email": email})
		r, unknown := known.do(t, "POST", "/otp/send", nil), v.do(t, "POST", "/otp/send", nil)
		if string(r.body) != string(unknown.body) || r.status != unknown.status {
			t.Errorf("%v / %v", r, unknown)
		}
	})
	t.Run("SMS when there is only a phone", func(t *testing.T) {
		phone := "+4930" + digits(8)
		v := started(t, a.srv, tok, obj{"phone": phone})
		is(t, v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK), "message", "OTP sent successfully")
		m := a.srv.sms.nth(t, phone, 1)
		code := sixDigits.FindString(m.form.Get("Body"))
		if m.method != "POST" || m.path != smsPath || m.user != smsSID || m.password != smsToken ||
			!strings.HasPrefix(m.contentType, "application/x-www-form-urlencoded") || m.form.Get("From") != smsFrom {
			t.Errorf("not the provider's form: %+v", m)
		}
		text := strings.Join(strings.Fields(m.form.Get("Body")), " ")
		if text != "Your verification code is: "+code+" This code will expire in 10 minutes." {
			t.Errorf("text %q", m.form.Get("Body"))
		}
		v.verify(t, code)
		if n := a.srv.count(t, "SELECT count(*) FROM contacts WHERE _id = (SELECT contact_id FROM support_sessions WHERE _id = ?) AND phone = ? AND phone_verified = true AND email_verified = false",
			v.sessionID, phone); n != 1 {
			t.Error("the contact is not verified for the phone alone")
		}
	})
	t.Run("e-mail before phone", func(t *testing.T) {
		email, phone := unique("both")+"@customer.example", "+4930"+digits(8)
		v := started(t, a.srv, tok, obj{"email": email, "phone": phone})
		v.verify(t, v.sendCode(t, email, 1))
		if n := a.srv.count(t, "SELECT count(*) FROM contacts WHERE _id = (SELECT contact_id FROM support_sessions WHERE _id = ?) AND email_verified = true AND phone_verified = false", v.sessionID); n != 1 {
			t.Error("verified for more than the address the code went to")
		}
	})
	t.Run("a verified session may ask again", func(t *testing.T) {
		v, email := customer(t, a, tok)
		v.verify(t, v.sendCode(t, email, 1))
		v.verify(t, v.sendCode(t, email, 2))
	})
}

func TestOTPWithoutSMS(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{"phone": "+12345678901"})
	v.do(t, "POST", "/otp/send", nil).refused(t, http.StatusBadRequest, "No contact method")
}

func TestOTPGate(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	before := started(t, a.srv, tok, obj{"email": unique("gate") + "@customer.example"})
	before.post(t, "written while it was open")
	a.configure(t, obj{"requires_email": true, "otp_verification_enabled": true})

	email := unique("gate") + "@customer.example"
	v := newVisitor(a.srv, tok)
	is(t, v.start(t, obj{"email": email}, http.StatusCreated), "requires_verification", true)
	is(t, v.config(t).ok(t, http.StatusOK), "config.otp_verification_enabled", true)
	for _, closed := range []*visitor{v, before} {
		for _, r := range []reply{closed.do(t, "GET", "/session/messages", nil), closed.do(t, "GET", "/session/events", nil),
			closed.do(t, "POST", "/session/messages", obj{"client_id": "c1", "text": "not yet"})} {
			r.refused(t, http.StatusForbidden, "Verification required")
		}
	}
	v.verify(t, v.sendCode(t, email, 1))
	v.post(t, "now it is")
	equal(t, "after verifying", v.texts(t), []string{"now it is"})
	v.stream(t, "").await(t, "state")
	is(t, v.start(t, obj{"email": email}, http.StatusOK), "requires_verification", false)
}

func TestOTPRotatesTheSession(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	v, email := customer(t, a, tok)
	v.post(t, "before proof")
	planted := v.again()
	planted.start(t, obj{"email": email}, http.StatusOK)
	old := *v
	v.verify(t, v.sendCode(t, email, 1))
	if v.session == old.session {
		t.Fatal("the session token is the same")
	}
	old.do(t, "GET", "/session/messages", nil).refused(t, http.StatusUnauthorized, "Invalid session")
	planted.do(t, "GET", "/session/messages", nil).refused(t, http.StatusUnauthorized, "Invalid session")
	equal(t, "its own view goes on", v.texts(t), []string{"before proof"})

	w := v.again()
	w.start(t, obj{"email": email}, http.StatusCreated)
	if w.sessionID == v.sessionID || w.conversation == v.conversation {
		t.Error("a verified session was reused without its token")
	}
	if got := w.texts(t); slices.Contains(got, "before proof") {
		t.Error("and shows its past")
	}
	same := *v
	same.start(t, obj{"email": email}, http.StatusOK)
	if same.sessionID != v.sessionID || same.session != v.session {
		t.Error("with its token it was not reused")
	}
}

// However many sessions, devices and addresses somebody uses, and though the server restarts: an
// address gets three codes an hour, and each of them bears three guesses.
func TestGuessesPerAddressAreBounded(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	email := unique("guessed") + "@customer.example"
	sends, guesses := 0, 0
	flood := func() {
		for range 8 {
			v := started(t, s, tok, obj{"email": email})
			if r := v.do(t, "POST", "/otp/send", nil); r.status == http.StatusOK {
				sends++
				code := s.mails.nth(t, email, sends).code(t)
				s.keepOut("code is: " + code)
				for range 5 {
					r := v.try(t, wrongCode(code))
					attempt("guess at a one-time code", r.status >= 400)
					if r.status == http.StatusBadRequest {
						guesses++
					}
				}
				guesses++ // the third is counted, and locks
				v.try(t, code).refused(t, http.StatusTooManyRequests, lockedText)
			} else {
				tooMany(t, r, "Too many OTP requests")
				attempt("flood of one-time codes", true)
				// Without a code of its own a session has nothing to guess at.
				v.try(t, "123456").refused(t, http.StatusBadRequest, "Invalid OTP code")
			}
		}
	}
	flood()
	s.restart(t)
	flood()
	if sends != 3 || guesses != 9 {
		t.Errorf("%d codes and %d guesses, want 3 and 9", sends, guesses)
	}
}
