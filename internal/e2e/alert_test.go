package e2e

import (
	"net/http"
	"net/url"
	"testing"
)

// alerts is the stream that a page of the console listens to.
func (c *console) alerts(t testing.TB) *stream {
	t.Helper()
	return c.srv.stream(t, "/alerts/events", "Cookie", c.cookie)
}

// told waits for the next alert and wants it to be of a conversation.
func (st *stream) told(t testing.TB, conversation, text string) {
	t.Helper()
	e := st.await(t, "alert")
	is(t, e.data, "url", "/inbox/"+conversation)
	is(t, e.data, "text", text)
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben := a.joinNamed(t, a.srv, "agent", "Ben").console(t)
	page := ben.get(t, "/settings/alerts").shows(t, http.StatusOK, "alerts.", `value="unassigned" checked`, `name="sound" value="true" checked`, `name="desktop" value="true">`)
	if page.header.Get("Cache-Control") != "no-store" {
		t.Error("somebody's settings may be kept")
	}
	ben.send(t, "/settings/alerts", url.Values{"scope": {"others"}}).shows(t, http.StatusUnprocessableEntity, "mine, unassigned or all")
	choose := func(scope string) {
		t.Helper()
		ben.send(t, "/settings/alerts", url.Values{"scope": {scope}, "desktop": {"true"}}).leadsTo(t, "/settings/alerts")
	}
	choose("mine")
	ben.get(t, "/settings/alerts").shows(t, http.StatusOK, `value="mine" checked`, `name="sound" value="true">`, `name="desktop" value="true" checked`)

	stream := ben.alerts(t)
	nobodys, mine, hers := written(t, a, tok, "n0"), written(t, a, tok, "m0"), written(t, a, tok, "h0")
	a.change(t, mine.conversation, obj{"assignee_id": ben.id})
	a.change(t, hers.conversation, obj{"assignee_id": a.id})
	nobodys.post(t, "n1")
	hers.post(t, "h1")
	mine.post(t, "m1")
	e := stream.await(t, "alert")
	is(t, e.data, "text", "m1")
	is(t, e.data, "sound", false)
	is(t, e.data, "desktop", true)
	choose("unassigned")
	hers.post(t, "h2")
	nobodys.post(t, "n2")
	stream.told(t, nobodys.conversation, "n2")
	choose("all")
	hers.post(t, "h3")
	stream.told(t, hers.conversation, "h3")

	// What the team itself does, what is spam, and what one has before one is no news.
	a.reply(t, hers.conversation, "an answer", false)
	a.change(t, nobodys.conversation, obj{"spam": true})
	nobodys.post(t, "cheap pills")
	ben.do(t, "POST", "/conversation/"+mine.conversation+"/presence", obj{"viewing": true}).ok(t, http.StatusNoContent)
	mine.post(t, "seen anyway")
	hers.post(t, "h4")
	stream.told(t, hers.conversation, "h4")
	ben.do(t, "PATCH", "/me", obj{"away": true}).ok(t, http.StatusOK)
	hers.post(t, "while away")
	ben.do(t, "PATCH", "/me", obj{"away": false}).ok(t, http.StatusOK)
	// The message of a snoozed one brings it back.
	a.change(t, hers.conversation, obj{"snooze": "next_message"})
	hers.post(t, "h5")
	stream.told(t, hers.conversation, "h5")

	written(t, newAccount(t, a.srv), newAccount(t, a.srv).newToken(t, shop), "another account's")
	mine.post(t, "still seen")
	hers.post(t, "h6")
	stream.told(t, hers.conversation, "h6")
}
