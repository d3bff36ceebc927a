package e2e

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func (m *member) contacts(t testing.TB, query string) ([]string, any) {
	t.Helper()
	answer := m.do(t, "GET", "/contacts"+query, nil).ok(t, http.StatusOK)
	ids := []string{}
	for _, c := range list(t, answer, "contacts") {
		ids = append(ids, str(t, c, "_id"))
	}
	return ids, at(t, answer, "next_cursor")
}

func TestContacts(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	mark := unique("mark")
	jose := started(t, a.srv, tok, obj{"email": mark + ".jose@customer.example", "name": "José Álvarez"})
	mary := started(t, a.srv, tok, obj{"phone": "+4930" + digits(8), "name": "Mary Ann Álvarez"})
	other := newAccount(t, a.srv)
	foreign := started(t, other.srv, other.newToken(t, shop), obj{"name": "José Foreign", "email": unique("f") + "@customer.example"})

	for query, want := range map[string][]string{
		"?q=jose": {jose.contact}, "?q=JOS": {jose.contact}, "?q=alvarez+mary": {mary.contact},
		"?q=" + url.QueryEscape(mark+".jose@customer.example"): {jose.contact}, "?q=nobody": {}, "?q=%22+OR+%2A": {}, "?q=%00": {},
	} {
		if got, _ := a.contacts(t, query); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: want %v, got %v", query, want, got)
		}
	}
	all, next := a.contacts(t, "?limit=1")
	rest, end := a.contacts(t, "?limit=1&cursor="+url.QueryEscape(next.(string)))
	if got := append(all, rest...); len(got) != 2 || got[0] == got[1] || end != nil {
		t.Errorf("pages %v, then %v", got, end)
	}

	email := unique("new") + "@customer.example"
	a.srv.keepOut(email)
	path := "/contact/" + jose.contact
	a.srv.edit(t, "UPDATE contacts SET email_verified = true WHERE _id = ?", jose.contact)
	is(t, a.do(t, "PATCH", path, obj{"name": "Joe"}).ok(t, http.StatusOK), "contact.email_verified", true)
	answer := a.do(t, "PATCH", path, obj{"email": flipCase(email), "name": nil}).ok(t, http.StatusOK)
	is(t, answer, "contact.email", email)
	is(t, answer, "contact.email_verified", false)
	is(t, answer, "contact.name", nil)
	is(t, a.do(t, "GET", path, nil).ok(t, http.StatusOK), "contact.email", email)
	if got, _ := a.contacts(t, "?q=jose"); len(got) != 0 {
		t.Errorf("found by what was corrected: %v", got)
	}
	a.do(t, "PATCH", path, obj{"email": "no address"}).refused(t, http.StatusBadRequest, "")
	a.do(t, "PATCH", path, obj{"phone": 5}).refused(t, http.StatusBadRequest, "")

	for _, id := range []string{foreign.contact, "nonsense", "507f1f77bcf86cd799439011"} {
		for _, method := range []string{"GET", "PATCH", "DELETE"} {
			a.do(t, method, "/contact/"+id, obj{"name": "x"}).refused(t, http.StatusNotFound, "Not found")
		}
		a.do(t, "GET", "/contact/"+id+"/export", nil).refused(t, http.StatusNotFound, "Not found")
	}
}

func TestExportAndErase(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	email, secret := unique("gone")+"@customer.example", unique("medical record ")
	v := started(t, s, tok, obj{"email": email, "name": "Gone Soon", "auth_attr": obj{"plan": "pro"}})
	v.post(t, secret)
	a.reply(t, v.conversation, "a note about them", true)
	v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	mails := func() int {
		found, _ := filepath.Glob(filepath.Join(s.dir, "mail", "*.eml"))
		return len(found)
	}
	eventually(t, 10*time.Second, "the code is written", func() bool { return mails() == 1 })
	neighbour := started(t, s, tok, obj{"email": unique("stays") + "@customer.example"})
	neighbour.post(t, "still here")
	agent := a.join(t, s, "agent")

	path := "/contact/" + v.contact
	r := agent.do(t, "GET", path+"/export", nil)
	if !strings.Contains(r.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("Content-Disposition %q", r.header.Get("Content-Disposition"))
	}
	answer := r.ok(t, http.StatusOK)
	is(t, answer, "export.contact.email", email)
	is(t, answer, "export.sessions.0.device_id", v.device)
	is(t, answer, "export.sessions.0.auth_attr.plan", "pro")
	is(t, answer, "export.conversations.0.messages.0.text", secret)
	is(t, answer, "export.conversations.0.messages.1.text", "a note about them")
	if strings.Contains(string(r.body), "still here") || strings.Contains(string(r.body), agent.email) || strings.Contains(string(r.body), a.email) {
		t.Error("the export tells of others")
	}

	team, st := a.stream(t), v.stream(t, "")
	team.await(t, "state")
	agent.do(t, "DELETE", path, nil).refused(t, http.StatusForbidden, "Only admins may do this")
	a.do(t, "DELETE", path, nil).ok(t, http.StatusNoContent)
	for _, gone := range []string{path, path + "/export", "/conversation/" + v.conversation, "/conversation/" + v.conversation + "/messages"} {
		a.do(t, "GET", gone, nil).refused(t, http.StatusNotFound, "Not found")
	}
	v.do(t, "GET", "/session", nil).refused(t, http.StatusUnauthorized, "Invalid session")
	st.ends(t, 8*time.Second)
	e := team.await(t, "conversation")
	is(t, e.data, "conversation_id", v.conversation)
	is(t, e.data, "status", "erased")
	neighbour.post(t, "the team's stream goes on")
	team.until(t, "the team's stream goes on")
	for _, table := range []string{"contacts", "support_sessions", "support_conversations", "jobs"} {
		if n := s.count(t, "SELECT count(*) FROM "+table+" WHERE _id IN (?, ?, ?)", v.contact, v.sessionID, v.conversation); n != 0 {
			t.Errorf("%s still has the person", table)
		}
	}
	if n := s.count(t, "SELECT count(*) FROM support_messages WHERE conversation_id = ?", v.conversation); n != 0 {
		t.Errorf("%d messages are left", n)
	}
	if found := a.search(t, "?q="+url.QueryEscape(secret)); len(found) != 0 {
		t.Errorf("still found: %v", found)
	}
	eventually(t, 30*time.Second, "the kept mail is deleted", func() bool { return mails() == 0 })
	equal(t, "others stay", neighbour.texts(t), []string{"still here", "the team's stream goes on"})
	entry := list(t, a.do(t, "GET", "/audit", nil).ok(t, http.StatusOK), "audit")[0]
	is(t, entry, "action", "contact.erase")
	is(t, entry, "target_id", v.contact)
	if n := s.count(t, "SELECT count(*) FROM audit_log WHERE detail LIKE ?", "%"+email+"%"); n != 0 {
		t.Error("the audit log keeps who it was")
	}
	if _, err := os.Stat(filepath.Join(s.dir, "mail")); err != nil {
		t.Error(err)
	}
}
