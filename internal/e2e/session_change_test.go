package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

func TestChangedClaims(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	v := started(t, a.srv, tok, obj{})
	v.post(t, "who am I")
	anonymous, email := v.contact, unique("late")+"@customer.example"
	a.srv.keepOut(email)

	answer := v.do(t, "PATCH", "/session", obj{"email": flipCase(email), "name": " Jane ", "auth_attr": obj{"plan": "pro"}}).ok(t, http.StatusOK)
	is(t, answer, "session.contact.email", email)
	is(t, answer, "session.contact.name", "Jane")
	is(t, answer, "session.conversation_id", v.conversation)
	is(t, answer, "session.session_id", v.sessionID)
	is(t, answer, "verified", false)
	c := a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
	is(t, c, "contact.email", email)
	is(t, c, "sessions.0.claimed.name", "Jane")
	is(t, c, "auth_attr.plan", "pro")
	if n := a.srv.count(t, "SELECT count(*) FROM contacts WHERE _id = ?", anonymous); n != 0 {
		t.Error("the nameless contact stayed behind")
	}

	answer = v.do(t, "PATCH", "/session", obj{"name": nil, "email": nil}).ok(t, http.StatusOK)
	is(t, answer, "session.contact.name", nil)
	is(t, answer, "session.contact.email", nil)
	equal(t, "still reads", v.texts(t), []string{"who am I"})

	for _, bad := range []any{obj{"email": "no address"}, obj{"phone": "123"}, obj{"name": 1}, obj{"auth_attr": "x"}, "[]", "{"} {
		v.do(t, "PATCH", "/session", bad).refused(t, http.StatusBadRequest, "")
	}
	a.configure(t, obj{"requires_email": true})
	v.do(t, "PATCH", "/session", obj{"name": "No Mail"}).refused(t, http.StatusBadRequest, "email is required")
}

func TestMatchedContactIsNotTouchedByChangedClaims(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	email := unique("known") + "@customer.example"
	known := started(t, a.srv, tok, obj{"email": email, "name": "Known"})
	v := started(t, a.srv, tok, obj{})
	v.do(t, "PATCH", "/session", obj{"email": email, "name": "Impostor", "phone": "+4930" + digits(8)}).ok(t, http.StatusOK)
	is(t, v.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "session.contact._id", known.contact)
	if n := a.srv.count(t, "SELECT count(*) FROM contacts WHERE _id = ? AND name = 'Known' AND phone IS NULL", known.contact); n != 1 {
		t.Error("claims changed a stored contact")
	}
}

func TestChangedAddressVoidsItsProof(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop, "chat", "support", "history")
	mine, other := unique("mine")+"@customer.example", unique("other")+"@customer.example"
	a.srv.keepOut(other)
	v := verified(t, a.srv, tok, mine, 1)
	v.post(t, "for my eyes only")
	before, st := v.conversation, v.stream(t, "")

	v.do(t, "PATCH", "/session", obj{"name": "Still Me", "email": mine}).ok(t, http.StatusOK)
	is(t, v.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "verified", true)

	answer := v.do(t, "PATCH", "/session", obj{"email": other}).ok(t, http.StatusOK)
	is(t, answer, "verified", false)
	v.conversation = str(t, answer, "session.conversation_id")
	if v.conversation == before {
		t.Fatal("an unproven address stays in a proven conversation")
	}
	equal(t, "reads", v.texts(t), []string{})
	st.ends(t, 8*time.Second)
	v.do(t, "GET", "/session/conversations/"+before+"/messages", nil).refused(t, http.StatusNotFound, "Not found")

	v.verify(t, v.sendCode(t, other, 1))
	c := a.do(t, "GET", "/conversation/"+before, nil).ok(t, http.StatusOK)
	is(t, c, "contact.email", mine)
	is(t, c, "contact.email_verified", true)
	back := verified(t, a.srv, tok, mine, 2)
	equal(t, "its owner finds it again", back.texts(t), []string{"for my eyes only"})
}

func TestChangedAddressVoidsTheCode(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{"email": unique("first") + "@customer.example"})
	first := str(t, v.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "session.contact.email")
	code := v.sendCode(t, first, 1)
	v.do(t, "PATCH", "/session", obj{"email": unique("second") + "@customer.example"}).ok(t, http.StatusOK)
	v.do(t, "POST", "/otp/verify", obj{"code": code}).refused(t, http.StatusBadRequest, "Invalid OTP code")
}

// Who joined a session without its secret must not lead it, and its past, to an address of his own.
func TestJoinedSessionKeepsItsAddress(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	email, evil := unique("victim")+"@customer.example", unique("evil")+"@evil.example"
	v := started(t, a.srv, tok, obj{"email": email})
	v.post(t, "before anybody joined")
	joined := v.again()
	joined.start(t, obj{"email": email}, http.StatusOK)
	joined.do(t, "PATCH", "/session", obj{"email": evil}).refused(t, http.StatusForbidden, "")
	joined.do(t, "PATCH", "/session", obj{"name": "A Name"}).ok(t, http.StatusOK)
	is(t, v.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "session.contact.email", email)
	if slices.Contains(joined.texts(t), "before anybody joined") {
		t.Error("reads the past")
	}
}
