package e2e

import "testing"

// What is done to a conversation stands between its messages, at once and after a reload, and the
// visitor sees nothing of it.
func threadEvents(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	ben := shop.joinNamed(t, srv, "agent", "Ben Baker")
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Where is my parcel?")
	agent := b.newAgent(t, ben, "/inbox")
	colleague := b.newAgent(t, shop.member, "/inbox")
	for _, p := range []*person{agent, colleague} {
		p.openConversation("Where is my parcel?")
	}
	agent.set("@assignee_id", ben.id)
	agent.until("what I did", "text('@event').startsWith('You took this conversation')")
	colleague.until("who did it", "text('@event').startsWith('Ben Baker took this conversation')")
	agent.answer("On its way")
	agent.fill("@add-tag", "shipping")
	agent.keys("\r")
	agent.until("the tag's line", "$$('@event').some(e => e.innerText.includes('You added the tag shipping'))")
	agent.click("@close")
	colleague.until("that it was closed", "$$('@event').some(e => e.innerText.includes('Ben Baker closed this conversation'))")
	v.write("And my other parcel?")
	agent.until("that it was reopened", "$$('@event').some(e => e.innerText.includes('The visitor wrote again'))")
	agent.answer("Tomorrow")

	const order = `$$('#thread > :not(.fresh)').map(e => e.dataset.test === 'event' ? e.firstChild.textContent.trim() : e.querySelector('.bubble').innerText).join('|')`
	want := "Where is my parcel?|You took this conversation|On its way|You added the tag shipping|You closed this conversation|" +
		"And my other parcel?|The visitor wrote again and reopened this|Tomorrow"
	agent.until("all in order", order+" === "+js(want))
	agent.reload()
	agent.until("all in order after a reload", order+" === "+js(want))
	agent.inspectAt("thread-events", 1440, 1024, 390)
	// A stream that begins again brings nothing twice.
	for _, p := range []*person{agent, colleague, v} {
		p.expectRefusals()
	}
	srv.restart(t)
	shop.change(t, shop.newest(t), obj{"status": "closed"})
	agent.until("what was missed, once", order+" === "+js(want+"|Mem Ber closed this conversation"))
	if see[bool](v, "/shipping|Ben Baker (took|closed)/.test(W.textContent)") {
		t.Error("the visitor reads what the team did")
	}
}
