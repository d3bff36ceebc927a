package e2e

import (
	"net/http"
	"testing"
)

// The composer keeps what was begun, knows the team's texts, and tells who else is there.
func composing(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor"})
	v.post(t, "Where is my parcel?")
	for shortcut, text := range map[string]string{"hello": "Hello {{contact.name}}, how can I help?", "hours": "We are here from 9 to 5."} {
		shop.do(t, "POST", "/canned-replies", obj{"title": shortcut, "shortcut": shortcut, "text": text, "shared": true}).ok(t, http.StatusCreated)
	}
	agent := b.newAgent(t, shop.member, "/inbox")
	agent.openConversation("Where is my parcel?")
	colleague := b.newAgent(t, shop.join(t, srv, "agent"), "/inbox")
	colleague.openConversation("Where is my parcel?")

	agent.fill("#text", "I am looking into")
	colleague.until("who is writing", "text('@present').includes('Mem Ber') && text('@present').includes('replying')")
	agent.until("who is here too", "/here too|replying/.test(text('@present'))")
	draft := "/conversation/" + v.conversation + "/draft"
	agent.wait("the draft on the server", func() bool {
		return str(t, shop.do(t, "GET", draft, nil).ok(t, http.StatusOK), "draft.text") == "I am looking into"
	}, func() string { return "" })
	agent.reload()
	agent.until("what was begun", "$('#text').value === 'I am looking into'")

	agent.fill("#text", "/h")
	agent.until("both texts", "document.querySelectorAll('#canned button').length === 2")
	agent.accessible("canned")
	agent.shot("composer-canned")
	agent.fill("#text", "/he")
	agent.until("one text", "document.querySelectorAll('#canned button').length === 1")
	agent.keys("\r")
	agent.until("the text, filled in", "$('#text').value === 'Hello Vera Visitor, how can I help?' && !$('#canned button')")
	agent.click("@send-close")
	agent.until("that it was sent and closed", "said().includes('agent: Hello Vera Visitor, how can I help?') && text('@status') === 'Closed' && $('#text').value === ''")

	// What was sent is no draft any more, however fast it was.
	agent.fill("#text", "One more thing")
	agent.keys("\r")
	agent.until("the second answer", "said().includes('agent: One more thing')")
	agent.reload()
	agent.until("an empty composer", "$('#text').value === ''")
}
