package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Two contacts of one person become one, with all that belonged to either.
func TestMergeContacts(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, manySessions())
	a := newAccount(t, s)
	tok := a.newToken(t, shop, "chat", "history")
	email, dropped, phone := unique("kept")+"@customer.example", unique("drop")+"@customer.example", "+4930"+digits(8)
	s.keepOut(phone)
	kept := started(t, s, tok, obj{"name": "Ann Kept", "email": dropped})
	kept.post(t, "as a claim")
	gone := verified(t, s, tok, email, 1)
	gone.post(t, "as herself")
	a.do(t, "PATCH", "/contact/"+gone.contactNow(t, a), obj{"name": "Ann Gone", "phone": phone}).ok(t, http.StatusOK)
	goneID := gone.contactNow(t, a)
	a.do(t, "POST", "/contact/"+goneID+"/notes", obj{"client_id": "n", "text": "a note that moves"}).ok(t, http.StatusCreated)
	path := "/contact/" + kept.contact + "/merge"

	agent := a.join(t, s, "agent")
	agent.do(t, "GET", path+"?contact_id="+goneID, nil).refused(t, http.StatusForbidden, "Only admins may do this")
	agent.do(t, "POST", path, obj{"contact_id": goneID}).refused(t, http.StatusForbidden, "Only admins may do this")
	other := newAccount(t, s)
	foreign := started(t, s, other.newToken(t, shop), obj{"name": "Foreign"})
	for _, id := range []string{foreign.contact, "", "nonsense"} {
		a.do(t, "POST", path, obj{"contact_id": id}).refused(t, http.StatusNotFound, "Not found")
		a.do(t, "POST", "/contact/"+foreign.contact+"/merge", obj{"contact_id": kept.contact}).refused(t, http.StatusNotFound, "Not found")
	}
	a.do(t, "POST", path, obj{"contact_id": kept.contact}).refused(t, http.StatusBadRequest, "")

	preview := at(t, a.do(t, "GET", path+"?contact_id="+goneID, nil).ok(t, http.StatusOK), "merge")
	if _, next := a.contacts(t, "?q=gone"); next != nil || str(t, preview, "contact.email") != email {
		t.Errorf("a preview changes something, or says what does not come: %v", preview)
	}
	team := a.stream(t)
	team.await(t, "state")
	done := at(t, a.do(t, "POST", path, obj{"contact_id": goneID}).ok(t, http.StatusOK), "merge")
	for _, m := range []any{preview, done} {
		is(t, m, "contact._id", kept.contact)
		is(t, m, "contact.name", "Ann Kept")
		is(t, m, "contact.email", email)
		is(t, m, "contact.email_verified", true)
		is(t, m, "contact.phone", phone)
		is(t, m, "contact.phone_verified", false)
		is(t, m, "notes", 1)
		is(t, m, "joined", false)
		is(t, m, "dropped.0.value", "Ann Gone")
		is(t, m, "dropped.1.value", dropped)
		is(t, m, "dropped.1.verified", false)
	}
	team.await(t, "conversation")
	is(t, a.do(t, "GET", "/contact/"+kept.contact, nil).ok(t, http.StatusOK), "contact.email", email)
	a.do(t, "GET", "/contact/"+goneID, nil).refused(t, http.StatusNotFound, "Not found")
	a.do(t, "POST", path, obj{"contact_id": goneID}).refused(t, http.StatusNotFound, "Not found")

	talks := list(t, a.do(t, "GET", "/contact/"+kept.contact+"/conversations", nil).ok(t, http.StatusOK), "conversations")
	if len(talks) != 2 {
		t.Fatalf("conversations %v", talks)
	}
	for _, talk := range talks {
		is(t, talk, "contact_id", kept.contact)
	}
	if sessions := list(t, a.do(t, "GET", "/contact/"+kept.contact+"/sessions", nil).ok(t, http.StatusOK), "sessions"); len(sessions) != 2 {
		t.Errorf("sessions %v", sessions)
	}
	notes := list(t, a.do(t, "GET", "/contact/"+kept.contact+"/notes", nil).ok(t, http.StatusOK), "notes")
	if len(notes) != 2 || !strings.Contains(str(t, notes, "0.text"), dropped) || str(t, notes, "1.text") != "a note that moves" {
		t.Errorf("notes %v", notes)
	}
	// Both go on as before; what one merely claimed to be is not the other's to read.
	gone.post(t, "still here")
	kept.post(t, "me too")
	equal(t, "the proven one reads", gone.texts(t), []string{"as herself", "still here"})
	past := list(t, gone.do(t, "GET", "/session/conversations", nil).ok(t, http.StatusOK), "conversations")
	if len(past) != 1 {
		t.Errorf("whoever proved to be the contact reads what was merely claimed: %v", past)
	}
	// The address leads to the one contact from now on.
	again := verified(t, s, tok, email, 2)
	if id := again.contactNow(t, a); id != kept.contact {
		t.Errorf("proven again, it is %s", id)
	}
	entry := list(t, a.do(t, "GET", "/audit?action=contact.merge", nil).ok(t, http.StatusOK), "audit")
	if len(entry) != 1 || str(t, entry[0], "target_id") != kept.contact || str(t, entry[0], "target_name") != "Ann Kept" {
		t.Errorf("audit %v", entry)
	}
	if ids, _ := a.contacts(t, "?q=Kept"); len(ids) != 1 || ids[0] != kept.contact {
		t.Errorf("found %v", ids)
	}
}

// contactNow is the contact that the visitor's conversation belongs to.
func (v *visitor) contactNow(t testing.TB, a *account) string {
	t.Helper()
	return str(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "contact_id")
}

// Who is who at the site, the site knows best: two users of it stay two. And where both have proven
// who they are, the team is warned.
func TestMergeOfProvenContacts(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, manySessions())
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	one, two := verified(t, s, tok, unique("one")+"@customer.example", 1), verified(t, s, tok, unique("two")+"@customer.example", 1)
	kept, gone := one.contactNow(t, a), two.contactNow(t, a)
	is(t, a.do(t, "GET", "/contact/"+kept+"/merge?contact_id="+gone, nil).ok(t, http.StatusOK), "merge.joined", true)
	admin := a.console(t)
	admin.get(t, "/contacts/"+kept+"/merge?with="+gone).shows(t, http.StatusOK, "Make sure that this is one person", "was verified")
	s.edit(t, "UPDATE contacts SET external_id = 'user-' || _id WHERE _id IN (?, ?)", kept, gone)
	const apart = "These are two different users of your site, so they can't be merged"
	a.do(t, "POST", "/contact/"+kept+"/merge", obj{"contact_id": gone}).refused(t, http.StatusConflict, apart)
	admin.get(t, "/contacts/"+kept+"/merge?with="+gone).shows(t, http.StatusConflict, apart)
	admin.send(t, "/contacts/"+kept+"/merge", url.Values{"with": {gone}}).shows(t, http.StatusConflict, apart)
	admin.get(t, "/contacts/"+kept+"/merge?with="+kept).shows(t, http.StatusConflict, "The other one must be another contact")
	s.edit(t, "UPDATE contacts SET external_id = NULL WHERE _id = ?", kept)
	for range 2 { // a double click
		admin.send(t, "/contacts/"+kept+"/merge", url.Values{"with": {gone}}).leadsTo(t, "/contacts/"+kept)
	}
	is(t, a.do(t, "GET", "/contact/"+kept, nil).ok(t, http.StatusOK), "contact.external_id", "user-"+gone)
}
