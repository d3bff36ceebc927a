package e2e

import (
	"net/http"
	"testing"
	"time"
)

// The tokens page with everything it can show.
func tokensPage(t *testing.T, b *chromium) {
	srv := startServer(t)
	a := newAccount(t, srv)
	shop, app := a.newToken(t, "https://shop.example"), a.newToken(t, "https://*.app.example", "chat", "history")
	v := newVisitor(srv, shop)
	v.origin = shop.domain
	v.config(t).ok(t, http.StatusOK)
	today := time.Now().UnixMilli() / dayMillis
	for i := range 29 {
		srv.edit(t, "INSERT INTO support_token_days (token_id, day, requests) VALUES (?, ?, ?), (?, ?, ?)",
			shop.id, today-1-int64(i), 40+i*i*7%90, app.id, today-1-int64(i), max(0, 12-i))
	}
	admin := b.newAgent(t, a.member, "/settings/tokens")
	admin.expectRefusals()
	admin.until("the bars", "$$('.daybars').length === 2 && text('@seen').includes('https://shop.example')")
	admin.inspect("tokens-used")
	admin.inspectAt("tokens-used", 1440, 1024)
}
