package e2e

import "testing"

// Somebody leaves for lunch: what comes goes to the colleague, who sees it; then they are back.
func awayForLunch(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	shop.do(t, "PUT", "/routing", obj{"auto_assign": true}).ok(t, 200)
	colleague := b.newAgent(t, shop.joinNamed(t, srv, "agent", "Cleo Colleague"), "/inbox?view=mine")
	agent := b.newAgent(t, shop.member, "/inbox?view=mine")
	agent.until("the live list", "$('#stream').dataset.htmxPowered")
	agent.click("@go-away")
	agent.until("the line that says so, the keyboard still there", "text('#away').includes('You are away') && shown('@back') && active() === $('@back')")
	agent.inspect("away")
	agent.inspectAt("away", 1440, 1024)
	for _, text := range []string{"First", "Second", "Third"} {
		started(t, srv, shop.widget, obj{"name": text}).post(t, text)
	}
	colleague.until("all of them", "$$('.conv').length === 3")
	colleague.openConversation("First")
	colleague.until("who is away among whom to give it to", "[...$('@assignee_id').options].some(o => o.text === 'Mem Ber (away)')")
	agent.reload()
	agent.click("@back")
	agent.until("there again", "shown('@go-away') && !shown('#away .notice')")
	started(t, srv, shop.widget, obj{"name": "Fourth"}).post(t, "Fourth")
	agent.until("the next one", "text('#rows').includes('Fourth')")
}
