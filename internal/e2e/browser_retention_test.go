package e2e

import "testing"

// An admin sees what rules would erase before they are saved.
func retentionPage(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	a := newAccount(t, srv)
	v := written(t, a, a.newToken(t, shop), "old")
	v.aged(t, 400)
	admin := b.newAgent(t, a.member, "/settings/retention")
	admin.until("the form", "shown('@look')")
	admin.inspect("retention-empty")
	admin.fill("#conversation_days", "365")
	admin.click("@look")
	admin.until("what would go", "text('@preview').includes('erase 1 conversation now')")
	admin.inspect("retention")
	admin.click("@save")
	admin.until("that it is saved", "text('#flash').includes('Saved') && $('#conversation_days').value === '365' && shown('@look')")
	a.untilErased(t, "1 conversations, 0 files, addresses of 0 sessions")
}
