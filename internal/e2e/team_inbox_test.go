package e2e

import (
	"net/http"
	"slices"
	"testing"
)

func TestTeamsAndRoundRobin(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben, eve := a.join(t, a.srv, "agent"), a.join(t, a.srv, "agent")
	ben.do(t, "POST", "/teams", obj{"name": "Billing"}).refused(t, http.StatusForbidden, "Only admins may do this")
	made := at(t, a.do(t, "POST", "/teams", obj{"name": " Billing ", "member_ids": []string{ben.id, eve.id}}).ok(t, http.StatusCreated), "team")
	is(t, made, "name", "Billing")
	team := "/teams/" + str(t, made, "_id")
	a.do(t, "POST", "/teams", obj{"name": "Billing"}).refused(t, http.StatusConflict, "This name is already taken")
	for _, bad := range []obj{{}, {"name": ""}, {"name": "a\nb"}, {"name": "X", "member_ids": []string{"507f1f77bcf86cd799439011"}}} {
		a.do(t, "POST", "/teams", bad).refused(t, http.StatusBadRequest, "")
	}
	if all := list(t, ben.do(t, "GET", "/teams", nil).ok(t, http.StatusOK), "teams"); len(all) != 1 || len(list(t, all[0], "members")) != 2 {
		t.Fatalf("teams: %v", all)
	}
	other := newAccount(t, a.srv)
	other.do(t, "PATCH", team, obj{"name": "Ours"}).refused(t, http.StatusNotFound, "")
	other.do(t, "DELETE", team, nil).refused(t, http.StatusNotFound, "")

	v := written(t, a, tok, "an invoice")
	a.do(t, "PATCH", "/conversation/"+v.conversation, obj{"team_id": "507f1f77bcf86cd799439011"}).refused(t, http.StatusBadRequest, "")
	c := a.change(t, v.conversation, obj{"team_id": made.(obj)["_id"]})
	is(t, c, "team.name", "Billing")
	is(t, c, "assignee", nil)
	equal(t, "of the team", a.view(t, "team="+str(t, made, "_id")), []string{v.conversation})

	// Nobody of the team is there: it is nobody's. The admin is online, but not of the team.
	a.stream(t).await(t, "state")
	is(t, a.change(t, v.conversation, obj{"auto_assign": true}), "assignee", nil)
	ben.stream(t).await(t, "state")
	gone := eve.stream(t)
	gone.await(t, "state")
	a.do(t, "PATCH", team, obj{"auto_assign": true}).ok(t, http.StatusOK)
	given := map[string]int{}
	for range 4 {
		c := a.change(t, written(t, a, tok, "an invoice").conversation, obj{"team_id": made.(obj)["_id"]})
		given[str(t, c, "assignee._id")]++
	}
	if given[ben.id] != 2 || given[eve.id] != 2 {
		t.Fatalf("not in turn: %v", given)
	}
	a.do(t, "DELETE", team, nil).ok(t, http.StatusNoContent)
	is(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "team", nil)
}

func TestNewConversationsFindSomebody(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben := a.join(t, a.srv, "agent")
	ben.do(t, "PUT", "/routing", obj{"auto_assign": true}).refused(t, http.StatusForbidden, "Only admins may do this")
	is(t, ben.do(t, "GET", "/routing", nil).ok(t, http.StatusOK), "routing.auto_assign", false)
	is(t, a.do(t, "PUT", "/routing", obj{"auto_assign": true}).ok(t, http.StatusOK), "routing.auto_assign", true)
	a.do(t, "PUT", "/routing", obj{}).refused(t, http.StatusBadRequest, "")

	early := written(t, a, tok, "before anybody is there")
	is(t, a.do(t, "GET", "/conversation/"+early.conversation, nil).ok(t, http.StatusOK), "assignee", nil)
	a.stream(t).await(t, "state")
	stream := ben.stream(t)
	stream.await(t, "state")
	var who []string
	for range 4 {
		v := written(t, a, tok, "a question")
		who = append(who, str(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "assignee._id"))
		is(t, stream.await(t, "conversation").data, "assignee._id", who[len(who)-1])
		v.post(t, "and one more")
	}
	if who[0] == who[1] || !slices.Equal(who[:2], who[2:]) {
		t.Fatalf("not in turn: %v", who)
	}
}
