package e2e

import "testing"

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
	admin.inspectAt("save-view", 1440, 1024)
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
	admin.inspectAt("saved-views", 1440, 1024)
	admin.inspect("saved-views")
	admin.click("@views .btn")
	admin.until("the form", "shown('@delete')")
	admin.fill("[name=name]", "On fire")
	admin.click("@save")
	admin.until("its new name", "text('@more-views').includes('On fire')")
}
