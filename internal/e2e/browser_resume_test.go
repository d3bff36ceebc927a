package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// Somebody writes on a site and leaves; a mail tells them of the answer, and its link and a code lead back to the same
// conversation, on whatever device. What that browser remembered of another visitor is gone.
func backByMail(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	shop.mailReplies(t)
	email := unique("back") + "@customer.example"
	b.srv.keepOut(email)
	v := started(t, b.srv, shop.widget, obj{"email": email, "name": "Ann"})
	v.post(t, "Do you have it in blue?")
	shop.reply(t, v.conversation, "Yes, in two sizes", false)
	b.srv.lookNow(t)
	key := resumeKey(t, b.srv, b.srv.mails.nth(t, email, 1))

	p := b.newPerson(t, "reader", b.srv.url)
	page := b.srv.url + "/chat/" + shop.widget.id
	p.open(page)
	p.until("the chat of somebody else", "shown('@panel') && $('@composer-input')")
	p.write("I was here before")
	p.expectRefusals()
	p.open(b.srv.url + "/resume?key=" + key)
	p.until("where the mail leads", "document.title === 'Back to your conversation' && document.body.innerText.includes("+js(strings.TrimPrefix(shop.site.url, "https://"))+")")
	p.inspect("resume")
	p.click("[data-test=send]")
	code := b.srv.mails.nth(t, email, 2).code(t)
	b.srv.keepOut("code is: " + code)
	p.until("the step for the code", "document.activeElement?.name === 'code'")
	p.keys(wrongCode(code) + "\r")
	p.until("that it is wrong", "document.querySelector('[role=alert]')?.innerText.includes('not right')")
	p.inspect("resume-code")
	p.fill("#code", code)
	p.click("[data-test=open]")
	p.until("the chat's own page", "location.pathname === '/chat/"+shop.widget.id+"' && location.search === '' && shown('@panel')")
	p.hears("visitor: Do you have it in blue?", "agent: Yes, in two sizes")
	p.write("Then one of each, please")
	shop.reply(t, v.conversation, "On its way", false)
	p.hears("visitor: Do you have it in blue?", "agent: Yes, in two sizes", "visitor: Then one of each, please", "agent: On its way")
	p.reload()
	p.until("the chat again", "shown('@panel')")
	p.hears("visitor: Do you have it in blue?", "agent: Yes, in two sizes", "visitor: Then one of each, please", "agent: On its way")
	is(t, shop.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "contact.email_verified", true)

	b.srv.edit(t, "UPDATE resume_links SET used_at = used_at - 600000 WHERE conversation_id = ?", v.conversation)
	p.open(b.srv.url + "/resume?key=" + key)
	p.until("that the link is used up", "document.body.innerText.includes('does not work any more')")
	p.inspect("resume-dead")
	p.open(b.srv.url + "/resume/stop?key=" + key)
	p.click("[data-test=stop]")
	p.until("that no more mails come", "document.body.innerText.includes('You get no more mails about replies')")
	p.inspect("resume-stop")
}
