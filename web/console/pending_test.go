package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"deskbell/internal/support"
)

func TestAnswersWaitAndCanBeTakenBack(t *testing.T) {
	d := newDesk(t).setUp()
	_, v := d.visitor(support.Claims{Name: "Maria"}, "help")
	path := "/inbox/" + v.ConversationID
	texts := func() (out []string) {
		t.Helper()
		found, err := d.support.Messages(t.Context(), d.actor(), v.ConversationID, support.MessageRange{})
		must(t, err)
		for _, m := range found.Messages {
			out = append(out, m.Text)
		}
		return out
	}
	undoAt := regexp.MustCompile(`hx-post="(/inbox/[^"]+/undo)"`)
	send := func(clientID, text string, more ...string) answer {
		form := url.Values{"client_id": {clientID}, "text": {text}}
		for i := 0; i+1 < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return d.post(path+"/messages", form, "HX-Request", "true")
	}
	first := send("one", "too soon")
	first.want(t, http.StatusOK, "Sending…", "too soon")
	// The same form again, as after a lost answer, holds nothing twice.
	again := send("one", "too soon")
	if n := len(undoAt.FindAllString(again.body, -1)); n != 1 {
		t.Fatalf("%d wait, want 1", n)
	}
	d.get(path).want(t, http.StatusOK, "Sending…", "too soon")
	undo := undoAt.FindStringSubmatch(first.body)[1]
	d.post(undo, url.Values{"text": {"and more"}}, "HX-Request", "true").want(t, http.StatusOK, "too soon\n\nand more</textarea>")
	// Twice is too late, and loses nothing that was written meanwhile.
	d.post(undo, url.Values{"text": {"something else"}}, "HX-Request", "true").want(t, http.StatusConflict, "already sent", "something else</textarea>")
	d.get(path).want(t, http.StatusOK, "too soon\n\nand more</textarea>")
	if got := strings.Join(texts(), "|"); got != "help" {
		t.Errorf("the conversation has %q", got)
	}
	send("two", "a note", "private", "true").want(t, http.StatusOK)
	d.post(path+"/messages", url.Values{"client_id": {"three"}, "text": {"without script"}}).leadsTo(t, path)
	if got := strings.Join(texts(), "|"); got != "help|a note|without script" {
		t.Errorf("the conversation has %q", got)
	}
	send("three", "without script").want(t, http.StatusOK)
	if got := strings.Join(texts(), "|"); got != "help|a note|without script" {
		t.Errorf("sent twice: %q", got)
	}
	d.post("/inbox/ffffffffffffffffffffffff/pending/ffffffffffffffffffffffff/undo", nil).want(t, http.StatusNotFound)
}
