package e2e

import (
	"net/http"
	"testing"
	"time"
)

const dayMillis = 86_400_000

// What a token is used for is counted without a write, kept over a restart, and shown to its own admins.
func TestTokenUse(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	tok, quiet := a.newToken(t, "https://*.shop.example"), a.newToken(t, "https://quiet.example")
	admin := a.console(t)
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "Not seen on a site yet.", "!Requests by day")

	today := time.Now().UnixMilli() / dayMillis
	s.edit(t, "INSERT INTO support_token_days (token_id, day, requests) VALUES (?, ?, 40), (?, ?, 2), (?, ?, 500)",
		tok.id, today-29, tok.id, today-1, tok.id, today-30)
	v := newVisitor(s, tok)
	v.config(t).ok(t, http.StatusOK)
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "!Seen on") // a program is no website
	v.origin = "https://www.shop.example"
	for range 3 {
		v.config(t).ok(t, http.StatusOK)
	}
	v.origin = "https://shop.example"
	v.config(t).refused(t, http.StatusForbidden, "Domain not whitelisted")
	newVisitor(s, quiet).config(t).ok(t, http.StatusOK)
	if n := s.count(t, "SELECT COUNT(*) FROM support_token_days WHERE day = ?", today); n != 0 {
		t.Errorf("%d rows were written by requests", n)
	}
	if n := s.count(t, "SELECT COUNT(*) FROM support_tokens WHERE last_used IS NOT NULL OR seen_at IS NOT NULL"); n != 0 {
		t.Errorf("%d tokens were written by requests", n)
	}
	shown := []string{"Seen on https://www.shop.example, just now", "Requests by day, 30 days: 46. Today: 4.", "Requests by day, 30 days: 1. Today: 1.", "!https://shop.example,"}
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, shown...)

	s.stop(t)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, shown...)
	if n := s.count(t, "SELECT COUNT(*) FROM support_token_days WHERE day < ?", today-29); n != 0 {
		t.Error("the days before the last 30 are kept")
	}
	s.edit(t, "UPDATE support_tokens SET seen_at = ? WHERE _id = ?", time.Now().Add(-3*time.Minute-time.Second).UnixMilli(), tok.id)
	admin.get(t, "/settings/tokens").shows(t, http.StatusOK, "Seen on https://www.shop.example, 3 min ago")

	// What is counted for a token that is deleted meanwhile must not keep the rest from being written.
	for _, used := range []supportToken{tok, quiet} {
		newVisitor(s, used).config(t).ok(t, http.StatusOK)
	}
	a.do(t, "DELETE", "/token/"+tok.id, nil).ok(t, http.StatusOK)
	s.stop(t)
	if n := s.count(t, "SELECT requests FROM support_token_days WHERE token_id = ? AND day = ?", quiet.id, today); n != 2 {
		t.Errorf("%d requests of the token that is left, want 2", n)
	}
	if n := s.count(t, "SELECT COUNT(*) FROM support_token_days WHERE token_id = ?", tok.id); n != 0 {
		t.Errorf("%d days of a deleted token", n)
	}
}
