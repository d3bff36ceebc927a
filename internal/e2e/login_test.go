package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// typeLogin sends the sign-in form.
func (s *server) typeLogin(t testing.TB, email, password string, headers ...string) reply {
	t.Helper()
	return s.do(t, "POST", "/login", fields("email", email, "password", password).Encode(), append([]string{"Content-Type", formType}, headers...)...)
}

// The cookie of a login can't be read by scripts, is not sent along by other sites, and on https
// neither by other hosts nor in clear.
func TestLoginCookie(t *testing.T) {
	t.Parallel()
	for base, want := range map[string][]string{
		"":                     {"deskbell=", "HttpOnly", "SameSite=Lax", "Path=/", "!Secure", "!Domain"},
		"https://chat.example": {"__Host-deskbell=", "HttpOnly", "SameSite=Lax", "Path=/", "Secure", "!Domain"},
	} {
		s := startServer(t, func(s *server) { s.base = base })
		a := newAccount(t, s)
		r := s.typeLogin(t, a.email, a.password)
		parts := strings.Split(r.header.Get("Set-Cookie"), "; ")
		parts[0] = parts[0][:strings.Index(parts[0], "=")+1]
		for _, part := range want {
			without, absent := strings.CutPrefix(part, "!")
			if slices.ContainsFunc(parts, func(p string) bool { return p == without || (absent && strings.HasPrefix(p, without)) }) == absent {
				t.Errorf("%s: %q in %q", base, part, r.header.Get("Set-Cookie"))
			}
		}
		if hsts := r.header.Get("Strict-Transport-Security"); (hsts != "") != (base != "") {
			t.Errorf("%q: Strict-Transport-Security %q", base, hsts)
		}
	}
}

// A login gets a secret of its own whatever the browser came with, lives by its row, and ends with it.
func TestLoginSessions(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	planted := "deskbell=" + strings.Repeat("A", 43)
	r := s.typeLogin(t, a.email, a.password, "Cookie", planted)
	first, _, _ := strings.Cut(r.header.Get("Set-Cookie"), ";")
	s.keepOut(strings.TrimPrefix(first, "deskbell="))
	if first == planted {
		t.Error("a secret from before the login was taken over")
	}
	c := &console{a.member, first}
	c.get(t, "/inbox").shows(t, http.StatusOK)
	(&console{a.member, planted}).get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")

	again := s.typeLogin(t, a.email, a.password, "Cookie", first)
	c.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox") // signing in anew ends what was there
	c.cookie, _, _ = strings.Cut(again.header.Get("Set-Cookie"), ";")
	s.keepOut(strings.TrimPrefix(c.cookie, "deskbell="))
	c.get(t, "/inbox").shows(t, http.StatusOK)
	if file := s.stored(t, strings.TrimPrefix(c.cookie, "deskbell=")); file != "" {
		t.Errorf("the cookie's secret stands in %s", file)
	}

	c.send(t, "/logout", nil).leadsTo(t, "/login")
	c.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")
	for name, query := range map[string]string{
		"unused for twelve hours": "UPDATE login_sessions SET last_seen = last_seen - 12 * 3600000",
		"a week old":              "UPDATE login_sessions SET created_at = created_at - 7 * 24 * 3600000",
	} {
		late := a.console(t)
		late.get(t, "/inbox").shows(t, http.StatusOK)
		s.edit(t, query)
		if r := late.get(t, "/inbox"); !r.leads() {
			t.Errorf("%s and still good: %.200v", name, r)
		}
	}
}

// Neither what the sign-in answers nor how long it takes tells who is in a team.
func TestLoginTellsNothing(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	gone := a.join(t, s, "agent")
	if r := s.cli(t, "", "user", "set", "--data-dir", s.dir, "--email", gone.email, "--disabled=true"); r.code != 0 {
		t.Fatalf("user set: %v", r)
	}
	took := map[string][]time.Duration{}
	var want string
	for range 9 {
		for who, email := range map[string]string{"member": a.email, "disabled": gone.email, "nobody": unique("nobody") + "@team.example"} {
			began := time.Now()
			r := s.typeLogin(t, email, "not the password", "X-Forwarded-For", nextIP())
			took[who] = append(took[who], time.Since(began))
			if r.status != http.StatusUnauthorized {
				t.Fatalf("%s: %v", who, r)
			}
			body := strings.ReplaceAll(string(r.body), email, "")
			if want == "" {
				want = body
			}
			attempt("asking the sign-in who is a member", body == want)
			if body != want {
				t.Errorf("%s gets another page:\n%s\n%s", who, body, want)
			}
		}
	}
	median := func(who string) time.Duration { slices.Sort(took[who]); return took[who][4] }
	for _, who := range []string{"disabled", "nobody"} {
		// A comparison of a hash costs 20 ms or more; without one the answer takes a tenth of that.
		if fast, slow := min(median(who), median("member")), max(median(who), median("member")); slow > 3*fast {
			t.Errorf("%s takes %v, a member %v", who, median(who), median("member"))
		}
	}
}

// Guessing is slowed down for the one who guesses, on every way in, and keeps nobody else out.
func TestLoginThrottle(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	bad, good := nextIP(), nextIP()
	status, tries := 0, 0
	for ; status != http.StatusTooManyRequests && tries < 40; tries++ {
		status = s.typeLogin(t, a.email, "guess", "X-Forwarded-For", bad).status
	}
	if tries > 12 {
		t.Fatalf("%d guesses", tries)
	}
	for _, body := range []obj{{"email": a.email, "password": a.password}, {"email": strings.ToUpper(a.email), "password": a.password}, {"email": " " + a.email, "password": "x"}} {
		r := s.do(t, "POST", "/api/auth/login", body, "X-Forwarded-For", bad)
		attempt("guess at a password", r.status == http.StatusTooManyRequests)
		r.refused(t, http.StatusTooManyRequests, "")
	}
	if r := s.typeLogin(t, a.email, a.password, "X-Forwarded-For", bad); r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") == "" {
		t.Errorf("the right password from the guesser: %.200v", r)
	}
	if r := s.typeLogin(t, a.email, a.password, "X-Forwarded-For", good); r.status != http.StatusSeeOther {
		t.Errorf("the owner is kept out: %.200v", r)
	}
	// One address gets no further by trying many names.
	for tries = 0; tries < 100; tries++ {
		r := s.typeLogin(t, unique("x")+"@team.example", "guess", "X-Forwarded-For", bad)
		attempt("guess at a password", r.status >= 400)
		if r.status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("a hundred names from one address")
}
