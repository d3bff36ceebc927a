package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// The audit log tells of sign-ins, of new devices once, and of failures without letting an attack fill it.
func TestSignInsAreAudited(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	ben := a.joinNamed(t, s, "agent", "Ben Agent")
	count := func(action string) int {
		return s.count(t, "SELECT COUNT(*) FROM audit_log WHERE user_id = ? AND action = ?", ben.id, action)
	}
	before := count("login.success")
	ben.login(t)
	ben.console(t)
	ben.console(t)
	if n := count("login.success") - before; n != 3 {
		t.Errorf("%d sign-ins told, want 3", n)
	}
	if n := count("login.device"); n != 1 {
		t.Errorf("%d new devices told, want 1", n)
	}
	for range 5 {
		s.do(t, "POST", "/api/auth/login", obj{"email": ben.email, "password": "not this one"}).refused(t, http.StatusUnauthorized, "Wrong e-mail or password")
	}
	s.do(t, "POST", "/api/auth/login", obj{"email": unique("nobody") + "@team.example", "password": "x"}).refused(t, http.StatusUnauthorized, "Wrong e-mail or password")
	eventually(t, patience, "the failure to be told", func() bool { return count("login.failure") == 1 })
	if n := s.count(t, "SELECT COUNT(*) FROM audit_log WHERE action = 'login.failure'"); n != 1 {
		t.Errorf("%d failures told, want 1", n)
	}
	admin := a.console(t)
	for action, text := range map[string]string{"login.success": "Ben Agent signed in", "login.device": "Ben Agent signed in from a new device", "login.failure": "Ben Agent was refused with a wrong password or code"} {
		log := string(admin.get(t, "/settings/audit/export.csv?action="+action).shows(t, http.StatusOK, text).body)
		if lines := strings.Count(log, "login."); action != "login.success" && strings.Contains(log, "login.success") {
			t.Errorf("%s: %d lines of others", action, lines)
		}
	}
}
