package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// pageGoal is how long the server may take for a page of the console, in µs.
const pageGoal = 60_000

// consolePages are the console's pages as the team opens them, one of each kind.
func consolePages(from seededDir) []struct{ name, path string } {
	query := func(words string) string { return url.QueryEscape(words) }
	return []struct{ name, path string }{
		{"inbox", "/inbox"}, {"inbox mine", "/inbox?view=mine"}, {"inbox longest waiting", "/inbox?sort=waiting"},
		{"inbox closed", "/inbox?view=closed"}, {"inbox tag", "/inbox?tag=" + query(from.Tag)},
		{"inbox search common word", "/inbox?q=" + query(from.Common)}, {"inbox search rare word", "/inbox?q=" + query(from.Rare)},
		{"thread", "/inbox/" + from.Longest}, {"thread at a message", "/inbox/" + from.Longest + "?m=300"},
		{"search common word", "/search?q=" + query(from.Common)}, {"search rare word", "/search?q=" + query(from.Rare)},
		{"search two common words", "/search?q=" + query(from.Common+" "+from.Second)},
		{"jump common word", "/jump?q=" + query(from.Common)}, {"jump rare word", "/jump?q=" + query(from.Rare)},
		{"contacts", "/contacts"}, {"contacts search", "/contacts?q=" + query(from.Rare)},
		{"contact with 5,000 conversations", "/contacts/" + from.Regular}, {"edit contact", "/contacts/" + from.Regular + "/edit"},
		{"merge contacts", "/contacts/" + from.Regular + "/merge?q=" + query(from.Rare)},
		{"erase contact", "/contacts/" + from.Regular + "/erase"},
		{"tokens", "/settings/tokens"}, {"widget settings", "/settings/widget"}, {"people", "/settings/people"},
		{"outbox", "/settings/outbox"}, {"webhooks", "/settings/webhooks"}, {"audit", "/settings/audit"}, {"profile", "/settings/profile"},
	}
}

// pageFigures measures what the server takes for each page of the console, one request at a time.
func pageFigures(b testing.TB, s *server, from seededDir, n int) (list []result) {
	b.Helper()
	m := &member{srv: s, email: from.Email, password: from.Password}
	team := m.console(b)
	for _, page := range consolePages(from) {
		p50, p99 := spread(b, func() error { return team.fetch(page.path) })
		list = append(list, result{name: fmt.Sprintf("page: %s, %d, p50", page.name, n), value: p50, unit: "µs"},
			result{name: fmt.Sprintf("page: %s, %d, p99", page.name, n), value: p99, unit: "µs", goal: pageGoal})
	}
	return list
}

// fetch reads a page and no more, so that what is measured is the server.
func (c *console) fetch(path string) error {
	req, err := http.NewRequest(http.MethodGet, c.srv.url+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Cookie", c.cookie)
	if strings.HasPrefix(path, "/jump") {
		// The box's own request; without script it leads to the search page.
		req.Header.Set("HX-Request", "true")
	}
	resp, err := c.srv.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %w", path, resp.StatusCode, err)
	}
	return nil
}
