package e2e

import (
	"net/http"
	"net/url"
	"testing"
)

func pastOf(t testing.TB, answer obj) []string {
	t.Helper()
	ids := []string{}
	for _, c := range list(t, answer, "conversations") {
		ids = append(ids, str(t, c, "_id"))
	}
	return ids
}

func TestHistory(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop, "chat", "support", "history")
	email := unique("past") + "@customer.example"
	first := verified(t, a.srv, tok, email, 1)
	first.post(t, "years ago")
	a.reply(t, first.conversation, "a secret note", true)
	a.reply(t, first.conversation, "our answer", false)
	first.do(t, "POST", "/session/close", nil).ok(t, http.StatusOK)

	second := started(t, a.srv, tok, obj{"email": email})
	second.post(t, "today")
	equal(t, "before the proof", pastOf(t, second.do(t, "GET", "/session/conversations", nil).ok(t, http.StatusOK)), []string{second.conversation})
	past := "/session/conversations/" + first.conversation + "/messages"
	second.do(t, "GET", past, nil).refused(t, http.StatusNotFound, "Not found")

	second.verify(t, second.sendCode(t, email, 2))
	answer := second.do(t, "GET", "/session/conversations", nil).ok(t, http.StatusOK)
	equal(t, "after it", pastOf(t, answer), []string{second.conversation, first.conversation})
	is(t, answer, "conversations.1.last_message", "our answer")
	is(t, answer, "conversations.1.status", "closed")
	equal(t, "the old messages", textsOf(t, second.do(t, "GET", past, nil).ok(t, http.StatusOK)), []string{"years ago", "our answer"})
	page := second.do(t, "GET", "/session/conversations?limit=1", nil).ok(t, http.StatusOK)
	equal(t, "the first page", pastOf(t, page), []string{second.conversation})
	next := second.do(t, "GET", "/session/conversations?limit=1&cursor="+url.QueryEscape(str(t, page, "next_cursor")), nil).ok(t, http.StatusOK)
	equal(t, "the second page", pastOf(t, next), []string{first.conversation})
	is(t, next, "next_cursor", nil)

	for _, who := range []*visitor{started(t, a.srv, tok, obj{"email": email}), verified(t, a.srv, tok, unique("else")+"@customer.example", 1)} {
		who.do(t, "GET", past, nil).refused(t, http.StatusNotFound, "Not found")
	}
	same := newVisitor(a.srv, tok)
	same.device = first.device
	same.start(t, obj{"email": email}, http.StatusCreated)
	equal(t, "a device id shows no past", pastOf(t, same.do(t, "GET", "/session/conversations", nil).ok(t, http.StatusOK)), []string{same.conversation})
	second.do(t, "GET", "/session/conversations/nonsense/messages", nil).refused(t, http.StatusNotFound, "Not found")

	t.Run("who joined later sees nothing of before", func(t *testing.T) {
		v := started(t, a.srv, tok, obj{})
		v.post(t, "said before")
		joined := v.again()
		joined.start(t, obj{}, http.StatusOK)
		answer := joined.do(t, "GET", "/session/conversations", nil).ok(t, http.StatusOK)
		is(t, answer, "conversations.0.last_message", nil)
		equal(t, "reads", textsOf(t, joined.do(t, "GET", "/session/conversations/"+v.conversation+"/messages", nil).ok(t, http.StatusOK)), []string{})
	})
	t.Run("needs its scope", func(t *testing.T) {
		v := started(t, a.srv, a.newToken(t, shop), obj{})
		v.do(t, "GET", "/session/conversations", nil).refused(t, http.StatusForbidden, "Missing scope: history")
	})
	t.Run("waits for the code where one is wanted", func(t *testing.T) {
		b := newAccount(t, a.srv)
		b.configure(t, obj{"requires_email": true, "otp_verification_enabled": true})
		v := started(t, b.srv, b.newToken(t, shop, "chat", "history", "support"), obj{"email": unique("w") + "@customer.example"})
		for _, path := range []string{"/session/conversations", "/session/conversations/" + v.conversation + "/messages"} {
			v.do(t, "GET", path, nil).refused(t, http.StatusForbidden, "Verification required")
		}
		v.do(t, "POST", "/session/rating", obj{"score": 5}).refused(t, http.StatusForbidden, "Verification required")
		v.do(t, "POST", "/session/close", nil).refused(t, http.StatusForbidden, "Verification required")
	})
}

// moved asks for another conversation and takes over the secret that comes with it.
func (v *visitor) moved(t testing.TB, body any, status int) *visitor {
	t.Helper()
	answer := v.do(t, "POST", "/session/conversations", body).ok(t, status)
	next := *v
	next.conversation = str(t, answer, "session.conversation_id")
	if next.conversation != v.conversation {
		next.session = str(t, answer, "session.session_token")
		v.srv.keepOut(next.session)
	}
	return &next
}

func TestAnotherConversation(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop, "chat", "support", "history")
	list := func(v *visitor) []string {
		return pastOf(t, v.do(t, "GET", "/session/conversations", nil).ok(t, http.StatusOK))
	}

	email := unique("moves") + "@customer.example"
	v := started(t, a.srv, tok, obj{"email": email})
	equal(t, "an empty one is kept", []string{v.moved(t, nil, http.StatusOK).conversation}, []string{v.conversation})
	v.post(t, "the first matter")
	joined := v.again()
	joined.start(t, obj{"email": email}, http.StatusOK)
	joined.do(t, "POST", "/session/conversations", nil).refused(t, http.StatusForbidden, "This session was begun elsewhere; end it to start a conversation of your own")

	second := v.moved(t, nil, http.StatusCreated)
	for _, old := range []*visitor{v, joined} {
		old.do(t, "GET", "/session/messages", nil).refused(t, http.StatusUnauthorized, "Invalid session")
	}
	second.post(t, "another matter")
	equal(t, "what is said in it", second.texts(t), []string{"another matter"})
	equal(t, "both, without a proof", list(second), []string{second.conversation, v.conversation})
	first := a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
	is(t, first, "sessions.0.session_id", v.sessionID)
	a.reply(t, v.conversation, "about the first", false)
	equal(t, "the first one read", textsOf(t, second.do(t, "GET", "/session/conversations/"+v.conversation+"/messages", nil).ok(t, http.StatusOK)),
		[]string{"the first matter", "about the first"})

	back := second.moved(t, obj{"conversation_id": v.conversation}, http.StatusOK)
	back.post(t, "one more thing")
	equal(t, "back in the first", back.texts(t), []string{"the first matter", "about the first", "one more thing"})

	stranger := started(t, a.srv, tok, obj{})
	for _, id := range []string{v.conversation, "nonsense"} {
		stranger.do(t, "POST", "/session/conversations", obj{"conversation_id": id}).refused(t, http.StatusNotFound, "Not found")
	}
	stranger.do(t, "POST", "/session/conversations", obj{"conversation_id": ""}).refused(t, http.StatusBadRequest, "")
	late := back.again()
	late.start(t, obj{"email": email}, http.StatusOK)
	equal(t, "who joins sees one only", list(late), []string{back.conversation})

	back.verify(t, back.sendCode(t, email, 1))
	equal(t, "both are proven now", list(back), []string{back.conversation, second.conversation})
	equal(t, "on another device too", list(verified(t, a.srv, tok, email, 2))[1:], []string{back.conversation, second.conversation})
	third := back.moved(t, nil, http.StatusCreated)
	is(t, third.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "verified", true)
	third.post(t, "a third matter")
	equal(t, "the newest", list(third)[:1], []string{third.conversation})

	plain := started(t, a.srv, a.newToken(t, shop), obj{})
	plain.post(t, "hello")
	plain.do(t, "POST", "/session/conversations", obj{"conversation_id": v.conversation}).refused(t, http.StatusForbidden, "Missing scope: history")
	is(t, newVisitor(a.srv, tok).config(t).ok(t, http.StatusOK), "config.scopes.2", "history")

	limited := plain
	for range 20 {
		limited = limited.moved(t, nil, http.StatusCreated)
		limited.post(t, "and another")
	}
	limited.do(t, "POST", "/session/conversations", nil).refused(t, http.StatusTooManyRequests, "Too many conversations")
}
