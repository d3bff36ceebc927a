package support

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"deskbell/internal/db/dbtest"
)

// TestPanicInADelivery is one failed try of one event: it is tried again after the usual wait, and other
// webhooks hear of theirs.
func TestPanicInADelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		o := newOffice(t, dbtest.New(t))
		o.s.now, o.s.log = time.Now, slog.New(slog.NewTextHandler(&log, nil))
		ctx, stop := context.WithCancel(t.Context())
		var called []string
		ended := make(chan error, 1)
		go func() {
			ended <- o.s.KeepDelivering(ctx, func(_ context.Context, call WebhookCall) WebhookAnswer {
				if called = append(called, call.URL); len(called) == 1 {
					panic("a bug in a delivery")
				}
				return WebhookAnswer{Status: 200}
			})
		}()
		admin, hooks := o.actor(), []Webhook{}
		for _, address := range []string{"https://one.example/hook", "https://two.example/hook"} {
			w, _, err := o.s.CreateWebhook(ctx, admin, address, []string{WebhookMessage})
			o.must(err)
			hooks = append(hooks, w)
			o.must(o.s.TestWebhook(ctx, admin, w.ID))
			synctest.Wait()
		}
		time.Sleep(firstRetry + deliveryPoll)
		synctest.Wait()
		if want := []string{hooks[0].URL, hooks[1].URL, hooks[0].URL}; !slices.Equal(called, want) {
			t.Errorf("called %v", called)
		}
		for _, w := range hooks {
			if list, err := o.s.WebhookDeliveries(ctx, admin, w.ID); err != nil || len(list) != 1 || list[0].Status != DeliveryDelivered {
				t.Errorf("%v %v", list, err)
			}
		}
		stop()
		o.must(<-ended)
		if text := log.String(); strings.Count(text, `msg="panic in a webhook delivery" panic="a bug in a delivery"`) != 1 || !strings.Contains(text, "webhook_id="+hooks[0].ID) {
			t.Errorf("the log does not say once where: %s", text)
		}
	})
}
