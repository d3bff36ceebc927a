package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"deskbell/internal/support"
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

// What a page says in two languages word for word is a text that was forgotten, or none of ours.
func TestTranslatedPagesHaveNoEnglishLeft(t *testing.T) {
	d := newDesk(t).setUp()
	code := regexp.MustCompile(`(?s)<(code|pre|script|iframe|textarea|option)\b.*?</(code|pre|script|iframe|textarea|option)>|<(input|meta|link)[^>]*>`)
	said := regexp.MustCompile(`>([^<]*[A-Za-z]{2}[^<]*)<|(?:aria-label|title|data-label|placeholder)="([^"]*[A-Za-z]{2}[^"]*)"`)
	texts := func(path, language string) map[string]bool {
		page := d.get(path, "Accept-Language", language)
		page.want(t, http.StatusOK, `lang="`+language+`"`)
		_, body, _ := strings.Cut(code.ReplaceAllString(page.body, ""), "<main")
		body, _, _ = strings.Cut(body, "</main>")
		found := map[string]bool{}
		for _, match := range said.FindAllStringSubmatch(body, -1) {
			found[strings.TrimSpace(match[1]+match[2])] = true
		}
		return found
	}
	names := []string{"Sam", "sam@example.com", "shop.example.com", "https://crm.example/hook", "SMS"}
	names = append(append(names, support.WebhookEvents...), strings.Join(support.WebhookEvents, ", "))
	check := func(paths ...string) {
		t.Helper()
		for _, path := range paths {
			japanese := texts(path, "ja")
			for text := range texts(path, "en") {
				if japanese[text] && !slices.Contains(names, text) {
					t.Errorf("%s says %q in Japanese too", path, text)
				}
			}
		}
	}
	check("/settings/tags", "/settings/teams", "/settings/teams/new", "/settings/retention", "/settings/mail", "/settings/webhooks", "/settings/widget")

	name, tags := "営業", []string{"返品"}
	team, err := d.support.CreateTeam(t.Context(), d.actor(), support.TeamChange{Name: &name})
	must(t, err)
	token, session := d.visitor(support.Claims{}, "困っています")
	_, err = d.support.ChangeConversation(t.Context(), d.actor(), session.ConversationID, support.ConversationChange{Tags: &tags})
	must(t, err)
	_, err = d.support.SaveSiteSettings(t.Context(), d.actor(), token.ID, support.SiteChange{Settings: support.DefaultSettings(), Own: support.SettingsParts})
	must(t, err)
	hook, _, err := d.support.CreateWebhook(t.Context(), d.actor(), "https://crm.example/hook", support.WebhookEvents)
	must(t, err)
	check("/settings/webhooks", "/settings/webhooks/"+hook.ID, "/settings/webhooks/"+hook.ID+"/delete")
	check("/settings/tags", "/settings/tag?tag="+url.QueryEscape(tags[0]), "/settings/teams", "/settings/teams/"+team.ID, "/settings/widget", "/settings/widget?site="+token.ID)

	again := d.post("/settings/tag", url.Values{"tag": tags, "to": {""}, "form_id": {"once"}}, "Accept-Language", "ja")
	again.want(t, http.StatusUnprocessableEntity, "1 行で 1～40 文字で入力してください")
	d.post("/settings/teams/"+team.ID, url.Values{"name": {"支援"}, "updated_at": {"1"}}, "Accept-Language", "ja").want(t, http.StatusConflict, "現在の保存内容", "その間に別の人がこのチームを変更しました")
	d.post("/settings/retention", url.Values{"conversation_days": {"30"}, "version": {"0"}}, "Accept-Language", "ja").want(t, http.StatusOK, "会話 0 件", "保存して消去")
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
