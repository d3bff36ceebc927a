package e2e

import (
	"net/http"
	"strings"
	"testing"

	"deskbell/widget/src/languages"
)

// What a widget has to know before it is opened comes with its configuration, in the language of
// its page.
func TestConfigLauncher(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := newVisitor(a.srv, a.newToken(t, shop))
	ask := func(query string) obj {
		t.Helper()
		return at(t, v.do(t, "GET", "/config"+query, nil).ok(t, http.StatusOK), "config").(obj)
	}
	// With default texts a kilobyte is enough in every language, escapes and all, and so it is on the wire
	// with all that can be switched on.
	b := newAccount(t, a.srv)
	days := obj{}
	for _, day := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		days[day] = obj{"start": "09:00", "end": "17:00"}
	}
	b.configure(t, obj{
		"features":       obj{"file_upload": true, "emoji_picker": true, "typing_indicators": true, "typing_preview": true, "read_receipts": true},
		"business_hours": obj{"timezone": "America/Argentina/Buenos_Aires", "schedule": days}, "requires_email": true, "requires_phone": true, "otp_verification_enabled": true,
		"widget_settings": obj{"reply_time": "minutes", "theme": "auto", "sound": false, "launcher_icon": "question"}, "hide": obj{"outside_hours": true},
	})
	everything := newVisitor(b.srv, b.newToken(t, shop, "chat", "support", "history", "file_upload"))
	for _, language := range languages.Tags() {
		if r := v.do(t, "GET", "/config?lang="+language+"&locale=", nil); r.ok(t, http.StatusOK) == nil || len(r.body) > 1024 {
			t.Errorf("%s: %d bytes with default texts", language, len(r.body))
		}
		if r := everything.do(t, "GET", "/config?lang="+language+"&locale=", nil, "Accept-Encoding", "gzip, br"); len(r.body) > 1024 || r.header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: %d bytes with everything on, encoded %q", language, len(r.body), r.header.Get("Content-Encoding"))
		}
	}
	if _, found := ask("")["launcher"]; found {
		t.Error("who does not say what the page speaks gets a launcher")
	}
	c := ask("?lang=de-AT&locale=")
	is(t, c, "launcher.language", "de")
	is(t, c, "launcher.texts.open", "Chat öffnen")
	is(t, c, "launcher.colours.1", "#ffffff")
	words := a.srv.do(t, "GET", "/widget/"+str(t, c, "launcher.words"), nil)
	is(t, words.ok(t, http.StatusOK), "panel.send", "Nachricht senden")
	if cc := words.header.Get("Cache-Control"); !strings.Contains(cc, "immutable") {
		t.Errorf("the words are kept %q", cc)
	}
	is(t, ask("?lang=ar"), "launcher.rtl", true)
	for query, want := range map[string]string{
		"?lang=&locale=": "en", "?lang=tlh": "en", "?lang=de&locale=fr": "fr", "?lang=de&locale=tlh": "de",
		"?lang=pt_BR": "pt", "?lang=zh-Hant-TW": "zh", "?lang=" + strings.Repeat("x-", 300): "en",
	} {
		is(t, ask(query), "launcher.language", want)
	}

	a.configure(t, obj{"widget_settings": obj{"locale": "nl", "launcher_icon": "hand", "primary_color": "#ffee00", "texts": obj{"launcher.open": "Talk to us"}},
		"hide": obj{"urls": []string{"/checkout*"}}})
	c = ask("?lang=de")
	is(t, c, "launcher.language", "nl")
	is(t, c, "launcher.texts.open", "Talk to us")
	is(t, c, "launcher.texts.close", "Chat sluiten")
	is(t, c, "launcher.colours.0", "#ffee00")
	is(t, c, "launcher.colours.1", "#111318")
	is(t, c, "launcher.hidden_at", `^(https?://[^/]+/checkout.*(#.*)?)$`)
	is(t, ask("?lang=de&locale=es"), "launcher.language", "es")
}
