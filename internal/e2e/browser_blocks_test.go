package e2e

import "testing"

// An admin blocks a network and lifts the block again.
func blocksPage(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	a := newAccount(t, srv)
	admin := b.newAgent(t, a.member, "/settings/blocks")
	admin.until("nobody", "shown('@empty')")
	admin.fill("[name=value]", "2001:db8::/32")
	admin.click("@block")
	admin.until("the block", "$('@blocks')?.textContent.includes('2001:db8::/32')")
	admin.inspect("blocks")
	admin.click("@lift")
	admin.until("nobody again", "shown('@empty')")
	admin.inspect("blocks-empty")
}
