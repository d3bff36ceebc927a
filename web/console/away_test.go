package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAwaySwitchWithoutScript(t *testing.T) {
	d := newDesk(t).setUp()
	if strings.Contains(d.get("/contacts").body, "You are away") {
		t.Error("away without having said so")
	}
	d.post("/away", url.Values{"away": {"true"}, "next": {"/contacts?show=all"}}).leadsTo(t, "/contacts?show=all")
	d.get("/contacts").want(t, http.StatusOK, "You are away", "New conversations go to others", "back")
	me, err := d.support.Me(t.Context(), d.actor())
	must(t, err)
	if !me.Away {
		t.Error("the switch changed nothing")
	}
	d.post("/away", url.Values{"away": {"false"}, "next": {"https://evil.example/"}}).leadsTo(t, "/inbox")
	if strings.Contains(d.get("/inbox").body, "You are away") {
		t.Error("still away")
	}
}
