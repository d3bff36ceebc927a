package e2e

import (
	"net/http"
	"testing"
)

// The team asks a visitor to prove an address while they talk: the form comes below the messages,
// also after a reload, and both sides go on.
func askedToVerify(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	email := unique("asked") + "@customer.example"
	b.srv.keepOut(email)
	shop.configure(t, obj{"requires_email": true})
	v := b.newVisitor(t, shop)
	v.click("@launcher")
	v.until("the form", "shown('@gate-form')")
	v.fill("@gate-email", email)
	v.click("@gate-submit")
	v.until("the composer", "shown('@composer-input')")
	v.write("Where is my parcel?")
	conversation := shop.newest(t)
	admin := b.newAgent(t, shop.member, "/inbox")
	admin.openConversation("Where is my parcel?")

	shop.do(t, "POST", "/conversation/"+conversation+"/ask-verification", nil).ok(t, http.StatusOK)
	admin.until("that it was asked for", "text('main').includes('asked the visitor to verify "+email+"')")
	v.until("the form for the code beside the chat", "shown('@otp-input') && shown('@composer-input') && text('@panel').includes("+js(email)+")")
	code := b.srv.mails.nth(t, email, 1).code(t)
	b.srv.keepOut("code is: " + code)
	v.shot("asked-to-verify")
	v.write("I have it on my phone")
	v.reload()
	v.openChat()
	v.until("the form after a reload", "shown('@otp-input')")
	v.fill("@otp-input", code)
	v.until("the chat without the form", "!$('@otp-input') && shown('@composer-input')")
	v.write("There")
	shop.reply(t, conversation, "Thank you", false)
	v.hears("visitor: Where is my parcel?", "visitor: I have it on my phone", "visitor: There", "agent: Thank you")
	admin.until("the proof", "text('@contact-verified').includes("+js(email)+") && text('main').includes('The visitor verified "+email+"')")
	admin.shot("inbox-asked-to-verify")
}
