package e2e

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// console is somebody at the console without a script: a cookie, pages and forms.
type console struct {
	*member
	cookie string
}

func (m *member) console(t testing.TB) *console {
	t.Helper()
	r := m.srv.do(t, "POST", "/login", url.Values{"email": {m.email}, "password": {m.password}}.Encode(),
		"Content-Type", "application/x-www-form-urlencoded")
	cookie, _, _ := strings.Cut(r.header.Get("Set-Cookie"), ";")
	if r.status != http.StatusSeeOther || cookie == "" {
		t.Fatalf("login: %v", r)
	}
	return &console{m, cookie}
}

func (c *console) get(t testing.TB, path string, headers ...string) reply {
	t.Helper()
	return c.srv.do(t, "GET", path, nil, append([]string{"Cookie", c.cookie}, headers...)...)
}

// send posts a form.
func (c *console) send(t testing.TB, path string, form url.Values, headers ...string) reply {
	t.Helper()
	return c.srv.do(t, "POST", path, form.Encode(), append([]string{"Cookie", c.cookie, "Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}

// shows asserts a page's status and texts on it; what begins with "!" must not be there.
func (r reply) shows(t testing.TB, status int, texts ...string) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("want %d, got %.600v", status, r)
	}
	page := html.UnescapeString(string(r.body))
	for _, text := range texts {
		without, absent := strings.CutPrefix(text, "!")
		if strings.Contains(page, without) == absent {
			t.Errorf("%s: %q", r.what, text)
		}
	}
	return r
}

func (r reply) leadsTo(t testing.TB, path string) {
	t.Helper()
	if r.status != http.StatusSeeOther || r.header.Get("Location") != path {
		t.Fatalf("want 303 to %s, got %q %.400v", path, r.header.Get("Location"), r)
	}
}

// hidden is the value of a form's hidden field.
func (r reply) hidden(t testing.TB, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindSubmatch(r.body)
	if found == nil {
		t.Fatalf("no field %s in %.400v", name, r)
	}
	return string(found[1])
}

// rows reads a file of rows after its head.
func (r reply) rows(t testing.TB) [][]string {
	t.Helper()
	if !strings.HasPrefix(r.header.Get("Content-Type"), "text/csv") || !strings.Contains(r.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("no file of rows: %.300v", r)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(r.body, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v in %v", err, r)
	}
	return rows[1:]
}

// A contact is seen when one of its sessions is: the list is in that order, whoever came first.
func TestContactOrderAndKinds(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, manySessions())
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	first := started(t, s, tok, obj{"name": "Only Named"})
	second := started(t, s, tok, obj{"email": unique("k") + "@customer.example"})
	anonymous := started(t, s, tok, obj{})
	proven := verified(t, s, tok, unique("p")+"@customer.example", 1)
	order := func(query string) string {
		ids, _ := a.contacts(t, query)
		names := map[string]string{first.contact: "named", second.contact: "email", anonymous.contact: "anonymous", proven.contact: "proven"}
		for i, id := range ids {
			ids[i] = names[id]
		}
		return strings.Join(ids, " ")
	}
	s.edit(t, "UPDATE support_sessions SET last_activity = last_activity + 120000 WHERE _id = ?", first.sessionID)
	for query, want := range map[string]string{
		"": "named proven anonymous email", "?show=known": "named proven email", "?show=verified": "proven", "?show=email": "proven email",
		"?show=anonymous": "anonymous", "?show=verified&q=named": "", "?show=known&q=named": "named",
	} {
		if got := order(query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	a.do(t, "GET", "/contacts?show=some", nil).refused(t, http.StatusBadRequest, "")
}

func TestContactPages(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions())
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	c, agent := a.console(t), a.join(t, s, "agent").console(t)
	agent.get(t, "/contacts").shows(t, http.StatusOK, "No contacts yet")
	started(t, s, tok, obj{})
	agent.get(t, "/contacts").shows(t, http.StatusOK, "Only anonymous visitors so far")
	agent.get(t, "/contacts?show=anonymous").shows(t, http.StatusOK, "Visitor ", "!Save as CSV")

	v := started(t, s, tok, obj{"name": "Vera Visitor", "email": "vera@customer.example", "auth_attr": obj{"plan": "gold"}})
	v.post(t, "Where is my parcel?")
	path := "/contacts/" + v.contact
	agent.get(t, "/contacts").shows(t, http.StatusOK, "Vera Visitor", "vera@customer.example", "!Visitor ")
	agent.get(t, "/contacts?q=vera").shows(t, http.StatusOK, "Vera Visitor")
	agent.get(t, "/contacts?q=nobody").shows(t, http.StatusOK, "Nobody found", "nobody")
	agent.get(t, "/contacts?q=vera", "HX-Request", "true", "HX-Target", "div#contacts-body").shows(t, http.StatusOK, "Vera Visitor", "!<html")
	agent.get(t, path).shows(t, http.StatusOK, "Not verified", "Where is my parcel?", "/inbox/"+v.conversation, "plan", "gold", v.device[:12], v.ip, "!Merge", "!Erase")
	c.get(t, path).shows(t, http.StatusOK, "Merge", "Erase")
	agent.get(t, "/inbox/"+v.conversation).shows(t, http.StatusOK, path)

	for n := range 35 {
		started(t, s, tok, obj{"name": fmt.Sprint("Crowd ", n)})
	}
	next := regexp.MustCompile(`/contacts\?cursor=[\w-]+`).FindString(string(agent.get(t, "/contacts").shows(t, http.StatusOK, "!Vera Visitor").body))
	agent.get(t, next).shows(t, http.StatusOK, "Vera Visitor", "Back to the newest")

	other := newAccount(t, s).console(t)
	for _, below := range []string{"", "/edit", "/merge", "/erase", "/export.json", "/export.csv"} {
		other.get(t, path+below).shows(t, http.StatusNotFound, "!Vera")
	}
	for _, below := range []string{"/merge", "/erase"} {
		agent.get(t, path+below).shows(t, http.StatusForbidden)
		agent.send(t, path+below, url.Values{"confirm": {"erase"}, "with": {v.contact}}).shows(t, http.StatusForbidden)
	}
	agent.get(t, "/contacts/export.csv").shows(t, http.StatusForbidden)
	agent.get(t, "/settings/audit").shows(t, http.StatusForbidden)
	agent.get(t, "/settings/audit/export.csv").shows(t, http.StatusForbidden)

	c.send(t, path+"/erase", url.Values{"confirm": {"yes"}}).shows(t, http.StatusUnprocessableEntity, "Type the word erase here")
	c.get(t, path).shows(t, http.StatusOK)
	c.send(t, path+"/erase", url.Values{"confirm": {" Erase "}}).leadsTo(t, "/contacts")
	c.send(t, path+"/erase", url.Values{"confirm": {"erase"}}).leadsTo(t, "/contacts")
	c.get(t, path).shows(t, http.StatusNotFound)
}

func TestEditContact(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{"name": "Old Name"})
	c, colleague := a.console(t), a.join(t, s, "agent").console(t)
	path := "/contacts/" + v.contact
	form := func(r reply, name, email, phone string) url.Values {
		return url.Values{"name": {name}, "email": {email}, "phone": {phone}, "updated_at": {r.hidden(t, "updated_at")}}
	}
	mine, theirs := c.get(t, path+"/edit"), colleague.get(t, path+"/edit").shows(t, http.StatusOK, "Old Name")
	c.send(t, path+"/edit", form(mine, "New Name", "no address", "123")).
		shows(t, http.StatusUnprocessableEntity, "no address", "This must be an e-mail address", "The number must start with +", "New Name")
	email := unique("new") + "@customer.example"
	s.keepOut(email)
	for range 2 { // a double click
		c.send(t, path+"/edit", form(mine, "New Name", email, "")).leadsTo(t, path)
	}
	c.get(t, path).shows(t, http.StatusOK, "New Name", email, "Saved.")

	told := colleague.send(t, path+"/edit", form(theirs, "Their Name", "", "")).
		shows(t, http.StatusConflict, "Somebody has changed this contact meanwhile", "Stored now: New Name", "Stored now: "+email, "Their Name")
	colleague.send(t, path+"/edit", form(told, "Their Name", email, "")).leadsTo(t, path)
	is(t, a.do(t, "GET", "/contact/"+v.contact, nil).ok(t, http.StatusOK), "contact.name", "Their Name")

	contact := at(t, a.do(t, "GET", "/contact/"+v.contact, nil).ok(t, http.StatusOK), "contact")
	a.do(t, "PATCH", "/contact/"+v.contact, obj{"name": "By API", "updated_at": at(t, contact, "updated_at")}).ok(t, http.StatusOK)
	a.do(t, "PATCH", "/contact/"+v.contact, obj{"name": "Too late", "updated_at": at(t, contact, "updated_at")}).
		refused(t, http.StatusConflict, "Somebody has changed this contact meanwhile")
}

// Beside a thread stand the newest notes on its contact; there they are written and changed as well.
func TestContactNotesBesideAThread(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{"name": "Noted Person"})
	v.post(t, "hello")
	c, stranger, page := a.console(t), newAccount(t, s).console(t), "/inbox/"+v.conversation
	form := url.Values{"client_id": {unique("n")}, "text": {"Speaks Danish"}}
	for range 2 { // a double click
		c.send(t, page+"/notes", form).leadsTo(t, page+"#notes")
	}
	notes := list(t, a.do(t, "GET", "/contact/"+v.contact+"/notes", nil).ok(t, http.StatusOK), "notes")
	if len(notes) != 1 {
		t.Fatalf("notes %v", notes)
	}
	path := page + "/notes/" + str(t, notes[0], "_id")
	stranger.send(t, path, url.Values{"text": {"x"}}).shows(t, http.StatusNotFound)
	stranger.send(t, path+"/delete", nil).shows(t, http.StatusNotFound)
	c.send(t, page+"/notes", url.Values{"client_id": {unique("n")}, "text": {strings.Repeat("x", 10_001)}}).
		shows(t, http.StatusUnprocessableEntity, "A note must have 1 to 10000 characters", "xxxx", "Speaks Danish")
	c.send(t, path, url.Values{"text": {" "}}).shows(t, http.StatusUnprocessableEntity, "A note must have 1 to 10000 characters", "<details open>")
	c.send(t, path, url.Values{"text": {"Speaks Dutch"}}).leadsTo(t, page+"#notes")
	c.get(t, page).shows(t, http.StatusOK, "Speaks Dutch", "edited", "!Danish", "!All notes")
	for i := range 5 {
		c.send(t, page+"/notes", url.Values{"client_id": {unique("n")}, "text": {fmt.Sprint("Later note ", i)}}).leadsTo(t, page+"#notes")
	}
	c.get(t, page).shows(t, http.StatusOK, "Later note 4", "!Speaks Dutch", "All notes", "/contacts/"+v.contact+"#notes")
	for range 2 {
		c.send(t, path+"/delete", nil).leadsTo(t, page+"#notes")
	}
	c.get(t, page).shows(t, http.StatusOK, "Later note 0", "!All notes")
}

func TestContactNotes(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{"name": "Noted Person"})
	v.post(t, "hello")
	agent := a.join(t, s, "agent")
	path, page := "/contact/"+v.contact+"/notes", "/contacts/"+v.contact
	body := obj{"client_id": unique("n"), "text": " Pays late. "}
	s.keepOut("Pays late.")
	note := at(t, agent.do(t, "POST", path, body).ok(t, http.StatusCreated), "note")
	is(t, note, "text", "Pays late.")
	is(t, agent.do(t, "POST", path, body).ok(t, http.StatusOK), "duplicate", true)
	agent.do(t, "POST", path, obj{"client_id": body["client_id"], "text": "other"}).
		refused(t, http.StatusConflict, "This client_id was already used for another note")
	agent.do(t, "POST", path, obj{"client_id": unique("n"), "text": " "}).refused(t, http.StatusBadRequest, "")
	c := a.console(t)
	form := url.Values{"client_id": {c.get(t, page).shows(t, http.StatusOK, "Pays late.").hidden(t, "client_id")}, "text": {"Likes tea"}}
	for range 2 { // a double click
		c.send(t, page+"/notes", form).leadsTo(t, page+"#notes")
	}
	if notes := list(t, agent.do(t, "GET", path, nil).ok(t, http.StatusOK), "notes"); len(notes) != 2 {
		t.Errorf("notes %v", notes)
	}
	c.send(t, page+"/notes", url.Values{"client_id": {unique("n")}, "text": {strings.Repeat("x", 10_001)}}).
		shows(t, http.StatusUnprocessableEntity, "A note must have 1 to 10000 characters", "xxxx")
	own := list(t, agent.do(t, "GET", path, nil).ok(t, http.StatusOK), "notes")[0]
	agent.do(t, "DELETE", path+"/"+str(t, own, "_id"), nil).refused(t, http.StatusForbidden, "Only its author or an admin may delete a note")
	newAccount(t, s).do(t, "DELETE", path+"/"+str(t, note, "_id"), nil).refused(t, http.StatusNotFound, "Not found")
	is(t, a.do(t, "GET", "/contact/"+v.contact+"/export", nil).ok(t, http.StatusOK), "export.notes.1.text", "Pays late.")
	// Only who wrote it changes it.
	is(t, note, "edited_at", nil)
	noteID := str(t, note, "_id")
	is(t, agent.do(t, "PATCH", path+"/"+noteID, obj{"text": " Pays late, but pays. "}).ok(t, http.StatusOK), "note.text", "Pays late, but pays.")
	a.do(t, "PATCH", path+"/"+noteID, obj{"text": "Pays never."}).refused(t, http.StatusForbidden, "Only its author may change a note")
	agent.do(t, "PATCH", path+"/"+noteID, obj{"text": " "}).refused(t, http.StatusBadRequest, "")
	c.send(t, page+"/notes/"+noteID, url.Values{"text": {"Pays never."}}).shows(t, http.StatusForbidden, "Only its author")
	c.get(t, page).shows(t, http.StatusOK, "Pays late, but pays.", "edited", "!Pays never.")
	agent.console(t).send(t, page+"/notes/"+noteID, url.Values{"text": {strings.Repeat("y", 10_001)}}).
		shows(t, http.StatusUnprocessableEntity, "A note must have 1 to 10000 characters", "yyyy", "<details open>")
	agent.console(t).send(t, page+"/notes/"+str(t, note, "_id")+"/delete", nil).leadsTo(t, page+"#notes")
	agent.do(t, "GET", path, nil).ok(t, http.StatusOK)
	c.get(t, page).shows(t, http.StatusOK, "Likes tea", "!Pays late")
	a.do(t, "DELETE", "/contact/"+v.contact, nil).ok(t, http.StatusNoContent)
	if n := s.count(t, "SELECT count(*) FROM contact_notes WHERE contact_id = ?", v.contact); n != 0 {
		t.Errorf("%d notes outlive the person", n)
	}
	a.do(t, "GET", path, nil).refused(t, http.StatusNotFound, "Not found")
}
