package e2e

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// Finding somebody, writing down what is known, correcting it, merging and erasing.
func contactsJourney(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	admin := b.newAgent(t, shop.member, "/contacts")
	admin.until("that there is nobody yet", "text('@empty').includes('No contacts yet')")
	vera := started(t, srv, shop.widget, obj{"name": "Vera Visitor", "email": "vera@customer.example"})
	vera.post(t, "Where is my parcel?")
	twin := started(t, srv, shop.widget, obj{"name": "V. Visitor", "phone": "+4930" + digits(8)})
	twin.post(t, "It is me again, from my phone")
	for n := range 32 {
		started(t, srv, shop.widget, obj{"name": fmt.Sprint("Crowd ", n)})
	}

	admin.reload()
	see[bool](admin, "window.sameDocument = true")
	admin.click("#contacts-body .btns:last-child a:last-child")
	admin.until("the next page", "$('#contact-"+vera.contact+"') && location.search.includes('cursor=')")
	admin.do(chromedp.NavigateBack())
	admin.until("the first page again", "!$('#contact-"+vera.contact+"') && $$('@contacts tbody tr').length === 30 && location.search === ''")
	admin.fill("#q", "vera@cust")
	admin.until("her alone, in the same page", "$$('@contacts tbody tr').length === 1 && text('@contacts').includes('Vera Visitor') && location.search.includes('vera')")
	admin.reload()
	admin.until("the same after a reload", "$('#q').value === 'vera@cust' && $$('@contacts tbody tr').length === 1")
	admin.click("#contact-" + vera.contact + " a")
	admin.until("her page", "text('h1') === 'Vera Visitor' && text('@conversations').includes('Where is my parcel?')")
	admin.until("what is claimed apart from what is proven", "text('@contact-claimed').includes('vera@customer.example') && !text('@contact-verified').includes('vera@')")

	admin.fill("#note", "Prefers to be called")
	admin.click("#notes button[type=submit]")
	admin.until("the note", "text('@notes').includes('Prefers to be called') && $('#note').value === ''")
	admin.click("a[href$='/edit']")
	admin.fill("#name", "Vera Vast")
	admin.click("@save")
	admin.until("the new name", "text('h1') === 'Vera Vast' && text('#flash').includes('Saved')")

	admin.click("a[href$='/merge']")
	admin.fill("#q", "V. Visitor")
	admin.keys("\r")
	admin.click("@found a")
	admin.until("which values stay", "text('@after-name') === 'Vera Vast' && text('@after-email').includes('vera@') && text('@after-phone').includes('+4930')")
	admin.click("@merge form button")
	admin.until("both conversations in one place", "text('#flash').includes('Merged') && $$('@conversation').length === 2 && text('@notes').includes('V. Visitor')")
	admin.click("@conversation")
	admin.until("one of them in the inbox", "location.pathname.startsWith('/inbox/') && $('#thread')")
	admin.click("@contact-link")
	admin.until("her page again", "location.pathname === '/contacts/"+vera.contact+"'")

	admin.click("a[href$='/erase']")
	admin.fill("#confirm", "erase")
	admin.click("@confirm button[type=submit]")
	admin.until("that she is gone", "location.pathname === '/contacts' && text('#flash').includes('erased')")
	shop.do(t, "GET", "/contact/"+vera.contact, nil).refused(t, http.StatusNotFound, "Not found")

	admin.open(srv.url + "/settings/audit")
	admin.until("what was done", "text('@entries').includes('erased a contact')")
	admin.set("#action", "contact.merge")
	admin.until("only that", "$$('@entries li').length === 1 && text('@entries').includes('merged another contact into') && location.search.includes('contact.merge')")
}

// The same without script.
func contactsWithoutScript(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := started(t, b.srv, shop.widget, obj{"name": "Plain Person"})
	v.post(t, "No script here")
	admin := b.newAgent(t, shop.member, "/contacts")
	admin.noScript()
	admin.reload()
	admin.fill("#q", "plain")
	admin.keys("\r")
	admin.until("the one searched for", "$$('@contacts tbody tr').length === 1 && location.search.includes('q=plain')")
	admin.click("#contact-" + v.contact + " a")
	admin.fill("#note", "A note without script")
	admin.click("#notes button[type=submit]")
	admin.until("the note", "text('@notes').includes('A note without script')")
	admin.open(b.srv.url + "/settings/audit")
	admin.set("#action", "token.create")
	admin.click(".filter button")
	admin.until("what was done", "text('@entries').includes('made a token for')")
}

// axe looks at every page about contacts and the audit log.
func accessibleContacts(t *testing.T, b *chromium) {
	srv := startServerWithMail(t, manySessions())
	shop := newShop(t, srv)
	p := b.newAgent(t, shop.member, "/contacts")
	p.expectRefusals()
	p.inspect("contacts-empty")
	email := unique("vera") + "@customer.example"
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor", "email": email, "phone": "+4930" + digits(8), "auth_attr": obj{"plan": "gold", "seats": 12}})
	v.post(t, "Hello, I cannot pay with my card.")
	v.verify(t, v.sendCode(t, email, 1))
	twin := started(t, srv, shop.widget, obj{"name": "V. Visitor", "email": "vera.private@customer.example"})
	twin.post(t, "It is me again. I have been waiting for an answer for a long time, could you please look into it?")
	started(t, srv, shop.widget, obj{"phone": "+4930" + digits(8)})
	for _, name := range []string{"Ben Buyer", "José Álvarez", "A name that is so long that it has to break somewhere in the table of contacts"} {
		started(t, srv, shop.widget, obj{"name": name})
	}
	contact := v.contactNow(t, shop.account)
	shop.do(t, "POST", "/contact/"+contact+"/notes", obj{"client_id": "n", "text": "Pays by invoice. Call her in the afternoon, see https://crm.example/vera"}).ok(t, http.StatusCreated)
	shop.do(t, "PATCH", "/contact/"+twin.contact, obj{"name": "V. Visitor"}).ok(t, http.StatusOK)
	shop.do(t, "PATCH", "/contact/"+contact, obj{"name": "Vera Vast"}).ok(t, http.StatusOK)
	shop.configure(t, obj{"widget_settings": obj{"title": "Hello"}})
	p.open(srv.url + "/contacts")
	p.inspect("contacts")
	p.open(srv.url + "/contacts?q=nobody-like-it")
	p.inspect("contacts-nobody-found")
	p.open(srv.url + "/contacts/" + contact)
	p.inspect("contact")
	p.open(srv.url + "/contacts/" + twin.contact)
	p.inspect("contact-claimed")
	p.click("a[href$='/edit']")
	p.fill("#email", "no address")
	p.click("@save")
	p.until("what is wrong", "shown('#email-error')")
	p.inspect("contact-edit-error")
	p.open(srv.url + "/contacts/" + contact + "/merge?q=v")
	p.inspect("contact-merge-pick")
	p.open(srv.url + "/contacts/" + contact + "/merge?with=" + twin.contact)
	p.inspect("contact-merge")
	p.open(srv.url + "/contacts/" + contact + "/merge?with=" + contact)
	p.inspect("contact-merge-apart")
	p.open(srv.url + "/settings/audit")
	p.inspect("audit")
	p.open(srv.url + "/settings/audit?user=none")
	p.inspect("audit-nothing-found")
}

// inspectAt is inspect for windows of other widths.
func (p *person) inspectAt(name string, widths ...int64) {
	p.t.Helper()
	for _, width := range widths {
		p.do(chromedp.EmulateViewport(width, 900))
		p.inspectColours(fmt.Sprintf("%s-%d", name, width))
	}
	p.do(chromedp.EmulateViewport(1280, 800))
	p.scheme("light")
}
