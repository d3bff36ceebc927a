package e2e

import "testing"

// An admin asks for an e-mail address and a code; a visitor goes through both.
func formAndCode(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	admin := b.newAgent(t, shop.member, "/settings/widget")
	admin.fill("#greeting_message", "Welcome to Ann's shop")
	admin.set("[name=requires_email]", true)
	admin.set("[name=otp_verification_enabled]", true)
	admin.set("#timezone", "Europe/Berlin")
	admin.click("@save")
	admin.until("that it is saved", "text('#flash') !== ''")
	admin.reload()
	admin.until("what was saved", "$('[name=requires_email]').checked && $('[name=otp_verification_enabled]').checked && $('#timezone').value === 'Europe/Berlin'")

	email := unique("visitor") + "@customer.example"
	b.srv.keepOut(email)
	v := b.newVisitor(t, shop)
	v.click("@launcher")
	v.until("the form with the greeting", "shown('@gate-form') && active() === $('@gate-form input') && text('@panel').includes(\"Welcome to Ann's shop\")")
	equal(t, "files that a form takes", widgetFiles(v.asked(b.srv.url)), []string{"panel.js", "forms.js"})
	v.click("@gate-submit")
	v.until("what is missing", "$('@gate-email').getAttribute('aria-invalid') === 'true' && /e-mail/i.test(text('@gate-form')) && active() === $('@gate-email')")
	v.fill("@gate-email", "ann@nowhere")
	v.click("@gate-submit")
	v.until("that this is no address", "$('@gate-email').getAttribute('aria-invalid') === 'true'")
	v.shot("gate-error")
	v.fill("@gate-email", email)
	v.fill("@gate-name", "Vera Visitor")
	v.click("@gate-submit")
	v.until("the step for the code", "shown('@otp-input') && active() === $('@otp-input') && text('@panel').includes("+js(email)+")")
	code := b.srv.mails.nth(t, email, 1).code(t)
	b.srv.keepOut("code is: " + code)

	v.expectRefusals()
	v.keys(wrongCode(code))
	v.until("that the code is wrong", "shown('@otp-error') && $('@otp-input').value === ''")
	v.shot("code-error")
	v.paste(code[:3] + " " + code[3:] + "\n")
	v.until("the composer", "shown('@composer-input')")
	v.write("It's really me")

	admin.open(b.srv.url + "/inbox")
	admin.openConversation("It's really me")
	admin.until("who it is and that it is proved", "text('@contact-verified').includes("+js(email)+") && text('@contact-claimed').includes('Vera Visitor')")
	admin.shot("inbox-verified")
	v.reload()
	v.openChat()
	v.hears("visitor: It's really me")
}
