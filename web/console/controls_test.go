package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"deskbell/internal/support"
)

func TestControlsWorkWithoutScript(t *testing.T) {
	d := newDesk(t).setUp()
	_, v := d.visitor(support.Claims{Name: "Maria"}, "help")
	path := "/inbox/" + v.ConversationID
	change := func(name, value string) answer { return d.post(path+"/changes", url.Values{name: {value}}) }
	listed := func(view string, want bool) {
		t.Helper()
		if found := strings.Contains(d.get("/inbox?view="+view).body, "conv-"+v.ConversationID); found != want {
			t.Errorf("in %s: %v, want %v", view, found, want)
		}
	}
	listed("unassigned", true)
	change("assignee_id", d.actor().UserID).leadsTo(t, path)
	listed("unassigned", false)
	listed("mine", true)
	change("add_tag", "refund").leadsTo(t, path)
	change("priority", "urgent").leadsTo(t, path)
	d.get("/inbox?tag=refund").want(t, http.StatusOK, "conv-"+v.ConversationID, "Urgent")
	d.get("/inbox?tag=other").want(t, http.StatusOK, "Clear the filter")
	change("remove_tag", "refund").leadsTo(t, path)
	d.get("/inbox?tag=refund").want(t, http.StatusOK, "Clear the filter")

	change("snooze", "tomorrow").leadsTo(t, path)
	listed("all", false)
	listed("snoozed", true)
	d.get(path).want(t, http.StatusOK, "Snoozed")
	change("snooze", "end").leadsTo(t, path)
	listed("all", true)
	change("spam", "true").leadsTo(t, path)
	listed("all", false)
	listed("spam", true)
	change("spam", "false").leadsTo(t, path)

	// What can't be is said beside the thread, and changes nothing.
	for _, wrong := range []struct{ name, value, says string }{
		{"assignee_id", "ffffffffffffffffffffffff", "colleague"},
		{"priority", "asap", "priority"},
		{"add_tag", strings.Repeat("x", 41), "tag"},
		{"snooze", "until", "Choose a date and a time"},
		{"snooze", "some day", "Choose until when"},
	} {
		change(wrong.name, wrong.value).want(t, http.StatusUnprocessableEntity, wrong.says)
	}
	d.post(path+"/changes", url.Values{"snooze": {"until"}, "until": {"2001-01-01T09:00"}}).want(t, http.StatusUnprocessableEntity, "time")
	listed("all", true)
	d.post("/inbox/ffffffffffffffffffffffff/changes", url.Values{"spam": {"true"}}).want(t, http.StatusNotFound)
	d.post("/inbox/ffffffffffffffffffffffff/block", nil).want(t, http.StatusNotFound)

	d.post(path+"/block", nil).leadsTo(t, path)
	if _, _, err := d.support.PostVisitorMessage(t.Context(), v, support.PostMessage{ClientID: "again", Text: "still here"}); err == nil {
		t.Error("a blocked contact goes on writing")
	}
}

func TestAskToVerifyWithoutScript(t *testing.T) {
	d := newDesk(t).setUp()
	_, named := d.visitor(support.Claims{Name: "Maria", Email: "maria@example.com"}, "help")
	path := "/inbox/" + named.ConversationID
	d.get(path).want(t, http.StatusOK, "Ask to verify")
	d.post(path+"/ask-verification", nil).leadsTo(t, path)
	d.get(path).want(t, http.StatusOK, "Asked to verify", "asked the visitor to verify maria@example.com")
	_, anonymous := d.visitor(support.Claims{Name: "Nobody"}, "hello")
	path = "/inbox/" + anonymous.ConversationID
	if strings.Contains(d.get(path).body, "Ask to verify") {
		t.Error("somebody without an address is offered to be asked")
	}
	d.post(path+"/ask-verification", nil).want(t, http.StatusUnprocessableEntity, "given no address")
}
