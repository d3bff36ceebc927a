package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// edit is a form that two people can have open at once.
type edit struct {
	// route is its name in the routes' table; path is where it is sent to.
	route, path string
	// page is where the form stands; path when empty.
	page string
	// version is the hidden field that says what the form is based on.
	version string
	// first and second are what one and the other make of it.
	first, second url.Values
	// stored is how the second one is shown what the first one has saved, own what they typed themselves.
	stored, own []string
}

// deedsOfSettings are the forms that make, end or try something, or change what is one person's alone: nothing
// that somebody else has written is lost by them.
var deedsOfSettings = []string{
	"/settings/alerts", "/settings/alerts/push", "/settings/alerts/push/:id/remove",
	"/settings/profile", "/settings/profile/password", "/settings/profile/picture", "/settings/profile/picture/remove", "/settings/profile/two-step",
	"/settings/profile/two-step/codes", "/settings/profile/two-step/off", "/settings/profile/devices/end", "/settings/profile/devices/end-others",
	"/settings/replies", "/settings/replies/:id/delete", "/settings/views", "/settings/views/:id/delete",
	"/settings/tokens", "/settings/tokens/:id/regenerate", "/settings/tokens/:id/replace", "/settings/tokens/:id/keep",
	"/settings/tokens/:id/identity", "/settings/tokens/:id/delete",
	// The first lets a site follow all sites; what the others send is shown again, not saved.
	"/settings/widget/follow", "/settings/widget/picture", "/settings/widget/questions", "/settings/widget/texts", "/settings/widget/preview", "/settings/widget/hours",
	"/settings/people", "/settings/people/invites/:id/withdraw", "/settings/people/:id/reset", "/settings/people/:id/two-step",
	"/settings/people/:id/disable", "/settings/people/:id/enable",
	"/settings/outbox/failures/:id/retry", "/settings/tag/delete", "/settings/teams", "/settings/teams/:id/delete",
	"/settings/mail/test", "/settings/mail/test-sms", "/settings/blocks", "/settings/blocks/:id/lift",
	"/settings/webhooks", "/settings/webhooks/:id/test", "/settings/webhooks/:id/enable", "/settings/webhooks/:id/deliveries/:delivery_id/redeliver",
	"/settings/webhooks/:id/delete",
	// A tag is its name: who renames one that has another name by now is told so; see TestTagsPages.
	"/settings/tag",
}

// Whoever saves what somebody else has changed since their form was made is told, with both before them; sent
// again, it is saved knowingly.
func TestTwoPeopleEditing(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	one, other := a.console(t), a.join(t, a.srv, "admin").console(t)
	colleague := a.join(t, a.srv, "agent")
	tok := a.newToken(t, shop)
	v := started(t, a.srv, tok, obj{"name": "Vera"})
	made := func(path string, body obj, key string) string {
		return str(t, a.do(t, "POST", path, body).ok(t, http.StatusCreated), key+"._id")
	}
	canned := made("/canned-replies", obj{"title": "Hours", "shortcut": unique("h"), "text": "t", "shared": true}, "canned_reply")
	team := made("/teams", obj{"name": "Sales", "member_ids": []string{}}, "team")
	view := made("/views", obj{"name": "Burning", "shared": true, "filters": obj{"tag": "fire"}}, "view")
	hook := made("/webhooks", obj{"url": "https://hook.example/" + unique("h"), "events": []string{"message.created"}}, "webhook")
	edits := []edit{
		{route: "/settings/replies/:id", path: "/settings/replies/" + canned, version: "updated_at",
			first: fields("title", "Our hours", "shortcut", "hours", "text", "Nine to five", "shared", "true"), stored: []string{"Stored now:", "Our hours", "Nine to five"},
			second: fields("title", "Times", "shortcut", "times", "text", "Ten to four", "shared", "true"), own: []string{`value="Times"`, "Ten to four"}},
		{route: "/settings/teams/:id", path: "/settings/teams/" + team, version: "updated_at",
			first: fields("name", "Selling", "auto_assign", "true"), stored: []string{"Stored now:", "Selling (In turn)"},
			second: fields("name", "Sellers", "auto_assign", "false"), own: []string{`value="Sellers"`}},
		{route: "/settings/views/:id", path: "/settings/views/" + view, version: "updated_at",
			first: fields("name", "Flames", "tag", "flame", "shared", "true"), stored: []string{"Stored now:", "Flames", "tag flame"},
			second: fields("name", "Smoke", "priority", "urgent", "shared", "true"), own: []string{`value="Smoke"`, `value="urgent" selected`}},
		{route: "/contacts/:id/edit", path: "/contacts/" + v.contact + "/edit", version: "updated_at",
			first: fields("name", "Vera Vast"), stored: []string{"Stored now: Vera Vast"}, second: fields("name", "Vera Vole"), own: []string{`value="Vera Vole"`}},
		{route: "/settings/retention", path: "/settings/retention", version: "version",
			first: fields("conversation_days", "20", "seen", "20//"), stored: []string{"Holds now:", "20 days"},
			second: fields("conversation_days", "10", "seen", "10//"), own: []string{`value="10"`}},
		{route: "/settings/mail/limits", path: "/settings/mail/limits", page: "/settings/mail", version: "version",
			first: fields("mails", "700"), stored: []string{"700"}, second: fields("mails", "800"), own: []string{`value="800"`}},
		{route: "/settings/mail/replies", path: "/settings/mail/replies", page: "/settings/mail", version: "rule_version",
			first: fields("minutes", "20"), stored: []string{"Holds now:", "20"}, second: fields("minutes", "10"), own: []string{`value="10"`}},
		{route: "/settings/webhooks/:id", path: "/settings/webhooks/" + hook, version: "version",
			first: fields("url", "https://one.example/hook", "events", "message.created"), stored: []string{"Holds now:", "https://one.example/hook"},
			second: fields("url", "https://two.example/hook", "events", "message.created"), own: []string{`value="https://two.example/hook"`}},
		{route: "/settings/routing", path: "/settings/routing", page: "/settings/teams", version: "was",
			first: fields("auto_assign", "true"), stored: []string{"Stored now:", "Each in turn"}, second: fields("auto_assign", "false"), own: []string{`value="false" checked`}},
		{route: "/settings/people/:id/role", path: "/settings/people/" + colleague.id + "/role", page: "/settings/people/" + colleague.id, version: "was",
			first: fields("role", "admin"), stored: []string{"Stored now:", "Admin"}, second: fields("role", "agent"), own: []string{`value="agent" checked`}},
		{route: "/settings/widget", path: "/settings/widget", version: "updated_at",
			first: fields("greeting_message", "Ahoy", "title", "Ask Ann", "requires_email", "true", "monday", "true", "monday_start", "08:00", "monday_end", "12:00",
				"pre_chat.fields.0.kind", "text", "pre_chat.fields.0.key", "order", "pre_chat.fields.0.label", "Which order?", "texts.panel.title", "Hello you"),
			stored: []string{"Stored now:", "Ahoy", "Ask Ann", "Ask for an e-mail address", "08:00–12:00", "Which order?", "Hello you"},
			second: fields("greeting_message", "Moin", "title", "Ask Ann"), own: []string{"Moin"}},
		{route: "/settings/widget", path: "/settings/widget", page: "/settings/widget?site=" + tok.id, version: "updated_at",
			first:  fields("site", tok.id, "own_words", "own", "greeting_message", "Ahoy, site", "title", "Ask Bo"),
			stored: []string{"Stored now:", "Ahoy, site", "Ask Bo"},
			second: fields("site", tok.id, "own_words", "own", "greeting_message", "Moin, site", "title", "Ask Bo"), own: []string{"Moin, site"}},
	}
	known := map[string]bool{}
	for _, route := range deedsOfSettings {
		known[route] = true
	}
	for _, e := range edits {
		known[e.route] = true
		t.Run(e.route, func(t *testing.T) {
			if e.page == "" {
				e.page = e.path
			}
			// Both have the form open before either saves.
			e.first.Set(e.version, one.get(t, e.page).shows(t, http.StatusOK).hidden(t, e.version))
			e.second.Set(e.version, other.get(t, e.page).shows(t, http.StatusOK).hidden(t, e.version))
			if r := one.send(t, e.path, e.first); r.status != http.StatusSeeOther {
				t.Fatalf("the first save: %d", r.status)
			}
			// A double click is nobody else's change.
			if r := one.send(t, e.path, e.first); r.status != http.StatusSeeOther {
				t.Errorf("the first save, sent twice: %d", r.status)
			}
			stale := other.send(t, e.path, e.second).shows(t, http.StatusConflict, append(append([]string{"meanwhile"}, e.stored...), e.own...)...)
			e.second.Set(e.version, stale.hidden(t, e.version))
			if r := other.send(t, e.path, e.second); r.status != http.StatusSeeOther {
				t.Fatalf("saved knowingly: %d", r.status)
			}
			one.get(t, e.page).shows(t, http.StatusOK, "!Stored now")
		})
	}
	for _, r := range routes {
		path, post := strings.CutPrefix(r.name, "POST ")
		if post && strings.HasPrefix(path, "/settings/") && !known[path] {
			t.Errorf("%s: does it overwrite what two people can edit? Name it here", path)
		}
	}
}

// Programs say what their change is based on by updated_at.
func TestTwoProgramsEditing(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	canned := str(t, a.do(t, "POST", "/canned-replies", obj{"title": "Hours", "shortcut": "hours", "text": "t"}).ok(t, http.StatusCreated), "canned_reply._id")
	team := str(t, a.do(t, "POST", "/teams", obj{"name": "Sales"}).ok(t, http.StatusCreated), "team._id")
	a.configure(t, obj{"requires_email": true})
	for _, test := range []struct {
		method, path, read, version string
		first, second               obj
		code                        string
	}{
		{"PATCH", "/canned-replies/" + canned, "/canned-replies", "canned_replies.0.updated_at", obj{"title": "One"}, obj{"title": "Two"}, "canned_reply_changed"},
		{"PATCH", "/teams/" + team, "/teams", "teams.0.updated_at", obj{"name": "One"}, obj{"name": "Two"}, "team_changed"},
		{"PUT", "/config/settings", "/config/settings", "updated_at", obj{"settings": obj{"requires_phone": true}}, obj{"settings": obj{"requires_phone": false}}, "settings_changed"},
	} {
		version := func() string { return str(t, a.do(t, "GET", test.read, nil).ok(t, http.StatusOK), test.version) }
		before := version()
		test.first["updated_at"], test.second["updated_at"] = before, before
		a.do(t, test.method, test.path, test.first).ok(t, http.StatusOK)
		is(t, a.do(t, test.method, test.path, test.second).refused(t, http.StatusConflict, ""), "code", test.code)
		test.second["updated_at"] = "yesterday"
		a.do(t, test.method, test.path, test.second).refused(t, http.StatusBadRequest, "")
		test.second["updated_at"] = version()
		a.do(t, test.method, test.path, test.second).ok(t, http.StatusOK)
		delete(test.first, "updated_at")
		a.do(t, test.method, test.path, test.first).ok(t, http.StatusOK)
	}
	// What a body leaves out stays, also when somebody else has just changed it.
	is(t, a.do(t, "GET", "/config/settings", nil).ok(t, http.StatusOK), "settings.requires_email", true)
}
