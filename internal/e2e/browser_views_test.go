package e2e

import "testing"

// Two agents look after the inbox: views, counts, and what one decides shows at once at the other's.
func viewsOfTheInbox(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	for _, text := range []string{"First question", "Second question", "Buy cheap pills"} {
		started(t, srv, shop.widget, obj{"name": "Vera Visitor"}).post(t, text)
	}
	agent := b.newAgent(t, shop.member, "/inbox")
	colleague := b.newAgent(t, shop.join(t, srv, "agent"), "/inbox?view=unassigned")
	agent.until("the counts", "text('#n-all') === '3' && text('#n-unassigned') === '3' && text('#n-mine') === ''")
	agent.openConversation("First question")
	agent.set("@assignee_id", shop.id)
	colleague.until("one less", "!text('#rows').includes('First question') && text('#n-unassigned') === '2'")
	agent.until("whose it is", "text('#thread-head').includes("+js("Mem Ber")+") && text('#n-mine') === '1'")

	agent.fill("@add-tag", "refund")
	agent.keys("\r")
	agent.until("the tag, and room for the next", "text('@tags').includes('refund') && $('@add-tag').value === ''")
	agent.set("@priority", "urgent")
	agent.until("tag and priority in the list", "/Urgent/.test(text('#rows')) && text('#rows').includes('refund')")
	agent.inspect("inbox-controls")

	agent.click("@head-menu")
	agent.until("the menu", "shown('#head-menu [value=tomorrow]')")
	agent.accessible("inbox-menu")
	agent.shot("inbox-menu")
	agent.click("#head-menu [value=tomorrow]")
	agent.until("that it is put off", "text('@status').startsWith('Snoozed') && text('#n-all') === '2' && $('#n-snoozed').textContent === '1' && !shown('#head-menu')")

	colleague.openConversation("Buy cheap pills")
	colleague.click("@head-menu")
	colleague.click("@spam")
	agent.until("that spam is gone", "text('#n-all') === '1' && !text('#rows').includes('cheap pills')")
	agent.open(srv.url + "/inbox?view=spam")
	agent.until("the spam", "text('#rows').includes('cheap pills')")
	agent.open(srv.url + "/inbox?view=snoozed")
	agent.openConversation("First question")
	agent.click("@head-menu")
	agent.click("@wake")
	agent.until("that it is back", "text('@status') === 'Open' && !text('#rows').includes('First question')")
	agent.open(srv.url + "/inbox?view=mentions")
	agent.until("an empty view that says so", "text('#no-rows').includes('mentioned you')")
	agent.open(srv.url + "/inbox")
	agent.click("@more-views")
	agent.set(".narrow [name=tag]", "refund")
	agent.click("@narrow")
	agent.until("what bears the tag", "text('#rows').includes('First question') && !text('#rows').includes('Second question')")
	agent.inspect("inbox-narrowed")
}
