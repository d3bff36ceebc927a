package e2e

import "testing"

// Whoever wrote a message edits it and takes it back, and every open thread shows it at once.
func threadChanges(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor"})
	v.post(t, "Where is my parcel?")
	agent := b.newAgent(t, shop.member, "/inbox")
	colleague := b.newAgent(t, shop.join(t, srv, "agent"), "/inbox")
	for _, p := range []*person{agent, colleague} {
		p.openConversation("Where is my parcel?")
	}
	agent.answer("On its wya")
	colleague.until("the answer", "said().includes('agent: On its wya')")
	if see[bool](colleague, "!!$('@change')") {
		t.Error("a colleague is offered to change a message that is not theirs")
	}
	agent.click("@change")
	agent.until("the form with the keyboard in it", "document.activeElement.matches('.changing textarea')")
	agent.accessible("changing")
	agent.shot("thread-changing")
	agent.click(".changing a")
	agent.until("the message as it was", "said().includes('agent: On its wya') && !$('.changing')")
	agent.click("@change")
	agent.until("the form again", "shown('.changing')")
	agent.fill(".changing textarea", "On its way")
	agent.click("@save-change")
	for _, p := range []*person{agent, colleague} {
		p.until("the better text, marked", "said().includes('agent: On its way') && !said().includes('agent: On its wya') && shown('@edited')")
	}
	colleague.until("the better text in the list", "text('.conv').includes('On its way')")
	agent.reload()
	agent.until("the mark after a reload", "shown('@edited')")
	agent.click("@change")
	agent.click("@remove")
	for _, p := range []*person{agent, colleague} {
		p.until("that it is gone", "shown('@removed') && !text('#thread').includes('On its way')")
	}
	agent.until("the list saying so", "text('.conv').includes('Message removed')")
	agent.inspect("thread-removed")
}
