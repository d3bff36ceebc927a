package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"
)

// view lists the ids of the conversations of a query such as "view=mine".
func (m *member) view(t testing.TB, query string) []string {
	t.Helper()
	ids := []string{}
	for _, c := range list(t, m.do(t, "GET", "/conversations?"+query, nil).ok(t, http.StatusOK), "conversations") {
		ids = append(ids, str(t, c, "_id"))
	}
	return ids
}

// change patches a conversation and returns it.
func (m *member) change(t testing.TB, conversation string, change obj) obj {
	t.Helper()
	return at(t, m.do(t, "PATCH", "/conversation/"+conversation, change).ok(t, http.StatusOK), "conversation").(obj)
}

// written is a visitor who has written something.
func written(t testing.TB, a *account, tok supportToken, text string) *visitor {
	t.Helper()
	v := started(t, a.srv, tok, obj{})
	v.post(t, text)
	return v
}

func TestViews(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	one, two, three := written(t, a, tok, "one"), written(t, a, tok, "two"), written(t, a, tok, "three")
	a.change(t, two.conversation, obj{"assignee_id": a.id, "priority": "urgent"})
	a.change(t, three.conversation, obj{"status": "closed"})
	for query, want := range map[string][]string{
		"view=all": {two.conversation, one.conversation}, "view=mine": {two.conversation}, "view=unassigned": {one.conversation},
		"view=closed": {three.conversation}, "view=spam": {}, "view=snoozed": {}, "view=mentions": {}, "assignee=me": {two.conversation},
		"priority=urgent": {two.conversation}, "priority=low": {}, "site=" + url.QueryEscape(shop): {three.conversation, two.conversation, one.conversation},
		"site=https://other.example": {}, "verified=false&view=all": {two.conversation, one.conversation}, "verified=true": {},
		"view=all&sort=waiting": {one.conversation, two.conversation}, "view=all&waiting=1": {}, "view=all&q=one": {one.conversation},
		"view=mine&status=closed": {},
	} {
		got := a.view(t, query)
		if query != "view=all" && query != "verified=false&view=all" && len(want) > 1 && query != "view=all&sort=waiting" {
			slices.Sort(got)
			slices.Sort(want)
		}
		equal(t, query, got, want)
	}
	a.reply(t, one.conversation, "an answer", false)
	equal(t, "those that wait after an answer", a.view(t, "view=all&sort=waiting"), []string{two.conversation})
	for _, bad := range []string{"view=none", "sort=oldest", "priority=top", "team=x", "waiting=-1", "verified=maybe", "view=mine&assignee=none", "view=spam&status=active"} {
		a.do(t, "GET", "/conversations?"+bad, nil).refused(t, http.StatusBadRequest, "")
	}
	other := newAccount(t, a.srv)
	for _, view := range []string{"all", "mine", "unassigned", "closed"} {
		equal(t, "another account's "+view, other.view(t, "view="+view), []string{})
	}
}

func TestSnooze(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := written(t, a, a.newToken(t, shop), "not now")
	stream := a.stream(t)
	is(t, stream.await(t, "state").data, "unread_count", 1)

	c := a.change(t, v.conversation, obj{"snooze": "next_message"})
	is(t, c, "snoozed", true)
	is(t, c, "status", "active")
	is(t, c, "snoozed_until", nil)
	is(t, stream.await(t, "conversation").data, "snoozed", true)
	equal(t, "open while snoozed", a.view(t, "view=all"), []string{})
	equal(t, "snoozed", a.view(t, "view=snoozed"), []string{v.conversation})
	equal(t, "active while snoozed", a.view(t, "status=active"), []string{v.conversation})
	a.reply(t, v.conversation, "we keep it for tomorrow", false)
	equal(t, "snoozed after the team's own message", a.view(t, "view=snoozed"), []string{v.conversation})
	v.post(t, "hello?")
	equal(t, "open after the visitor's message", a.view(t, "view=all"), []string{v.conversation})

	until := time.Now().Add(1500 * time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z")
	is(t, a.change(t, v.conversation, obj{"snooze": until}), "snoozed_until", until)
	for {
		if e := stream.await(t, "conversation"); e.data["snoozed_until"] == until {
			break
		}
	}
	is(t, stream.await(t, "conversation").data, "snoozed", false)
	equal(t, "open when the time has come", a.view(t, "view=all"), []string{v.conversation})

	// One that was snoozed anew meanwhile does not come back at the first one's time.
	a.change(t, v.conversation, obj{"snooze": time.Now().Add(time.Second).UTC().Format(time.RFC3339Nano)})
	a.change(t, v.conversation, obj{"snooze": "next_message"})
	is(t, a.change(t, v.conversation, obj{"snooze": ""}), "snoozed", false)
	a.change(t, v.conversation, obj{"status": "closed"})
	for _, bad := range []obj{
		{"snooze": "tomorrow"}, {"snooze": "2020-01-01T00:00:00Z"}, {"snooze": "2999-01-01T00:00:00Z"}, {"snooze": "next_message"},
		{"status": "active", "spam": true, "snooze": "next_message"}, {"priority": "top"}, {"snooze": 5},
	} {
		a.do(t, "PATCH", "/conversation/"+v.conversation, bad).refused(t, http.StatusBadRequest, "")
	}
	newAccount(t, a.srv).do(t, "PATCH", "/conversation/"+v.conversation, obj{"snooze": ""}).refused(t, http.StatusNotFound, "")
}

func TestSpam(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := written(t, a, a.newToken(t, shop), "buy now")
	is(t, a.change(t, v.conversation, obj{"spam": true, "add_tags": []string{"junk"}}), "spam", true)
	console := a.stream(t)
	console.await(t, "state")
	seen := v.stream(t, "")
	v.post(t, "buy more")
	is(t, console.await(t, "message").data, "spam", true)
	if _, told := seen.await(t, "message").data["spam"]; told {
		t.Error("the visitor is told of the spam view")
	}
	is(t, a.stream(t).await(t, "state").data, "unread_count", 0)
	for _, query := range []string{"", "view=all", "view=unassigned", "view=closed", "status=active", "tag=junk", "q=buy", "sort=waiting"} {
		equal(t, query, a.view(t, query), []string{})
	}
	equal(t, "spam", a.view(t, "view=spam"), []string{v.conversation})
	equal(t, "spam by its tag", a.view(t, "view=spam&tag=junk"), []string{v.conversation})
	a.change(t, v.conversation, obj{"spam": false, "remove_tags": []string{"junk"}})
	equal(t, "all", a.view(t, "view=all"), []string{v.conversation})
	v.post(t, "sorry")
	is(t, console.await(t, "message").data, "spam", false)
	is(t, a.stream(t).await(t, "state").data, "unread_count", 1)
}
