package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// pageGoal is how long the server may take for a page of the console, in µs.
const pageGoal = 60_000

// fullerPages are pages with more on them than the routes' table asks for.
func fullerPages(from seededDir) []consolePage {
	query := func(words string) string { return url.QueryEscape(words) }
	days := "from=" + oldestDay + "&to=" + time.Now().Format(time.DateOnly)
	list := []consolePage{
		{name: "inbox mine", path: "/inbox?view=mine"}, {name: "inbox longest waiting", path: "/inbox?sort=waiting"},
		{name: "inbox closed", path: "/inbox?view=closed"}, {name: "inbox tag", path: "/inbox?tag=" + query(from.Tag)},
		{name: "inbox search common word", path: "/inbox?q=" + query(from.Common)}, {name: "inbox search rare word", path: "/inbox?q=" + query(from.Rare)},
		{name: "longest thread", path: "/inbox/" + from.Longest}, {name: "thread at a message", path: "/inbox/" + from.Longest + "?m=300"},
		{name: "search common word", path: "/search?q=" + query(from.Common)}, {name: "search rare word", path: "/search?q=" + query(from.Rare)},
		{name: "search two common words", path: "/search?q=" + query(from.Common+" "+from.Second)},
		{name: "jump common word", path: "/jump?q=" + query(from.Common), part: true}, {name: "jump rare word", path: "/jump?q=" + query(from.Rare), part: true},
		{name: "contacts search", path: "/contacts?q=" + query(from.Rare)},
		{name: "contact with 5,000 conversations", path: "/contacts/" + from.Regular},
		{name: "merge contacts", path: "/contacts/" + from.Regular + "/merge?q=" + query(from.Rare)},
		{name: "erase contact", path: "/contacts/" + from.Regular + "/erase"},
		{name: "audit of a deed", path: "/settings/audit?action=token.create"},
	}
	for _, table := range []string{"", "/agents", "/sites", "/tags"} {
		for _, span := range []string{"days=1", "days=7", "days=90", "days=365", days} {
			list = append(list, consolePage{name: "reports" + table + " " + span, path: "/reports" + table + "?" + span})
		}
	}
	for _, show := range []string{"agent:" + from.UserID, "site:https://shop.example", "tag:" + from.Tag} {
		kind, _, _ := strings.Cut(show, ":")
		list = append(list, consolePage{name: "reports of a " + kind, path: "/reports?" + days + "&show=" + query(show)})
	}
	return list
}

// oldestDay is when the seeded conversations begin.
const oldestDay = "2024-03-01"

// years gives an account as much as years of use leave in what the settings list.
func (w *world) years(b testing.TB) {
	b.Helper()
	s, account := w.srv, w.accountID(b)
	for range 20 {
		w.newToken(b, "https://"+unique("shop")+".example")
	}
	for n := range 100 {
		w.do(b, "POST", "/canned-replies", obj{"title": fmt.Sprint("Reply ", n), "shortcut": unique("s"), "text": "As long as such a text is.", "shared": true}).ok(b, http.StatusCreated)
	}
	const series = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) `
	for _, fill := range []struct {
		rows  int
		query string
	}{
		{100_000, `INSERT INTO audit_log (_id, account_id, user_id, action, target_id, detail, created_at)
			SELECT printf('%024x', n.i), a.account_id, a.user_id, a.action, a.target_id, a.detail, a.created_at - n.i * 60000
			FROM n JOIN (SELECT * FROM audit_log WHERE account_id = ?1 ORDER BY created_at LIMIT 1) a`},
		{5_000, `INSERT INTO kept_mails (_id, account_id, file, recipient, subject, created_at, expires_at)
			SELECT printf('%024x', n.i), m.account_id, m.file, m.recipient, m.subject, m.created_at - n.i * 60000, m.expires_at
			FROM n JOIN (SELECT * FROM kept_mails WHERE account_id = ?1 LIMIT 1) m`},
		{5_000, `INSERT INTO webhook_deliveries (_id, webhook_id, account_id, event, conversation_id, seq, status, attempts, answer, error, next_at, give_up_at, created_at)
			SELECT printf('%024x', n.i), d.webhook_id, d.account_id, d.event, d.conversation_id, d.seq, 'given_up', 9, 500, '', 0, 0, d.created_at - n.i * 60000
			FROM n JOIN (SELECT * FROM webhook_deliveries WHERE account_id = ?1 LIMIT 1) d`},
		{400, `INSERT OR IGNORE INTO support_token_days (token_id, day, requests)
			SELECT t._id, unixepoch() / 86400 - n.i, 1000 + n.i FROM n JOIN support_tokens t WHERE t.account_id = ?1`},
	} {
		s.edit(b, series+fill.query, account, fill.rows)
	}
}

// pageFigures measures what the server takes for each page of the console, one request at a time.
func pageFigures(b testing.TB, s *server, from seededDir, n int) (list []result) {
	b.Helper()
	a := &account{member: &member{srv: s, email: from.Email, password: from.Password}, name: "Support"}
	a.login(b)
	w := worldOf(b, a)
	w.years(b)
	ids := w.of(b, a.member)
	ids["tag"] = from.Tag
	team := a.console(b)
	for _, page := range append(consolePages(b, ids), fullerPages(from)...) {
		p50, p99 := spreadOf(b, 10, 120, func() error { return team.fetch(page) })
		list = append(list, result{name: fmt.Sprintf("page: %s, %d, p50", page.name, n), value: p50, unit: "µs"},
			result{name: fmt.Sprintf("page: %s, %d, p99", page.name, n), value: p99, unit: "µs", goal: pageGoal})
	}
	return list
}

// fetch reads a page and no more, so that what is measured is the server.
func (c *console) fetch(page consolePage) error {
	req, err := http.NewRequest(http.MethodGet, c.srv.url+page.path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Cookie", c.cookie)
	if page.part {
		// Without script the jump box leads to the search page.
		req.Header.Set("HX-Request", "true")
	}
	resp, err := c.srv.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %w", page.path, resp.StatusCode, err)
	}
	return nil
}
