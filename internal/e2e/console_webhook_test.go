package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var shownHookSecret = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`)

// The whole life of a webhook on its pages, without script.
func TestWebhooksPage(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions(), withEnv("DESKBELL_OUTBOUND_ALLOW", "127.0.0.0/8"))
	a := newAccount(t, s)
	admin, hooked := a.console(t), newHookReceiver(t)
	admin.get(t, "/docs").shows(t, http.StatusOK, `id="about-webhooks"`)
	admin.get(t, "/settings").shows(t, http.StatusOK, `href="/settings/webhooks"`)
	admin.get(t, "/settings/webhooks").shows(t, http.StatusOK, "No webhooks yet", `href="/docs#about-webhooks"`)

	// What is wrong comes back as typed, and its form can be sent again.
	form := url.Values{"url": {"ftp://hooks.example"}, "form_id": {unique("f")}}
	admin.send(t, "/settings/webhooks", form).shows(t, http.StatusUnprocessableEntity, `value="ftp://hooks.example"`, `id="url-error"`, `id="events-error"`, "No webhooks yet")
	form.Set("url", hooked.url+"/crm?key=y")
	form["events"] = []string{"message.created", "conversation.closed"}
	made := admin.send(t, "/settings/webhooks", form).shows(t, http.StatusOK, "see it again")
	secret := shownHookSecret.FindString(string(made.body))
	s.keepOut(secret)
	admin.send(t, "/settings/webhooks", form).leadsTo(t, "/settings/webhooks")
	list := admin.get(t, "/settings/webhooks").shows(t, http.StatusOK, "was added already", "/crm?key=y", ">On<", "message.created, conversation.closed", "!whsec_")
	found := regexp.MustCompile(`href="(/settings/webhooks/[0-9a-f]{24})"`).FindAllStringSubmatch(string(list.body), -1)
	if len(found) != 1 {
		t.Fatalf("the list leads to %v", found)
	}
	path := found[0][1]

	admin.get(t, path).shows(t, http.StatusOK, "Nothing was sent yet", "!whsec_")
	admin.send(t, path+"/test", nil).leadsTo(t, path)
	if told := hooked.nth(t, "webhook.test", 1); !told.signedBy(secret) {
		t.Error("the secret on the page does not check the signature")
	}
	shown := func(what string, texts ...string) {
		t.Helper()
		eventually(t, patience, what, func() bool {
			page := string(admin.get(t, path).body)
			for _, text := range texts {
				if !strings.Contains(page, text) {
					return false
				}
			}
			return true
		})
	}
	shown("the test in the log", "webhook.test", ">Delivered<", "1 try")
	again := regexp.MustCompile(`/settings/webhooks/[0-9a-f]{24}/deliveries/[^/"]+/redeliver`).FindString(string(admin.get(t, path).body))
	admin.send(t, again, nil).leadsTo(t, path)
	if told := hooked.nth(t, "webhook.test", 2); !strings.Contains(again, "/deliveries/"+told.id+"/") {
		t.Errorf("%s told %s again", again, told.id)
	}

	// It gets another address and other events, and keeps its secret; of two who change it at once, one is told.
	change := url.Values{"url": {hooked.url + "/new?key=z"}, "events": {"rating.created", "message.created"}, "version": {"0"}}
	admin.send(t, path, url.Values{"url": {"ftp://hooks.example"}, "version": {"0"}}).shows(t, http.StatusUnprocessableEntity, `value="ftp://hooks.example"`, `id="url-error"`, `id="events-error"`)
	admin.send(t, path, change).leadsTo(t, path)
	admin.send(t, path, change).leadsTo(t, path)
	change["events"] = []string{"conversation.closed"}
	admin.send(t, path, change).shows(t, http.StatusConflict, "changed this webhook meanwhile", "message.created, rating.created", `name="version" value="1"`)
	hookID := strings.TrimPrefix(path, "/settings/webhooks/")
	a.do(t, "PATCH", "/webhooks/"+hookID, obj{"events": []string{"conversation.closed"}, "version": 0}).refused(t, http.StatusConflict, "Somebody has changed this webhook meanwhile")
	a.do(t, "PATCH", "/webhooks/"+hookID, obj{"events": []string{}, "version": 1}).refused(t, http.StatusBadRequest, "")
	changed := a.do(t, "PATCH", "/webhooks/"+hookID, obj{"events": []string{"conversation.closed"}, "version": 1}).ok(t, http.StatusOK)
	is(t, changed, "webhook.url", hooked.url+"/new?key=z")
	is(t, changed, "webhook.version", 2)
	admin.send(t, path+"/test", nil).leadsTo(t, path)
	if told := hooked.nth(t, "webhook.test", 3); !told.signedBy(secret) || told.path != "/new?key=z" {
		t.Errorf("told at %s, signed by the same secret: %v", told.path, told.signedBy(secret))
	}
	admin.send(t, path, url.Values{"url": {hooked.url + "/crm?key=y"}, "events": {"message.created"}, "version": {"2"}}).leadsTo(t, path)

	// While it fails the page looks again by itself only when something is about to be tried.
	hooked.status.Store(http.StatusInternalServerError)
	admin.send(t, path+"/test", nil).leadsTo(t, path)
	shown("the failure", ">Failing<", "Answered 500", ">Waiting<", `hx-trigger="load delay:2s"`)
	s.edit(t, "UPDATE webhook_deliveries SET next_at = next_at + 3600000 WHERE status = 'waiting'")
	admin.get(t, path).shows(t, http.StatusOK, ">Waiting<", "!hx-trigger=\"load delay:2s\"")

	// Switched off after days, it is said on every page of admins until it is on again or deleted.
	admin.get(t, "/inbox").shows(t, http.StatusOK, "!webhook-off")
	s.edit(t, "UPDATE webhooks SET failing_since = failing_since - 300000000")
	admin.send(t, again, nil).leadsTo(t, path)
	shown("the end", ">Switched off<", "Switch on again")
	admin.get(t, "/inbox").shows(t, http.StatusOK, `href="`+path+`" data-test="webhook-off"`, strings.TrimPrefix(hooked.url, "http://"), "!key=y")
	a.join(t, s, "agent").console(t).get(t, "/inbox").shows(t, http.StatusOK, "!webhook-off")
	newAccount(t, s).console(t).get(t, "/inbox").shows(t, http.StatusOK, "!webhook-off")
	admin.send(t, path+"/test", nil).leadsTo(t, path)
	admin.get(t, path).shows(t, http.StatusOK, "This webhook is switched off.")
	hooked.status.Store(http.StatusOK)
	admin.send(t, path+"/enable", nil).leadsTo(t, path)
	admin.get(t, "/inbox").shows(t, http.StatusOK, "!webhook-off")

	admin.get(t, path+"/delete").shows(t, http.StatusOK, "Delete this webhook?", "/crm?key=y")
	admin.send(t, path+"/delete", nil).leadsTo(t, "/settings/webhooks")
	admin.get(t, "/settings/webhooks").shows(t, http.StatusOK, "is deleted", "No webhooks yet")
	admin.get(t, path).shows(t, http.StatusNotFound)
}
