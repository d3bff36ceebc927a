package e2e

import (
	"net/http"
	"testing"
)

func TestAway(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben := a.join(t, a.srv, "agent")
	a.do(t, "PUT", "/routing", obj{"auto_assign": true}).ok(t, http.StatusOK)
	v := written(t, a, tok, "hello?")
	online := func() any {
		return at(t, v.do(t, "GET", "/availability", nil).ok(t, http.StatusOK), "agents_online")
	}
	assignee := func(conversation string) any {
		return at(t, a.do(t, "GET", "/conversation/"+conversation, nil).ok(t, http.StatusOK), "assignee")
	}
	stream := v.stream(t, "")
	stream.await(t, "state")
	for _, bad := range []any{obj{}, obj{"away": "yes"}, obj{"away": nil}} {
		ben.do(t, "PATCH", "/me", bad).refused(t, http.StatusBadRequest, "")
	}
	is(t, ben.do(t, "PATCH", "/me", obj{"away": true}).ok(t, http.StatusOK), "member.away", true)
	ben.stream(t).await(t, "state")
	if n := online(); n != 0.0 {
		t.Fatalf("%v online while the only one is away", n)
	}
	me := ben.do(t, "GET", "/me", nil).ok(t, http.StatusOK)
	is(t, me, "member._id", ben.id)
	is(t, me, "member.online", false)
	if got := assignee(v.conversation); got != nil {
		t.Fatalf("given to who is away: %v", got)
	}
	if got := assignee(written(t, a, tok, "and me?").conversation); got != nil {
		t.Fatalf("given to who is away: %v", got)
	}
	is(t, ben.do(t, "PATCH", "/me", obj{"away": false}).ok(t, http.StatusOK), "member.online", true)
	for stream.await(t, "availability").data["agents_online"] != 1.0 {
	}
	if n := online(); n != 1.0 {
		t.Fatalf("%v online", n)
	}
	is(t, assignee(v.conversation), "_id", ben.id)
	for _, m := range list(t, a.do(t, "GET", "/members", nil).ok(t, http.StatusOK), "members") {
		is(t, m, "online", m.(obj)["_id"] == ben.id)
	}
}

// What came while nobody was there goes to those who come, the oldest first, and not all to the first.
func TestWhoComesIsGivenWhatWaited(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben, eve := a.join(t, a.srv, "agent"), a.join(t, a.srv, "agent")
	byHand := written(t, a, tok, "before it was switched on")
	a.do(t, "PUT", "/routing", obj{"auto_assign": true}).ok(t, http.StatusOK)
	var waiting []string
	for range 7 {
		waiting = append(waiting, written(t, a, tok, "is anybody there?").conversation)
	}
	answered, left := written(t, a, tok, "answered"), written(t, a, tok, "left to nobody")
	a.reply(t, answered.conversation, "Here you are", false)
	a.change(t, left.conversation, obj{"assignee_id": ""})
	team := at(t, a.do(t, "POST", "/teams", obj{"name": "Billing", "member_ids": []string{eve.id}, "auto_assign": true}).ok(t, http.StatusCreated), "team._id")
	bill := written(t, a, tok, "an invoice")
	a.change(t, bill.conversation, obj{"team_id": team})

	mine := func(m *member) []string { return a.view(t, "sort=waiting&assignee="+m.id) }
	ben.stream(t).await(t, "state")
	equal(t, "Ben's", mine(ben), waiting[:5])
	ben.stream(t).await(t, "state")
	equal(t, "Ben's with a second tab", mine(ben), waiting[:5])
	newAccount(t, a.srv).stream(t).await(t, "state")
	eve.stream(t).await(t, "state")
	equal(t, "Eve's", mine(eve), append(waiting[5:7:7], bill.conversation))
	for _, v := range []*visitor{byHand, answered, left} {
		is(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "assignee", nil)
	}
}
