package e2e

import "testing"

// What one agent notes down about a person, a colleague with the same thread open sees at once.
func notesBesideAThread(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor", "email": "vera@customer.example"})
	v.post(t, "Where is my parcel?")
	agent := b.newAgent(t, shop.member, "/inbox")
	colleague := b.newAgent(t, shop.join(t, srv, "agent"), "/inbox")
	for _, p := range []*person{agent, colleague} {
		p.openConversation("Where is my parcel?")
	}
	colleague.fill("#note", "Begun, not sent")
	agent.fill("#note", "Prefers to be called in the afternoon.\nPays by invoice.")
	agent.click("@add-note")
	for _, p := range []*person{agent, colleague} {
		p.until("the note, with who and when", "text('@notes').includes('Pays by invoice') && text('@notes').includes("+js("Mem Ber")+") && !!$('@notes time')")
	}
	agent.until("room for the next", "$('#note').value === ''")
	agent.fill("#note", "Second one")
	agent.click("@add-note")
	colleague.until("both, the newest first", "$$('@notes .remark').length === 2 && $('@notes .remark').textContent.includes('Second one')")
	if see[bool](colleague, "!!$('@notes summary') || !!$('@notes [title=\"Delete note\"]')") {
		t.Error("a colleague is offered to change a note that is not theirs")
	}
	agent.inspectAt("thread-notes", 1440)
	agent.click("@notes li:last-child summary")
	agent.shot("thread-note-edit")
	agent.accessible("thread-note-edit")
	agent.fill("@notes li:last-child textarea", "Pays by card.")
	agent.click("@notes li:last-child details button[type=submit]")
	for _, p := range []*person{agent, colleague} {
		p.until("the better text, marked", "text('@notes').includes('Pays by card') && text('@notes').includes('edited') && !text('@notes').includes('invoice')")
	}
	agent.click("@notes [title='Delete note']")
	for _, p := range []*person{agent, colleague} {
		p.until("one less", "$$('@notes .remark').length === 1 && !text('@notes').includes('Second one')")
	}
	colleague.until("what was begun", "$('#note').value === 'Begun, not sent'")
	agent.reload()
	agent.until("the note after a reload", "$$('@notes .remark').length === 1")
}
