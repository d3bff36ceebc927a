package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestMessageShape(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{"name": "Ann"})
	kinds := map[string]string{"_id": "id", "conversation_id": "id", "seq": "int", "client_id": "string", "sender.type": "string", "sender._id": "string?",
		"sender.name": "string?", "text": "string", "attachments": "list", "created_at": "time", "edited_at": "time?"}
	r := v.do(t, "POST", "/session/messages", obj{"client_id": "first:1.a-b_c", "text": "  Hello\nthere  "})
	m := at(t, r.ok(t, http.StatusCreated), "message")
	shape(t, m, kinds)
	is(t, m, "conversation_id", v.conversation)
	is(t, m, "seq", 1)
	is(t, m, "client_id", "first:1.a-b_c")
	is(t, m, "sender.type", "visitor")
	is(t, m, "text", "Hello\nthere")
	is(t, m, "edited_at", nil)
	answer := a.reply(t, v.conversation, "How can I help?", false)
	shape(t, answer, kinds)
	is(t, answer, "private", false)
	is(t, answer, "sender.type", "agent")
	is(t, answer, "sender._id", a.id)
	page := v.do(t, "GET", "/session/messages", nil)
	got := page.ok(t, http.StatusOK)
	is(t, got, "has_more", false)
	for _, m := range list(t, got, "messages") {
		shape(t, m, kinds)
		if _, found := m.(obj)["private"]; found {
			t.Error("the visitor's side shows private")
		}
	}
	is(t, got, "messages.1.sender.name", "Mem Ber")
	if strings.Contains(string(page.body), a.email) {
		t.Error("the visitor sees the agent's e-mail address")
	}
}

func TestMessageTexts(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	v := started(t, s, tok, obj{})
	long := strings.Repeat("😀", 10_000)
	for _, good := range []string{"x", "  padded\t\n", strings.Repeat("a", 10_000), long, " " + long + "\n", "<script>alert(1)</script>", "a\u200bb", "שלום", "\\u0041 \"quoted\" \\"} {
		m := at(t, v.do(t, "POST", "/session/messages", obj{"client_id": unique("c"), "text": good}).ok(t, http.StatusCreated), "message")
		if got := str(t, m, "text"); got != strings.TrimSpace(good) {
			t.Errorf("%.40q became %.40q", good, got)
		}
	}
	// Written with escapes, the longest text is larger than the other endpoints accept.
	escaped := `{"client_id":"escaped","text":"` + strings.Repeat(`\ud83d\ude00`, 10_000) + `"}`
	is(t, v.do(t, "POST", "/session/messages", escaped).ok(t, http.StatusCreated), "message.text", long)
	before := len(v.texts(t))
	for name, bad := range map[string]string{
		"empty": `""`, "spaces": `" \n\t "`, "10,001": `"` + strings.Repeat("a", 10_001) + `"`, "10,001 emoji": `"` + strings.Repeat("😀", 10_001) + `"`,
		"number": `5`, "null": `null`, "list": `["x"]`, "object": `{"a":1}`, "lone surrogate": `"\ud800"`, "broken escape": `"\x"`, "NUL": `"a\u0000b"`,
	} {
		for _, side := range []string{"visitor", "team"} {
			body := `{"client_id":"` + unique("c") + `","text":` + bad + `}`
			r := v.do(t, "POST", "/session/messages", body)
			if side == "team" {
				r = a.do(t, "POST", "/conversation/"+v.conversation+"/messages", body)
			}
			// A NUL may be refused or dropped, but never be stored.
			if name == "NUL" && r.status == http.StatusCreated && !strings.Contains(str(t, r.ok(t, http.StatusCreated), "message.text"), "\x00") {
				before++
				continue
			}
			if r.status != http.StatusBadRequest {
				t.Errorf("%s, %s: %.200v", side, name, r)
			}
		}
	}
	for name, id := range map[string]string{"empty": `""`, "65": `"` + strings.Repeat("c", 65) + `"`, "space": `"a b"`, "slash": `"a/b"`, "umlaut": `"ä"`,
		"number": `1`, "null": `null`, "newline": `"a\n"`} {
		if r := v.do(t, "POST", "/session/messages", `{"client_id":`+id+`,"text":"t"}`); r.status != http.StatusBadRequest {
			t.Errorf("client_id %s: %v", name, r)
		}
	}
	v.do(t, "POST", "/session/messages", `{"text":"t"}`).refused(t, http.StatusBadRequest, "")
	v.do(t, "POST", "/session/messages", obj{"client_id": strings.Repeat("c", 64), "text": "t"}).ok(t, http.StatusCreated)
	if after := len(v.texts(t)); after != before+1 {
		t.Errorf("%d messages, want %d", after, before+1)
	}
}

func TestMessagesAreIdempotent(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	v := started(t, a.srv, tok, obj{})
	body := obj{"client_id": "same", "text": "once"}
	first := at(t, v.do(t, "POST", "/session/messages", body).ok(t, http.StatusCreated), "message")
	again := v.do(t, "POST", "/session/messages", body).ok(t, http.StatusOK)
	is(t, again, "duplicate", true)
	is(t, again, "message._id", first.(obj)["_id"])
	is(t, again, "message.seq", first.(obj)["seq"])
	v.do(t, "POST", "/session/messages", obj{"client_id": "same", "text": " once "}).ok(t, http.StatusOK)
	v.do(t, "POST", "/session/messages", obj{"client_id": "same", "text": "twice"}).refused(t, http.StatusConflict, "")
	equal(t, "stored", v.texts(t), []string{"once"})

	// The key belongs to the conversation and the sender.
	a.do(t, "POST", "/conversation/"+v.conversation+"/messages", body).ok(t, http.StatusCreated)
	is(t, a.do(t, "POST", "/conversation/"+v.conversation+"/messages", body).ok(t, http.StatusOK), "duplicate", true)
	a.do(t, "POST", "/conversation/"+v.conversation+"/messages", obj{"client_id": "same", "text": "once", "private": true}).refused(t, http.StatusConflict, "")
	agent := a.join(t, a.srv, "agent")
	agent.do(t, "POST", "/conversation/"+v.conversation+"/messages", body).ok(t, http.StatusCreated)
	started(t, a.srv, tok, obj{}).do(t, "POST", "/session/messages", body).ok(t, http.StatusCreated)
	equal(t, "all", v.texts(t), []string{"once", "once", "once"})

	t.Run("also when it closes meanwhile", func(t *testing.T) {
		a.do(t, "PATCH", "/conversation/"+v.conversation, obj{"status": "closed"}).ok(t, http.StatusOK)
		is(t, v.do(t, "POST", "/session/messages", body).ok(t, http.StatusOK), "duplicate", true)
		is(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "status", "closed")
	})
}

func TestMessagePages(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{})
	for n := range 105 {
		a.reply(t, v.conversation, fmt.Sprint("message ", n+1), n%10 == 9)
	}
	seqs := func(query string) (out []int64, more bool) {
		t.Helper()
		r := v.do(t, "GET", "/session/messages"+query, nil).ok(t, http.StatusOK)
		for _, m := range list(t, r, "messages") {
			out = append(out, num(t, m, "seq"))
		}
		return out, r["has_more"].(bool)
	}
	for _, c := range []struct {
		query       string
		n           int
		first, last int64
		more        bool
	}{
		{"?after_seq=0&limit=5", 5, 1, 5, true}, {"?after_seq=5&limit=5", 5, 6, 11, true}, {"?after_seq=100&limit=100", 5, 101, 105, false},
		{"?before_seq=6&limit=3", 3, 3, 5, true}, {"?before_seq=4", 3, 1, 3, false}, {"?after_seq=105", 0, 0, 0, false},
		{"?after_seq=0&limit=100", 95, 1, 105, false}, {"?limit=100", 95, 1, 105, false},
	} {
		got, more := seqs(c.query)
		if len(got) != c.n || more != c.more || (c.n > 0 && (got[0] != c.first || got[len(got)-1] != c.last)) {
			t.Errorf("%s: %v more=%v, want %d from %d to %d more=%v", c.query, got, more, c.n, c.first, c.last, c.more)
		}
	}
	if got := a.texts(t, v.conversation); len(got) != 100 {
		t.Errorf("the team gets %d at once, want at most 100", len(got))
	}
	for _, bad := range []string{"?limit=0", "?limit=-1", "?limit=abc", "?limit=101", "?after_seq=-1", "?after_seq=x", "?before_seq=1.5", "?after_seq=99999999999999999999"} {
		if r := v.do(t, "GET", "/session/messages"+bad, nil); r.status != http.StatusBadRequest && (r.status != http.StatusOK || bad != "?limit=101") {
			t.Errorf("%s: %.200v", bad, r)
		}
	}
}

func TestPrivateNotesStayPrivate(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{})
	v.post(t, "what the visitor asks")
	live := v.stream(t, "")
	live.await(t, "state")
	team := a.stream(t)
	team.await(t, "state")
	note := a.reply(t, v.conversation, "the customer is difficult", true)
	is(t, note, "private", true)
	a.reply(t, v.conversation, "an answer", false)
	equal(t, "the live stream", messageTexts(t, live.until(t, "an answer")), []string{"an answer"})
	equal(t, "the team's stream", messageTexts(t, team.until(t, "an answer")), []string{"the customer is difficult", "an answer"})
	equal(t, "the resumed stream", messageTexts(t, v.stream(t, "?after_seq=0").until(t, "an answer")), []string{"what the visitor asks", "an answer"})
	equal(t, "the visitor", v.texts(t), []string{"what the visitor asks", "an answer"})
	equal(t, "the team", a.texts(t, v.conversation), []string{"what the visitor asks", "the customer is difficult", "an answer"})
	a.reply(t, v.conversation, "one more note", true)
	s := v.do(t, "GET", "/session", nil)
	state := s.ok(t, http.StatusOK)
	is(t, state, "conversation.unread_count", 1)
	is(t, state, "conversation.last_seq", 3)
	for _, r := range []reply{s, v.do(t, "GET", "/session/messages", nil), v.do(t, "POST", "/session", obj{})} {
		if strings.Contains(string(r.body), "difficult") || strings.Contains(string(r.body), "one more note") {
			t.Errorf("shows a note: %v", r)
		}
	}
	snapshot := v.stream(t, "").await(t, "state")
	if strings.Contains(string(mustJSON(t, snapshot.data)), "note") || strings.Contains(string(mustJSON(t, snapshot.data)), "difficult") {
		t.Errorf("the snapshot shows a note: %v", snapshot.data)
	}
}

func TestMessageLimit(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{})
	first := obj{"client_id": "first", "text": "one"}
	v.do(t, "POST", "/session/messages", first).ok(t, http.StatusCreated)
	for range 20 { // neither repeats nor refused ones count
		is(t, v.do(t, "POST", "/session/messages", first).ok(t, http.StatusOK), "duplicate", true)
		v.do(t, "POST", "/session/messages", obj{"client_id": "first", "text": "other"}).refused(t, http.StatusConflict, "")
		v.do(t, "POST", "/session/messages", obj{"client_id": "empty", "text": ""}).refused(t, http.StatusBadRequest, "")
	}
	for n := range 29 {
		v.post(t, fmt.Sprint("number ", n))
	}
	r := v.do(t, "POST", "/session/messages", obj{"client_id": "over", "text": "one too many"})
	r.refused(t, http.StatusTooManyRequests, "Too many messages")
	is(t, v.do(t, "POST", "/session/messages", first).ok(t, http.StatusOK), "duplicate", true)
	if n := len(v.texts(t)); n != 30 {
		t.Errorf("%d messages", n)
	}
	for n := range 35 {
		a.reply(t, v.conversation, fmt.Sprint("the team is not limited ", n), false)
	}
	w := started(t, a.srv, a.newToken(t, shop), obj{})
	w.post(t, "nor is another visitor")
}
