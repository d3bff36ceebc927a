package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// The settings in a long language and in one from right to left: whoever chose it at the page's
// foot can read, use and hear everything, on a phone too.
func settingsInOtherLanguages(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	for _, language := range []struct{ tag, direction, save, wrong string }{
		{"de", "ltr", "Einstellungen speichern", "Höchstens 30 Zeichen."},
		{"ar", "rtl", "حفظ الإعدادات", "30 حرفًا على الأكثر."},
	} {
		admin := b.newAgent(t, shop.member, "/settings/widget")
		admin.expectRefusals()
		admin.set("#language", language.tag)
		admin.click("@language")
		admin.until("the page in "+language.tag, "document.documentElement.lang === '"+language.tag+"' && document.dir === '"+language.direction+"' && text('@save') === '"+language.save+"'")
		admin.click("@add-question")
		admin.until("a question", "shown('#question-0')")
		see[bool](admin, "$$('details').forEach(d => d.open = true), true")
		admin.do(chromedp.EmulateViewport(390, 844))
		for _, part := range []string{"look", "words", "before", "when", "hours"} {
			admin.click(".jump a[href='#" + part + "']")
			admin.until("no wider than a phone", "$('#main').scrollWidth <= $('#main').clientWidth && document.documentElement.scrollWidth <= innerWidth")
		}
		admin.inspect("settings-" + language.tag)
		admin.fill("#launcher_text", "A text that is far too long for a button")
		admin.click("@save")
		admin.until("what is wrong in the same language", "text('#launcher_text-error').includes('"+language.wrong+"')")
		admin.inspect("settings-" + language.tag + "-errors")
	}
}
