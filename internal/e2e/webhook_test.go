package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// hookReceiver stands in for a program that is told what happens.
type hookReceiver struct {
	url     string
	status  atomic.Int32
	reached atomic.Int32
	// mute has it listen and not answer; unanswered counts that.
	mute       atomic.Bool
	unanswered atomic.Int32
	box        inbox[toldHook]
}

type toldHook struct {
	path, id, at, signature string
	body                    []byte
	data                    obj
}

func newHookReceiver(t testing.TB) *hookReceiver {
	t.Helper()
	r := &hookReceiver{}
	r.status.Store(http.StatusNoContent)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.reached.Add(1)
		body, err := io.ReadAll(req.Body)
		told := toldHook{path: req.URL.RequestURI(), id: req.Header.Get("webhook-id"), at: req.Header.Get("webhook-timestamp"), signature: req.Header.Get("webhook-signature"), body: body}
		if err != nil || json.Unmarshal(body, &told.data) != nil {
			t.Errorf("told %q: %v", body, err)
		}
		if r.mute.Load() {
			r.box.add(told)
			r.unanswered.Add(1)
			<-req.Context().Done()
			return
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(int(r.status.Load()))
		r.box.add(told)
	}))
	t.Cleanup(srv.Close)
	r.url = srv.URL
	return r
}

// nth waits for an event.
func (r *hookReceiver) nth(t testing.TB, event string, nth int) toldHook {
	t.Helper()
	return r.box.wait(t, 15*time.Second, event, nth, func(h toldHook) bool { return h.data["type"] == event })
}

func (h toldHook) signedBy(secret string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.id + "." + h.at + "." + string(h.body)))
	return h.signature == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// newHook makes a webhook and returns its path and its secret.
func (m *member) newHook(t testing.TB, url string, events ...string) (path, secret string) {
	t.Helper()
	made := at(t, m.do(t, "POST", "/webhooks", obj{"url": url, "events": events}).ok(t, http.StatusCreated), "webhook")
	m.srv.keepOut(str(t, made, "secret"))
	return "/webhooks/" + str(t, made, "_id"), str(t, made, "secret")
}

// delivery waits for one that is as wanted.
func (m *member) delivery(t testing.TB, path, what string, wanted func(obj) bool) (found obj) {
	t.Helper()
	eventually(t, 15*time.Second, what, func() bool {
		list, _ := at(t, m.do(t, "GET", path+"/deliveries", nil).ok(t, http.StatusOK), "deliveries").([]any)
		for _, one := range list {
			if found, _ = one.(map[string]any); wanted(found) {
				return true
			}
		}
		return false
	})
	return found
}

var allHookEvents = []string{"message.created", "conversation.created", "conversation.assigned", "conversation.closed", "conversation.reopened", "rating.created", "contact.updated"}

func TestWebhook(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions(), withEnv("DESKBELL_OUTBOUND_ALLOW", "127.0.0.0/8"))
	a := newAccount(t, s)
	tok := a.newToken(t, shop, "chat", "support")
	for _, bad := range []obj{
		{}, {"url": "https://hooks.example", "events": []string{}}, {"url": "https://hooks.example", "events": []string{"message.deleted"}},
		{"url": "http://hooks.example/", "events": []string{"message.created"}}, {"url": "ftp://localhost/", "events": []string{"message.created"}},
		{"url": "https://me:pw@hooks.example", "events": []string{"message.created"}}, {"url": "javascript:alert(1)", "events": []string{"message.created"}},
	} {
		a.do(t, "POST", "/webhooks", bad).refused(t, http.StatusBadRequest, "")
	}
	hooked := newHookReceiver(t)
	path, secret := a.newHook(t, hooked.url+"/x?key=y", allHookEvents...)
	if listed := a.do(t, "GET", "/webhooks", nil); strings.Contains(string(listed.body), "whsec_") {
		t.Error("the list tells secrets")
	}

	v := started(t, s, tok, obj{"name": "Vera"})
	v.post(t, "Where is my parcel?")
	first := hooked.nth(t, "message.created", 1)
	if !first.signedBy(secret) || first.id == "" {
		t.Errorf("signature %q of %q", first.signature, first.id)
	}
	is(t, first.data, "data.message.text", "Where is my parcel?")
	is(t, first.data, "data.message.conversation_id", v.conversation)
	is(t, hooked.nth(t, "conversation.created", 1).data, "data.conversation._id", v.conversation)
	a.reply(t, v.conversation, "only for us", true)
	a.change(t, v.conversation, obj{"assignee_id": a.id})
	is(t, hooked.nth(t, "conversation.assigned", 1).data, "data.conversation.assignee._id", a.id)
	a.change(t, v.conversation, obj{"status": "closed"})
	hooked.nth(t, "conversation.closed", 1)
	v.do(t, "POST", "/session/rating", obj{"score": 4}).ok(t, http.StatusOK)
	is(t, hooked.nth(t, "rating.created", 1).data, "data.conversation.rating.score", 4.0)
	v.post(t, "Once more")
	hooked.nth(t, "conversation.reopened", 1)
	is(t, hooked.nth(t, "message.created", 2).data, "data.message.text", "Once more")

	a.do(t, "PATCH", "/contact/"+v.contact, obj{"name": "Vera Visitor"}).ok(t, http.StatusOK)
	a.do(t, "PATCH", "/contact/"+v.contact, obj{"name": "Vera Visitor"}).ok(t, http.StatusOK) // nothing new
	is(t, hooked.nth(t, "contact.updated", 1).data, "data.contact.name", "Vera Visitor")
	a.delivery(t, path, "the contact in the log", func(d obj) bool { return d["contact_id"] == v.contact })

	// What was told stands in the log, and can be told again under the same id.
	done := a.delivery(t, path, "all to be delivered", func(d obj) bool {
		return d["status"] == "delivered" && d["event"] == "message.created"
	})
	a.do(t, "POST", path+"/deliveries/"+str(t, done, "_id")+"/redeliver", nil).ok(t, http.StatusNoContent)
	if again := hooked.nth(t, "message.created", 3); again.id != str(t, done, "_id") || !again.signedBy(secret) {
		t.Errorf("told again as %q, signed %q", again.id, again.signature)
	}

	// An answer that is no success is tried again; a redirect is none, and is not followed.
	hooked.status.Store(http.StatusFound)
	a.do(t, "POST", path+"/test", nil).ok(t, http.StatusNoContent)
	a.delivery(t, path, "a failure", func(d obj) bool { return d["answer"] == 302.0 && d["status"] == "waiting" })
	hooked.status.Store(http.StatusOK)
	s.edit(t, "UPDATE webhook_deliveries SET next_at = 1 WHERE status = 'waiting'")
	a.delivery(t, path, "the second try", func(d obj) bool { return d["status"] == "delivered" && d["attempts"] == 2.0 })
	is(t, a.do(t, "GET", "/webhooks", nil).ok(t, http.StatusOK), "webhooks.0.failing_since", nil)

	// After a day it is given up; after days of failure nothing more is sent until an admin wants it.
	hooked.status.Store(http.StatusInternalServerError)
	a.do(t, "POST", path+"/test", nil).ok(t, http.StatusNoContent)
	a.delivery(t, path, "another failure", func(d obj) bool { return d["answer"] == 500.0 })
	s.edit(t, "UPDATE webhook_deliveries SET next_at = 1, give_up_at = 2 WHERE status = 'waiting'")
	a.delivery(t, path, "giving up", func(d obj) bool { return d["status"] == "failed" && d["attempts"] == 2.0 })
	s.edit(t, "UPDATE webhooks SET failing_since = failing_since - 300000000")
	a.do(t, "POST", path+"/test", nil).ok(t, http.StatusNoContent)
	eventually(t, 15*time.Second, "the webhook to be switched off", func() bool {
		return at(t, a.do(t, "GET", "/webhooks", nil).ok(t, http.StatusOK), "webhooks.0.disabled_at") != nil
	})
	a.do(t, "POST", path+"/test", nil).refused(t, http.StatusConflict, "This webhook is switched off")
	v.post(t, "unheard")
	if n := s.count(t, "SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'waiting'"); n != 0 {
		t.Errorf("%d deliveries wait for a webhook that is switched off", n)
	}
	hooked.status.Store(http.StatusOK)
	a.do(t, "POST", path+"/enable", nil).ok(t, http.StatusNoContent)
	a.do(t, "POST", path+"/test", nil).ok(t, http.StatusNoContent)
	a.delivery(t, path, "the test to arrive", func(d obj) bool {
		return d["status"] == "delivered" && d["event"] == "webhook.test" && d["attempts"] == 1.0
	})
	if told, _ := hooked.box.matching(func(h toldHook) bool { return h.data["type"] == "contact.updated" }); len(told) != 1 {
		t.Errorf("told %d times of one change to a contact", len(told))
	}
	if told, _ := hooked.box.matching(func(h toldHook) bool {
		return strings.Contains(string(h.body), "only for us") || strings.Contains(string(h.body), "unheard")
	}); len(told) > 0 {
		t.Errorf("told of a note, or while switched off: %s", told[0].body)
	}

	// One that says it is gone is not asked again, and the log forgets after a week.
	hooked.status.Store(http.StatusGone)
	a.do(t, "POST", path+"/test", nil).ok(t, http.StatusNoContent)
	a.delivery(t, path, "410 to end it", func(d obj) bool { return d["status"] == "failed" && d["answer"] == 410.0 })
	s.edit(t, "UPDATE webhook_deliveries SET created_at = created_at - 700000000")
	eventually(t, 15*time.Second, "the log to forget", func() bool { return s.count(t, "SELECT COUNT(*) FROM webhook_deliveries") == 0 })
	a.do(t, "DELETE", path, nil).ok(t, http.StatusNoContent)
	a.console(t).get(t, "/settings/audit").shows(t, http.StatusOK, "made a webhook to "+hooked.url, "deleted the webhook to "+hooked.url, "!key=y")
}

// A contact that is proven, identified or merged is told of; saying who somebody is once more is not.
func TestWebhookOfContacts(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, manySessions(), withEnv("DESKBELL_OUTBOUND_ALLOW", "127.0.0.0/8"), withEnv("DESKBELL_METRICS_TOKEN", "figures-of-webhooks"))
	s.keepOut("figures-of-webhooks")
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	hooked := newHookReceiver(t)
	a.newHook(t, hooked.url, "contact.updated")
	email := unique("vera") + "@customer.example"
	a.configure(t, obj{"requires_email": true, "otp_verification_enabled": true})
	v := started(t, s, tok, obj{"email": email})
	v.verify(t, v.sendCode(t, email, 1))
	proven := hooked.nth(t, "contact.updated", 1)
	is(t, proven.data, "data.contact.email", email)
	is(t, proven.data, "data.contact.email_verified", true)

	other := started(t, s, tok, obj{"email": unique("other") + "@customer.example"})
	a.do(t, "POST", "/contact/"+v.contact+"/merge", obj{"contact_id": other.contact}).ok(t, http.StatusOK)
	is(t, hooked.nth(t, "contact.updated", 2).data, "data.contact._id", v.contact)

	// Erased before it was told, there is nothing left to tell.
	hooked.status.Store(http.StatusInternalServerError)
	a.do(t, "PATCH", "/contact/"+v.contact, obj{"name": "Vera"}).ok(t, http.StatusOK)
	hooked.nth(t, "contact.updated", 3)
	figures := func() map[string]float64 {
		return scrape(t, string(s.do(t, "GET", "/metrics", nil, "Authorization", "Bearer figures-of-webhooks").body))
	}
	eventually(t, patience, "the figures", func() bool {
		f := figures()
		return f[`deskbell_webhook_tries_total{outcome="delivered"}`] == 2 && f[`deskbell_webhook_tries_total{outcome="failed"}`] >= 1 && f["deskbell_webhooks_waiting"] == 1
	})
	a.do(t, "DELETE", "/contact/"+v.contact, nil).ok(t, http.StatusNoContent)
	hooked.status.Store(http.StatusOK)
	s.edit(t, "UPDATE webhook_deliveries SET next_at = 1 WHERE status = 'waiting'")
	eventually(t, patience, "nothing to wait", func() bool { return figures()["deskbell_webhooks_waiting"] == 0 })
	if told, _ := hooked.box.matching(func(h toldHook) bool { return h.data["data"].(map[string]any)["contact"] == nil }); len(told) > 0 {
		t.Errorf("told of nobody: %s", told[0].body)
	}
}

// Webhooks reach no address that is not public, whatever its name.
func TestWebhookStaysOutside(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	hooked := newHookReceiver(t)
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
		path, _ := a.newHook(t, strings.Replace(hooked.url, "127.0.0.1", host, 1), "message.created")
		a.do(t, "POST", path+"/test", nil).ok(t, http.StatusNoContent)
		a.delivery(t, path, host+" to be refused", func(d obj) bool { return d["error"] == "The address is not public" })
	}
	if n := hooked.reached.Load(); n != 0 {
		t.Errorf("%d requests reached the server's own network", n)
	}
}
