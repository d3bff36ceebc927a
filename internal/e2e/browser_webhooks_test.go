package e2e

import (
	"net/http"
	"testing"
)

// An admin adds a webhook, tries it, looks at the log, and is told when it was switched off.
func webhooksPage(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions(), withEnv("DESKBELL_OUTBOUND_ALLOW", "127.0.0.0/8"))
	a := newAccount(t, srv)
	hooked := newHookReceiver(t)
	admin := b.newAgent(t, a.member, "/settings/webhooks")
	admin.until("none", "shown('@empty')")
	admin.inspectAt("webhooks-empty", 1440, 1024)
	admin.inspect("webhooks-empty")
	admin.fill("[name=url]", hooked.url+"/deskbell/7d0a1c5e9b3f4a2188c6?source=support&team=customer-care-europe")
	admin.click("@add-webhook")
	admin.until("the secret", "shown('@webhook-secret')")
	srv.keepOut(see[string](admin, "text('@webhook-secret')"))
	admin.inspectAt("webhook-secret", 1440, 1024)
	admin.inspect("webhook-secret")
	admin.click("main .btn.primary")
	admin.until("the empty log", "shown('@no-deliveries')")
	admin.click("@send-test")
	// The page sees by itself what came of it.
	admin.until("the test to arrive", "$('@deliveries')?.textContent.includes('Delivered')")
	hooked.status.Store(http.StatusBadGateway)
	admin.click("@redeliver")
	admin.until("the failure", "$('@deliveries')?.textContent.includes('Answered 502')")
	admin.inspect("webhook")

	srv.edit(t, "UPDATE webhooks SET failing_since = failing_since - 300000000")
	srv.edit(t, "UPDATE webhook_deliveries SET next_at = 1 WHERE status = 'waiting'")
	admin.until("it to be given up", "$('@deliveries')?.textContent.includes('Given up')")
	admin.open(srv.url + "/settings/webhooks")
	admin.until("the warning", "shown('@webhook-off')")
	admin.inspect("webhooks")
	admin.click("@webhook-off")
	admin.until("the webhook", "shown('@enable')")
	admin.inspectAt("webhook-off", 1440, 1024)
	admin.inspect("webhook-off")
	admin.click("@enable")
	admin.until("no warning", "!$('@webhook-off') && shown('@send-test')")
	admin.click("@change summary")
	admin.fill("@change [name=url]", hooked.url+"/elsewhere")
	admin.inspect("webhook-change")
	admin.click("@change-webhook")
	admin.until("the other address", "document.querySelector('.page-head p').innerText.endsWith('/elsewhere') && shown('@change') && !$('@change').open")
	admin.click("@delete")
	admin.until("the question", "shown('@confirm')")
	admin.inspect("webhook-delete")
	admin.click("@confirm button[type=submit]")
	admin.until("none left", "shown('@empty')")
}
