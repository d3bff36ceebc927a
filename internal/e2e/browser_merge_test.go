package e2e

import (
	"net/http"
	"testing"
)

// Two conversations about one matter: the team goes on in one, and so does the visitor's widget.
func mergingConversations(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	v := b.newVisitor(t, shop)
	v.expectRefusals()
	v.openChat()
	v.write("Where is my parcel?")
	agent := b.newAgent(t, shop.member, "/inbox")
	agent.openConversation("Where is my parcel?")
	agent.answer("Let me look")
	kept := shop.newest(t)
	v.hears("visitor: Where is my parcel?", "agent: Let me look")
	v.choose("fresh")
	v.until("an empty chat", "said().length === 0 && shown('@composer-input')")
	v.write("The number is 12345")
	gone := shop.newest(t)

	agent.openConversation("Let me look")
	agent.click("@head-menu")
	agent.click("@merge")
	agent.until("the other one", "$$('@merge-other').length === 1 && text('@merge-other').includes('12345')")
	agent.inspect("merge-pick")
	agent.click("@merge-other")
	agent.until("what happens", "text('@merge').includes('1 message') && text('@merge').includes('chat goes on here')")
	agent.inspect("merge")
	agent.inspectAt("merge", 1440, 1024)
	agent.click("@merge-now")
	agent.until("the part, folded", "location.pathname === '/inbox/"+kept+"' && text('@part').includes('1 message of another conversation')")
	agent.click("@part summary")
	agent.until("what it says", "text('@part').includes('The number is 12345')")
	agent.inspect("merged")
	v.hears("visitor: Where is my parcel?", "agent: Let me look")
	v.write("Did you find it?")
	agent.until("the visitor here", "said().at(-1) === 'visitor: Did you find it?'")
	agent.open(srv.url + "/inbox/" + gone)
	agent.until("where it goes on", "shown('@goes-on') && text('@status') === 'Closed'")
	agent.inspect("merged-closed")
	equal(t, "where the visitor's words are", shop.texts(t, kept), []string{"Where is my parcel?", "Let me look", "Did you find it?"})
	shop.do(t, "GET", "/conversation/"+gone, nil).ok(t, http.StatusOK)
}
