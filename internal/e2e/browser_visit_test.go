package e2e

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// newShopWith is a shop whose token has these scopes.
func newShopWith(t testing.TB, srv *server, scopes ...string) *shopPage {
	t.Helper()
	s := &shopPage{account: newAccount(t, srv), site: newSite(t, "localhost")}
	s.widget = s.newToken(t, s.site.url, scopes...)
	s.url = s.site.set("/", hostPage{body: snippet(srv, s.widget.token)})
	return s
}

// choose opens the panel's menu and takes one of its entries.
func (p *person) choose(entry string) {
	p.t.Helper()
	p.click("@menu")
	p.click("@menu-" + entry)
}

// A conversation from its menu to its end, and on to the next one.
func lifeOfAConversation(t *testing.T, b *chromium) {
	shop := newShopWith(t, b.srv, "chat", "support", "history")
	v := b.newVisitor(t, shop)
	v.openChat()
	v.click("@menu")
	v.until("only what there is to do", `$$('[role^=menuitem]').map(e => e.dataset.test).join() === 'menu-sound'`)
	v.keys(kb.Escape)
	v.write("The first matter")
	first := shop.newest(t)
	shop.reply(t, first, "We look into it", false)
	v.hears("visitor: The first matter", "agent: We look into it")

	v.until("a button for a menu", "$('@menu').getAttribute('aria-haspopup') === 'menu' && $('@menu').getAttribute('aria-expanded') === 'false'")
	see[bool](v, "$('@menu').focus() || true")
	v.keys("\r")
	v.until("the menu with its first entry", "active() === $('@menu-history') && $('@menu').getAttribute('aria-expanded') === 'true'")
	v.calm()
	v.shot("menu")
	v.keys(kb.ArrowUp)
	v.until("the last entry", "active() === $('@menu-end')")
	v.keys(kb.ArrowDown)
	v.until("the first again", "active() === $('@menu-history')")
	v.keys("d")
	v.until("the one with this letter", "active() === $('@menu-download')")
	v.keys(kb.Escape)
	v.until("the panel without its menu", "!$('[role=menu]') && active() === $('@menu') && shown('@panel')")

	v.choose("end")
	v.until("the question", "shown('@end') && active().matches('h3')")
	v.calm()
	v.shot("close-question")
	v.keys(kb.Escape)
	v.until("the chat again", "shown('@composer-input') && !$('@end')")
	v.choose("end")
	v.click("@end")
	v.until("how to rate it", "shown('@rating')")
	is(t, shop.do(t, "GET", "/conversation/"+first, nil).ok(t, http.StatusOK), "status", "closed")
	v.calm()
	v.shot("ended")
	see[bool](v, "$('@rate-1').focus() || true")
	v.keys(kb.ArrowRight + kb.ArrowRight + kb.ArrowRight)
	v.until("the fourth face and a place for words", "$('@rate-4').checked && shown('@rate-comment')")
	v.fill("@rate-comment", "Quick help")
	v.calm()
	v.shot("rating")
	v.click("@rate-send")
	v.until("thanks", "active() === $('@rate-thanks')")
	rated := shop.do(t, "GET", "/conversation/"+first, nil).ok(t, http.StatusOK)
	is(t, rated, "rating.score", 4)
	is(t, rated, "rating.comment", "Quick help")
	v.reload()
	v.openChat()
	v.until("that the question is not asked twice", "shown('@ended') && !$('@rating')")

	v.fill("@composer-input", "About the first, still")
	v.click("@fresh")
	v.until("an empty composer", "$('@composer-input').value === ''")
	v.until("an empty chat", "shown('@composer-input') && said().length === 0 && !shown('@ended')")
	v.write("Another matter")
	v.hears("visitor: Another matter")
	if second := shop.newest(t); second == first {
		t.Error("the new matter is in the old conversation")
	}

	shop.reply(t, first, "One more thing about the first", false)
	v.choose("history")
	v.until("both conversations", "$$('@past').length === 2 && text('@history').includes('Another matter') && text('@history').includes('One more thing')")
	v.calm()
	v.shot("history")
	v.click("li:first-child @past")
	v.until("the older one, to read", "text('.visit').includes('The first matter') && text('.visit').includes('One more thing') && !shown('@composer-input')")
	v.calm()
	v.shot("past")
	v.click("@back")
	v.until("the list again", "$$('@past').length === 2")
	v.click("li:first-child @past")
	v.click("@resume")
	v.hears("visitor: The first matter", "agent: We look into it", "agent: One more thing about the first")
	v.until("what was being written there", "$('@composer-input').value === 'About the first, still'")
	see[bool](v, "$('@composer-input').select() || true")
	v.fill("@composer-input", "")
	v.write("Thank you")
	if back := shop.newest(t); back != first {
		t.Errorf("the answer went to %s, not to %s", back, first)
	}

	v.choose("end")
	v.click("@end")
	v.until("the question again, now that it was reopened and closed", "shown('@rating') && !$('@rate-4').checked")

	v.choose("history")
	v.click("li:last-child @past")
	v.until("the other one", "text('.visit').includes('Another matter')")
	v.choose("fresh")
	v.until("an empty chat in place of it", "said().length === 0 && shown('@composer-input') && !$('.visit') && !text('@panel').includes('matter')")
	v.choose("history")
	v.click("li:last-child @past")
	v.until("the other one again", "text('.visit').includes('Another matter')")
	see[bool](v, "(Deskbell.logout(), true)")
	v.until("nothing of it after logging out", "shown('@composer-input') && said().length === 0 && !text('@panel').includes('matter')")
}

// Who begins another conversation in one tab goes on with it in the other one.
func anotherInTwoTabs(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("The first matter")
	other := v.another()
	// It takes over the line before it hears of the new session, as can happen for a moment.
	other.expectRefusals()
	other.open(shop.site.set("/late", hostPage{
		head: "<script>addEventListener('storage', e => e.stopImmediatePropagation())</script>", body: snippet(b.srv, shop.widget.token)}))
	other.openChat()
	other.hears("visitor: The first matter")
	v.choose("fresh")
	v.until("an empty chat", "said().length === 0 && shown('@composer-input')")
	other.until("an empty chat too", "said().length === 0")
	other.write("Another matter")
	v.hears("visitor: Another matter")
	shop.reply(t, shop.newest(t), "We look into that too", false)
	v.hears("visitor: Another matter", "agent: We look into that too")
	if slices.Contains(other.asked(b.srv.url), "POST "+api+"/session") {
		t.Error("the other tab has begun a session of its own")
	}
	other.hears("visitor: Another matter", "agent: We look into that too")
}

// A conversation of two days, as it stands there and as a visitor takes it along: in a file, and in a
// mail to an address that a code has proven.
func transcripts(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Please remember this")
	id := shop.newest(t)
	shop.reply(t, id, "So we do", false)
	shop.reply(t, id, "All of it", false)
	b.srv.edit(t, "UPDATE support_messages SET created_at = created_at - 86400000 WHERE conversation_id = ?", id)
	shop.reply(t, id, "Is there more?", false)
	b.srv.edit(t, "UPDATE support_messages SET created_at = created_at - 360000 WHERE conversation_id = ? AND text = 'Is there more?'", id)
	shop.reply(t, id, "Hello?", false)
	shop.sendFiles(t, id, "Our terms", map[string][]byte{"terms.pdf": []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n")}, "terms.pdf")
	v.reload()
	v.openChat()
	// What ends with ":" begins a group, with the name of who wrote it; what ends with "." ends one, with the time.
	v.until("two days, and together what belongs together", `JSON.stringify([...W.querySelectorAll('.log > .line, .log > [data-sender]:not([data-sender=note])')].map(e => e.matches('.line') ? e.innerText :
		e.querySelector('.bubble').innerText + (e.matches('.first') && !e.querySelector('.name, .sr').hidden ? ':' : '') + (e.matches('.last') && /\d:\d\d/.test(e.querySelector('.meta').innerText) ? '.' : ''))) ===
		JSON.stringify(['Yesterday', 'Please remember this:.', 'So we do:', 'All of it.', 'Today', 'Is there more?:.', 'Hello?:', 'Our terms.'])`)
	v.calm()
	v.shot("two-days")
	see[bool](v, "(() => { const make = URL.createObjectURL; URL.createObjectURL = b => { window.saved = b; return make.call(URL, b) }; return true })()")
	v.choose("download")
	v.until("the file", "window.saved")
	saved := regexp.MustCompile(`\w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d\s[AP]M`).ReplaceAllString(see[string](v, "window.saved.text()"), "WHEN")
	yesterday := see[string](v, "new Intl.DateTimeFormat('en', { dateStyle: 'long' }).format(Date.now() - 864e5)")
	equal(t, "the file", strings.Split(saved, "\n\n"), []string{
		"Conversation of " + yesterday + "\n" + strings.TrimPrefix(shop.site.url, "http://"),
		"WHEN  You\nPlease remember this", "WHEN  Mem Ber\nSo we do", "WHEN  Mem Ber\nAll of it",
		"WHEN  Mem Ber\nIs there more?", "WHEN  Mem Ber\nHello?", "WHEN  Mem Ber\nOur terms\n(File: terms.pdf)\n"})

	email := unique("takes") + "@customer.example"
	b.srv.keepOut(email)
	v.expectRefusals()
	v.choose("mail")
	v.fill("@mail-email", "nobody")
	v.click("@mail-send")
	v.until("that this is no address", "$('@mail-email').getAttribute('aria-invalid') === 'true' && active() === $('@mail-email')")
	v.fill("@mail-email", email)
	v.click("@mail-send")
	v.until("the step for the code", "active() === $('@otp-input')")
	v.accessible("transcript code")
	v.shot("transcript-code")
	code := b.srv.mails.nth(t, email, 1).code(t)
	b.srv.keepOut("code is: " + code)
	v.keys(code)
	v.until("that it is on its way", "text('@mail-sent').includes("+js(email)+")")
	v.accessible("transcript sent")
	if m := b.srv.mails.nth(t, email, 2); !strings.Contains(m.text, "So we do") {
		t.Errorf("the mail is %q", m.text)
	}
	v.keys(kb.Escape)
	v.until("the chat as it was", "said().length === 6 && shown('@composer-input')")
}

// The form with the team's own questions.
func ownQuestions(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	fields := []obj{
		{"key": "name", "label": "Your name", "type": "text", "required": true},
		{"key": "email", "label": "Work e-mail", "type": "email"},
		{"key": "phone", "label": "Phone", "type": "phone", "required": true},
		{"key": "topic", "label": "What is it about?", "type": "select", "required": true, "options": []string{"Sales", "Support"}},
		{"key": "order", "label": "Order number", "type": "text"},
		{"key": "terms", "label": "I have read the privacy notice", "type": "checkbox", "required": true},
	}
	shop.configure(t, obj{"pre_chat": obj{"fields": fields}})
	v := b.newVisitor(t, shop)
	v.click("@launcher")
	v.until("the questions", "shown('@gate-form') && $('@gate-form').querySelectorAll('.field').length === 6 && active() === $('@gate-name')")
	v.calm()
	v.shot("own-questions")
	v.click("@gate-submit")
	v.until("what is missing, beside each", `['name', 'phone', 'topic', 'terms'].every(k => $('@gate-' + k).getAttribute('aria-invalid') === 'true') &&
		['email', 'order'].every(k => $('@gate-' + k).getAttribute('aria-invalid') === 'false') && active() === $('@gate-name')`)
	v.calm()
	v.shot("own-questions-missing")
	v.accessible("own questions")
	v.fill("@gate-name", "Vera Visitor")
	v.fill("@gate-phone", "020 7946 0958")
	v.set("@gate-topic", "Support")
	v.click("@gate-terms")
	v.click("@gate-submit")
	v.until("that the number lacks its country", `active() === $('@gate-phone') && active().getAttribute('aria-invalid') === 'true' && text('@gate-form').includes('with its country code') &&
		['name', 'topic', 'terms'].every(k => $('@gate-' + k).getAttribute('aria-invalid') === 'false')`)
	v.fill("@gate-phone", "+44 (20) 7946-0958")
	v.click("@gate-submit")
	v.write("Hello")
	c := shop.do(t, "GET", "/conversation/"+shop.newest(t), nil).ok(t, http.StatusOK)
	is(t, c, "auth_attr.topic", "Support")
	is(t, c, "auth_attr.terms", true)
	if _, found := at(t, c, "auth_attr").(obj)["order"]; found {
		t.Error("an empty answer was sent")
	}
	is(t, c, "sessions.0.claimed.name", "Vera Visitor")
	is(t, c, "sessions.0.claimed.phone", "+442079460958")
	v.reload()
	v.openChat()
	v.hears("visitor: Hello")
}

// The code comes while the step is open in two tabs, and the first address was a mistake.
func codeInTwoTabs(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	shop.configure(t, obj{"requires_email": true, "otp_verification_enabled": true})
	mistaken, email := unique("typo")+"@customer.example", unique("two")+"@customer.example"
	b.srv.keepOut(mistaken)
	b.srv.keepOut(email)
	v := b.newVisitor(t, shop)
	v.click("@launcher")
	v.fill("@gate-email", mistaken)
	v.click("@gate-submit")
	v.until("the step for the code", "text('@panel').includes("+js(mistaken)+")")
	b.srv.mails.nth(t, mistaken, 1)
	v.until("how long another code takes", `/0:\d\d/.test(text('@otp-resend')) && $('@otp-resend').getAttribute('aria-disabled') === 'true'`)
	v.calm()
	v.shot("code-waiting")
	v.accessible("code waiting")

	v.click("@otp-other")
	v.until("the form with the address", "$('@gate-email').value === "+js(mistaken))
	v.fill("@gate-email", email)
	v.click("@gate-submit")
	v.until("the step for the right address", "text('@panel').includes("+js(email)+") && active() === $('@otp-input')")
	code := b.srv.mails.nth(t, email, 1).code(t)
	b.srv.keepOut("code is: " + code)
	other := v.another()
	other.open(shop.url)
	other.click("@launcher")
	other.until("the same step, without another code", "text('@panel').includes("+js(email)+") && shown('@otp-input')")

	v.paste("Your code is: " + code[:3] + " " + code[3:] + ". It is valid for 10 minutes.")
	v.until("the composer", "shown('@composer-input')")
	other.until("the composer too", "shown('@composer-input')")
	v.write("Here I am")
	other.hears("visitor: Here I am")
	if n := b.srv.mails.countTo(email); n != 1 {
		t.Errorf("%d mails to %s", n, email)
	}
}

// Every word about a code that does not work, and how long until the next.
func codesRunOut(t *testing.T, shared *chromium) {
	b := &chromium{ctx: shared.ctx, srv: startServerWithMail(t, watched(t))}
	shop := newShop(t, b.srv)
	shop.configure(t, obj{"requires_email": true, "otp_verification_enabled": true})
	email := unique("many") + "@customer.example"
	b.srv.keepOut(email)
	v := b.newVisitor(t, shop)
	v.expectRefusals()
	v.click("@launcher")
	v.fill("@gate-email", email)
	v.click("@gate-submit")
	v.until("a wait for the next code", "$('@otp-resend')?.getAttribute('aria-disabled') === 'true'")
	code := b.srv.mails.nth(t, email, 1).code(t)
	b.srv.keepOut("code is: " + code)
	for try, words := range []string{"not right", "not right", "Too many wrong tries"} {
		v.until("a field for a try", "!$('@otp-input').readOnly && $('@otp-input').value === ''")
		v.keys(wrongCode(code))
		v.until(fmt.Sprintf("what is wrong with try %d", try), "text('@otp-error').includes("+js(words)+")")
	}
	v.until("that a new code can be had at once", "$('@otp-resend').getAttribute('aria-disabled') === 'false'")
	v.click("@otp-resend")
	code = b.srv.mails.nth(t, email, 2).code(t)
	b.srv.keepOut("code is: " + code)
	v.until("that nothing is wrong any more", "!shown('@otp-error') && $('@otp-resend').getAttribute('aria-disabled') === 'true'")
	b.srv.edit(t, "UPDATE support_sessions SET otp_expiry = 1 WHERE email = ?", email)
	v.click("@otp-input")
	v.keys(code)
	v.until("that it is too old, and a new one at once", "text('@otp-error').includes('has expired') && $('@otp-resend').getAttribute('aria-disabled') === 'false' && $('@otp-input').value === ''")
	for nth := 3; nth <= 4; nth++ {
		see[bool](v, "(() => { const now = Date.now; Date.now = () => now() + 31000; return true })()")
		v.until("that the wait is over", "$('@otp-resend').getAttribute('aria-disabled') === 'false'")
		v.click("@otp-resend")
		if nth == 3 {
			b.srv.keepOut("code is: " + b.srv.mails.nth(t, email, 3).code(t))
			v.until("the next wait", "$('@otp-resend').getAttribute('aria-disabled') === 'true'")
		}
	}
	v.until("when more codes can be had", `text('@otp-error').includes('Too many codes') && /in 5\d:\d\d/.test(text('@otp-resend'))`)
	v.accessible("code limit")
	v.shot("code-limit")
	b.srv.edit(t, "UPDATE support_sessions SET email = NULL WHERE email = ?", email)
	see[bool](v, "(() => { const now = Date.now; Date.now = () => now() + 3600e3; return true })()")
	v.until("that the wait is over", "$('@otp-resend').getAttribute('aria-disabled') === 'false'")
	v.click("@otp-resend")
	v.until("that there is nowhere to send it", "text('@otp-error').includes('no address')")
}

// Outside of the business hours a message can be left, with an address for the answer; when somebody
// is back is told by the visitor's own clock.
func nobodyThere(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	shop.configure(t, obj{"widget_settings": obj{"reply_time": "hours"}})
	early := b.newVisitor(t, shop)
	early.openChat()
	early.until("how long answers take", "text('.presence') === 'We usually reply in hours'")
	// The one opening of the week is half a week away from now; where the visitor is, it is the night after.
	opens := time.Now().UTC().AddDate(0, 0, 3)
	shop.configure(t, obj{"widget_settings": obj{"offline_message": "We sleep. Leave us a word!"}, "business_hours": obj{"timezone": "UTC", "schedule": obj{strings.ToLower(opens.Weekday().String()): obj{"start": "12:30", "end": "17:00"}}}})
	back := fmt.Sprintf("We’re back %s, 2:30 AM", opens.AddDate(0, 0, 1).Weekday())
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.zone("Pacific/Kiritimati")
	v.open(shop.url)
	v.openChat()
	v.until("when somebody is back, and the words for then", "text('@messages').includes('We sleep. Leave us a word!') && text('.presence').replace(/\\s/g, ' ') === "+js(back))
	v.write("Are you there?")
	v.until("the question for an address, and when somebody is back", "shown('@away') && text('@away').replace(/\\s/g, ' ').includes("+js(back+".")+")")
	v.calm()
	v.shot("away")
	v.accessible("away")
	v.click("@away-save")
	v.until("that an address is missing", "$('@away-email').getAttribute('aria-invalid') === 'true' && active() === $('@away-email')")
	email := unique("later") + "@customer.example"
	b.srv.keepOut(email)
	v.fill("@away-email", email)
	v.keys("\r")
	v.until("thanks", "text('@away-thanks').includes("+js(email)+")")
	v.accessible("away thanks")
	is(t, shop.do(t, "GET", "/conversation/"+shop.newest(t), nil).ok(t, http.StatusOK), "sessions.0.claimed.email", email)
	v.reload()
	v.openChat()
	v.hears("visitor: Are you there?")
	v.until("that it is not asked twice", "!shown('@away')")

	// Nobody of the team has it yet; then somebody comes, and goes again without reading it.
	status := func(text string) string {
		return "$$('@message[data-sender=visitor]').at(-1).innerText.endsWith(" + js(text) + ")"
	}
	v.until("that it is with the server", status("Sent"))
	team := shop.stream(t)
	team.await(t, "state")
	v.until("that it is with the team", status("Delivered"))
	v.shot("delivered")
	team.close()
	eventually(t, patience, "nobody there", func() bool {
		return at(t, newVisitor(b.srv, shop.widget).do(t, "GET", "/availability", nil).ok(t, http.StatusOK), "agents_online") == 0.0
	})
	v.until("that it was with the team", status("Delivered"))
	v.write("Hello?")
	v.until("that the next one is with the server alone", status("Sent"))
}

// axe looks at what there is around a conversation, in both layouts and both schemes.
func accessibleVisit(t *testing.T, b *chromium) {
	shop := newShopWith(t, b.srv, "chat", "support", "history")
	shop.url = shop.site.set("/", hostPage{body: snippet(b.srv, shop.widget.token, "theme: 'auto'")})
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Where is my parcel? I have been waiting for it since last week, and nobody told me anything.")
	v.until("the question for an address", "shown('@away')")
	v.inspect("visit-away")
	shop.reply(t, shop.newest(t), "It comes tomorrow", false)
	v.click("@menu")
	v.until("the menu", "shown('@menu-end')")
	v.inspect("visit-menu")
	v.click("@menu-end")
	v.until("the question", "shown('@end')")
	v.inspect("visit-close")
	v.click("@end")
	v.until("the rating", "shown('@rating')")
	v.inspect("visit-ended")
	v.click("@rate-5")
	v.inspect("visit-rating")
	v.click("@rate-send")
	v.until("thanks", "shown('@rate-thanks')")
	v.inspect("visit-thanks")
	v.click("@fresh")
	v.until("an empty chat", "said().length === 0")
	v.choose("history")
	v.until("the list", "$$('@past').length === 1")
	v.inspect("visit-history")
	v.click("@past")
	v.until("the messages", "text('.visit').includes('It comes tomorrow')")
	v.inspect("visit-past")
	v.click("@resume")
	v.until("the conversation", "shown('@composer-input') && said().length === 2")
	v.choose("mail")
	v.until("the address", "shown('@mail-email')")
	v.inspect("visit-mail")

	shop.configure(t, obj{"pre_chat": obj{"fields": []obj{
		{"key": "email", "type": "email", "required": true},
		{"key": "topic", "label": "Topic", "type": "select", "required": true, "options": []string{"Sales", "Support"}},
		{"key": "terms", "label": "I have read the privacy notice and agree that my data is kept", "type": "checkbox", "required": true},
	}}})
	asked := b.newVisitor(t, shop)
	asked.click("@launcher")
	asked.until("the form", "shown('@gate-form')")
	asked.click("@gate-submit")
	asked.until("what is missing", "$('@gate-terms').getAttribute('aria-invalid') === 'true'")
	asked.inspect("visit-form")

	arabic := b.newPerson(t, "arabic", b.srv.url, shop.site.url)
	arabic.open(shop.site.set("/ar", hostPage{body: snippet(b.srv, shop.widget.token, "locale: 'ar'", "user: {email: 'a@customer.example', auth_attr: {topic: 'Sales', terms: true}}")}))
	arabic.openChat()
	arabic.write("\u0645\u0631\u062d\u0628\u0627")
	arabic.click("@menu")
	arabic.until("the menu at the other side", "$('[role=menu]').getBoundingClientRect().left < $('@panel').getBoundingClientRect().left + 40")
	arabic.calm()
	arabic.shot("visit-menu-rtl")
	arabic.click("@menu-end")
	arabic.click("@end")
	arabic.until("the rating", "shown('@rating')")
	arabic.calm()
	arabic.shot("visit-ended-rtl")
}
