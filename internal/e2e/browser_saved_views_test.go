package e2e

import (
	"net/http"
	"testing"
)

// An admin narrows the inbox, keeps that under a name for the team, and changes it later; a colleague's
// list follows it live.
func savedViews(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	var urgent *visitor
	for _, text := range []string{"Where is my parcel?", "My order arrived broken", "Do you ship to Norway?"} {
		v := started(t, srv, shop.widget, obj{"name": "Vera Visitor"})
		v.post(t, text)
		if urgent == nil {
			urgent = v
		}
	}
	shop.change(t, urgent.conversation, obj{"priority": "urgent", "tags": []string{"delivery"}})
	admin := b.newAgent(t, shop.member, "/settings/views")
	admin.inspectAt("saved-views-empty", 1440, 1024)
	admin.inspect("saved-views-empty")
	admin.open(srv.url + "/inbox")
	admin.click("@more-views")
	admin.inspect("filters")
	// Chosen, but not applied: what is saved is what the form says.
	admin.set(".narrow [name=priority]", "urgent")
	admin.set(".narrow [name=verified]", "false")
	admin.click("@save-view")
	admin.until("the form", "shown('@view-form')")
	admin.fill("[name=name]", "Burning")
	admin.click("[name=shared][value=true]")
	admin.inspect("save-view")
	admin.click("@save")
	admin.until("the view", "text('@more-views').includes('Burning') && text('#rows').includes('Where is my parcel?') && !text('#rows').includes('Norway')")
	admin.until("it closed, for it has a name", "!$('.more-views').open")

	colleague := b.newAgent(t, shop.join(t, srv, "agent"), "/inbox")
	colleague.click("@more-views")
	colleague.until("it with its count", "/Burning\\s*1/.test(text('.view-list'))")
	colleague.click(".view-list a[href*='priority=urgent']")
	colleague.until("its rows", "text('#rows').includes('Where is my parcel?') && !text('#rows').includes('Norway')")
	colleague.click("@more-views")
	colleague.inspect("saved-view-open")
	shop.change(t, urgent.conversation, obj{"priority": "low"})
	colleague.until("it gone live", "!text('#rows').includes('Where is my parcel?') && !/Burning\\s*1/.test(text('.view-list'))")
	shop.change(t, urgent.conversation, obj{"priority": "urgent"})
	colleague.until("it back live", "text('#rows').includes('Where is my parcel?') && /Burning\\s*1/.test(text('.view-list'))")

	admin.click("@more-views")
	admin.click("@manage-views")
	admin.until("the list", "$('@views')?.textContent.includes('Urgent')")
	admin.inspect("saved-views")
	admin.click("@views .btn")
	admin.until("the form", "shown('@delete')")
	admin.fill("[name=name]", "On fire")
	admin.click("@save")
	admin.until("its new name", "text('@more-views').includes('On fire')")
}

// Who has waited for long enough comes into a view by time alone, and leaves it with the answer.
func waitingLongEnough(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor"})
	v.post(t, "Is anybody there?")
	view := str(t, shop.do(t, "POST", "/views", obj{"name": "Too long", "filters": obj{"view": "all", "waiting": 30}}).ok(t, http.StatusCreated), "view._id")
	agent := b.newAgent(t, shop.member, "/inbox?waiting=30")
	agent.until("nobody yet", "shown('#no-rows') && $('#n-"+view+"').textContent === ''")
	srv.edit(t, "UPDATE support_conversations SET waiting_since = waiting_since - 3600000 WHERE _id = ?", v.conversation)
	eventually(t, 3*patience, "who has waited long enough, and the count", func() bool {
		seen, err := trySee[bool](agent, "text('#rows').includes('Is anybody there?') && $('#n-"+view+"').textContent === '1'")
		return err == nil && seen
	})
	shop.reply(t, v.conversation, "Here we are", false)
	agent.until("nobody again", "!text('#rows').includes('Is anybody there?') && $('#n-"+view+"').textContent === ''")
}
