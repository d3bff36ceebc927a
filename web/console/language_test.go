package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	d := newDesk(t).setUp()
	const swiss = "gsw, de-CH;q=0.9, en;q=0.5"
	d.get("/settings/widget", "Accept-Language", swiss).want(t, http.StatusOK, `<html dir="ltr" lang="de">`, "Einstellungen speichern", "<title>Widget", `>Montag<`)
	d.get("/settings/tokens", "Accept-Language", "ar").want(t, http.StatusOK, `<html dir="rtl" lang="ar">`, "رمز جديد")
	// A page there are no texts for says so: its frame is German, its body English.
	d.get("/settings/outbox", "Accept-Language", swiss).want(t, http.StatusOK, `<html dir="ltr" lang="de">`, "Abmelden", `dir="ltr" lang="en"`)
	for _, header := range []string{"", "tlh", ";;;q=,,", strings.Repeat("de;q=0,", 500), "\xff\x80"} {
		d.get("/settings/widget", "Accept-Language", header).want(t, http.StatusOK, `<html dir="ltr" lang="en">`, "Save settings")
	}

	page := d.post("/settings/widget", widgetForm(url.Values{"title": {strings.Repeat("t", 61)}, "pre_chat.fields.0.kind": {"text"}}), "Accept-Language", "fr")
	page.want(t, http.StatusUnprocessableEntity, "Veuillez vérifier les champs marqués.", "Au plus 60 caractères.", "Indiquez un nom comme order_number.")
	d.post("/settings/widget", widgetForm(nil)).leadsTo(t, "/settings/widget")
	d.get("/settings/widget", "Accept-Language", "fr").want(t, http.StatusOK, "Enregistré. Les sites le montrent en cinq minutes.")
}

func TestChosenLanguageStays(t *testing.T) {
	d := newDesk(t).setUp()
	d.get("/settings/widget?texts=de").want(t, http.StatusOK, `action="/language"`, `name="next" value="/settings/widget?texts=de"`)
	answer := d.post("/language", url.Values{"language": {"ja"}, "next": {"/settings/widget?texts=de"}})
	answer.leadsTo(t, "/settings/widget?texts=de")
	if cookie := answer.header.Get("Set-Cookie"); !strings.Contains(cookie, "lang=ja; Path=/") || !strings.Contains(cookie, "HttpOnly; SameSite=Lax") {
		t.Errorf("cookie %q", cookie)
	}
	d.get("/settings/widget", "Accept-Language", "de").want(t, http.StatusOK, `lang="ja"`, "設定を保存")
	d.post("/language", url.Values{"language": {"xx"}}).want(t, http.StatusBadRequest)
	d.post("/language", url.Values{"language": {"de"}, "next": {"//evil.example"}}).leadsTo(t, "/inbox")

	// Before the login too, and on the answer to a wrong password.
	d.http = d.browser()
	d.get("/login?next=/inbox", "Accept-Language", "pl").want(t, http.StatusOK, "Zaloguj się", `value="/login?next=%2Finbox"`)
	d.post("/login", url.Values{"email": {"nobody@example.com"}, "password": {"wrong"}}, "Accept-Language", "pl").
		want(t, http.StatusUnauthorized, "Nieprawidłowy e-mail lub hasło.")
}

func TestTextsOfOneLanguage(t *testing.T) {
	d := newDesk(t).setUp()
	shown := d.get("/settings/widget")
	shown.want(t, http.StatusOK, `>Keep it open</label>`, `>Picture viewer`, `name="texts.visit.endNo"`)

	// Going to another language saves nothing and loses nothing.
	form := widgetForm(url.Values{"texts_for": {"de"}, "texts.panel.send": {"Go"}, "title": {"Typed"}})
	d.post("/settings/widget/texts", form).want(t, http.StatusOK, `name="language_texts.de.panel.send"`, `placeholder="Nachricht senden"`,
		`type="hidden" name="texts.panel.send" value="Go"`, `value="Typed"`)
	form.Set("language_texts.de.panel.send", "Los")
	d.post("/settings/widget", form).leadsTo(t, "/settings/widget?texts=de")
	s, err := d.support.Settings(t.Context(), d.actor())
	must(t, err)
	w := s.WidgetSettings
	if w.Texts["panel.send"] != "Go" || w.LanguageTexts["de"]["panel.send"] != "Los" {
		t.Errorf("saved %v and %v", w.Texts, w.LanguageTexts)
	}
	if in := w.In("de"); in.Texts["panel.send"] != "Los" || in.LanguageTexts != nil {
		t.Errorf("in German %+v", in)
	}
	if in := w.In("fr"); in.Texts["panel.send"] != "Go" || in.LanguageTexts != nil {
		t.Errorf("in French %+v", in)
	}
	d.get("/settings/widget?texts=de").want(t, http.StatusOK, `>Los</textarea>`, "1 changed")

	// A text that is wrong is shown in its language, whichever was open.
	form.Set("texts_for", "")
	form.Set("language_texts.de.panel.send", strings.Repeat("x", 501))
	d.post("/settings/widget", form).want(t, http.StatusUnprocessableEntity, `id="language_texts.de.panel.send-error"`, `<option value="de" selected>`)
	form.Set("language_texts.de.panel.send", "")
	d.post("/settings/widget", form).leadsTo(t, "/settings/widget")
	if s, err = d.support.Settings(t.Context(), d.actor()); err != nil || len(s.WidgetSettings.LanguageTexts) != 0 {
		t.Errorf("left %v, %v", s.WidgetSettings.LanguageTexts, err)
	}
}
