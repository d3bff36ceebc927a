package e2e

import (
	"net/http"
	"testing"
)

// begun begins another conversation in the visitor's session and writes into it.
func (v *visitor) begun(t testing.TB, text string) (former string) {
	t.Helper()
	former = v.conversation
	session := at(t, v.do(t, "POST", "/session/conversations", obj{}).ok(t, http.StatusCreated), "session")
	v.session, v.conversation = str(t, session, "session_token"), str(t, session, "conversation_id")
	v.srv.keepOut(v.session)
	v.post(t, text)
	return former
}

// Whoever may read both goes on in the one that stays; every message keeps its place.
func TestMergeConversations(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop, "chat", "support", "history")
	email := unique("merge") + "@customer.example"
	for name, v := range map[string]*visitor{"proven": verified(t, a.srv, tok, email, 1), "anonymous": started(t, a.srv, tok, obj{})} {
		v.post(t, "the first question")
		a.reply(t, v.conversation, "the first answer", false)
		kept := v.begun(t, "the second question")
		gone := v.conversation
		path := "/conversation/" + kept
		a.do(t, "PATCH", path, obj{"status": "closed"}).ok(t, http.StatusOK)
		a.do(t, "PATCH", "/conversation/"+gone, obj{"add_tags": []string{"order"}, "assignee_id": a.id}).ok(t, http.StatusOK)
		stream := v.stream(t, "")
		stream.await(t, "state")

		preview := a.do(t, "GET", path+"/merge?conversation_id="+gone, nil).ok(t, http.StatusOK)
		is(t, preview, "merge.sessions", 1)
		is(t, preview, "merge.moving", 1)
		is(t, a.do(t, "GET", path, nil).ok(t, http.StatusOK), "status", "closed")
		merged := a.do(t, "POST", path+"/merge", obj{"conversation_id": gone}).ok(t, http.StatusOK)
		is(t, merged, "merge.conversation.status", "active")
		is(t, merged, "merge.conversation.tags.0", "order")
		is(t, merged, "merge.conversation.assignee._id", a.id)
		if at(t, merged, "merge.conversation.waiting_since") == nil {
			t.Errorf("%s: nobody waits any more", name)
		}
		is(t, merged, "merge.merged.status", "closed")
		// Pressed twice, nothing happens twice.
		a.do(t, "POST", path+"/merge", obj{"conversation_id": gone}).ok(t, http.StatusOK)
		kinds := []string{}
		for _, e := range list(t, a.do(t, "GET", "/conversation/"+gone+"/events", nil).ok(t, http.StatusOK), "events") {
			kinds = append(kinds, str(t, e, "kind"))
		}
		equal(t, name+": what was done", kinds, []string{"tagged", "assigned", "closed", "merged_into"})

		// The stream ends, and the same secret goes on in the one that stays, from where it was read.
		stream.await(t, "end")
		is(t, v.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "session.conversation_id", kept)
		equal(t, name+": what the visitor reads", v.texts(t), []string{"the first question", "the first answer"})
		resumed := v.stream(t, "?after_seq=1")
		resumed.until(t, "the first answer")
		is(t, v.post(t, "the third question"), "seq", 3)
		resumed.until(t, "the third question")
		equal(t, name+": after a position", textsOf(t, v.do(t, "GET", "/session/messages?after_seq=2", nil).ok(t, http.StatusOK)), []string{"the third question"})
		equal(t, name+": the part that ended", a.texts(t, gone), []string{"the second question"})
		equal(t, name+": its own history", textsOf(t, v.do(t, "GET", "/session/conversations/"+gone+"/messages", nil).ok(t, http.StatusOK)), []string{"the second question"})
		is(t, a.do(t, "GET", path+"/merged", nil).ok(t, http.StatusOK), "parts.0._id", gone)
		is(t, a.do(t, "GET", "/conversation/"+gone+"/merged", nil).ok(t, http.StatusOK), "into", kept)

		// A third one takes both along, and turning round leaves no circle.
		third := v.begun(t, "the fourth question")
		third, v.conversation = v.conversation, third
		a.do(t, "POST", "/conversation/"+third+"/merge", obj{"conversation_id": kept}).ok(t, http.StatusOK)
		if n := len(list(t, a.do(t, "GET", "/conversation/"+third+"/merged", nil).ok(t, http.StatusOK), "parts")); n != 2 {
			t.Errorf("%s: %d parts, want 2", name, n)
		}
		a.do(t, "POST", path+"/merge", obj{"conversation_id": third}).ok(t, http.StatusOK)
		turned := a.do(t, "GET", path+"/merged", nil).ok(t, http.StatusOK)
		is(t, turned, "into", nil)
		if n := len(list(t, turned, "parts")); n != 2 {
			t.Errorf("%s: %d parts after turning round, want 2", name, n)
		}
	}
}

// Merging shows nobody what they could not read before.
func TestMergedConversationsStayApartForStrangers(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop, "chat", "support", "history")
	email := unique("merge") + "@customer.example"
	owner := started(t, a.srv, tok, obj{"email": email})
	owner.post(t, "my address is 1 Main Street")
	stranger := started(t, a.srv, tok, obj{"email": email})
	stranger.post(t, "what is my address?")
	path := "/conversation/" + owner.conversation
	preview := a.do(t, "GET", path+"/merge?conversation_id="+stranger.conversation, nil).ok(t, http.StatusOK)
	is(t, preview, "merge.sessions", 1)
	is(t, preview, "merge.moving", 0)
	a.do(t, "POST", path+"/merge", obj{"conversation_id": stranger.conversation}).ok(t, http.StatusOK)
	is(t, stranger.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "session.conversation_id", stranger.conversation)
	equal(t, "what the stranger reads", stranger.texts(t), []string{"what is my address?"})
	stranger.do(t, "GET", "/session/conversations/"+owner.conversation+"/messages", nil).refused(t, http.StatusNotFound, "Not found")
	stranger.post(t, "hello?")
	is(t, a.do(t, "GET", "/conversation/"+stranger.conversation, nil).ok(t, http.StatusOK), "status", "active")
	equal(t, "what the owner reads", owner.texts(t), []string{"my address is 1 Main Street"})

	// Who joined without the session's own secret does not come along.
	v := started(t, a.srv, tok, obj{})
	v.post(t, "first")
	kept := v.begun(t, "second")
	joined := v.again()
	joined.start(t, obj{}, http.StatusOK)
	a.do(t, "POST", "/conversation/"+kept+"/merge", obj{"conversation_id": v.conversation}).ok(t, http.StatusOK)
	joined.do(t, "GET", "/session", nil).refused(t, http.StatusUnauthorized, "Invalid session")
	equal(t, "who is there by right", v.texts(t), []string{"first"})

	other := started(t, a.srv, tok, obj{})
	other.post(t, "another contact")
	for _, call := range []struct {
		who    *member
		kept   string
		gone   string
		status int
	}{
		{a.member, kept, other.conversation, http.StatusConflict}, {a.member, kept, kept, http.StatusBadRequest},
		{a.member, kept, "nonsense", http.StatusNotFound}, {a.member, "507f1f77bcf86cd799439011", kept, http.StatusNotFound},
		{newAccount(t, a.srv).member, kept, v.conversation, http.StatusNotFound},
	} {
		call.who.do(t, "GET", "/conversation/"+call.kept+"/merge?conversation_id="+call.gone, nil).refused(t, call.status, "")
		call.who.do(t, "POST", "/conversation/"+call.kept+"/merge", obj{"conversation_id": call.gone}).refused(t, call.status, "")
	}
}
