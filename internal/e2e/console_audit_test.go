package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Files of rows hold what the list shows, and nothing in them runs as a formula.
func TestContactFiles(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions())
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	admin := a.console(t)
	if rows := admin.get(t, "/contacts/export.csv").rows(t); len(rows) != 0 {
		t.Errorf("rows %v", rows)
	}
	names := []string{"=HYPERLINK(\"x\")", "+1+1", "-2", "@SUM(1)", "Plain, \"quoted\"", "O'Brien - x"}
	for _, name := range names {
		started(t, s, tok, obj{"name": name})
	}
	evil := started(t, s, tok, obj{"phone": "+4930" + digits(8)})
	evil.post(t, "\t=cmd|calc")
	evil.post(t, "=1+2")
	started(t, s, tok, obj{})
	got := map[string]bool{}
	rows := admin.get(t, "/contacts/export.csv").rows(t)
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.Contains("=+-@\t\r", cell[:1]) {
				t.Errorf("a cell that runs: %q", cell)
			}
		}
		got[row[1]] = true
	}
	for _, name := range names {
		if !got[name] && !got["'"+name] {
			t.Errorf("%q is missing in %v", name, got)
		}
	}
	if len(rows) != len(names)+1 {
		t.Errorf("%d rows", len(rows))
	}
	if rows := admin.get(t, "/contacts/export.csv?show=anonymous").rows(t); len(rows) != 1 {
		t.Errorf("anonymous %v", rows)
	}
	if rows := admin.get(t, "/contacts/export.csv?q=Brien").rows(t); len(rows) != 1 || rows[0][1] != "O'Brien - x" {
		t.Errorf("found %v", rows)
	}
	one := a.join(t, s, "agent").console(t).get(t, "/contacts/"+evil.contact+"/export.csv").rows(t)
	if len(one) != 2 || one[1][len(one[1])-1] != "'=1+2" || !strings.HasPrefix(one[0][4], "'+49") {
		t.Errorf("one contact %v", one)
	}
	is(t, admin.get(t, "/contacts/"+evil.contact+"/export.json").ok(t, http.StatusOK), "export.contact._id", evil.contact)
	log := list(t, a.do(t, "GET", "/audit?action=contacts.export", nil).ok(t, http.StatusOK), "audit")
	if len(log) != 4 {
		t.Errorf("the log tells of %d exports", len(log))
	}
}

func TestAuditPage(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions())
	a := newAccount(t, s)
	tok := a.newToken(t, "https://audited.example")
	ben := a.join(t, s, "agent")
	s.edit(t, "UPDATE users SET name = 'Ben Agent' WHERE _id = ?", ben.id)
	s.edit(t, "UPDATE users SET name = 'Ada Admin' WHERE _id = ?", a.id)
	v := started(t, s, tok, obj{"name": "Vera"})
	ben.do(t, "PATCH", "/contact/"+v.contact, obj{"name": "Vera V", "email": unique("v") + "@customer.example"}).ok(t, http.StatusOK)
	a.configure(t, obj{"widget_settings": obj{"title": "Hi"}})
	gone := started(t, s, tok, obj{"name": "Gone"})
	ben.do(t, "PATCH", "/contact/"+gone.contact, obj{"name": "Away"}).ok(t, http.StatusOK)
	a.do(t, "DELETE", "/contact/"+gone.contact, nil).ok(t, http.StatusNoContent)
	admin := a.console(t)
	plain := func(r reply) string {
		return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(r.body), " ")), " ")
	}
	page := admin.get(t, "/settings/audit").shows(t, http.StatusOK, `href="/contacts/`+v.contact+`"`, "/settings/tokens#token-"+tok.id, "!"+`href="/contacts/`+gone.contact)
	for _, sentence := range []string{
		"Ada Admin made a token for https://audited.example", "Ben Agent changed the name and e-mail of Vera V", "Ada Admin changed the widget’s settings",
		"Ben Agent changed the name of a contact that is gone", "Ada Admin erased a contact",
	} {
		if !strings.Contains(plain(page), sentence) {
			t.Errorf("not told: %s\n%s", sentence, plain(page))
		}
	}
	entries := func(query string) (actions []string) {
		for _, row := range admin.get(t, "/settings/audit/export.csv"+query).rows(t) {
			if !strings.HasPrefix(row[3], "login.") { // TestSignInsAreAudited looks at these
				actions = append(actions, row[3])
			}
		}
		return actions
	}
	today, tomorrow := time.Now().UTC().Format(time.DateOnly), time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	for query, want := range map[string]string{
		"":                     "contact.erase contact.change settings.save contact.change token.create",
		"?user=" + ben.id:      "contact.change contact.change",
		"?action=token.create": "token.create",
		"?user=" + a.id + "&action=contact.erase": "contact.erase",
		"?from=" + tomorrow:                       "",
		"?to=" + today + "&action=settings.save":  "settings.save",
		"?user=none":                              "",
	} {
		if got := strings.Join(entries(query), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	admin.get(t, "/settings/audit?from=yesterday").shows(t, http.StatusUnprocessableEntity, "is no date")
	admin.get(t, "/settings/audit?user=none").shows(t, http.StatusOK, "Nothing found")
	newAccount(t, s).console(t).get(t, "/settings/audit").shows(t, http.StatusOK, "!Ben Agent", "!Ada Admin")

	for n := range 60 {
		ben.do(t, "PATCH", "/contact/"+v.contact, obj{"name": fmt.Sprint("Vera ", n)}).ok(t, http.StatusOK)
	}
	next := regexp.MustCompile(`/settings/audit\?[^"]*cursor=[^"]*`).FindString(string(admin.get(t, "/settings/audit?user="+ben.id).body))
	second := admin.get(t, strings.ReplaceAll(next, "&amp;", "&"), "HX-Request", "true", "HX-Target", "div#audit-body").shows(t, http.StatusOK, "!<html", "Back to the newest")
	if n := strings.Count(string(second.body), "<li>"); n != 13 {
		t.Errorf("%d entries on the second page", n)
	}
	if n := len(entries("?user=" + url.QueryEscape(ben.id))); n != 62 {
		t.Errorf("%d entries in the file", n)
	}
	later := url.QueryEscape(time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	if got := list(t, a.do(t, "GET", "/audit?from="+later, nil).ok(t, http.StatusOK), "audit"); len(got) != 0 {
		t.Errorf("from later on: %v", got)
	}
	a.do(t, "GET", "/audit?from=soon", nil).refused(t, http.StatusBadRequest, "")
}
