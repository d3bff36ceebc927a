package e2e

import (
	"net/http"
	"testing"
)

func TestAskVerification(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben := a.joinNamed(t, a.srv, "agent", "Ben")
	ask := func(m *member, v *visitor) reply {
		return m.do(t, "POST", "/conversation/"+v.conversation+"/ask-verification", nil)
	}
	ask(ben, written(t, a, tok, "hello")).refused(t, http.StatusBadRequest, "This visitor has given no address that a code can be sent to")
	sure := unique("sure") + "@customer.example"
	ask(ben, verified(t, a.srv, tok, sure, 1)).refused(t, http.StatusBadRequest, "This visitor is verified already")

	email := unique("asked") + "@customer.example"
	v := started(t, a.srv, tok, obj{"email": email})
	v.post(t, "It's me")
	is(t, v.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "verification_asked", false)
	ask(newAccount(t, a.srv).member, v).refused(t, http.StatusNotFound, "")
	stream := v.stream(t, "")
	is(t, stream.await(t, "state").data, "verification_asked", false)
	is(t, ask(ben, v).ok(t, http.StatusOK), "conversation.verification_asked", true)
	is(t, stream.await(t, "conversation").data, "verification_asked", true)
	ask(ben, v).ok(t, http.StatusOK)
	is(t, v.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "verification_asked", true)
	is(t, v.stream(t, "").await(t, "state").data, "verification_asked", true)
	equal(t, "what the team reads", ben.events(t, v.conversation), []string{"Ben verification_asked " + email + " @1"})
	equal(t, "what the visitor reads", v.texts(t), []string{"It's me"})

	v.verify(t, v.sendCode(t, email, 1))
	is(t, v.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "verification_asked", false)
	c := ben.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
	is(t, c, "verification_asked", false)
	is(t, c, "verified", true)
	equal(t, "what the team reads", ben.events(t, v.conversation),
		[]string{"Ben verification_asked " + email + " @1", "visitor verified " + email + " @1"})
	ask(ben, v).refused(t, http.StatusBadRequest, "This visitor is verified already")
}
