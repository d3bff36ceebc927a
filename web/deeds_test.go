package web

import (
	"net/http"
	"strings"
	"testing"

	"deskbell/web/api"
)

// deeds names, for each form of the console, the call of the API that does the same. An empty one is of
// the browser alone.
var deeds = map[string]string{
	// Before anybody is signed in, and what the links in mails open.
	"/setup": "", "/resume": "", "/resume/code": "", "/resume/stop": "", "/invite": "", "/reset": "", "/forgot": "", "/login": "POST /api/auth/login", "/login/code": "POST /api/auth/login",
	// The cookie's own; the language of who is signed in is in /me.
	"/language": "", "/logout": "",

	"/away":                                "PATCH /me",
	"/settings/profile":                    "PATCH /me",
	"/settings/profile/password":           "POST /me/password",
	"/settings/profile/two-step":           "POST /me/two-step",
	"/settings/profile/two-step/codes":     "POST /me/two-step/codes",
	"/settings/profile/two-step/off":       "POST /me/two-step/off",
	"/settings/profile/devices/end":        "DELETE /me/devices/:id",
	"/settings/profile/devices/end-others": "DELETE /me/devices",
	"/settings/alerts":                     "PUT /me/alerts",
	// Pushes go to the browser that asks for them, while it is signed in.
	"/settings/alerts/push":            "",
	"/settings/alerts/push/:id/remove": "DELETE /me/alerts/push/:id",

	"/inbox/bulk":                         "POST /conversations/bulk",
	"/inbox/:id/files":                    "POST /conversation/:conv_id/files",
	"/inbox/:id/messages":                 "POST /conversation/:conv_id/messages",
	"/inbox/:id/messages/:message_id":     "PATCH /conversation/:conv_id/messages/:message_id",
	"/inbox/:id/pending/:pending_id/undo": "DELETE /conversation/:conv_id/pending/:pending_id",
	"/inbox/:id/status":                   "PATCH /conversation/:conv_id",
	"/inbox/:id/changes":                  "PATCH /conversation/:conv_id",
	"/inbox/:id/block":                    "POST /blocks",
	"/inbox/:id/merge":                    "POST /conversation/:conv_id/merge",
	"/inbox/:id/ask-verification":         "POST /conversation/:conv_id/ask-verification",
	"/inbox/:id/draft":                    "PUT /conversation/:conv_id/draft",
	"/inbox/:id/presence":                 "POST /conversation/:conv_id/presence",
	"/inbox/:id/read":                     "POST /conversation/:conv_id/read",
	"/inbox/:id/typing":                   "POST /conversation/:conv_id/typing",
	"/inbox/:id/notes":                    "POST /contact/:id/notes",
	"/inbox/:id/notes/:note_id":           "PATCH /contact/:id/notes/:note_id",
	"/inbox/:id/notes/:note_id/delete":    "DELETE /contact/:id/notes/:note_id",
	"/contacts/:id/edit":                  "PATCH /contact/:id",
	"/contacts/:id/notes":                 "POST /contact/:id/notes",
	"/contacts/:id/notes/:note_id":        "PATCH /contact/:id/notes/:note_id",
	"/contacts/:id/notes/:note_id/delete": "DELETE /contact/:id/notes/:note_id",
	"/contacts/:id/merge":                 "POST /contact/:id/merge",
	"/contacts/:id/erase":                 "DELETE /contact/:id",
	"/settings/replies":                   "POST /canned-replies",
	"/settings/replies/:id":               "PATCH /canned-replies/:id",
	"/settings/replies/:id/delete":        "DELETE /canned-replies/:id",
	"/settings/views":                     "POST /views",
	"/settings/views/:id":                 "PATCH /views/:id",
	"/settings/views/:id/delete":          "DELETE /views/:id",
	"/settings/tokens":                    "POST /token",
	"/settings/tokens/:id/regenerate":     "POST /token/regenerate",
	"/settings/tokens/:id/replace":        "POST /token/:id/replace",
	"/settings/tokens/:id/keep":           "POST /token/:id/keep",
	"/settings/tokens/:id/identity":       "POST /token/:id/identity-secret",
	"/settings/tokens/:id/delete":         "DELETE /token/:id",
	// For one site: PUT /token/:id/config.
	"/settings/widget":                                         "PUT /config/settings",
	"/settings/widget/follow":                                  "DELETE /token/:id/config",
	"/settings/widget/questions":                               "PUT /config/settings",
	"/settings/widget/hours":                                   "PUT /config/settings",
	"/settings/widget/texts":                                   "PUT /config/settings",
	"/settings/widget/picture":                                 "POST /config/picture",
	"/settings/people":                                         "POST /people/invites",
	"/settings/people/invites/:id/withdraw":                    "DELETE /people/invites/:id",
	"/settings/people/:id/role":                                "PATCH /people/:id",
	"/settings/people/:id/disable":                             "PATCH /people/:id",
	"/settings/people/:id/enable":                              "PATCH /people/:id",
	"/settings/people/:id/reset":                               "POST /people/:id/reset-link",
	"/settings/people/:id/two-step":                            "DELETE /people/:id/two-step",
	"/settings/tag":                                            "PATCH /tags",
	"/settings/tag/delete":                                     "DELETE /tags",
	"/settings/retention":                                      "PUT /retention",
	"/settings/teams":                                          "POST /teams",
	"/settings/teams/:id":                                      "PATCH /teams/:id",
	"/settings/teams/:id/delete":                               "DELETE /teams/:id",
	"/settings/routing":                                        "PUT /routing",
	"/settings/webhooks":                                       "POST /webhooks",
	"/settings/webhooks/:id":                                   "PATCH /webhooks/:id",
	"/settings/webhooks/:id/delete":                            "DELETE /webhooks/:id",
	"/settings/webhooks/:id/test":                              "POST /webhooks/:id/test",
	"/settings/webhooks/:id/enable":                            "POST /webhooks/:id/enable",
	"/settings/webhooks/:id/deliveries/:delivery_id/redeliver": "POST /webhooks/:id/deliveries/:delivery_id/redeliver",
	"/settings/profile/picture":                                "POST /me/picture",
	"/settings/profile/picture/remove":                         "DELETE /me/picture",
	// Shows what is not saved yet.
	"/settings/widget/preview":            "",
	"/settings/blocks":                    "POST /blocks",
	"/settings/blocks/:id/lift":           "DELETE /blocks/:id",
	"/settings/mail/test":                 "POST /delivery/test-mail",
	"/settings/mail/test-sms":             "POST /delivery/test-sms",
	"/settings/mail/limits":               "PUT /delivery/limits",
	"/settings/mail/replies":              "PUT /delivery/reply-mails",
	"/settings/outbox/failures/:id/retry": "POST /outbox/failures/:id/retry",
}

// Whatever the team can do by clicking, its programs can do too.
func TestTheAPIDoesWhatTheConsoleDoes(t *testing.T) {
	served, forms := map[string]bool{}, map[string]bool{}
	for _, route := range bareRouter().Routes() {
		served[route.Method+" "+route.Path] = true
		if route.Method == http.MethodPost && !strings.HasPrefix(route.Path, "/api/") {
			forms[route.Path] = true
		}
	}
	for path := range forms {
		if _, known := deeds[path]; !known {
			t.Errorf("POST %s of the console is no deed of the API: add the call that does the same, and a row in deeds_test.go", path)
		}
	}
	for path, call := range deeds {
		method, rest, _ := strings.Cut(call, " ")
		if !strings.HasPrefix(rest, "/api/") {
			rest = api.Prefix + rest
		}
		switch {
		case !forms[path]:
			t.Errorf("POST %s is no form of the console any more", path)
		case call != "" && !served[method+" "+rest]:
			t.Errorf("POST %s: the API has no %s %s", path, method, rest)
		}
	}
}
