package e2e

import (
	"strings"
	"testing"
)

// A day at the console: signing in, closing and reopening, notes, searching, mails that stayed.
func consoleJourney(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	agent := b.newPerson(t, "agent", srv.url)
	agent.expectRefusals()
	agent.open(srv.url + "/settings/tokens")
	agent.signIn(shop.email, "not the password")
	agent.until("that it was wrong, with the e-mail kept", "$$('[role=alert]').some(shown) && $('#email').value === "+js(shop.email))
	agent.shot("login-wrong")
	agent.signIn(shop.email, shop.password)
	agent.until("the page asked for at first", "location.pathname === '/settings/tokens'")
	agent.open(srv.url + "/inbox")

	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Where is my parcel?")
	other := started(t, srv, shop.widget, obj{"name": "Bob Other"})
	other.post(t, "Something else entirely")
	agent.until("two rows", "$$('.conv').length === 2")

	agent.openConversation("Where is my parcel?")
	agent.click("label:has(#private)")
	agent.fill("#text", "This one is impatient")
	agent.keys("\r")
	agent.hears("visitor: Where is my parcel?", "note: This one is impatient")
	agent.click("label:has(#reply)")
	agent.answer("On its way")
	v.hears("visitor: Where is my parcel?", "agent: On its way")
	if see[bool](v, "W.textContent.includes('impatient')") {
		t.Error("the visitor sees a private note")
	}

	agent.click("@close")
	agent.until("that it is closed", "text('@status') === 'Closed' && shown('@reopen')")
	agent.until("the row gone from the open ones", "!$$('.conv').some(r => r.innerText.includes('parcel') || r.innerText.includes('On its way'))")
	v.until("that it is closed", "/closed/i.test(text('@messages'))")
	v.shot("conversation-closed")
	agent.click("@reopen")
	agent.until("that it is open", "text('@status') === 'Open'")
	v.until("that it is open again", "!/closed/i.test(text('@messages'))")
	agent.click("@close")
	agent.until("that it is closed", "text('@status') === 'Closed'")
	v.write("And one more thing")
	agent.until("that writing reopened it", "text('@status') === 'Open' && $$('.conv').some(r => r.innerText.includes('And one more thing'))")

	agent.fill("#q", "entirely")
	agent.until("what was searched for, only", "$$('.conv').length === 1 && text('.conv').includes('Bob Other')")
	agent.fill("#q", "no such thing anywhere")
	agent.until("that nothing was found", "shown('#no-rows') && text('#no-rows').includes('no such thing anywhere')")

	claimed := started(t, srv, shop.widget, obj{"email": "kept@customer.example"})
	claimed.do(t, "POST", "/otp/send", nil).ok(t, 200)
	agent.open(srv.url + "/settings/outbox")
	agent.until("that no mail server is set", "text('main').includes('DESKBELL_SMTP_URL')")
	agent.wait("the kept mail", func() bool {
		agent.reload()
		return strings.Contains(see[string](agent, "text('main')"), "kept@customer.example")
	}, func() string { return "" })
	agent.shot("outbox")
	agent.click("td a[href^='/settings/outbox/']")
	agent.until("its text", "/Your verification code is: \\d{6}/.test(text('main'))")

	agent.until("the way out inside the menu", `(() => { const out = $("form[action='/logout'] button").getBoundingClientRect(), menu = $('.nav').getBoundingClientRect();
		return out.left >= menu.left && out.right <= menu.right && out.width > 20 })()`)
	agent.click("form[action='/logout'] button")
	agent.until("signed out", "location.pathname === '/login'")
	agent.open(srv.url + "/inbox")
	agent.until("the sign-in page again", "location.pathname === '/login'")
}

// Everything needed for work also goes without script.
func consoleWithoutScript(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := started(t, b.srv, shop.widget, obj{})
	v.post(t, "No script here")
	agent := b.newPerson(t, "agent", b.srv.url)
	agent.noScript()
	agent.open(b.srv.url + "/login")
	agent.signIn(shop.email, shop.password)
	agent.until("the inbox", "location.pathname === '/inbox'")
	agent.openConversation("No script here")
	agent.hears("visitor: No script here")
	agent.click("#text")
	agent.insert("Nor here")
	agent.click("@send")
	agent.hears("visitor: No script here", "agent: Nor here")
	equal(t, "what the visitor reads", v.texts(t), []string{"No script here", "Nor here"})
	agent.shot("inbox-without-script")
	agent.click("label:has(#private)")
	agent.click("#text")
	agent.insert("Impatient")
	agent.click("@send")
	agent.until("the note", "said().at(-1) === 'note: Impatient'")
	agent.set("@assignee_id", shop.id)
	agent.click(".decide:has(@assignee_id) button")
	agent.until("whose it is", "text('#thread-head').includes('Mem Ber')")
	agent.click("@add-tag")
	agent.insert("script")
	agent.keys("\r")
	agent.until("the tag", "text('@tags').includes('script')")
	agent.click("@head-menu")
	agent.click("#head-menu [value=tomorrow]")
	agent.until("that it is put off", "text('@status').startsWith('Snoozed')")
	agent.click("@head-menu")
	agent.click("@wake")
	agent.until("that it is back", "text('@status') === 'Open'")
	agent.click("@close")
	agent.until("that it is closed", "text('@status') === 'Closed'")
	agent.open(b.srv.url + "/search?q=impatient")
	agent.until("the note among what is found", "$$('@hits .hit').length === 1 && text('@hits mark') === 'Impatient'")
	agent.open(b.srv.url + "/settings/profile")
	agent.click("label:has([name=density][value=compact])")
	agent.click("#you button[type=submit]")
	agent.until("compact lists", "document.documentElement.dataset.density === 'compact'")
	agent.open(b.srv.url + "/settings/tokens")
	snippet := agent.makeToken("https://other.example")
	if !strings.Contains(snippet, b.srv.url+"/support-widget.js") {
		t.Errorf("no snippet: %s", snippet)
	}
}
