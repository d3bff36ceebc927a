package e2e

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// look is a way to see the widget.
type look struct {
	name          string
	width, height int64
	// zoomed is a page at 200 %: half the room, twice the dots.
	zoomed bool
	media  []string
	locale string
}

var looks = []look{
	{name: "light", width: 1280, height: 800, media: []string{"prefers-color-scheme", "light"}},
	{name: "dark-phone", width: 390, height: 844, media: []string{"prefers-color-scheme", "dark"}},
	{name: "arabic-dark", width: 1280, height: 800, locale: "ar", media: []string{"prefers-color-scheme", "dark"}},
	{name: "arabic-phone", width: 390, height: 844, locale: "ar", media: []string{"prefers-color-scheme", "light"}},
	{name: "forced", width: 1280, height: 800, media: []string{"forced-colors", "active", "prefers-color-scheme", "dark"}},
	{name: "zoomed", width: 640, height: 400, zoomed: true},
}

// everyState walks one look through all that the widget can show; axe finds nothing in any of it,
// nothing is cut off sideways, and in English a screen reader gets what it needs and every brand's
// colours can be read.
func (l look) everyState(t *testing.T, b *chromium) {
	shop := newShopWith(t, b.srv, "chat", "support", "history", "file_upload")
	more := []string{"theme: 'auto'"}
	if l.locale != "" {
		more = append(more, "locale: '"+l.locale+"'")
	}
	shop.url = shop.site.set("/", hostPage{body: snippet(b.srv, shop.widget.token, more...)})
	shop.configure(t, obj{"requires_email": true, "otp_verification_enabled": true, "pre_chat": obj{"fields": []obj{
		{"key": "name", "type": "text"},
		{"key": "email", "type": "email", "required": true},
		{"key": "topic", "label": "What is it about?", "type": "select", "required": true, "options": []string{"Sales", "Support"}},
		{"key": "terms", "label": "I have read the privacy notice", "type": "checkbox", "required": true},
	}}})
	visitor := func() *person {
		v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
		v.expectRefusals()
		if l.zoomed {
			v.do(chromedp.EmulateViewport(l.width, l.height, chromedp.EmulateScale(2)))
		} else {
			v.do(chromedp.EmulateViewport(l.width, l.height))
		}
		v.media(l.media...)
		v.open(shop.url)
		v.until("the launcher", "shown('@launcher')")
		return v
	}
	v := visitor()
	var worn []wornBrand
	if l.name == "light" {
		worn = brands(t, b.srv)
	}
	at := func(name string) {
		t.Helper()
		v.accessible(name)
		v.shot("state-" + l.name + "-" + name)
		v.until("nothing of "+name+" cut off sideways", `[...W.querySelectorAll('.log, .step, .panel, header, .composer, .menu, .picker, .preview')].every(e =>
			!shown(e) || (e.scrollWidth <= e.clientWidth + 1 && (r => r.left >= -1 && r.right <= innerWidth + 1)(e.getBoundingClientRect())))`)
		v.until("header, menu and grid of "+name+" inside the panel", `(p => [...W.querySelectorAll('header, .menu, .picker, .write')].every(e => !shown(e) ||
			(r => r.top >= p.top - 1 && r.bottom <= p.bottom + 1)(e.getBoundingClientRect())))($('@panel')?.getBoundingClientRect())`)
		if tidy := tidyIn[name]; tidy != "" {
			v.until("order in "+name, tidy)
		}
		if mark := markedIn[name]; mark != "" && l.name == "forced" {
			v.until("what colours say in "+name+" without them", mark)
		}
		if lines := readsIn[name]; l.name == "light" {
			if len(lines) == 0 {
				t.Errorf("nobody has said what a screen reader has of %s", name)
			}
			v.hearsOf(name, lines...)
			v.readable(name, worn)
		}
	}

	at("closed")
	v.click("@launcher")
	v.until("the form", "shown('@gate-form')")
	at("form")
	v.click("@gate-submit")
	v.until("what is missing", "$('@gate-terms').getAttribute('aria-invalid') === 'true'")
	at("form-wrong")
	email := unique("state") + "@customer.example"
	b.srv.keepOut(email)
	v.fill("@gate-email", email)
	v.set("@gate-topic", "Support")
	v.set("@gate-terms", true)
	v.click("@gate-submit")
	v.until("the step for the code", "shown('@otp-input')")
	code := b.srv.mails.nth(t, email, 1).code(t)
	b.srv.keepOut("code is: " + code)
	at("code")
	v.keys(wrongCode(code))
	v.until("that it is wrong", "shown('@otp-error') && $('@otp-input').value === '' && !$('@otp-input').readOnly")
	at("code-wrong")
	v.keys(code)
	v.until("the composer", "shown('@composer-input') && active() === $('@composer-input')")
	at("greeting")
	v.until("the whole line to write in", "active().clientHeight >= active().scrollHeight && active().clientHeight >= 30")

	v.write("Hello, I cannot pay with my card.")
	id := shop.newest(t)
	shop.reply(t, id, "I'm looking into it, see https://shop.example/pay", false)
	v.until("the answer", "said().length === 2")
	typed, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(time.Second); ; {
			shop.do(t, "POST", "/conversation/"+id+"/typing", obj{"typing": true})
			select {
			case <-typed:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
	endTyping := sync.OnceFunc(func() { close(typed); <-stopped })
	defer endTyping()
	v.until("that somebody writes", "shown('@typing')")
	at("typing")
	endTyping()
	files := onDisk(t, map[string][]byte{"desk.jpg": jpegOf(t, photo(900, 600)), "page.html": []byte("<!doctype html>"), "terms.pdf": []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n")})
	release := v.hold("*/session/files")
	v.chooseFiles("@files", files("desk.jpg", "terms.pdf"))
	v.until("how far they are", "shown('@file progress')")
	at("files-progress")
	release()
	v.until("both uploaded", allUploaded+" && $$('@file').length === 2")
	v.chooseFiles("@files", files("page.html"))
	v.until("what is wrong with the third", "$$('@file').length === 3 && $$('@file [role=alert]').some(shown)")
	at("files-wrong")
	v.click("@file:last-child @file-cancel")
	v.click("@send")
	v.until("the message with its files", "$('@picture img')?.naturalWidth > 0 && "+allSent)
	at("conversation")
	v.click("@picture")
	v.until("the viewer", "shown('@viewer') && $('@viewer img').naturalWidth === 900")
	at("viewer")
	v.keys(kb.Escape)
	v.click("@emoji")
	v.until("the grid", "$$('.emoji').length > 1800")
	at("emoji")
	v.keys(kb.Escape)
	v.click("@menu")
	v.until("the menu", "shown('@menu-end')")
	at("menu")
	v.click("@menu-mail")
	v.until("the address", "shown('@mail-email')")
	at("mail")
	v.keys(kb.Escape)

	v.online(false)
	v.fill("@composer-input", "Are you still there?")
	v.keys("\r")
	v.until("it kept, and why", "shown('@message[data-state=failed] @retry') && shown('.connection')")
	at("offline")
	v.online(true)
	v.until("it sent", allSent+" && !shown('.connection')")
	v.click("@close")
	shop.reply(t, id, "Please try again now.", false)
	v.until("the preview", "shown('@preview') && text('@badge') === '1'")
	at("preview")
	v.click("@preview-open")
	v.until("the chat", "shown('@composer-input') && !shown('@preview')")

	v.choose("end")
	v.until("the question", "shown('@end')")
	at("end")
	v.click("@end")
	v.until("how to rate it", "shown('@rating')")
	at("closed-conversation")
	v.click("@rate-4")
	v.until("a place for words", "shown('@rate-comment')")
	at("rating")
	v.click("@rate-send")
	v.until("thanks", "shown('@rate-thanks')")
	at("thanks")
	v.click("@fresh")
	v.until("an empty chat", "said().length === 0 && !shown('@ended')")
	v.choose("history")
	v.until("the earlier one", "$$('@past').length === 1")
	at("history")
	v.click("@past")
	v.until("its messages", "text('.visit').includes('I cannot pay')")
	at("past")

	shop.configure(t, obj{"requires_email": false, "otp_verification_enabled": false, "pre_chat": obj{"fields": []obj{}}})
	v = visitor()
	v.click("@launcher")
	v.write("Nobody knows me")
	v.until("the question for an address", "shown('@away')")
	at("away")
	shop.do(t, "DELETE", "/token/"+shop.widget.id, nil).ok(t, http.StatusOK)
	v.until("that the chat is unavailable", "shown('@unavailable')")
	at("unavailable")
}

// tidyIn is what stands where the eye expects it, in each look.
var tidyIn = map[string]string{
	"code":         "(r => r.bottom <= $('@panel').getBoundingClientRect().bottom)($('@otp-input').getBoundingClientRect())",
	"form-wrong":   "matchMedia('(forced-colors: active)').matches || active() === $('@gate-email') && ['@gate-email', '@gate-topic'].map(s => getComputedStyle($(s)).borderTopColor).every((c, i, all) => c === all[0])",
	"conversation": "(row => Math.abs(row.querySelector('.face').getBoundingClientRect().bottom - row.querySelector('.bubble').getBoundingClientRect().bottom) < 1)($('.last[data-sender=agent]'))",
	"preview":      "getComputedStyle($('@preview-text')).textAlign === (W.querySelector('.root').dir === 'rtl' ? 'right' : 'left')",
	"history":      "getComputedStyle($('.said')).textAlign === (W.querySelector('.root').dir === 'rtl' ? 'right' : 'left')",
	"past":         "(([foot, step]) => Math.abs(foot.bottom - step.bottom) < 1.5)(['.foot', '.step'].map(s => $(s).getBoundingClientRect()))",
}

// markedIn is what must tell the same in forced colours as colours do otherwise.
var markedIn = map[string]string{
	"typing":              "(s => s.backgroundColor === s.color)(getComputedStyle($('@typing i')))",
	"files-progress":      edged("@file progress"),
	"conversation":        edged("@file-card"),
	"viewer":              edged("@viewer-close"),
	"menu":                `getComputedStyle($('@menu-sound'), '::after').content.includes('✓')`,
	"rating":              `(s => s.outlineStyle === 'solid' && parseFloat(s.outlineWidth) >= 2)(getComputedStyle($('@rate-4').closest('label')))`,
	"closed-conversation": edged("header"),
}

// readsIn is what a screen reader must have of each state, among more, in this order.
var readsIn = map[string][]string{
	"closed": {"button Open chat [expanded=false] [hasPopup=dialog]"},
	"form": {"dialog Chat with us", "button More options [expanded=false] [hasPopup=menu]", "button Close chat", "heading Before we start", "textbox Name (optional) [focused=true]",
		"textbox E-mail [required=true]", "combobox What is it about? [expanded=false] [hasPopup=menu]", "checkbox I have read the privacy notice", "button Start chat"},
	"form-wrong": {"textbox E-mail [focused=true] [invalid=true] [required=true]", "StaticText Please enter your e-mail address, like ann@example.com.",
		"combobox What is it about? [expanded=false] [hasPopup=menu] [invalid=true]", "StaticText Please choose one.",
		"checkbox I have read the privacy notice [invalid=true]", "StaticText Please tick this to go on."},
	"code":       {"heading Check that it’s you", "status [live=polite]", "textbox 6-digit code [focused=true]", "button Not your address?"},
	"code-wrong": {"textbox 6-digit code [focused=true] [invalid=true]", "alert [live=assertive]", "StaticText That code is not right. Please check it and try again."},
	"greeting": {"log Messages [live=polite]", "StaticText Hi! How can we help you today?", "textbox Message [focused=true]", "button Emoji", "button Attach files",
		"button Send message [disabled=true]"},
	"typing":         {"log Messages [live=polite]", "StaticText You", "StaticText Mem Ber", "link https://shop.example/pay", "status [live=polite]", "StaticText Typing…"},
	"files-progress": {"list Files to send", "progressbar Uploading desk.jpg", "button Cancel desk.jpg", "status [live=polite]", "button Send message"},
	"files-wrong":    {"button Remove desk.jpg", "alert [live=assertive]", "StaticText Files of this type can’t be sent.", "button Remove page.html"},
	"conversation":   {"log Messages [live=polite]", "button Show picture desk.jpg [hasPopup=dialog]", "link terms.pdf 1 kB", "textbox Message [focused=true]"},
	"viewer":         {"dialog Pictures [modal=true]", "link Download desk.jpg", "button Close picture [focused=true]", "button Zoom: desk.jpg"},
	"emoji":          {"button Emoji [expanded=true] [hasPopup=dialog]", "dialog Emoji", "searchbox Search emoji [focused=true]", "button Smileys", "status [live=polite]", "group Smileys", "button grinning face", "group Flags"},
	"menu": {"button More options [expanded=true] [hasPopup=menu]", "menu More options", "menuitem Earlier conversations [focused=true]", "menuitem New conversation",
		"menuitem E-mail transcript", "menuitem Download transcript", "menuitemcheckbox Sounds [checked=true]", "menuitem Close conversation"},
	"mail":    {"button Back", "heading Transcript by e-mail [focused=true]", "textbox E-mail", "button Send transcript"},
	"offline": {"status [live=polite]", "StaticText You’re offline. Messages go out when you’re back.", "log Messages [live=polite]", "StaticText Are you still there?", "StaticText Not sent", "button Try again"},
	"preview": {"button Open chat, new messages: 1 [expanded=false] [focused=true] [hasPopup=dialog]", "status [live=polite]", "button New message from Mem Ber Please try again now.",
		"button Dismiss message"},
	"end": {"button Back", "heading Close this conversation? [focused=true]", "button Close conversation", "button Keep it open"},
	"closed-conversation": {"StaticText This conversation is closed. Write to reopen it.", "group How was this conversation?", "radio Awful", "radio Bad", "radio Okay", "radio Good", "radio Great",
		"button Start a new conversation", "button E-mail transcript", "button Download transcript", "textbox Message [focused=true]"},
	"rating":      {"radio Good [checked=true] [focused=true]", "textbox Anything you’d like to add? (optional)", "button Send"},
	"thanks":      {"status [focused=true] [live=polite]", "StaticText Thank you for telling us!", "button Start a new conversation"},
	"history":     {"button Back", "heading Earlier conversations [focused=true]", "list"},
	"past":        {"button Back", "log Messages [live=polite]", "StaticText Hello, I cannot pay with my card.", "button Continue this conversation"},
	"away":        {"heading Nobody is here right now", "textbox E-mail", "button Save"},
	"unavailable": {"alert [live=assertive]", "heading Chat is not available right now [focused=true]"},
}
