package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// events lists what was done to a conversation as "who kind detail".
func (m *member) events(t testing.TB, conversation string) []string {
	t.Helper()
	out := []string{}
	for i, e := range list(t, m.do(t, "GET", "/conversation/"+conversation+"/events?limit=100", nil).ok(t, http.StatusOK), "events") {
		shape(t, e, map[string]string{"number": "int", "conversation_id": "id", "after_seq": "int", "by._id": "id?", "created_at": "time", "until": "time?"})
		if num(t, e, "number") != int64(i+1) {
			t.Fatalf("events out of order: %v", e)
		}
		who, _ := at(t, e, "by.name").(string)
		if who == "" {
			who = str(t, e, "by.type")
		}
		line := who + " " + str(t, e, "kind")
		for _, more := range []any{at(t, e, "detail"), at(t, e, "assignee"), at(t, e, "until")} {
			switch more := more.(type) {
			case string:
				line += " " + more
			case obj:
				line += " " + str(t, more, "name")
			}
		}
		out = append(out, fmt.Sprintf("%s @%d", line, num(t, e, "after_seq")))
	}
	return out
}

func TestConversationEvents(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben, eve := a.joinNamed(t, a.srv, "agent", "Ben"), a.joinNamed(t, a.srv, "agent", "Eve")
	v := started(t, a.srv, tok, obj{})
	v.post(t, "hello")
	stream := ben.stream(t)
	stream.await(t, "state")
	equal(t, "a new conversation's", ben.events(t, v.conversation), nil)

	ben.change(t, v.conversation, obj{"assignee_id": ben.id})
	stream.await(t, "conversation")
	ben.change(t, v.conversation, obj{"assignee_id": ben.id})
	ben.change(t, v.conversation, obj{"assignee_id": eve.id, "tags": []string{"refund", "late"}, "priority": "urgent"})
	eve.change(t, v.conversation, obj{"tags": []string{"late"}, "assignee_id": ""})
	until := time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")
	eve.change(t, v.conversation, obj{"snooze": until})
	v.post(t, "still there?")
	eve.change(t, v.conversation, obj{"status": "closed"})
	eve.reply(t, v.conversation, "a note for us", true)
	v.post(t, "one more thing")
	eve.change(t, v.conversation, obj{"spam": true})
	eve.change(t, v.conversation, obj{"spam": false})
	ben.do(t, "POST", "/conversation/"+v.conversation+"/messages", obj{"client_id": unique("c"), "text": "bye", "close": true}).ok(t, http.StatusCreated)
	ben.do(t, "POST", "/conversation/"+v.conversation+"/messages", obj{"client_id": unique("c"), "text": "and bye again", "close": true}).ok(t, http.StatusCreated)
	ben.reply(t, v.conversation, "are you there?", false)
	v.do(t, "POST", "/session/close", nil).ok(t, http.StatusOK)
	for _, score := range []int{4, 4, 2} {
		v.do(t, "POST", "/session/rating", obj{"score": score}).ok(t, http.StatusOK)
	}
	equal(t, "what was done", ben.events(t, v.conversation), []string{
		"Ben assigned Ben @1", "Ben tagged refund @1", "Ben tagged late @1", "Ben priority urgent @1", "Ben assigned Eve @1",
		"Eve untagged refund @1", "Eve assigned @1", "Eve snoozed " + until + " @1", "visitor woken @2", "Eve closed @2", "visitor reopened @4",
		"Eve spam @4", "Eve not_spam @4", "Ben closed @5", "Ben reopened @7", "visitor closed @7", "visitor rated 4 @7", "visitor rated 2 @7",
	})
	page := ben.do(t, "GET", "/conversation/"+v.conversation+"/events?after=3&limit=2", nil).ok(t, http.StatusOK)
	is(t, page, "events.0.number", 4)
	is(t, page, "events.1.number", 5)
	is(t, page, "has_more", true)

	for _, text := range v.texts(t) {
		if strings.Contains(text, "refund") {
			t.Errorf("the visitor reads %q", text)
		}
	}
	if n := len(list(t, a.do(t, "GET", "/contact/"+v.contact+"/export", nil).ok(t, http.StatusOK), "export.conversations.0.events")); n != 18 {
		t.Errorf("%d events in what is exported of the visitor", n)
	}
	newAccount(t, a.srv).do(t, "GET", "/conversation/"+v.conversation+"/events", nil).refused(t, http.StatusNotFound, "")
	ben.do(t, "GET", "/conversation/"+v.conversation+"/events?limit=0", nil).refused(t, http.StatusBadRequest, "")
	a.do(t, "DELETE", "/contact/"+v.contact, nil).ok(t, http.StatusNoContent)
	if n := a.srv.count(t, "SELECT count(*) FROM conversation_events WHERE conversation_id = ?", v.conversation); n != 0 {
		t.Errorf("%d events are left of an erased person", n)
	}
}

// What nobody of the team did is told as well: whose turn it was, and that a snooze is over.
func TestEventsOfNobody(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	a.do(t, "PUT", "/routing", obj{"auto_assign": true}).ok(t, http.StatusOK)
	early := written(t, a, tok, "before anybody is there")
	a.stream(t).await(t, "state")
	eventually(t, 5*time.Second, "the waiting one is given", func() bool { return len(a.events(t, early.conversation)) == 1 })
	v := written(t, a, tok, "now")
	equal(t, "a turn", a.events(t, v.conversation), []string{"system assigned Mem Ber @1"})
	a.change(t, v.conversation, obj{"snooze": time.Now().Add(time.Second).UTC().Format(time.RFC3339Nano)})
	eventually(t, 10*time.Second, "it is back", func() bool {
		all := a.events(t, v.conversation)
		return all[len(all)-1] == "system woken @1"
	})
}

// Conversations of merged contacts keep what was done to them.
func TestEventsOfMergedContacts(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	v, other := written(t, a, tok, "one"), written(t, a, tok, "two")
	a.change(t, v.conversation, obj{"status": "closed"})
	a.do(t, "POST", "/contact/"+other.contact+"/merge", obj{"contact_id": v.contact}).ok(t, http.StatusOK)
	equal(t, "what was done", a.events(t, v.conversation), []string{"Mem Ber closed @1"})
}
