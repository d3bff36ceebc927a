package e2e

import (
	"net/http"
	"testing"
)

// Whom the team blocks sees a quiet sentence instead of the composer, and still what was said,
// also after a reload.
func blockedVisitor(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("You are all fools")
	conversation := shop.newest(t)
	shop.reply(t, conversation, "Please stay polite", false)
	v.hears("visitor: You are all fools", "agent: Please stay polite")
	v.expectRefusals()
	device := str(t, list(t, shop.do(t, "GET", "/conversation/"+conversation, nil).ok(t, http.StatusOK), "sessions")[0], "device_id")
	shop.do(t, "POST", "/blocks", obj{"kind": "device", "value": device}).ok(t, http.StatusOK)
	quiet := "shown('@unavailable') && !shown('@composer-input') && text('@messages').includes('You are all fools') && text('@messages').includes('Please stay polite')"
	v.until("the quiet sentence with what was said", quiet)
	v.accessible("blocked")
	v.shot("blocked")
	v.reload()
	v.click("@launcher")
	v.until("the same after a reload", quiet)
}
