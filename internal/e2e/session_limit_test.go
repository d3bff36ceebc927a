package e2e

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
)

func tooMany(t testing.TB, r reply, text string) {
	t.Helper()
	r.refused(t, http.StatusTooManyRequests, text)
	if after, _ := strconv.Atoi(r.header.Get("Retry-After")); after > 3600 {
		t.Errorf("Retry-After %d is longer than the hour", after)
	}
}

func TestSessionsPerIP(t *testing.T) {
	t.Parallel()
	a := newAccount(t, startServer(t))
	tok := a.newToken(t, shop)
	ip := nextIP()
	at := func() *visitor { v := newVisitor(a.srv, tok); v.ip = ip; return v }
	first := at()
	first.start(t, obj{}, http.StatusCreated)
	for range 5 {
		first.start(t, obj{}, http.StatusOK)
	}
	for range 9 {
		at().start(t, obj{}, http.StatusCreated)
	}
	refused := at()
	tooMany(t, refused.do(t, "POST", "/session", obj{"email": unique("lim") + "@customer.example"}), "Too many sessions")
	if n := a.srv.count(t, "SELECT count(*) FROM support_sessions WHERE device_id = ?", refused.device); n != 0 {
		t.Errorf("the refused request left %d sessions", n)
	}
	first.start(t, obj{}, http.StatusOK)
	first.post(t, "reuse and messages go on")
	started(t, a.srv, tok, obj{})

	t.Run("IPv6 by /64", func(t *testing.T) {
		for n := range 10 {
			v := newVisitor(a.srv, tok)
			v.ip = fmt.Sprintf("2001:db8:1:2:%x::%x", n+1, n+7)
			v.start(t, obj{}, http.StatusCreated)
		}
		v := newVisitor(a.srv, tok)
		v.ip = "2001:db8:1:2:ffff:ffff:ffff:ffff"
		tooMany(t, v.do(t, "POST", "/session", obj{}), "Too many sessions")
		v.ip = "2001:db8:1:3::1"
		v.start(t, obj{}, http.StatusCreated)
	})
	t.Run("an hour later", func(t *testing.T) {
		a.srv.passAnHour(t)
		at().start(t, obj{}, http.StatusCreated)
	})
}

// passAnHour moves every remembered hit into the past.
func (s *server) passAnHour(t testing.TB) {
	t.Helper()
	rows, err := s.database(t).Query("SELECT key, hits FROM rate_limits")
	if err != nil {
		t.Fatal(err)
	}
	moved := map[string]string{}
	for rows.Next() {
		var key, hits string
		if err := rows.Scan(&key, &hits); err != nil {
			t.Fatal(err)
		}
		moved[key] = ageHits(t, hits)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	for key, hits := range moved {
		s.edit(t, "UPDATE rate_limits SET hits = ? WHERE key = ?", hits, key)
	}
}

func TestForwardedAddresses(t *testing.T) {
	t.Parallel()
	t.Run("nobody is believed unasked", func(t *testing.T) {
		t.Parallel()
		s := startServer(t, withoutProxy())
		a := newAccount(t, s)
		tok := a.newToken(t, shop)
		for range 10 {
			v := newVisitor(s, tok)
			v.start(t, obj{}, http.StatusCreated)
			is(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "sessions.0.ip", "127.0.0.1")
		}
		for _, header := range []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP"} {
			r := newVisitor(s, tok).do(t, "POST", "/session", obj{}, header, nextIP())
			tooMany(t, r, "Too many sessions")
		}
	})
	t.Run("the right-most untrusted hop", func(t *testing.T) {
		t.Parallel()
		s := startServer(t, withEnv("DESKBELL_TRUSTED_PROXIES", "127.0.0.1/32,10.0.0.0/8"))
		a := newAccount(t, s)
		tok := a.newToken(t, shop)
		for chain, want := range map[string]string{
			"45.9.9.1":                     "45.9.9.1",
			"6.6.6.6, 45.9.9.2":            "45.9.9.2",
			"6.6.6.6, 45.9.9.3, 10.1.2.3":  "45.9.9.3",
			"45.9.9.4, 10.1.2.3, 10.4.5.6": "45.9.9.4",
			"10.1.1.1, 45.9.9.5":           "45.9.9.5",
			"nonsense, 45.9.9.6":           "45.9.9.6",
			"2001:db8:9::1":                "2001:db8:9::1",
			"45.9.9.7,10.1.2.3":            "45.9.9.7",
		} {
			v := newVisitor(s, tok)
			v.ip = chain
			v.start(t, obj{}, http.StatusCreated)
			is(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "sessions.0.ip", want)
		}
	})
}

func TestSessionsPerDevice(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	device := unique("device_")
	at := func() *visitor { v := newVisitor(a.srv, tok); v.device = device; return v }
	claims := func() obj { return obj{"email": unique("dev") + "@customer.example"} }
	var all []*visitor
	var emails []obj
	for range 5 {
		v, c := at(), claims()
		v.start(t, c, http.StatusCreated)
		all, emails = append(all, v), append(emails, c)
	}
	r := at().do(t, "POST", "/session", claims())
	r.refused(t, http.StatusTooManyRequests, "Too many sessions")
	all[0].start(t, emails[0], http.StatusOK)
	started(t, a.srv, tok, obj{})

	a.srv.expireSession(t, all[1].sessionID)
	at().start(t, claims(), http.StatusCreated)
	at().do(t, "POST", "/session", claims()).refused(t, http.StatusTooManyRequests, "Too many sessions")
	all[2].do(t, "DELETE", "/session", nil).ok(t, http.StatusNoContent)
	at().start(t, claims(), http.StatusCreated)
	at().do(t, "POST", "/session", claims()).refused(t, http.StatusTooManyRequests, "Too many sessions")
}

// Reuse is not counted, yet one visitor cannot fill the database with secrets of one session.
func TestSecretsPerSessionAreBounded(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{})
	joins := 0
	for ; joins < 500; joins++ {
		if r := v.again().do(t, "POST", "/session", obj{}); r.status != http.StatusOK {
			tooMany(t, r, "Too many sessions")
			break
		}
	}
	if joins < 10 || joins == 500 {
		t.Errorf("%d further secrets", joins)
	}
	v.start(t, obj{}, http.StatusOK)
	v.post(t, "the first one goes on")
}

func TestLimitsSwitchOff(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, withEnv("DESKBELL_LIMIT_SESSIONS_PER_IP", "0"), withEnv("DESKBELL_LIMIT_SESSIONS_PER_DEVICE", "0"),
		withEnv("DESKBELL_LIMIT_OTP_SENDS", "0"), withEnv("DESKBELL_LIMIT_OTP_ATTEMPTS", "0"), withEnv("DESKBELL_LIMIT_MESSAGES", "0"))
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	device, ip, email := unique("device_"), nextIP(), unique("off")+"@customer.example"
	for n := range 12 {
		v := newVisitor(s, tok)
		v.device, v.ip = device, ip
		v.start(t, obj{"email": fmt.Sprintf("%d%s", n, email)}, http.StatusCreated)
	}
	v := started(t, s, tok, obj{"email": email})
	for range 35 {
		v.post(t, unique("message "))
	}
	code := ""
	for n := range 5 {
		code = v.sendCode(t, email, n+1)
	}
	for range 5 {
		v.do(t, "POST", "/otp/verify", obj{"code": wrongCode(code)}).refused(t, http.StatusBadRequest, "Invalid OTP code")
	}
	v.verify(t, code)
}

func TestLimitsCanBeSet(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, withEnv("DESKBELL_LIMIT_SESSIONS_PER_IP", "2/h"), withEnv("DESKBELL_LIMIT_SESSIONS_PER_DEVICE", "1"),
		withEnv("DESKBELL_LIMIT_OTP_SENDS", "1/h"), withEnv("DESKBELL_LIMIT_OTP_ATTEMPTS", "1"), withEnv("DESKBELL_LIMIT_MESSAGES", "3/min"))
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	email := unique("set") + "@customer.example"
	v := started(t, s, tok, obj{"email": email})
	second := v.again()
	second.do(t, "POST", "/session", obj{"email": "x" + email}).refused(t, http.StatusTooManyRequests, "Too many sessions")
	second.device = unique("device_")
	second.start(t, obj{}, http.StatusCreated)
	third := newVisitor(s, tok)
	third.ip = v.ip
	third.do(t, "POST", "/session", obj{}).refused(t, http.StatusTooManyRequests, "Too many sessions")
	code := v.sendCode(t, email, 1)
	v.do(t, "POST", "/otp/send", nil).refused(t, http.StatusTooManyRequests, "Too many OTP requests")
	v.do(t, "POST", "/otp/verify", obj{"code": wrongCode(code)}).refused(t, http.StatusTooManyRequests, "Too many failed attempts. Request new OTP.")
	for range 3 {
		v.post(t, unique("message "))
	}
	v.do(t, "POST", "/session/messages", obj{"client_id": "c4", "text": "too much"}).refused(t, http.StatusTooManyRequests, "Too many messages")

	t.Run("and outlive a restart", func(t *testing.T) {
		s.restart(t)
		third.do(t, "POST", "/session", obj{}).refused(t, http.StatusTooManyRequests, "Too many sessions")
		v.do(t, "POST", "/otp/send", nil).refused(t, http.StatusTooManyRequests, "Too many OTP requests")
	})
}
