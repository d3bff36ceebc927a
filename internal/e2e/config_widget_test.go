package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestWidgetSettings(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := newVisitor(a.srv, a.newToken(t, shop))
	a.configure(t, obj{
		"widget_settings": obj{
			"title": " Ask Ann ", "team_name": "Ann & Bo", "avatar_url": "/ann.png", "launcher_icon": "hand",
			"launcher_text": "Need help?", "offset_x": 0, "offset_y": 80, "reply_time": "hours", "locale": "en-GB", "sound": false,
			"texts": obj{"panel.placeholder": "Ask us anything", "launcher.open": "Talk to us"},
		},
		"hide": obj{"urls": []string{"/checkout*", " https://shop.example/cart ", ""}, "outside_hours": true, "phone": true},
		"pre_chat": obj{"fields": []obj{
			{"key": "email", "type": "email", "required": true},
			{"key": "topic", "label": "Topic", "type": "select", "options": []string{"Order", "Return", "Order", " "}},
			{"key": "terms", "label": "I agree", "type": "checkbox", "required": true},
		}},
	})
	c := at(t, v.config(t).ok(t, http.StatusOK), "config")
	for path, want := range map[string]any{
		"widget_settings.title": "Ask Ann", "widget_settings.team_name": "Ann & Bo", "widget_settings.avatar_url": "/ann.png",
		"widget_settings.launcher_icon": "hand", "widget_settings.launcher_text": "Need help?", "widget_settings.offset_x": 0.0,
		"widget_settings.offset_y": 80.0, "widget_settings.reply_time": "hours", "widget_settings.locale": "en-GB", "widget_settings.sound": false,
		"hide.outside_hours": true, "hide.phone": true, "hide.urls.0": "/checkout*", "hide.urls.1": "https://shop.example/cart",
		"pre_chat.fields.0.key": "email", "pre_chat.fields.1.label": "Topic", "pre_chat.fields.2.required": true,
	} {
		is(t, c, path, want)
	}
	if options := list(t, c, "pre_chat.fields.1.options"); len(options) != 2 {
		t.Errorf("options %v", options)
	}
	if texts := fmt.Sprint(at(t, c, "widget_settings.texts")); texts != "map[launcher.open:Talk to us panel.placeholder:Ask us anything]" {
		t.Error(texts)
	}

	// A change of one leaves the others, an empty text gives the widget's own back, lists are replaced.
	a.configure(t, obj{"widget_settings": obj{"texts": obj{"launcher.open": ""}, "title": ""}, "hide": obj{"urls": []string{"/a"}}})
	c = at(t, v.config(t).ok(t, http.StatusOK), "config")
	is(t, c, "widget_settings.team_name", "Ann & Bo")
	is(t, c, "hide.phone", true)
	is(t, c, "hide.urls.0", "/a")
	if got := fmt.Sprint(at(t, c, "widget_settings.texts"), len(list(t, c, "hide.urls"))); got != "map[panel.placeholder:Ask us anything] 1" {
		t.Error(got)
	}

	// Back to the defaults the answer is as short as it was.
	a.configure(t, obj{
		"widget_settings": obj{"team_name": "", "avatar_url": "", "launcher_icon": "chat", "launcher_text": "", "offset_x": 20, "offset_y": 20,
			"reply_time": "", "locale": "", "sound": true, "texts": obj{"panel.placeholder": ""}},
		"hide": obj{"urls": []string{}, "outside_hours": false, "phone": false}, "pre_chat": obj{"fields": []obj{}},
	})
	untouched := newAccount(t, a.srv)
	if got, want := v.config(t).body, newVisitor(a.srv, untouched.newToken(t, shop)).config(t).body; string(got) != string(want) {
		t.Errorf("defaults are served:\n%s\n%s", got, want)
	}
}

func TestWidgetSettingsRefused(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	field := func(f string) string { return `{"pre_chat":{"fields":[` + f + `]}}` }
	many := func(one string, n int) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	for bad, about := range map[string]string{
		`{"widget_settings":{"title":"` + strings.Repeat("t", 61) + `"}}`:                    "widget_settings.title",
		`{"widget_settings":{"team_name":"a\u0000b"}}`:                                       "widget_settings.team_name",
		`{"widget_settings":{"launcher_text":"` + strings.Repeat("t", 31) + `"}}`:            "widget_settings.launcher_text",
		`{"widget_settings":{"launcher_icon":"bomb"}}`:                                       "widget_settings.launcher_icon",
		`{"widget_settings":{"avatar_url":"https://shop.example/a.png"}}`:                    "widget_settings.avatar_url",
		`{"widget_settings":{"avatar_url":"javascript:alert(1)"}}`:                           "widget_settings.avatar_url",
		`{"widget_settings":{"avatar_url":"//evil.example/a.png"}}`:                          "widget_settings.avatar_url",
		`{"widget_settings":{"offset_x":-1}}`:                                                "widget_settings.offset_x",
		`{"widget_settings":{"offset_y":401}}`:                                               "widget_settings.offset_y",
		`{"widget_settings":{"reply_time":"soon"}}`:                                          "widget_settings.reply_time",
		`{"widget_settings":{"locale":"klingon"}}`:                                           "widget_settings.locale",
		`{"widget_settings":{"texts":{"panel.nothing":"x"}}}`:                                "widget_settings.texts",
		`{"widget_settings":{"texts":{"__proto__":"x"}}}`:                                    "widget_settings.texts",
		`{"widget_settings":{"texts":{"panel.send":"` + strings.Repeat("t", 501) + `"}}}`:    "widget_settings.texts.panel.send",
		`{"hide":{"urls":["checkout"]}}`:                                                     "hide.urls",
		`{"hide":{"urls":["/a b"]}}`:                                                         "hide.urls",
		`{"hide":{"urls":[` + many(`"/a"`, 51) + `]}}`:                                       "hide.urls",
		`{"hide":{"phone":true,"desktop":true}}`:                                             "hide.desktop",
		`{"hide":null}`:                                                                      "hide",
		`{"pre_chat":null}`:                                                                  "pre_chat",
		field(`{"key":"Order No","label":"Order","type":"text"}`):                            "pre_chat.fields.0.key",
		field(`{"key":"__proto__","label":"Order","type":"text"}`):                           "pre_chat.fields.0.key",
		field(`{"key":"a","label":"A","type":"text"},{"key":"a","label":"B","type":"text"}`): "pre_chat.fields.1.key",
		field(`{"key":"order","type":"text"}`):                                               "pre_chat.fields.0.label",
		field(`{"key":"order","label":"Order","type":"date"}`):                               "pre_chat.fields.0.type",
		field(`{"key":"email","type":"text"}`):                                               "pre_chat.fields.0.type",
		field(`{"key":"topic","label":"Topic","type":"select","options":[" "]}`):             "pre_chat.fields.0.options",
		field(`{"key":"topic","label":"Topic","type":"text","options":["a"]}`):               "pre_chat.fields.0.options",
	} {
		r := a.do(t, "PUT", "/config/settings", `{"settings":`+bad+`}`)
		if r.status != http.StatusBadRequest || !strings.Contains(string(r.body), `"`+about+`":`) {
			t.Errorf("%.100s: %v, want one about %s", bad, r, about)
		}
	}
	if r := a.do(t, "PUT", "/config/settings", `{"settings":`+field(many(`{"key":"a","label":"A","type":"text"}`, 11))+`}`); r.status != http.StatusBadRequest {
		t.Errorf("11 fields: %v", r)
	}
}
