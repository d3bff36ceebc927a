package e2e

import (
	"net/http"
	"strings"
	"testing"
)

func TestCloseAndRate(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	v := started(t, a.srv, tok, obj{})
	v.post(t, "thank you")
	team, mine := a.stream(t), v.stream(t, "")
	mine.await(t, "state")

	is(t, v.do(t, "POST", "/session/close", nil).ok(t, http.StatusOK), "conversation.status", "closed")
	is(t, v.do(t, "POST", "/session/close", nil).ok(t, http.StatusOK), "conversation.status", "closed")
	is(t, mine.await(t, "conversation").data, "status", "closed")
	is(t, team.await(t, "conversation").data, "status", "closed")

	v.do(t, "POST", "/session/rating", obj{"score": 2}).ok(t, http.StatusOK)
	answer := v.do(t, "POST", "/session/rating", obj{"score": 5, "comment": " Quick help "}).ok(t, http.StatusOK)
	is(t, answer, "rating.score", 5)
	is(t, answer, "rating.comment", "Quick help")
	c := a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK)
	is(t, c, "rating.score", 5)
	is(t, c, "rating.comment", "Quick help")
	is(t, c, "status", "closed")
	for _, bad := range []obj{{"score": 0}, {"score": 6}, {"score": 4.5}, {"score": "5"}, {}, {"score": 3, "comment": strings.Repeat("x", 1001)}} {
		v.do(t, "POST", "/session/rating", bad).refused(t, http.StatusBadRequest, "")
	}
	v.post(t, "one more thing")
	is(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "status", "active")

	chatOnly := started(t, a.srv, a.newToken(t, shop, "chat"), obj{})
	for _, path := range []string{"/session/close", "/session/rating", "/session/transcript"} {
		chatOnly.do(t, "POST", path, obj{"score": 1}).refused(t, http.StatusForbidden, "Missing scope: support")
	}
}

func TestTranscript(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	email := unique("reader") + "@customer.example"
	v := started(t, a.srv, tok, obj{"email": email})
	long := "Grüße " + strings.Repeat("and a long line ", 100) + "end"
	v.post(t, long)
	a.reply(t, v.conversation, "never mail this note", true)
	a.reply(t, v.conversation, "our answer", false)
	taken := a.reply(t, v.conversation, "said too much", false)
	a.do(t, "DELETE", "/conversation/"+v.conversation+"/messages/"+str(t, taken, "_id"), nil).ok(t, http.StatusOK)
	v.do(t, "POST", "/session/transcript", nil).refused(t, http.StatusForbidden, "Verification required")

	v.verify(t, v.sendCode(t, email, 1))
	v.do(t, "POST", "/session/transcript", nil).ok(t, http.StatusOK)
	m := a.srv.mails.nth(t, email, 2)
	for _, want := range []string{long, "our answer", shop, "Mem Ber"} {
		if !strings.Contains(m.text, want) {
			t.Errorf("no %q in %q", want, m.text)
		}
	}
	for _, never := range []string{"never mail this note", "said too much"} {
		if strings.Contains(m.text, never) {
			t.Errorf("%q is in the mail", never)
		}
	}
	for range 4 {
		v.do(t, "POST", "/session/transcript", nil).ok(t, http.StatusOK)
	}
	v.do(t, "POST", "/session/transcript", nil).refused(t, http.StatusTooManyRequests, "Too many transcripts")
}
