package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Words that stand in what an account has. The second ones are for its team alone.
const ours, internal = "zirconia", "porphyry"

// world is an account with one of everything, and its ids by the names that the routes' table uses.
type world struct {
	*account
	token   supportToken
	visitor *visitor
	ids     map[string]string
}

func newWorld(t testing.TB, s *server) *world {
	t.Helper()
	return worldOf(t, newAccount(t, s))
}

// worldOf adds one of everything to an account that is there already.
func worldOf(t testing.TB, a *account) *world {
	t.Helper()
	s := a.srv
	w := &world{account: a, ids: map[string]string{}}
	w.token = a.newToken(t, shop, "chat", "support", "history", "file_upload")
	made := func(name, path string, body any, key string) {
		t.Helper()
		w.ids[name] = str(t, a.do(t, "POST", path, body).ok(t, http.StatusCreated), key+"._id")
	}
	w.ids["token"], w.ids["spare_token"], w.ids["desk_token"] = w.token.id, a.newToken(t, "https://spare.example").id, a.newToken(t, "https://desk.example").id
	person := func(name string) *visitor {
		v := newVisitor(s, w.token)
		v.start(t, obj{"name": ours + " " + name, "email": unique(ours) + "@customer.example"}, http.StatusCreated)
		v.post(t, ours+" says hello")
		w.ids[name], w.ids[name+"_conv"] = v.contact, v.conversation
		return v
	}
	w.visitor = person("contact")
	w.ids["conv"], w.ids["own"] = w.visitor.conversation, w.visitor.conversation
	w.ids["file"] = str(t, w.visitor.file(t, ours+".txt", []byte("hello")), "_id")
	for _, name := range []string{"merged", "desk_merged", "erased", "desk_erased", "blocked"} {
		person(name)
	}
	w.visitor.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	w.ids["mail"] = "507f1f77bcf86cd799439011"
	if s.mails == nil {
		eventually(t, 10*time.Second, "the kept mail", func() bool { return s.count(t, "SELECT count(*) FROM kept_mails") > 0 })
		w.ids["mail"] = str(t, a.do(t, "GET", "/outbox", nil).ok(t, http.StatusOK), "mails.0._id")
	}
	a.reply(t, w.visitor.conversation, internal+" noted", true)
	a.do(t, "PATCH", "/conversation/"+w.visitor.conversation, obj{"tags": []string{"zirconia-tag", "zirconia-other"}}).ok(t, http.StatusOK)
	colleague := a.join(t, s, "agent")
	w.ids["person"] = colleague.id
	made("team", "/teams", obj{"name": internal + " team", "member_ids": []string{colleague.id}}, "team")
	made("desk_team", "/teams", obj{"name": internal + " desk team", "member_ids": []string{colleague.id}}, "team")
	w.ids["block"] = str(t, a.do(t, "POST", "/blocks", obj{"kind": "device", "value": internal + "-device"}).ok(t, http.StatusOK), "block._id")
	hook := str(t, a.do(t, "POST", "/webhooks", obj{"url": "https://hooks.example/" + internal, "events": []string{"rating.created"}}).ok(t, http.StatusCreated), "webhook._id")
	a.do(t, "POST", "/webhooks/"+hook+"/test", nil).ok(t, http.StatusNoContent)
	w.ids["failed"] = "507f1f77bcf86cd799439012"
	w.ids["webhook"], w.ids["delivery"] = hook, str(t, a.do(t, "GET", "/webhooks/"+hook+"/deliveries", nil).ok(t, http.StatusOK), "deliveries.0._id")
	other := str(t, a.do(t, "POST", "/webhooks", obj{"url": "https://hooks.example/desk", "events": []string{"rating.created"}}).ok(t, http.StatusCreated), "webhook._id")
	a.do(t, "POST", "/webhooks/"+other+"/test", nil).ok(t, http.StatusNoContent)
	w.ids["desk_webhook"], w.ids["desk_delivery"] = other, str(t, a.do(t, "GET", "/webhooks/"+other+"/deliveries", nil).ok(t, http.StatusOK), "deliveries.0._id")
	w.ids["desk_block"] = str(t, a.do(t, "POST", "/blocks", obj{"kind": "device", "value": internal + "-tablet"}).ok(t, http.StatusOK), "block._id")
	s.do(t, "GET", "/demo", nil) // its token is made when somebody first looks
	page := a.console(t).send(t, "/settings/people", fields("email", internal+unique("")+"@team.example", "role", "agent", "form_id", unique("f")))
	linkKey(t, s, string(page.body))
	s.scan(t, ptr(w.ids, "invite"), "SELECT _id FROM invites WHERE account_id = (SELECT account_id FROM users WHERE _id = ?)", a.id)
	made("spare_invite", "/people/invites", obj{"email": internal + unique("") + "@spare.example", "role": "agent"}, "invite")
	w.ids["style"] = strings.TrimPrefix(regexp.MustCompile(`/static/[^"]+\.css`).FindString(string(page.body)), "/static/")
	return w
}

// ptr lets a row be scanned into a map.
func ptr(m map[string]string, key string) any { return scanInto(func(v string) { m[key] = v }) }

type scanInto func(string)

// Scan is for database/sql.
func (f scanInto) Scan(v any) error { f(fmt.Sprint(v)); return nil }

// of gives a member what only its maker may change, or, of an admin, the whole team has, and returns all ids by name.
func (w *world) of(t testing.TB, m *member) map[string]string {
	t.Helper()
	shared := str(t, m.do(t, "GET", "/me", nil).ok(t, http.StatusOK), "profile.role") == "admin"
	ids := maps.Clone(w.ids)
	ids["client"] = unique("k")
	conv, contact := "/conversation/"+ids["conv"], "/contact/"+ids["contact"]
	for _, name := range []string{"message", "second"} {
		ids[name] = str(t, m.reply(t, ids["conv"], internal+" "+name, true), "_id")
	}
	made := func(name, path string, body obj, status int, key string) {
		t.Helper()
		ids[name] = str(t, m.do(t, "POST", path, body).ok(t, status), key+"._id")
	}
	for _, name := range []string{"note", "second_note", "third_note"} {
		made(name, contact+"/notes", obj{"client_id": unique("n"), "text": internal + " about them"}, http.StatusCreated, "note")
	}
	for _, name := range []string{"view", "desk_view"} {
		made(name, "/views", obj{"name": internal + " view", "filters": obj{"view": "all"}, "shared": shared}, http.StatusCreated, "view")
	}
	for _, name := range []string{"canned", "desk_canned"} {
		made(name, "/canned-replies", obj{"title": internal, "shortcut": unique("s"), "text": internal, "shared": shared}, http.StatusCreated, "canned_reply")
	}
	made("pending", conv+"/messages", obj{"client_id": unique("p"), "text": internal + " held", "private": true, "hold_ms": 5000}, http.StatusAccepted, "pending")
	// Under another id than its clock knows it waits for ever.
	held := ids["pending"]
	ids["pending"] = held[:8] + held[16:] + held[8:16]
	m.srv.edit(t, "UPDATE support_pending_messages SET _id = ? WHERE _id = ?", ids["pending"], held)
	return ids
}

// someFile stands for a form with a harmless file in it.
type someFile struct{}

// named puts ids in place of the names in braces.
func named(t testing.TB, ids map[string]string, text string) string {
	t.Helper()
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllStringFunc(text, func(name string) string {
		value := ids[name[1:len(name)-1]]
		if value == "" {
			t.Fatalf("nothing is called %s", name)
		}
		return value
	})
}

// request is the method, path, body and content type of a row.
func (r route) request(t testing.TB, ids map[string]string) (method, path string, body any, contentType string) {
	t.Helper()
	method, path, _ = strings.Cut(r.name, " ")
	if r.path != "" {
		path = r.path
	}
	if r.who == visitors || r.who == team || r.who == admins {
		path = api + path
	}
	path = named(t, ids, path)
	switch b := r.body.(type) {
	case nil:
		return method, path, nil, "application/json"
	case someFile:
		content, contentType := form(t, "a.txt", []byte("hello"))
		return method, path, content, contentType
	case url.Values:
		filled := url.Values{}
		for name, values := range b {
			filled.Set(name, named(t, ids, values[0]))
		}
		return method, path, filled.Encode(), formType
	}
	text, err := json.Marshal(r.body)
	if err != nil {
		t.Fatal(err)
	}
	return method, path, jsonNames.ReplaceAllStringFunc(string(text), func(name string) string { return named(t, ids, name) }), "application/json"
}

// jsonNames finds names in braces, which no JSON of ours has without quotes around them.
var jsonNames = regexp.MustCompile(`\{\w+\}`)

// namesIDs reports whether a row is about something of the account.
func (r route) namesIDs() bool {
	text := fmt.Sprint(r.path, r.body)
	return regexp.MustCompile(`\{\w+\}`).MatchString(text)
}
