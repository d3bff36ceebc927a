package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func (m *member) conversations(t testing.TB, query string) (ids []string, next any) {
	t.Helper()
	r := m.do(t, "GET", "/conversations"+query, nil).ok(t, http.StatusOK)
	for _, c := range list(t, r, "conversations") {
		shape(t, c, map[string]string{"_id": "id", "status": "string", "contact_id": "id", "updated_at": "time", "created_at": "time"})
		ids = append(ids, str(t, c, "_id"))
	}
	return ids, at(t, r, "next_cursor")
}

func TestConversationList(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	stranger := newAccount(t, a.srv)
	started(t, a.srv, stranger.newToken(t, shop), obj{}).post(t, "in another account")

	silent := started(t, a.srv, tok, obj{})
	var open []string
	var visitors []*visitor
	for n := range 5 {
		v := started(t, a.srv, tok, obj{"name": fmt.Sprint("Person ", n), "email": fmt.Sprintf("p%d@%s.example", n, unique("list"))})
		v.post(t, fmt.Sprint("topic ", n))
		open, visitors = append([]string{v.conversation}, open...), append(visitors, v)
	}
	ids, next := a.conversations(t, "")
	equal(t, "newest first, none without a message", ids, open)
	if next != nil {
		t.Errorf("next_cursor %v", next)
	}
	ids, _ = a.conversations(t, "?empty=true")
	if !slices.Contains(ids, silent.conversation) || len(ids) != 6 {
		t.Errorf("empty=true: %v", ids)
	}

	visitors[1].post(t, "again")
	ids, _ = a.conversations(t, "")
	if ids[0] != visitors[1].conversation {
		t.Error("the newest activity is not first")
	}
	order := ids

	t.Run("cursor", func(t *testing.T) {
		var got []string
		query := "?limit=2"
		for range 4 {
			page, next := a.conversations(t, query)
			got = append(got, page...)
			if next == nil {
				break
			}
			query = "?limit=2&cursor=" + url.QueryEscape(next.(string))
		}
		equal(t, "all pages", got, order)
		a.do(t, "GET", "/conversations?cursor=nonsense", nil).refused(t, http.StatusBadRequest, "")
		a.do(t, "GET", "/conversations?limit=-1", nil).refused(t, http.StatusBadRequest, "")
		a.do(t, "GET", "/conversations?status=strange", nil).refused(t, http.StatusBadRequest, "")
	})
	t.Run("search", func(t *testing.T) {
		ids, _ := a.conversations(t, "?q="+url.QueryEscape("person 3"))
		equal(t, "by name", ids, []string{visitors[3].conversation})
		for _, wild := range []string{"%", "_", "'", `"`, "\\", "*"} {
			if ids, _ := a.conversations(t, "?q="+url.QueryEscape(wild)); len(ids) != 0 {
				t.Errorf("q=%s finds %v", wild, ids)
			}
		}
	})
	t.Run("status", func(t *testing.T) {
		r := a.do(t, "PATCH", "/conversation/"+visitors[0].conversation, obj{"status": "closed"})
		r.ok(t, http.StatusOK)
		ids, _ := a.conversations(t, "?status=closed")
		equal(t, "closed", ids, []string{visitors[0].conversation})
		ids, _ = a.conversations(t, "?status=active")
		if len(ids) != 4 || slices.Contains(ids, visitors[0].conversation) {
			t.Errorf("active: %v", ids)
		}
		is(t, a.do(t, "GET", "/conversation/"+visitors[0].conversation, nil).ok(t, http.StatusOK), "status", "closed")
		for _, bad := range []string{`{"status":"open"}`, `{"status":1}`, `{`, `[]`, `{"status":""}`} {
			if r := a.do(t, "PATCH", "/conversation/"+visitors[0].conversation, bad); r.status != http.StatusBadRequest {
				t.Errorf("%s: %v", bad, r)
			}
		}
	})
	t.Run("updated_after", func(t *testing.T) {
		mark := instant(t, a.do(t, "GET", "/conversation/"+visitors[1].conversation, nil).ok(t, http.StatusOK), "updated_at")
		visitors[4].post(t, "later")
		ids, _ := a.conversations(t, "?updated_after="+url.QueryEscape(mark.Format("2006-01-02T15:04:05.000Z")))
		if !slices.Contains(ids, visitors[4].conversation) || slices.Contains(ids, visitors[2].conversation) {
			t.Errorf("after %v: %v", mark, ids)
		}
		far := time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")
		if ids, _ := a.conversations(t, "?updated_after="+url.QueryEscape(far)); len(ids) != 0 {
			t.Errorf("from the future: %v", ids)
		}
	})
}

func TestClosedConversationReopens(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{})
	status := func() string {
		t.Helper()
		return str(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "status")
	}
	shut := func() {
		t.Helper()
		a.do(t, "PATCH", "/conversation/"+v.conversation, obj{"status": "closed"}).ok(t, http.StatusOK)
		if status() != "closed" {
			t.Fatal("not closed")
		}
	}
	v.post(t, "hello")
	st := v.stream(t, "")
	st.await(t, "state")
	shut()
	is(t, st.await(t, "conversation").data, "status", "closed")
	v.post(t, "one more thing")
	if status() != "active" {
		t.Error("the visitor's message did not reopen it")
	}
	shut()
	a.reply(t, v.conversation, "one more answer", false)
	if status() != "active" {
		t.Error("the agent's message did not reopen it")
	}
	equal(t, "all in one conversation", v.texts(t), []string{"hello", "one more thing", "one more answer"})
	a.do(t, "PATCH", "/conversation/"+v.conversation, obj{"status": "active"}).ok(t, http.StatusOK)
}

func TestReadAndTyping(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{})
	st, team := v.stream(t, ""), a.stream(t)
	st.await(t, "state")
	team.await(t, "state")
	unread := func() int64 {
		t.Helper()
		return num(t, v.do(t, "GET", "/session", nil).ok(t, http.StatusOK), "conversation.unread_count")
	}

	v.do(t, "POST", "/session/typing", obj{"typing": true}).ok(t, http.StatusNoContent)
	e := team.await(t, "typing")
	is(t, e.data, "conversation_id", v.conversation)
	is(t, e.data, "typing", true)
	// What is being written is for the console alone, where the team reads along.
	a.configure(t, obj{"features": obj{"typing_preview": true}})
	v.do(t, "POST", "/session/typing", obj{"typing": true, "text": strings.Repeat("ü", 500)}).ok(t, http.StatusNoContent)
	if e = team.await(t, "typing"); e.data["text"] != nil {
		t.Errorf("other programs read along: %v", e.data)
	}
	v.do(t, "POST", "/session/typing", obj{"typing": true, "text": strings.Repeat("x", 501)}).refused(t, http.StatusBadRequest, "text must be at most 500 characters")
	a.do(t, "POST", "/conversation/"+v.conversation+"/typing", obj{"typing": true}).ok(t, http.StatusNoContent)
	shape(t, st.await(t, "typing").data, map[string]string{"conversation_id": "id", "typing": "bool"})

	for n := range 3 {
		a.reply(t, v.conversation, fmt.Sprint("answer ", n), false)
	}
	v.post(t, "own messages are not unread")
	if n := unread(); n != 3 {
		t.Errorf("%d unread, want 3", n)
	}
	v.do(t, "POST", "/session/read", obj{"up_to_seq": 2}).ok(t, http.StatusNoContent)
	for e = team.await(t, "read"); e.data["by"] != "visitor"; e = team.await(t, "read") {
		is(t, e.data, "by", "agent") // answering moves the agent's own mark
	}
	is(t, e.data, "conversation_id", v.conversation)
	is(t, e.data, "up_to_seq", 2)
	if n := unread(); n != 1 {
		t.Errorf("%d unread, want 1", n)
	}
	v.do(t, "POST", "/session/read", obj{"up_to_seq": 1}).ok(t, http.StatusNoContent)
	if n := unread(); n != 1 {
		t.Errorf("the read mark moved back: %d unread", n)
	}
	v.do(t, "POST", "/session/read", obj{"up_to_seq": 999}).ok(t, http.StatusNoContent)
	if n := unread(); n != 0 {
		t.Errorf("%d unread, want 0", n)
	}
	a.reply(t, v.conversation, "a later answer", false)
	if n := unread(); n != 1 {
		t.Errorf("a mark beyond the end hides what comes: %d unread", n)
	}
	a.do(t, "POST", "/conversation/"+v.conversation+"/read", obj{"up_to_seq": 4}).ok(t, http.StatusNoContent)
	for e = st.await(t, "read"); e.data["by"] != "agent" || num(t, e.data, "up_to_seq") < 4; e = st.await(t, "read") {
	}

	for path, bodies := range map[string][]string{
		"/session/read":   {`{}`, `{"up_to_seq":-1}`, `{"up_to_seq":"1"}`, `{"up_to_seq":1.5}`, `{"up_to_seq":null}`, `[]`, ``},
		"/session/typing": {`{"typing":"yes"}`, `{"typing":1}`, `[]`, ``, `{"typing":true`},
	} {
		for _, body := range bodies {
			if r := v.do(t, "POST", path, body); r.status != http.StatusBadRequest {
				t.Errorf("%s: %v", body, r)
			}
		}
	}
}
