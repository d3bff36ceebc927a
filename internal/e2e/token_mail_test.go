package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Admins are told by mail 30, 7 and 1 days before a token ends, once each, also over restarts.
func TestTokensThatEndAreMailed(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, manySessions())
	a := newAccount(t, s)
	second, agent, gone := a.join(t, s, "admin"), a.join(t, s, "agent"), a.join(t, s, "admin")
	a.console(t).send(t, "/settings/people/"+gone.id+"/disable", nil)
	tok := a.newToken(t, shop, "chat")
	other := newAccount(t, s)
	other.newToken(t, shop, "chat")

	// The server looks when it starts, and once a minute.
	ends := func(in time.Duration) {
		t.Helper()
		s.edit(t, "UPDATE support_tokens SET expires_at = ? WHERE _id = ?", time.Now().Add(in).UnixMilli(), tok.id)
		s.restart(t)
		eventually(t, 15*time.Second, "nothing more to send", func() bool { return s.count(t, "SELECT count(*) FROM jobs") == 0 })
	}
	day := 24 * time.Hour
	for n, in := range []time.Duration{30*day - time.Hour, 7*day - time.Hour, day - time.Hour} {
		ends(in)
		for _, to := range []string{a.email, second.email} {
			if m := s.mails.nth(t, to, n+1); !strings.Contains(m.subject, shop) || !strings.Contains(m.text, "/settings/tokens") || strings.Contains(m.text, tok.token) {
				t.Errorf("%s: %s", m.subject, m.text)
			}
		}
		ends(in - time.Minute)
		if got := s.mails.countTo(a.email); got != n+1 {
			t.Errorf("%d mails after step %d", got, n+1)
		}
	}
	for _, nobody := range []string{agent.email, gone.email, other.email} {
		if n := s.mails.countTo(nobody); n != 0 {
			t.Errorf("%s has %d mails", nobody, n)
		}
	}

	// A token that is made to last again is warned of again.
	a.do(t, "POST", "/token/regenerate", obj{"id": tok.id}).ok(t, http.StatusOK)
	ends(6 * day)
	s.mails.nth(t, a.email, 4)
}
