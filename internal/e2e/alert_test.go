package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
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
	page := ben.get(t, "/settings/alerts").shows(t, http.StatusOK, "data-alerts", `value="unassigned" checked`, `name="sound" value="true" checked`, `name="desktop" value="true">`)
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
	stream.told(t, mine.conversation, "Given to you: m0")
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

	// Outside one's hours nothing rings. The page keeps what was chosen.
	off := url.Values{"scope": {"all"}, "hours": {"chosen"}, "timezone": {"UTC"}, "start": {"08:00"}, "end": {"20:00"}}
	ben.send(t, "/settings/alerts", off).shows(t, http.StatusUnprocessableEntity, "Choose at least one day", `value="chosen" checked`)
	off.Set("days", dayOff())
	ben.send(t, "/settings/alerts", off).leadsTo(t, "/settings/alerts")
	ben.get(t, "/settings/alerts").shows(t, http.StatusOK, `value="chosen" checked`, `value="`+dayOff()+`" checked`, `value="20:00"`)
	hers.post(t, "after hours")
	choose("all")
	hers.post(t, "in time")
	stream.told(t, hers.conversation, "in time")

	// Being given a conversation and being named in a note is, whatever the scope.
	choose("mine")
	ben.change(t, nobodys.conversation, obj{"spam": false, "assignee_id": ben.id})
	a.change(t, nobodys.conversation, obj{"assignee_id": ""})
	ben.do(t, "POST", "/conversation/"+hers.conversation+"/messages", obj{"client_id": unique("c"), "text": "@Ben to myself", "private": true}).ok(t, http.StatusCreated)
	a.reply(t, hers.conversation, "@Ben have a look", true)
	stream.told(t, hers.conversation, "Mem Ber mentioned you: @Ben have a look")
	a.change(t, nobodys.conversation, obj{"assignee_id": ben.id})
	stream.told(t, nobodys.conversation, "Given to you: cheap pills")
	choose("all")

	written(t, newAccount(t, a.srv), newAccount(t, a.srv).newToken(t, shop), "another account's")
	mine.post(t, "still seen")
	hers.post(t, "h6")
	stream.told(t, hers.conversation, "h6")
}

// dayOff is a weekday that is far from today in every time zone.
func dayOff() string {
	return strings.ToLower(time.Now().UTC().AddDate(0, 0, 3).Weekday().String())
}

// A mail about somebody who waits goes once for each wait, to those whom it concerns at that time.
func TestAlertMails(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, manySessions())
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	ben, eve := a.joinNamed(t, s, "agent", "Ben").console(t), a.joinNamed(t, s, "agent", "Eve").console(t)
	for _, c := range []*console{ben, eve} {
		c.send(t, "/settings/alerts", url.Values{"scope": {"mine"}, "email_after": {"5"}}).leadsTo(t, "/settings/alerts")
	}
	for _, bad := range []string{"x", "-1", "1441"} {
		ben.send(t, "/settings/alerts", url.Values{"scope": {"mine"}, "email_after": {bad}}).shows(t, http.StatusUnprocessableEntity, "0 to 1440 minutes")
	}
	ben.get(t, "/settings/alerts").shows(t, http.StatusOK, `value="5" selected`)
	orders := func() int {
		return s.count(t, "SELECT count(*) FROM jobs WHERE kind = 'alert.mails' AND run_at BETWEEN ? AND ?",
			time.Now().Add(4*time.Minute).UnixMilli(), time.Now().Add(5*time.Minute).UnixMilli())
	}
	due := func() {
		t.Helper()
		s.edit(t, "UPDATE jobs SET run_at = 0")
		eventually(t, 15*time.Second, "nothing more to send", func() bool { return s.count(t, "SELECT count(*) FROM jobs") == 0 })
	}

	v := started(t, s, tok, obj{"name": "Vera Visitor"})
	v.post(t, "my secret question")
	v.post(t, "and one more")
	if n := orders(); n != 1 {
		t.Fatalf("%d orders for one wait", n)
	}
	a.change(t, v.conversation, obj{"assignee_id": ben.id})
	due()
	mail := s.mails.nth(t, ben.email, 1)
	if text := mail.text; !strings.Contains(text, "Vera Visitor") || !strings.Contains(text, "/inbox/"+v.conversation) || strings.Contains(text, "secret") {
		t.Errorf("the mail: %s", text)
	}
	v.post(t, "still the same wait")
	if n := orders(); n != 0 {
		t.Errorf("%d more orders for the same wait", n)
	}

	// The next wait is a new one, unless it is over in time or nobody is concerned.
	for _, over := range []func(){
		func() { a.reply(t, v.conversation, "an answer", false) },
		func() { a.change(t, v.conversation, obj{"status": "closed"}) },
		func() { a.change(t, v.conversation, obj{"snooze": "next_message"}) },
		func() {
			ben.send(t, "/settings/alerts", url.Values{"scope": {"mine"}, "email_after": {"5"}, "hours": {"chosen"}, "days": {dayOff()},
				"timezone": {"UTC"}, "start": {"00:00"}, "end": {"00:00"}}).leadsTo(t, "/settings/alerts")
		},
		func() {
			ben.send(t, "/settings/alerts", url.Values{"scope": {"mine"}, "email_after": {"5"}}).leadsTo(t, "/settings/alerts")
			ben.do(t, "PATCH", "/me", obj{"away": true}).ok(t, http.StatusOK)
		},
	} {
		a.reply(t, v.conversation, "an answer", false)
		v.post(t, "a question")
		if n := orders(); n != 1 {
			t.Errorf("%d orders for a new wait", n)
		}
		over()
		due()
	}
	ben.do(t, "PATCH", "/me", obj{"away": false}).ok(t, http.StatusOK)
	a.reply(t, v.conversation, "an answer", false)
	v.post(t, "a last question")
	due()
	s.mails.nth(t, ben.email, 2)
	if n := s.mails.countTo(ben.email) + s.mails.countTo(eve.email); n != 2 {
		t.Errorf("%d mails, want 2", n)
	}
	a.change(t, v.conversation, obj{"spam": true})
	a.reply(t, v.conversation, "an answer", false)
	v.post(t, "cheap pills")
	if n := orders(); n != 0 {
		t.Errorf("%d orders for spam", n)
	}
}
