package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// An admin sets the chat up without any script: look, words, questions, and where it shows.
func settingsWithoutScript(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	admin := b.newAgent(t, shop.member, "/settings/widget")
	admin.expectRefusals()
	admin.noScript()
	admin.reload()
	admin.until("no question yet", "shown('@add-question') && !$('@question')")
	admin.fill("#title", "Ask Ann")
	admin.click("label:has([name=launcher_icon][value=hand])")
	admin.click("@add-question")
	admin.until("a question in sight, and what was typed", "location.hash === '#question-0' && shown('#question-0') && $('#title').value === 'Ask Ann' && $('[value=hand]').checked")

	admin.set("[name='pre_chat.fields.0.kind']", "email")
	admin.until("nothing but the question asked of an e-mail", "!shown('[name=\"pre_chat.fields.0.options\"]') && !shown('[name=\"pre_chat.fields.0.key\"]')")
	admin.click("@add-question")
	admin.until("the second", "shown('#question-1')")
	admin.set("[name='pre_chat.fields.1.kind']", "select")
	admin.until("choices to give", "shown('[name=\"pre_chat.fields.1.options\"]')")
	admin.fill("[name='pre_chat.fields.1.label']", "What is it about?")
	admin.click("[name='pre_chat.fields.1.required']")
	// Enter saves; it must not press a button of the questions.
	admin.click("[name='pre_chat.fields.1.label']")
	admin.keys("\r")
	admin.until("that choices are missing", "location.pathname === '/settings/widget' && shown('[id=\"pre_chat.fields.1.options-error\"]') && $('@question:nth-of-type(2)')")
	admin.shot("settings-questions-without-script")
	admin.fill("[name='pre_chat.fields.1.options']", "An order\nA return")
	admin.click("[value='up 1']")
	admin.until("the second first", "location.hash === '#question-0' && $('[name=\"pre_chat.fields.0.label\"]').value === 'What is it about?'")

	admin.click("[data-test='texts-panel'] summary")
	admin.fill("[name='texts.panel.placeholder']", "Ask us anything")
	admin.fill("#hide_urls", "/checkout*\nhttps://shop.example/cart")
	admin.click("[name=monday]")
	admin.click("[value='add monday']")
	admin.until("hours more, and what was typed before", "location.hash === '#hours-monday' && $$('[name=monday_start]').length === 2 && $('#title').value === 'Ask Ann'")
	see[bool](admin, "$$('[name=monday_start]')[1].value = '18:00', $$('[name=monday_end]')[1].value = '20:30', true")
	admin.click("[name=friday]")
	admin.click("[value='copy monday']")
	admin.until("Friday like Monday", "$$('[name=friday_start]')[1].value === '18:00'")
	admin.shot("settings-hours-without-script")
	admin.click("@save")
	admin.until("that it is saved", "text('#flash').includes('Saved') && $('#title').value === 'Ask Ann'")

	c := at(t, newVisitor(b.srv, shop.widget).config(t).ok(t, http.StatusOK), "config")
	for path, want := range map[string]any{
		"widget_settings.title": "Ask Ann", "widget_settings.launcher_icon": "hand", "pre_chat.fields.0.key": "what_is_it_about",
		"pre_chat.fields.0.options.1": "A return", "pre_chat.fields.0.required": true, "pre_chat.fields.1.key": "email", "hide.urls.0": "/checkout*",
		"business_hours.schedule.friday.ranges.1.end": "20:30",
	} {
		is(t, c, path, want)
	}
	if texts := at(t, c, "widget_settings.texts"); len(texts.(map[string]any)) != 1 || texts.(map[string]any)["panel.placeholder"] != "Ask us anything" {
		t.Errorf("texts %v", texts)
	}
}

// Every part of the settings, filled and with errors, is there for everybody.
func accessibleSettings(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	admin := b.newAgent(t, shop.member, "/settings/widget")
	admin.expectRefusals()
	for n, kind := range []string{"name", "select", "checkbox"} {
		admin.click("@add-question")
		admin.until("another question", fmt.Sprintf("$$('@question').length === %d", n+1))
		admin.set(fmt.Sprintf("#question-%d select", n), kind)
	}
	see[bool](admin, "$$('details').forEach(d => d.open = true), true")
	for _, part := range []string{"look", "words", "before", "when", "hours"} {
		admin.click(".jump a[href='#" + part + "']")
		admin.until("that part, below the bar", "$('#"+part+"').getBoundingClientRect().top >= $('.jump').getBoundingClientRect().bottom - 1")
		admin.inspect("settings-" + part)
	}
	admin.fill("#launcher_text", "A text that is far too long for a button")
	admin.click("@save")
	admin.until("what is wrong, in sight", "shown('#launcher_text-error') && active().id === 'launcher_text' && $$('.error').length >= 4")
	admin.inspect("settings-errors")
}

// On a tablet the navigation's icons say what they are; on a phone days without hours take one line.
func narrowSettings(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	admin := b.newAgent(t, shop.member, "/settings/widget")
	admin.do(chromedp.EmulateViewport(1024, 900))
	admin.reload()
	admin.keys("\t\t\t")
	admin.until("the name of the icon in focus", "active().matches('.nav .item') && $('.nav .item:focus-visible .label').getBoundingClientRect().width > 20")
	admin.do(chromedp.EmulateViewport(390, 844))
	admin.until("a day without hours in one line", "shown('[name=monday]') && !shown('[name=monday_start]')")
	admin.click("[name=monday]")
	admin.until("its hours", "shown('[name=monday_start]') && !shown('[name=tuesday_start]')")
	admin.inspectAt("settings-hours-narrow", 390)
}

// An admin gives the team a picture, sees it in the preview, with script and without, and takes it away again; what
// they have typed meanwhile stays. Visitors get it once it is saved.
func teamPicture(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	admin := b.newAgent(t, shop.member, "/settings/widget")
	file := filepath.Join(t.TempDir(), "team.png")
	if err := os.WriteFile(file, pngOf(t, photo(300, 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	choose := func() {
		admin.fill("#title", "Ask Ann")
		admin.chooseFiles("#file", []string{file})
		admin.click("@use-picture")
		admin.until("the picture, and what was typed", "location.hash === '#team-picture' && $('#team-picture img')?.naturalWidth === 128 && $('#title').value === 'Ask Ann'")
	}
	choose()
	admin.inspectAt("team-picture", 1440, 390)
	admin.click("@no-picture")
	admin.until("no picture, and what was typed", "location.hash === '#team-picture' && shown('#file') && !$('#team-picture img') && $('#title').value === 'Ask Ann'")
	admin.noScript()
	admin.reload()
	choose()
	admin.click("@save")
	admin.until("that it is saved", "text('#flash').includes('Saved') && $('#team-picture img')?.naturalWidth === 128")
	v := b.newVisitor(t, shop)
	v.openChat()
	v.until("the team's picture", "text('#title') === 'Ask Ann' && $('.bell img')?.naturalWidth === 128")
}
