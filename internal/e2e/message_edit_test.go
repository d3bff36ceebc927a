package e2e

import (
	"net/http"
	"strings"
	"testing"
)

func TestEditAndDelete(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{})
	said := v.post(t, "hello")
	m := a.reply(t, v.conversation, "helo", false)
	note := a.reply(t, v.conversation, "a note", true)
	own := func(m obj) string { return "/conversation/" + v.conversation + "/messages/" + str(t, m, "_id") }
	team, mine := a.stream(t), v.stream(t, "")
	team.await(t, "state")
	mine.await(t, "state")

	edited := a.do(t, "PATCH", own(m), obj{"text": " hello there "}).ok(t, http.StatusOK)
	is(t, edited, "message.text", "hello there")
	shape(t, edited, map[string]string{"message.edited_at": "time", "message.deleted_at": "time?"})
	for _, st := range []*stream{team, mine} {
		e := st.await(t, "message")
		is(t, e.data, "message._id", str(t, m, "_id"))
		is(t, e.data, "message.text", "hello there")
	}
	equal(t, "the visitor reads", v.texts(t), []string{"hello", "hello there"})
	is(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "last_message", "hello there")

	a.do(t, "PATCH", own(note), obj{"text": "a better note"}).ok(t, http.StatusOK)
	is(t, team.await(t, "message").data, "message.text", "a better note")
	is(t, a.do(t, "DELETE", own(m), nil).ok(t, http.StatusOK), "message.text", "")
	e := mine.await(t, "message")
	is(t, e.data, "message._id", str(t, m, "_id"))
	is(t, e.data, "message.text", "")
	shape(t, e.data, map[string]string{"message.deleted_at": "time"})
	if e.id != "" {
		t.Errorf("a change moves the position to resume from to %s", e.id)
	}
	is(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "last_message", nil)
	equal(t, "its place stays", v.texts(t), []string{"hello", ""})
	a.do(t, "DELETE", own(m), nil).ok(t, http.StatusOK)
	a.do(t, "PATCH", own(m), obj{"text": "back again"}).refused(t, http.StatusConflict, "This message was deleted")

	colleague := a.join(t, a.srv, "admin")
	reply := a.reply(t, v.conversation, "mine", false)
	for _, path := range []string{own(said)} {
		a.do(t, "PATCH", path, obj{"text": "x"}).refused(t, http.StatusForbidden, "You can only change your own messages")
		a.do(t, "DELETE", path, nil).refused(t, http.StatusForbidden, "You can only change your own messages")
	}
	colleague.do(t, "PATCH", own(reply), obj{"text": "x"}).refused(t, http.StatusForbidden, "")
	newAccount(t, a.srv).do(t, "PATCH", own(reply), obj{"text": "x"}).refused(t, http.StatusNotFound, "Not found")
	elsewhere := started(t, a.srv, a.newToken(t, shop), obj{})
	a.do(t, "DELETE", "/conversation/"+elsewhere.conversation+"/messages/"+str(t, reply, "_id"), nil).refused(t, http.StatusNotFound, "Not found")
	for _, bad := range []string{"", " ", strings.Repeat("x", 10_001), "nul\x00"} {
		a.do(t, "PATCH", own(reply), obj{"text": bad}).refused(t, http.StatusBadRequest, "")
	}

	t.Run("a late retry gets what stands there now", func(t *testing.T) {
		body := obj{"client_id": unique("late"), "text": "first wording"}
		path := "/conversation/" + v.conversation + "/messages"
		first := a.do(t, "POST", path, body).ok(t, http.StatusCreated)
		a.do(t, "PATCH", path+"/"+str(t, first, "message._id"), obj{"text": "second wording"}).ok(t, http.StatusOK)
		again := a.do(t, "POST", path, body).ok(t, http.StatusOK)
		is(t, again, "duplicate", true)
		is(t, again, "message.text", "second wording")
	})
}
