package e2e

import (
	"net/http"
	"net/url"
	"slices"
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
	v.origin = "https://stranger.example"
	v.config(t).refused(t, http.StatusForbidden, "Domain not whitelisted")
	v.origin = "https://www.app.example"
	v.config(t).refused(t, http.StatusForbidden, "Domain not whitelisted")
	today := time.Now().UnixMilli() / dayMillis
	for i := range 29 {
		srv.edit(t, "INSERT INTO support_token_days (token_id, day, requests) VALUES (?, ?, ?), (?, ?, ?)",
			shop.id, today-1-int64(i), 40+i*i*7%90, app.id, today-1-int64(i), max(0, 12-i))
	}
	old := a.newToken(t, "https://old.example")
	a.console(t).send(t, "/settings/tokens/"+old.id+"/replace", url.Values{"hours": {"24"}}).shows(t, http.StatusOK, "supportConfig")
	srv.edit(t, "UPDATE support_tokens SET expires_at = ? WHERE _id = ?", time.Now().UnixMilli()+5*dayMillis, app.id)
	admin := b.newAgent(t, a.member, "/settings/tokens")
	admin.expectRefusals()
	admin.until("the bars", "$$('.daybars').length === 2 && text('@seen').includes('https://shop.example')")
	admin.inspect("tokens-used")
	admin.inspectAt("tokens-used", 1440, 1024)
	admin.click("@keep-token")
	admin.until("that it stays", "text('#flash').includes('stays') && !$('@keep-token')")
	admin.open(srv.url + "/settings/tokens/" + shop.id + "/replace")
	admin.inspect("token-replace")
	admin.open(srv.url + "/settings/tokens")
	admin.click("@refused a")
	admin.until("that site in the form", "location.hash === '#new' && $('#domain').value === 'https://stranger.example'")
	// A double click on a slow line makes one token, whose snippet stays in sight.
	release := admin.hold("*/settings/tokens")
	// Clicks in one go would be one to the browser.
	took := see[float64](admin, `(async (button, began) => (button.click(), await new Promise(done => setTimeout(done, 50)), button.click(), performance.now() - began))(
		$('[data-token-form] button[type=submit]'), performance.now())`)
	release()
	admin.until("its snippet", "shown('@snippet')")
	if took > 900 {
		t.Logf("not a double click: %v ms", took)
	} else if n := len(slices.DeleteFunc(admin.asked(srv.url), func(r string) bool { return r != "POST /settings/tokens" })); n != 1 {
		t.Errorf("sent %d times", n)
	}
	admin.open(srv.url + "/settings/tokens")
	admin.until("it allowed", "text('@refused').includes('https://www.app.example') && !text('@refused').includes('stranger')")
}
