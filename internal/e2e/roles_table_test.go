package e2e

import "net/url"

// Who may use a route.
type access int

const (
	open      access = iota // everybody
	keyed                   // whoever has the key or the signature in its address
	visitors                // a support token, and mostly a session
	team                    // the JWT of a member
	admins                  // the JWT of an admin
	desk                    // the cookie of a member
	deskAdmin               // the cookie of an admin
)

// route is what is known of one of the server's routes: a request that its holders may send, with
// names in braces for what is there in the account. Whose ids it names is another account's 404.
type route struct {
	name string // as the router has it
	who  access
	path string // without the API's prefix; the route's own when empty
	body any    // JSON, or a form
	// scope is what the token of a visitor needs.
	scope string
	// ok is what somebody allowed gets; 0 is anything below 400 that does not lead to the login.
	ok int
	// foreign is what a member or visitor of another account gets; 0 is 404 where the path or the body names
	// an id, else what anybody allowed gets.
	foreign int
}

func fields(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

// routes has a row for every route there is. Of one account, those that change something come
// before those that take it away.
var routes = []route{
	{name: "GET /healthz"}, {name: "GET /readyz"}, {name: "GET /metrics", who: keyed, ok: 404}, {name: "GET /docs"}, {name: "GET /docs/widget"}, {name: "GET /demo"},
	{name: "GET /api/openapi.json"}, {name: "GET /support-widget.js"},
	{name: "GET /widget/:name", path: "/widget/panel.0.js"}, {name: "GET /static/:name", path: "/static/{style}"},
	{name: "GET /chat/:token_id", path: "/chat/{token}"},
	{name: "GET /chat/:token_id/token", path: "/chat/{token}/token", who: keyed, ok: 403},
	{name: "GET /files/:id", path: "/files/{file}?expires=99999999999999&signature=x", who: keyed, ok: 403},
	{name: "HEAD /files/:id", path: "/files/{file}?expires=99999999999999&signature=x", who: keyed, ok: 403},
	{name: "GET /"}, {name: "GET /login"}, {name: "GET /forgot"},
	{name: "GET /setup", path: "/setup?key=x", who: keyed, ok: 404}, {name: "POST /setup", who: keyed, body: fields("key", "x"), ok: 404},
	{name: "GET /invite", path: "/invite?key=x", who: keyed, ok: 404}, {name: "POST /invite", who: keyed, body: fields("key", "x"), ok: 404},
	{name: "GET /reset", path: "/reset?key=x", who: keyed, ok: 404}, {name: "POST /reset", who: keyed, body: fields("key", "x"), ok: 404},
	{name: "POST /login", who: keyed, body: fields("email", "nobody@team.example", "password", "x"), ok: 401},
	{name: "POST /login/code", who: keyed, body: fields("held", "x", "otp_code", "123456"), ok: 401},
	{name: "POST /forgot", body: fields("email", "nobody@team.example")},
	{name: "POST /language", body: fields("language", "en", "next", "/docs")},
	{name: "POST /api/auth/login", who: keyed, body: obj{"email": "nobody@team.example", "password": "x"}, ok: 401},

	{name: "POST /session", who: visitors, body: obj{"name": "N"}},
	{name: "GET /session", who: visitors},
	{name: "PATCH /session", who: visitors, scope: "chat", body: obj{"name": "M"}},
	{name: "GET /config", who: visitors}, {name: "GET /availability", who: visitors},
	{name: "POST /otp/send", who: visitors}, {name: "POST /otp/verify", who: visitors, body: obj{"code": "x"}, ok: 400},
	{name: "POST /session/identify", who: visitors, body: obj{"identity_token": "x"}, ok: 401},
	{name: "GET /session/messages", who: visitors, scope: "chat"},
	{name: "POST /session/messages", who: visitors, scope: "chat", body: obj{"client_id": "walk", "text": "hi"}},
	{name: "POST /session/typing", who: visitors, scope: "chat", body: obj{"typing": true}},
	{name: "POST /session/read", who: visitors, scope: "chat", body: obj{"up_to_seq": 1}},
	{name: "GET /session/events", who: visitors, scope: "chat"},
	{name: "POST /session/files", who: visitors, scope: "file_upload", body: someFile{}},
	{name: "GET /session/conversations", who: visitors, scope: "history"},
	{name: "GET /session/conversations/:id/messages", who: visitors, scope: "history", path: "/session/conversations/{own}/messages"},
	{name: "POST /session/conversations", who: visitors, scope: "chat", body: obj{"conversation_id": "{own}"}},
	{name: "POST /session/transcript", who: visitors, scope: "support", ok: 403},
	{name: "POST /session/rating", who: visitors, scope: "support", body: obj{"score": 5}},
	{name: "POST /session/close", who: visitors, scope: "support"},
	{name: "DELETE /session", who: visitors},

	{name: "GET /conversations", who: team}, {name: "GET /events", who: team}, {name: "GET /search", path: "/search?q=zirconia", who: team},
	{name: "GET /conversation/:conv_id", path: "/conversation/{conv}", who: team},
	{name: "PATCH /conversation/:conv_id", path: "/conversation/{conv}", who: team, body: obj{"priority": "low"}},
	{name: "GET /conversation/:conv_id/messages", path: "/conversation/{conv}/messages", who: team},
	{name: "POST /conversation/:conv_id/messages", path: "/conversation/{conv}/messages", who: team, body: obj{"client_id": "{client}", "text": "hi"}},
	{name: "PATCH /conversation/:conv_id/messages/:message_id", path: "/conversation/{conv}/messages/{message}", who: team, body: obj{"text": "ho"}},
	{name: "DELETE /conversation/:conv_id/messages/:message_id", path: "/conversation/{conv}/messages/{message}", who: team},
	{name: "POST /conversation/:conv_id/read", path: "/conversation/{conv}/read", who: team, body: obj{"up_to_seq": 1}},
	{name: "POST /conversation/:conv_id/typing", path: "/conversation/{conv}/typing", who: team, body: obj{"typing": true}},
	{name: "POST /conversation/:conv_id/files", path: "/conversation/{conv}/files", who: team, body: someFile{}},
	{name: "GET /conversation/:conv_id/events", path: "/conversation/{conv}/events", who: team},
	{name: "GET /conversation/:conv_id/merge", path: "/conversation/{conv}/merge?conversation_id={blocked_conv}", who: team, ok: 409},
	{name: "POST /conversation/:conv_id/merge", path: "/conversation/{conv}/merge", who: team, body: obj{"conversation_id": "{blocked_conv}"}, ok: 409},
	{name: "GET /conversation/:conv_id/merged", path: "/conversation/{conv}/merged", who: team},
	{name: "GET /conversation/:conv_id/pending", path: "/conversation/{conv}/pending", who: team},
	{name: "DELETE /conversation/:conv_id/pending/:pending_id", path: "/conversation/{conv}/pending/{pending}", who: team},
	{name: "GET /conversation/:conv_id/draft", path: "/conversation/{conv}/draft", who: team},
	{name: "PUT /conversation/:conv_id/draft", path: "/conversation/{conv}/draft", who: team, body: obj{"text": "begun"}},
	{name: "GET /conversation/:conv_id/presence", path: "/conversation/{conv}/presence", who: team},
	{name: "POST /conversation/:conv_id/presence", path: "/conversation/{conv}/presence", who: team, body: obj{"viewing": true}},
	{name: "POST /conversation/:conv_id/ask-verification", path: "/conversation/{conv}/ask-verification", who: team},
	// What is done to each is told in the answer: nothing, for those of another account.
	{name: "POST /conversations/bulk", who: team, body: obj{"ids": []string{"{conv}"}, "action": obj{"priority": "low"}}, ok: 200, foreign: 200},
	{name: "GET /contacts", who: team},
	{name: "GET /contact/:id", path: "/contact/{contact}", who: team},
	{name: "PATCH /contact/:id", path: "/contact/{contact}", who: team, body: obj{"name": "Zirconia Z"}},
	{name: "GET /contact/:id/export", path: "/contact/{contact}/export", who: team},
	{name: "GET /contact/:id/conversations", path: "/contact/{contact}/conversations", who: team},
	{name: "GET /contact/:id/sessions", path: "/contact/{contact}/sessions", who: team},
	{name: "GET /contact/:id/notes", path: "/contact/{contact}/notes", who: team},
	{name: "POST /contact/:id/notes", path: "/contact/{contact}/notes", who: team, body: obj{"client_id": "{client}", "text": "hm"}},
	{name: "DELETE /contact/:id/notes/:note_id", path: "/contact/{contact}/notes/{note}", who: team},
	{name: "GET /teams", who: team}, {name: "GET /routing", who: team}, {name: "GET /me", who: team}, {name: "GET /members", who: team}, {name: "GET /tags", who: team},
	{name: "GET /me/alerts", who: team}, {name: "PUT /me/alerts", who: team, body: obj{"scope": "mine", "sound": true, "repeat": false, "desktop": false, "email_after": 0, "push_text": false}},
	{name: "PATCH /me", who: team, body: obj{"away": false}},
	{name: "POST /me/password", who: team, body: obj{"old_password": "x", "password": "y"}, ok: 400},
	{name: "POST /me/two-step/begin", who: team},
	{name: "POST /me/two-step", who: team, body: obj{"sealed": "x", "otp_code": "123456", "confirm_password": "x"}, ok: 400},
	{name: "POST /me/two-step/codes", who: team, body: obj{"confirm_password": "x"}, ok: 400},
	{name: "POST /me/two-step/off", who: team, body: obj{"confirm_password": "x"}, ok: 400},
	{name: "GET /me/devices", who: team}, {name: "GET /me/alerts/push", who: team},
	{name: "DELETE /me/alerts/push/:id", path: "/me/alerts/push/{conv}", who: team, ok: 404},
	{name: "DELETE /me/devices/:id", path: "/me/devices/x", who: team, ok: 404},
	{name: "GET /views", who: team}, {name: "GET /views/counts", who: team},
	{name: "POST /views", who: team, body: obj{"name": "New", "filters": obj{"view": "all"}}},
	{name: "PATCH /views/:id", path: "/views/{view}", who: team, body: obj{"position": 1}},
	{name: "DELETE /views/:id", path: "/views/{view}", who: team},
	{name: "GET /canned-replies", path: "/canned-replies?conversation_id={conv}", who: team},
	{name: "POST /canned-replies", who: team, body: obj{"title": "T", "shortcut": "{client}", "text": "t"}, foreign: 201},
	{name: "PATCH /canned-replies/:id", path: "/canned-replies/{canned}", who: team, body: obj{"title": "U"}},
	{name: "DELETE /canned-replies/:id", path: "/canned-replies/{canned}", who: team},
	{name: "POST /blocks", who: team, body: obj{"kind": "contact", "value": "{blocked}"}},

	{name: "GET /reports/volume", path: "/reports/volume?from=2026-01-01&to=2026-01-02&tz=UTC", who: team},
	{name: "GET /reports/responses", path: "/reports/responses?from=2026-01-01&to=2026-01-02&tz=UTC", who: team},
	{name: "GET /reports/ratings", path: "/reports/ratings?from=2026-01-01&to=2026-01-02&tz=UTC", who: team},
	{name: "GET /reports/hours", path: "/reports/hours?from=2026-01-01&to=2026-01-02&tz=UTC", who: team},
	{name: "GET /reports/agents", path: "/reports/agents?from=2026-01-01&to=2026-01-02&tz=UTC", who: team},
	{name: "GET /reports/sites", path: "/reports/sites?from=2026-01-01&to=2026-01-02&tz=UTC", who: team},
	{name: "GET /reports/tags", path: "/reports/tags?from=2026-01-01&to=2026-01-02&tz=UTC", who: team},
	{name: "GET /reports/now", who: team}, {name: "GET /reports/:file", path: "/reports/volume.csv?from=2026-01-01&to=2026-01-02&tz=UTC", who: team},

	{name: "GET /people", who: admins}, {name: "GET /people/:id", path: "/people/{person}", who: admins},
	{name: "POST /people/invites", who: admins, body: obj{"email": "{client}@team.example", "role": "agent"}, foreign: 201},
	{name: "DELETE /people/invites/:id", path: "/people/invites/{spare_invite}", who: admins},
	{name: "PATCH /people/:id", path: "/people/{person}", who: admins, body: obj{"role": "agent"}},
	{name: "POST /people/:id/reset-link", path: "/people/{person}/reset-link", who: admins},
	{name: "DELETE /people/:id/two-step", path: "/people/{person}/two-step", who: admins},
	{name: "GET /config/settings", who: admins}, {name: "PUT /config/settings", who: admins, body: obj{"settings": obj{"requires_email": false}}},
	{name: "GET /token", who: admins}, {name: "POST /token", who: admins, body: obj{"domain": "https://another.example"}},
	{name: "GET /token/use", who: admins},
	{name: "POST /token/:id/replace", path: "/token/{spare_token}/replace", who: admins, body: obj{"grace": 3600000}},
	{name: "POST /token/:id/keep", path: "/token/{spare_token}/keep", who: admins},
	{name: "POST /token/:id/identity-secret", path: "/token/{spare_token}/identity-secret", who: admins},
	{name: "POST /token/regenerate", who: admins, body: obj{"id": "{spare_token}"}},
	{name: "DELETE /token/:id", path: "/token/{spare_token}", who: admins},
	{name: "GET /webhooks", who: admins},
	{name: "POST /webhooks", who: admins, body: obj{"url": "https://hooks.example/x", "events": []string{"rating.created"}}, foreign: 201},
	{name: "GET /webhooks/:id/deliveries", path: "/webhooks/{webhook}/deliveries", who: admins},
	{name: "POST /webhooks/:id/deliveries/:delivery_id/redeliver", path: "/webhooks/{webhook}/deliveries/{delivery}/redeliver", who: admins},
	{name: "POST /webhooks/:id/test", path: "/webhooks/{webhook}/test", who: admins},
	{name: "POST /webhooks/:id/enable", path: "/webhooks/{webhook}/enable", who: admins},
	{name: "DELETE /webhooks/:id", path: "/webhooks/{webhook}", who: admins},
	{name: "POST /outbox/failures/:id/retry", path: "/outbox/failures/{failed}/retry", who: admins, ok: 404},
	{name: "GET /outbox", who: admins}, {name: "GET /outbox/:id", path: "/outbox/{mail}", who: admins}, {name: "GET /audit", who: admins},
	{name: "GET /contact/:id/merge", path: "/contact/{contact}/merge?contact_id={merged}", who: admins},
	{name: "POST /contact/:id/merge", path: "/contact/{contact}/merge", who: admins, body: obj{"contact_id": "{merged}"}},
	{name: "DELETE /contact/:id", path: "/contact/{erased}", who: admins},
	{name: "POST /teams", who: admins, body: obj{"name": "Team {client}"}, foreign: 201},
	{name: "PATCH /teams/:id", path: "/teams/{team}", who: admins, body: obj{"auto_assign": true}},
	{name: "DELETE /teams/:id", path: "/teams/{team}", who: admins},
	{name: "PUT /routing", who: admins, body: obj{"auto_assign": false}},
	{name: "PATCH /tags", who: admins, body: obj{"tag": "zirconia-tag", "to": "zirconia-new"}, foreign: 404},
	{name: "DELETE /tags", path: "/tags?tag=zirconia-other", who: admins, foreign: 404},
	{name: "GET /blocks", who: admins}, {name: "DELETE /blocks/:id", path: "/blocks/{block}", who: admins},
	{name: "GET /retention", who: admins}, {name: "GET /retention/preview", who: admins},
	{name: "PUT /retention", who: admins, body: obj{"conversation_days": 0, "file_days": 0, "address_days": 0, "version": 0}},

	{name: "GET /reports", who: desk}, {name: "GET /reports/agents", who: desk}, {name: "GET /reports/sites", who: desk}, {name: "GET /reports/tags", who: desk},
	{name: "GET /reports/:file", path: "/reports/volume.csv", who: desk},
	{name: "GET /settings/alerts", who: desk}, {name: "POST /settings/alerts", who: desk, body: fields("scope", "mine")}, {name: "GET /alerts/events", who: desk},
	{name: "GET /alerts/worker.js"}, {name: "POST /settings/alerts/push", who: desk, body: fields("endpoint", "x"), ok: 400},
	{name: "POST /settings/alerts/push/:id/remove", path: "/settings/alerts/push/{conv}/remove", who: desk, ok: 404},
	{name: "POST /away", who: desk, body: fields("away", "false")},
	{name: "GET /inbox", who: desk}, {name: "GET /inbox/events", who: desk}, {name: "GET /search", path: "/search?q=zirconia", who: desk},
	{name: "GET /jump", path: "/jump?q=zirconia", who: desk},
	{name: "GET /inbox/:id", path: "/inbox/{conv}", who: desk},
	{name: "POST /inbox/:id/messages", path: "/inbox/{conv}/messages", who: desk, body: fields("client_id", "{client}d", "text", "hi")},
	{name: "GET /inbox/:id/messages/:message_id", path: "/inbox/{conv}/messages/{second}", who: desk},
	{name: "POST /inbox/:id/messages/:message_id", path: "/inbox/{conv}/messages/{second}", who: desk, body: fields("text", "ho")},
	{name: "POST /inbox/:id/pending/:pending_id/undo", path: "/inbox/{conv}/pending/{conv}/undo", who: desk, ok: 409},
	{name: "POST /inbox/:id/files", path: "/inbox/{conv}/files?client_id={client}f", who: desk, body: someFile{}},
	{name: "POST /inbox/:id/status", path: "/inbox/{conv}/status", who: desk, body: fields("status", "active")},
	{name: "POST /inbox/bulk", who: desk, body: fields("ids", "{conv}", "status", "active"), foreign: 303},
	{name: "POST /inbox/:id/changes", path: "/inbox/{conv}/changes", who: desk, body: fields("priority", "low")},
	{name: "POST /inbox/:id/ask-verification", path: "/inbox/{conv}/ask-verification", who: desk},
	{name: "POST /inbox/:id/draft", path: "/inbox/{conv}/draft", who: desk, body: fields("text", "begun")},
	{name: "GET /inbox/:id/replies", path: "/inbox/{conv}/replies?text=/", who: desk},
	{name: "POST /inbox/:id/presence", path: "/inbox/{conv}/presence", who: desk, body: fields("replying", "true")},
	{name: "POST /inbox/:id/read", path: "/inbox/{conv}/read", who: desk, body: fields("up_to_seq", "1")},
	{name: "POST /inbox/:id/typing", path: "/inbox/{conv}/typing", who: desk},
	{name: "GET /inbox/:id/merge", path: "/inbox/{conv}/merge", who: desk},
	{name: "POST /inbox/:id/merge", path: "/inbox/{conv}/merge", who: desk, body: fields("conversation_id", "{blocked_conv}"), ok: 409},
	{name: "GET /inbox/:id/part", path: "/inbox/{conv}/part", who: desk},
	{name: "POST /inbox/:id/block", path: "/inbox/{blocked_conv}/block", who: desk},
	{name: "GET /contacts", who: desk}, {name: "GET /contacts/:id", path: "/contacts/{contact}", who: desk},
	{name: "GET /contacts/:id/edit", path: "/contacts/{contact}/edit", who: desk},
	{name: "POST /contacts/:id/edit", path: "/contacts/{contact}/edit", who: desk, body: fields("name", "Zirconia Y", "updated_at", "1"), ok: 409},
	{name: "POST /contacts/:id/notes", path: "/contacts/{contact}/notes", who: desk, body: fields("client_id", "{client}d", "text", "hm")},
	{name: "POST /contacts/:id/notes/:note_id/delete", path: "/contacts/{contact}/notes/{second_note}/delete", who: desk, foreign: 303},
	{name: "GET /contacts/:id/export.json", path: "/contacts/{contact}/export.json", who: desk},
	{name: "GET /contacts/:id/export.csv", path: "/contacts/{contact}/export.csv", who: desk},
	{name: "GET /settings/profile", who: desk}, {name: "GET /settings/profile/two-step", who: desk},
	{name: "POST /settings/profile", who: desk, body: fields("name", "Mem Ber", "theme", "auto", "density", "comfortable")},
	{name: "POST /settings/profile/password", who: desk, body: fields("old_password", "x", "password", "y"), ok: 422},
	{name: "POST /settings/profile/two-step", who: desk, body: fields("sealed", "x"), ok: 400},
	{name: "POST /settings/profile/two-step/codes", who: desk, body: fields("confirm_password", "x"), ok: 422},
	{name: "POST /settings/profile/two-step/off", who: desk, body: fields("confirm_password", "x"), ok: 422},
	{name: "POST /settings/profile/devices/end", who: desk, body: fields("device", "x"), ok: 404},
	{name: "POST /settings/profile/devices/end-others", who: desk},

	{name: "GET /settings", who: desk}, {name: "GET /settings/replies", who: desk}, {name: "GET /settings/replies/new", who: desk},
	{name: "POST /settings/replies", who: desk, body: fields("title", "T", "shortcut", "{client}d", "text", "t", "form_id", "{client}c"), foreign: 303},
	{name: "GET /settings/replies/:id", path: "/settings/replies/{desk_canned}", who: desk},
	{name: "POST /settings/replies/:id", path: "/settings/replies/{desk_canned}", who: desk, body: fields("title", "U", "shortcut", "{client}e", "text", "t", "updated_at", "1"), ok: 409},
	{name: "POST /settings/replies/:id/delete", path: "/settings/replies/{desk_canned}/delete", who: desk},

	{name: "GET /contacts/export.csv", who: deskAdmin}, {name: "GET /contacts/:id/merge", path: "/contacts/{contact}/merge?with={desk_merged}", who: deskAdmin},
	{name: "POST /contacts/:id/merge", path: "/contacts/{contact}/merge", who: deskAdmin, body: fields("with", "{desk_merged}"), foreign: 303},
	{name: "GET /contacts/:id/erase", path: "/contacts/{desk_erased}/erase", who: deskAdmin},
	{name: "POST /contacts/:id/erase", path: "/contacts/{desk_erased}/erase", who: deskAdmin, body: fields("confirm", "erase"), foreign: 303},
	{name: "GET /settings/tokens", who: deskAdmin},
	{name: "POST /settings/tokens", who: deskAdmin, body: fields("domain", "https://third.example", "scopes", "chat", "form_id", "{client}t"), foreign: 200},
	{name: "GET /settings/tokens/:id/regenerate", path: "/settings/tokens/{desk_token}/regenerate", who: deskAdmin},
	{name: "POST /settings/tokens/:id/regenerate", path: "/settings/tokens/{desk_token}/regenerate", who: deskAdmin},
	{name: "GET /settings/tokens/:id/replace", path: "/settings/tokens/{desk_token}/replace", who: deskAdmin},
	{name: "POST /settings/tokens/:id/replace", path: "/settings/tokens/{desk_token}/replace", who: deskAdmin, body: fields("hours", "24")},
	{name: "POST /settings/tokens/:id/keep", path: "/settings/tokens/{desk_token}/keep", who: deskAdmin},
	{name: "GET /settings/tokens/:id/identity", path: "/settings/tokens/{desk_token}/identity", who: deskAdmin},
	{name: "POST /settings/tokens/:id/identity", path: "/settings/tokens/{desk_token}/identity", who: deskAdmin, body: fields("form_id", "{client}i")},
	{name: "GET /settings/tokens/:id/delete", path: "/settings/tokens/{desk_token}/delete", who: deskAdmin},
	{name: "POST /settings/tokens/:id/delete", path: "/settings/tokens/{desk_token}/delete", who: deskAdmin},
	{name: "GET /settings/widget", who: deskAdmin}, {name: "POST /settings/widget", who: deskAdmin},
	{name: "POST /settings/widget/questions", who: deskAdmin, body: fields("edit", "add")}, {name: "POST /settings/widget/texts", who: deskAdmin},
	{name: "POST /settings/widget/hours", who: deskAdmin, body: fields("edit", "add monday")},
	{name: "GET /settings/people", who: deskAdmin},
	{name: "POST /settings/people", who: deskAdmin, body: fields("email", "{client}@team.example", "role", "agent", "form_id", "{client}p"), foreign: 200},
	{name: "POST /settings/people/invites/:id/withdraw", path: "/settings/people/invites/{invite}/withdraw", who: deskAdmin},
	{name: "GET /settings/people/:id", path: "/settings/people/{person}", who: deskAdmin},
	{name: "POST /settings/people/:id/role", path: "/settings/people/{person}/role", who: deskAdmin, body: fields("role", "agent")},
	{name: "POST /settings/people/:id/reset", path: "/settings/people/{person}/reset", who: deskAdmin, body: fields("form_id", "{client}r")},
	{name: "POST /settings/people/:id/two-step", path: "/settings/people/{person}/two-step", who: deskAdmin},
	{name: "POST /settings/people/:id/disable", path: "/settings/people/{person}/disable", who: deskAdmin},
	{name: "POST /settings/people/:id/enable", path: "/settings/people/{person}/enable", who: deskAdmin},
	{name: "POST /settings/outbox/failures/:id/retry", path: "/settings/outbox/failures/{failed}/retry", who: deskAdmin, foreign: 303},
	{name: "GET /settings/blocks", who: deskAdmin}, {name: "POST /settings/blocks", who: deskAdmin, body: fields("kind", "network", "value", "203.0.113.9"), foreign: 303},
	{name: "GET /settings/retention", who: deskAdmin}, {name: "POST /settings/retention", who: deskAdmin, body: fields("version", "0", "conversation_days", "30"), foreign: 200},
	{name: "POST /settings/blocks/:id/lift", path: "/settings/blocks/{desk_block}/lift", who: deskAdmin},
	{name: "GET /settings/outbox", who: deskAdmin}, {name: "GET /settings/outbox/:id", path: "/settings/outbox/{mail}", who: deskAdmin},
	{name: "GET /settings/audit", who: deskAdmin}, {name: "GET /settings/audit/export.csv", who: deskAdmin},
	{name: "POST /logout", who: desk}, {name: "DELETE /me/devices", who: team},
}
