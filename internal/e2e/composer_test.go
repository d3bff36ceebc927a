package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestDraftsAndPresence(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := written(t, a, a.newToken(t, shop), "hello")
	ben := a.join(t, a.srv, "agent")
	path := "/conversation/" + v.conversation
	is(t, a.do(t, "GET", path+"/draft", nil).ok(t, http.StatusOK), "draft.text", "")
	a.do(t, "PUT", path+"/draft", obj{"text": "Dear Ada", "private": true}).ok(t, http.StatusOK)
	is(t, a.do(t, "GET", path+"/draft", nil).ok(t, http.StatusOK), "draft.private", true)
	is(t, ben.do(t, "GET", path+"/draft", nil).ok(t, http.StatusOK), "draft.text", "")
	ben.do(t, "PUT", path+"/draft", obj{"text": "Ben's"}).ok(t, http.StatusOK)
	a.reply(t, v.conversation, "Dear Ada, yes", false)
	is(t, a.do(t, "GET", path+"/draft", nil).ok(t, http.StatusOK), "draft.updated_at", nil)
	is(t, ben.do(t, "GET", path+"/draft", nil).ok(t, http.StatusOK), "draft.text", "Ben's")
	ben.do(t, "PUT", path+"/draft", obj{"text": " "}).ok(t, http.StatusOK)
	is(t, ben.do(t, "GET", path+"/draft", nil).ok(t, http.StatusOK), "draft.text", "")

	stream, mine := a.stream(t), v.stream(t, "")
	stream.await(t, "state")
	ben.do(t, "POST", path+"/presence", obj{"viewing": true}).ok(t, http.StatusNoContent)
	e := stream.await(t, "presence")
	is(t, e.data, "present.0._id", ben.id)
	is(t, e.data, "present.0.replying", false)
	ben.do(t, "POST", path+"/presence", obj{"viewing": true}).ok(t, http.StatusNoContent)
	ben.do(t, "POST", path+"/presence", obj{"viewing": true, "replying": true}).ok(t, http.StatusNoContent)
	is(t, stream.await(t, "presence").data, "present.0.replying", true)
	is(t, a.do(t, "GET", path+"/presence", nil).ok(t, http.StatusOK), "present.0.name", "Mem Ber")
	ben.do(t, "POST", path+"/presence", obj{"viewing": false}).ok(t, http.StatusNoContent)
	if n := len(list(t, stream.await(t, "presence").data, "present")); n != 0 {
		t.Fatalf("%d still there", n)
	}
	// The visitor learns nothing of it.
	a.reply(t, v.conversation, "the end", false)
	for _, e := range mine.until(t, "the end") {
		if e.name == "presence" || e.name == "mention" {
			t.Fatalf("the visitor got %v", e)
		}
	}
	other := newAccount(t, a.srv)
	for _, call := range []string{"GET draft", "PUT draft", "GET presence", "POST presence", "GET pending", "DELETE pending/" + v.conversation} {
		method, what, _ := strings.Cut(call, " ")
		other.do(t, method, path+"/"+what, obj{"text": "x"}).refused(t, http.StatusNotFound, "")
	}
}

func TestUndoSend(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	v := written(t, a, a.newToken(t, shop), "hello")
	path := "/conversation/" + v.conversation
	hold := func(id, text string, more obj) reply {
		body := obj{"client_id": id, "text": text, "hold_ms": 5000}
		for key, value := range more {
			body[key] = value
		}
		return a.do(t, "POST", path+"/messages", body)
	}
	pending := hold("one", "sent too soon", nil).ok(t, http.StatusAccepted)
	is(t, hold("one", "sent too soon", nil).ok(t, http.StatusAccepted), "pending._id", at(t, pending, "pending._id"))
	a.join(t, s, "agent").do(t, "DELETE", path+"/pending/"+str(t, pending, "pending._id"), nil).refused(t, http.StatusNotFound, "")
	is(t, a.do(t, "DELETE", path+"/pending/"+str(t, pending, "pending._id"), nil).ok(t, http.StatusOK), "draft.text", "sent too soon")
	is(t, a.do(t, "GET", path+"/draft", nil).ok(t, http.StatusOK), "draft.text", "sent too soon")
	for _, bad := range []obj{{"hold_ms": 5001}, {"hold_ms": -1}, {"text": ""}, {"attachments": []string{"507f1f77bcf86cd799439011"}}} {
		hold("bad", "x", bad).refused(t, http.StatusBadRequest, "")
	}
	// A file waits with one message only.
	file := []string{str(t, a.upload(t, v.conversation, "a.txt", []byte("words")).ok(t, http.StatusCreated), "file._id")}
	withFile := hold("file", "", obj{"attachments": file}).ok(t, http.StatusAccepted)
	hold("again", "", obj{"attachments": file}).refused(t, http.StatusBadRequest, "")
	a.do(t, "DELETE", path+"/pending/"+str(t, withFile, "pending._id"), nil).ok(t, http.StatusOK)
	again := hold("again", "", obj{"attachments": file}).ok(t, http.StatusAccepted)
	a.do(t, "DELETE", path+"/pending/"+str(t, again, "pending._id"), nil).ok(t, http.StatusOK)

	mine := v.stream(t, "")
	mine.await(t, "state")
	began := time.Now()
	hold("two", "on time", obj{"hold_ms": 700}).ok(t, http.StatusAccepted)
	mine.until(t, "on time")
	if took := time.Since(began); took < 700*time.Millisecond || took > 4*time.Second {
		t.Errorf("sent after %v", took)
	}
	hold("two", "on time", nil).refused(t, http.StatusConflict, "This message was already sent")

	// What waits outlives the server.
	hold("three", "after the restart", obj{"close": true}).ok(t, http.StatusAccepted)
	equal(t, "before the restart", a.texts(t, v.conversation), []string{"hello", "on time"})
	s.kill()
	s.restart(t)
	replayed := v.stream(t, "?after_seq=0")
	replayed.until(t, "after the restart")
	equal(t, "once", a.texts(t, v.conversation), []string{"hello", "on time", "after the restart"})
	equal(t, "closed with it", a.view(t, "view=closed"), []string{v.conversation})
	if n := len(list(t, a.do(t, "GET", path+"/pending", nil).ok(t, http.StatusOK), "pending")); n != 0 {
		t.Errorf("%d still wait", n)
	}
}
