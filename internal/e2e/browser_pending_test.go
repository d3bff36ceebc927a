package e2e

import "testing"

// Taking back what was sent too soon; what is not taken back arrives once, whatever becomes of the page.
func takingBack(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor"})
	v.post(t, "Where is my parcel?")
	files := onDisk(t, map[string][]byte{"terms.pdf": []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n")})
	agent := b.newAgent(t, shop.member, "/inbox")
	agent.openConversation("Where is my parcel?")
	agent.chooseFiles("label:has(@attach)", files("terms.pdf"))
	agent.until("the file", "!$$('#chips progress').length && $$('@attachment').length === 1")
	agent.fill("#text", "It left **yesterdya**")
	agent.keys("\r")
	agent.until("that it waits", "text('@pending').includes('yesterdya') && text('@pending').includes('terms.pdf') && text('@pending').includes('Sending') && $('#text').value === ''")
	agent.shot("undo")
	agent.click("@undo")
	agent.until("what was written, back", "$('#text').value === 'It left **yesterdya**' && $$('@attachment').length === 1 && !$('@pending') && active().id === 'text'")
	equal(t, "what the visitor reads", v.texts(t), []string{"Where is my parcel?"})

	agent.fill("#text", "It left yesterday")
	agent.keys("\r")
	agent.until("that it waits", "text('@pending').includes('yesterday')")
	agent.reload()
	agent.until("that it waits still", "text('@pending').includes('yesterday') && $('#text').value === ''")
	agent.hears("visitor: Where is my parcel?", "agent: It left yesterday")
	agent.until("that it waits no more", "!$('@pending')")
	equal(t, "what the visitor reads", v.texts(t), []string{"Where is my parcel?", "It left yesterday"})

	// Beside a note it becomes part of the note.
	agent.fill("#text", "For the visitor")
	agent.keys("\r")
	agent.until("that it waits", "text('@pending').includes('For the visitor') && $('#text').value === ''")
	agent.click("label:has(#private)")
	agent.fill("#text", "For the team")
	agent.click("@undo")
	agent.until("both, private", "$('#text').value === 'For the visitor\\n\\nFor the team' && $('#private').checked && !$('@pending')")
	agent.click("#text")
	agent.keys("\r")
	agent.until("the note, at once", "said().at(-1).startsWith('note: For the visitor') && !$('@pending')")

	// By key, and with the conversation closed only when it is sent.
	agent.click("label:has(#reply)")
	agent.fill("#text", "Good bye")
	agent.click("@send-close")
	agent.until("that it waits", "text('@pending').includes('then closing') && text('@status') === 'Open' && active().id === 'text'")
	see[bool](agent, "active().dispatchEvent(new KeyboardEvent('keydown', {key: 'z', ctrlKey: true, bubbles: true}))")
	agent.until("the text", "$('#text').value === 'Good bye'")
	agent.click("@send-close")
	agent.accessible("undo", "color-contrast", "button-name", "target-size")
	agent.until("closed with the message", "said().at(-1) === 'agent: Good bye' && text('@status') === 'Closed' && !$('@pending')")
	equal(t, "what the visitor reads", v.texts(t), []string{"Where is my parcel?", "It left yesterday", "Good bye"})
}
