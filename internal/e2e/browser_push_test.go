package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// subscribes is what makes a browser, which no push service can reach here, subscribe at this one.
func (p *pushService) subscribes(path string) string {
	form := p.form(path)
	return fmt.Sprintf(`self.PushManager && (PushManager.prototype.subscribe = async ({applicationServerKey}) =>
		({ toJSON: () => ({ endpoint: %s, keys: { p256dh: %s, auth: %s } }) }))`, js(form.Get("endpoint")), js(form.Get("p256dh")), js(form.Get("auth")))
}

// An agent has pushes in their browser; the worker shows what the server sends while no page is open. Only
// the push service's own part, reaching the browser, is played.
func pushedAgent(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions(), withEnv("DESKBELL_OUTBOUND_ALLOW", "127.0.0.0/8"), withEnv("DESKBELL_LIMIT_MESSAGES", "0"))
	shop := newShop(t, srv)
	service := newPushService(t)
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor"})
	agent := b.newPerson(t, "agent", srv.url)
	agent.before(service.subscribes("/agent"))
	agent.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted,
			BrowserContextID: chromedp.FromContext(agent.ctx).BrowserContextID,
		})
		return err
	}))
	agent.open(srv.url + "/settings/alerts")
	agent.signIn(shop.email, shop.password)
	agent.until("the page", "shown('@push')")
	registrations := make(chan serviceworker.RegistrationID, 8)
	if err := chromedp.Listen(agent.ctx, func(ev any) {
		if ev, ok := ev.(*serviceworker.EventWorkerRegistrationUpdated); ok {
			for _, r := range ev.Registrations {
				if !r.IsDeleted {
					registrations <- r.RegistrationID
				}
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	agent.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, serviceworker.Enable, cdp.Empty{})
		return err
	}))
	agent.click("@push")
	agent.until("this browser among those that are told", "text('#flash').includes('is told') && text('@browsers').includes('Chrome')")
	agent.inspectAt("alerts-push", 1440, 1024, 390)
	registration := <-registrations

	agent.open("about:blank")
	eventually(t, patience, "a push, once the server knows that the page is closed", func() bool {
		v.post(t, "Anybody there?")
		found, _ := service.box.matching(func(sentPush) bool { return true })
		return len(found) > 0
	})
	data, err := json.Marshal(service.nth(t, "/agent", 1).data)
	if err != nil {
		t.Fatal(err)
	}
	agent.open(srv.url + "/contacts")
	agent.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: srv.url, RegistrationID: registration, Data: string(data)})
		return err
	}))
	agent.until("the notification", `await navigator.serviceWorker.getRegistration('/alerts/').then(r => r.getNotifications())
		.then(all => all.map(n => n.title + ': ' + n.body + ' ' + n.data).join() === `+js("Vera Visitor: New message /inbox/"+v.conversation)+")")
	agent.open(srv.url + "/settings/alerts")
	agent.click("@remove-push")
	agent.until("no browser", "!$('@browsers') && text('#flash').includes('told of nothing')")
}
