package console_test

import (
	"net/url"
	"testing"
	"time"

	"deskbell/internal/support"
)

// Whoever wants it is reminded every 30 seconds of a visitor who waits, until that is over.
func TestReminders(t *testing.T) {
	d := newDesk(t).setUp()
	ctx, sam := t.Context(), d.actor()
	d.post("/settings/alerts", url.Values{"scope": {"all"}, "sound": {"true"}, "repeat": {"true"}}).leadsTo(t, "/settings/alerts")
	until := d.follow("/alerts/events")
	_, v := d.visitor(support.Claims{Name: "Maria"}, "help")
	until(`"text":"help"`)
	rings := func() bool {
		t.Helper()
		must, err := d.support.MustRing(ctx, sam, 30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return must
	}
	if rings() {
		t.Error("a reminder at once")
	}
	for range 2 {
		d.ahead.Add(int64(31 * time.Second))
		until(`"url":""`, `"sound":true`)
	}

	// waits checks that a reminder is due when nothing keeps it back, and none while something does.
	waits := func(what string, keep, release func() error) {
		t.Helper()
		if !rings() {
			t.Fatalf("no reminder before: %s", what)
		}
		must(t, keep())
		if rings() {
			t.Errorf("a reminder in spite of: %s", what)
		}
		must(t, release())
	}
	change := func(in support.ConversationChange) func() error {
		return func() error {
			_, err := d.support.ChangeConversation(ctx, sam, v.ConversationID, in)
			return err
		}
	}
	waits("spam", change(support.ConversationChange{Spam: new(true)}), change(support.ConversationChange{Spam: new(false)}))
	waits("snoozed", change(support.ConversationChange{Snooze: &support.Snooze{}}), change(support.ConversationChange{Snooze: &support.Snooze{End: true}}))
	see := func(viewing bool) func() error {
		return func() error { return d.support.SetPresence(ctx, sam, v.ConversationID, viewing, false) }
	}
	waits("seen", see(true), see(false))
	away := func(is bool) func() error {
		return func() error {
			_, err := d.support.SetAway(ctx, sam, is)
			return err
		}
	}
	waits("away", away(true), away(false))
	hours := func(days ...string) func() error {
		return func() error {
			in, err := d.support.AlertSettings(ctx, sam)
			must(t, err)
			if in.Hours = nil; days != nil {
				in.Hours = &support.AlertHours{Timezone: "UTC", Days: days, Start: "00:00", End: "00:00"}
			}
			return d.support.SaveAlertSettings(ctx, sam, in)
		}
	}
	waits("another day's hours", hours(support.Weekdays[(time.Now().UTC().Weekday()+2)%7]), hours(support.Weekdays...))
	waits("an hour", func() error { d.ahead.Add(int64(time.Hour)); return nil }, func() error { d.ahead.Add(-int64(time.Hour)); return nil })
	waits("answered", func() error {
		_, _, err := d.support.PostAgentMessage(ctx, sam, v.ConversationID, support.PostMessage{ClientID: "a", Text: "On it"})
		return err
	}, func() error { return nil })
}
