package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focused waits until something has the focus and shows it.
func (p *person) focused(selector string) {
	p.t.Helper()
	p.until("the focus on "+selector+", to be seen", `(e => e && active() === e && e.matches(':focus-visible') &&
		[e, e.parentElement, e.nextElementSibling].some(x => x && (s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1.5)(getComputedStyle(x))))($(`+js(selector)+"))")
}

// tabTo walks by Tab, or back by Shift and Tab, until the focus is on an element; it must never be
// nowhere on the way.
func (p *person) tabTo(selector string, back bool) {
	p.t.Helper()
	var options []chromedp.KeyOption
	if back {
		options = append(options, chromedp.KeyModifiers(kb.ModifierShift))
	}
	p.until(selector, "shown("+js(selector)+")")
	var stops []string
	for range 25 {
		p.keys(kb.Tab, options...)
		at := see[string](p, "active() === $("+js(selector)+") ? '' : active().dataset?.test || active().className || active().localName")
		if at == "" {
			p.focused(selector)
			return
		}
		if stops = append(stops, at); at == "body" {
			break
		}
	}
	p.t.Fatalf("%s is out of reach of Tab: %q: %s", selector, stops, p.sight())
}

// pick opens the menu by keyboard and takes an entry of it.
func (p *person) pick(entry string) {
	p.t.Helper()
	p.tabTo("@menu", true)
	p.keys("\r")
	p.until("the menu with the focus in it", "$('[role=menu]')?.contains(active())")
	for range 8 {
		if see[bool](p, "active().dataset.test === "+js("menu-"+entry)) {
			p.keys("\r")
			return
		}
		p.keys(kb.ArrowDown)
	}
	p.t.Fatalf("no %s in the menu", entry)
}

// Everything there is to do, from the first look to the second conversation, without a mouse.
func wholeJourneyByKeyboard(t *testing.T, b *chromium) {
	shop := newShopWith(t, b.srv, "chat", "support", "history", "file_upload")
	shop.configure(t, obj{"requires_email": true, "otp_verification_enabled": true, "pre_chat": obj{"fields": []obj{
		{"key": "email", "type": "email", "required": true},
		{"key": "topic", "label": "What is it about?", "type": "select", "required": true, "options": []string{"Sales", "Help"}},
		{"key": "terms", "label": "I have read the privacy notice", "type": "checkbox", "required": true},
	}}})
	email := unique("hands") + "@customer.example"
	b.srv.keepOut(email)
	files := onDisk(t, map[string][]byte{"desk.png": pngOf(t, photo(300, 200))})
	v := b.newVisitor(t, shop)
	v.until("the launcher", "shown('@launcher')")

	v.tabTo("@launcher", false)
	v.keys("\r")
	v.focused("@gate-email")
	v.keys("\r")
	v.until("what is missing", "$('@gate-email').getAttribute('aria-invalid') === 'true'")
	v.focused("@gate-email")
	v.keys(email)
	v.tabTo("@gate-topic", false)
	v.keys("h")
	v.until("the choice by its letter", "active().value === 'Help'")
	v.tabTo("@gate-terms", false)
	v.keys(" ")
	v.tabTo("@gate-submit", false)
	v.keys("\r")
	v.focused("@otp-input")
	v.keys(b.srv.mails.nth(t, email, 1).code(t))
	v.focused("@composer-input")

	v.keys("Hello")
	v.tabTo("@emoji", false)
	v.keys("\r")
	v.focused("@emoji-search")
	v.until("the grid", "$$('.emoji').length > 1800")
	v.keys("waving")
	v.until("what was found", "$('.emoji')?.dataset.emoji === '👋'")
	v.keys(kb.ArrowDown)
	v.focused(".emoji")
	v.keys("\r")
	v.focused("@composer-input")
	v.keys("\r")
	v.hears("visitor: Hello👋")
	v.focused("@composer-input")

	v.tabTo("@files", false)
	v.chooseFilesAfter(func() { v.keys("\r") }, files("desk.png"))
	v.until("it uploaded, the focus kept", allUploaded+" && active() !== document.body")
	v.tabTo("@send", false)
	v.keys("\r")
	v.focused("@composer-input")
	v.until("the picture sent", "$('@picture img')?.naturalWidth > 0 && "+allSent)
	v.tabTo("@picture", true)
	v.keys("\r")
	v.until("the viewer with the focus in it", "shown('@viewer') && $('@viewer').contains(active())")
	v.tabTo("@viewer-zoom", false)
	v.keys("\r")
	v.until("it zoomed", "active().getAttribute('aria-pressed') === 'true'")
	v.tabTo("@viewer-close", true)
	v.keys("\r")
	v.focused("@picture")

	// No trap on a large screen: Tab leaves the panel at its end.
	v.tabTo("@launcher", false)
	v.tabTo("@send, @files", true)

	v.pick("history")
	v.until("the list with the focus on its heading", "shown('@past') && active().matches('.visit h3')")
	v.tabTo("@past", false)
	v.keys(kb.Escape)
	v.focused("@composer-input")
	v.pick("download")
	v.focused("@menu")
	v.tabTo("@composer-input", false)
	v.pick("mail")
	v.until("the address", "active().matches('.visit h3')")
	v.tabTo("@mail-send", false)
	v.keys("\r")
	v.until("that it is on its way", "active() === $('@mail-sent')")
	v.keys(kb.Escape)
	v.focused("@composer-input")
	v.pick("sound")
	v.focused("@menu")
	v.keys("\r")
	v.until("that sounds are off", "$('@menu-sound').getAttribute('aria-checked') === 'false'")
	v.keys(kb.Escape)
	v.focused("@menu")
	v.tabTo("@composer-input", false)
	v.pick("end")
	v.until("the question", "active().matches('.visit h3')")
	v.tabTo("@end", false)
	v.keys("\r")
	v.focused("@composer-input")

	v.until("how to rate it", "shown('@rating')")
	v.tabTo("@rate-5", true)
	v.keys(kb.ArrowLeft)
	v.focused("@rate-4")
	v.tabTo("@rate-comment", false)
	v.keys("Quick help")
	v.tabTo("@rate-send", false)
	v.keys("\r")
	v.until("thanks", "active() === $('@rate-thanks')")
	v.tabTo("@fresh", false)
	v.keys("\r")
	v.until("an empty chat", "said().length === 0 && !shown('@ended')")
	v.focused("@composer-input")
	v.keys("Another matter\r")
	v.hears("visitor: Another matter")
	v.until("it sent", allSent)
	v.keys(kb.Escape)
	v.until("the panel closed", "!shown('@panel')")
	v.focused("@launcher")
	conversations := list(t, shop.do(t, "GET", "/conversations", nil).ok(t, 200), "conversations")
	if len(conversations) != 2 {
		t.Errorf("%d conversations", len(conversations))
	}
}

// Escape closes what lies on top, and only that; the focus goes back to what opened it.
func escapeInOrder(t *testing.T, b *chromium) {
	shop := newShopWith(t, b.srv, "chat", "support", "history")
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Show me")
	shop.sendFiles(t, shop.newest(t), "", map[string][]byte{"one.png": pngOf(t, photo(300, 200))}, "one.png")
	v.until("the picture", "$('@picture img')?.naturalWidth > 0")
	v.focused("@composer-input")

	// A grid that is left by keyboard does not stay below what is opened next.
	v.tabTo("@emoji", false)
	v.keys("\r")
	v.focused("@emoji-search")
	v.tabTo("@emoji", true)
	v.keys(kb.Escape)
	v.until("the grid closed, and nothing else", "!$('@emoji-picker') && shown('@panel')")
	v.keys("\r")
	v.focused("@emoji-search")
	v.tabTo("@picture", true)
	v.until("no grid", "!$('@emoji-picker') && $('@emoji').getAttribute('aria-expanded') === 'false'")
	for _, layer := range []struct{ opener, layer string }{{"@emoji", "@emoji-picker"}, {"@picture", "@viewer"}, {"@menu", "[role=menu]"}} {
		v.tabTo(layer.opener, layer.opener != "@emoji")
		v.keys("\r")
		v.until(layer.layer+" with the focus in it", fmt.Sprintf("shown(%[1]s) && $(%[1]s).contains(active())", js(layer.layer)))
		v.keys(kb.Escape)
		v.until("nothing but the panel", fmt.Sprintf("!$(%s) && shown('@panel')", js(layer.layer)))
		v.focused(layer.opener)
	}
	v.keys(kb.Escape)
	v.until("the panel closed", "!shown('@panel')")
	v.focused("@launcher")
}
