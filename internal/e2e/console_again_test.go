package e2e

import (
	"strings"
	"testing"
)

// repeatable are the forms that do the same once more when they are sent once more, and why that is meant.
var repeatable = map[string]string{
	"/inbox/:id/draft": "the same draft, with the time it was saved", "/inbox/:id/files": "the message is sent once; what was uploaded for the second is swept",
	"/settings/widget":            "without the version of what it is based on, as nobody's browser sends it",
	"/settings/webhooks/:id/test": "a test",
	"/settings/webhooks/:id/deliveries/:delivery_id/redeliver": "another try",
}

// A form that comes twice, by a double click without script, by going back or because the answer was lost, does
// its deed once, and the second answer, which is the one that people see, is no error.
func TestEveryFormSentTwice(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions())
	w := newWorld(t, s)
	admin := w.join(t, s, "admin")
	ids, cookie := w.of(t, admin), admin.console(t).cookie
	for _, r := range routes {
		path, post := strings.CutPrefix(r.name, "POST ")
		if !post || (r.who != desk && r.who != deskAdmin) || path == "/logout" {
			continue
		}
		first, before := s.ask(t, r, ids, "Cookie", cookie), s.rows(t)
		second := s.ask(t, r, ids, "Cookie", cookie)
		if second.status >= 400 && second.status != r.ok {
			t.Errorf("%s: %d, then %d", path, first.status, second.status)
		}
		if repeatable[path] != "" {
			continue
		}
		for _, row := range changed(before, s.rows(t)) {
			t.Errorf("%s, sent twice: %.300s", path, row)
		}
	}
}
