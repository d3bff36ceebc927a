package e2e

import (
	"net/http"
	"testing"
)

func TestSavedViewsAndCounts(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben := a.join(t, a.srv, "agent")
	one, two := written(t, a, tok, "one"), written(t, a, tok, "two")
	a.change(t, one.conversation, obj{"priority": "urgent", "assignee_id": ben.id})
	a.change(t, two.conversation, obj{"snooze": "next_message"})
	filters := obj{"view": "all", "priority": "urgent", "sort": "waiting"}
	shared := at(t, a.do(t, "POST", "/views", obj{"name": "Burning", "shared": true, "filters": filters}).ok(t, http.StatusCreated), "view")
	is(t, shared, "filters.priority", "urgent")
	own := at(t, ben.do(t, "POST", "/views", obj{"name": "Mine first", "position": 0, "filters": obj{"assignee": "me", "verified": false}}).ok(t, http.StatusCreated), "view")
	ben.do(t, "POST", "/views", obj{"name": "X", "shared": true, "filters": filters}).refused(t, http.StatusForbidden, "Only admins may change what the team shares")
	for _, m := range []struct{ method, path string }{{"PATCH", str(t, shared, "_id")}, {"DELETE", str(t, shared, "_id")}} {
		ben.do(t, m.method, "/views/"+m.path, obj{"name": "Y"}).refused(t, http.StatusForbidden, "")
		newAccount(t, a.srv).do(t, m.method, "/views/"+m.path, obj{"name": "Y"}).refused(t, http.StatusNotFound, "")
		a.do(t, m.method, "/views/"+str(t, own, "_id"), obj{"name": "Y"}).refused(t, http.StatusNotFound, "")
	}
	for _, bad := range []obj{{}, {"name": "X", "filters": obj{"view": "none"}}, {"name": "X", "filters": obj{"view": "spam", "status": "closed"}}, {"name": ""}} {
		a.do(t, "POST", "/views", bad).refused(t, http.StatusBadRequest, "")
	}
	names := func(m *member) (out []string) {
		for _, v := range list(t, m.do(t, "GET", "/views", nil).ok(t, http.StatusOK), "views") {
			out = append(out, str(t, v, "name"))
		}
		return out
	}
	equal(t, "ben's views", names(ben), []string{"Mine first", "Burning"})
	equal(t, "the admin's views", names(a.member), []string{"Burning"})

	counts := ben.do(t, "GET", "/views/counts", nil).ok(t, http.StatusOK)
	for view, n := range map[string]int{"mine": 1, "unassigned": 0, "all": 1, "mentions": 0, "snoozed": 1, "closed": 0, "spam": 0,
		str(t, own, "_id"): 1, str(t, shared, "_id"): 1} {
		is(t, counts, "counts."+view+".count", n)
		is(t, counts, "counts."+view+".more", false)
	}
	is(t, ben.do(t, "PATCH", "/views/"+str(t, own, "_id"), obj{"position": 9}).ok(t, http.StatusOK), "view.filters.assignee", "me")
	equal(t, "ben's views in another order", names(ben), []string{"Burning", "Mine first"})
	ben.do(t, "DELETE", "/views/"+str(t, own, "_id"), nil).ok(t, http.StatusNoContent)
	equal(t, "ben's views in the end", names(ben), []string{"Burning"})
}

func TestBulk(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben := a.join(t, a.srv, "agent")
	one, two, three := written(t, a, tok, "one"), written(t, a, tok, "two"), written(t, a, tok, "three")
	other := newAccount(t, a.srv)
	foreign := written(t, other, other.newToken(t, shop), "theirs")
	a.change(t, three.conversation, obj{"status": "closed"})

	answer := ben.do(t, "POST", "/conversations/bulk", obj{
		"ids": []string{one.conversation, foreign.conversation, three.conversation, one.conversation}, "action": obj{"snooze": "next_message", "add_tags": []string{"later"}},
	}).ok(t, http.StatusOK)
	for i, want := range []struct {
		id    string
		done  bool
		error any
	}{{one.conversation, true, nil}, {foreign.conversation, false, "Not found"}, {three.conversation, false, "only what stays open can be snoozed"}} {
		result := list(t, answer, "results")[i]
		is(t, result, "_id", want.id)
		is(t, result, "done", want.done)
		is(t, result, "error", want.error)
	}
	if n := len(list(t, answer, "results")); n != 3 {
		t.Fatalf("%d results", n)
	}
	equal(t, "tagged", a.view(t, "tag=later"), []string{one.conversation})
	equal(t, "untouched", other.view(t, "view=all"), []string{foreign.conversation})

	ben.do(t, "POST", "/conversations/bulk", obj{"filters": obj{"view": "all"}, "action": obj{"status": "closed", "assignee_id": ben.id}}).ok(t, http.StatusOK)
	equal(t, "ben's closed ones", ben.view(t, "view=mine&status=closed"), []string{two.conversation})
	many := make([]string, 501)
	for i := range many {
		many[i] = unique("")
	}
	for _, bad := range []obj{
		{"action": obj{"status": "closed"}}, {"ids": many, "action": obj{"status": "closed"}}, {"ids": []string{one.conversation}, "action": obj{"status": "gone"}},
		{"ids": []string{one.conversation}, "filters": obj{"view": "all"}, "action": obj{}},
	} {
		ben.do(t, "POST", "/conversations/bulk", bad).refused(t, http.StatusBadRequest, "")
	}
}
