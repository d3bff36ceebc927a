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

// Colleagues who have either conversation open see at once that they are merged, and that they are the other
// way round; what they have unfolded stays so while messages come in.
func mergingLive(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor", "email": "vera@customer.example"})
	v.post(t, "Where is my parcel?")
	kept := v.begun(t, "The number is 12345")
	gone := v.conversation
	inKept := b.newAgent(t, shop.member, "/inbox/"+kept)
	inGone := b.newAgent(t, shop.join(t, srv, "agent"), "/inbox/"+gone)
	inKept.until("both in the list", "$$('.conv').length === 2 && !$('@part')")
	inGone.until("both in the list", "$$('.conv').length === 2 && !$('@goes-on')")

	shop.do(t, "POST", "/conversation/"+kept+"/merge", obj{"conversation_id": gone}).ok(t, http.StatusOK)
	inKept.until("the part, and one less in the list", "text('@part').includes('1 message of another conversation') && $$('.conv').length === 1")
	inGone.until("where it goes on", "$('@goes-on a').pathname === '/inbox/"+kept+"' && text('@status') === 'Closed' && $$('.conv').length === 1")
	inKept.click("@part summary")
	inKept.until("what it says", "text('@part').includes('The number is 12345')")
	v.post(t, "Did you find it?")
	shop.change(t, kept, obj{"priority": "high"})
	inKept.until("the message and the priority, and the part still unfolded", "said().at(-1) === 'visitor: Did you find it?' && $('@priority').value === 'high' && $('@part').open && text('@part').includes('12345')")
	inKept.reload()
	inKept.until("the part after a reload", "$$('@part').length === 1")

	shop.do(t, "POST", "/conversation/"+gone+"/merge", obj{"conversation_id": kept}).ok(t, http.StatusOK)
	inGone.until("that it goes on here after all", "!$('@goes-on') && text('@part').includes('messages of another conversation') && text('@status') === 'Open'")
	inKept.until("that it is the other way round", "!$('@part') && $('@goes-on a').pathname === '/inbox/"+gone+"' && text('@status') === 'Closed'")
	inKept.accessible("merged-live")
}
