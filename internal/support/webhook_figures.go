package support

import (
	"context"

	"deskbell/internal/metrics"
)

// webhookFigures count what came of requests to webhooks.
type webhookFigures struct{ delivered, failed metrics.Counter }

func (f *webhookFigures) count(answer WebhookAnswer) {
	if answer.ok() {
		f.delivered.Inc()
	} else {
		f.failed.Inc()
	}
}

// writeWebhooks leaves out what it can't read.
func (s *Service) writeWebhooks(ctx context.Context, p *metrics.Page) {
	p.Counter("deskbell_webhook_tries_total", "Requests to webhooks; one that failed is tried again.")
	p.Value("deskbell_webhook_tries_total", s.told.delivered.Value(), "outcome", "delivered")
	p.Value("deskbell_webhook_tries_total", s.told.failed.Value(), "outcome", "failed")
	waiting, err := countWaitingDeliveries(ctx, s.db.Read())
	if err != nil {
		s.log.WarnContext(ctx, "webhook deliveries can't be counted", "error", err)
		return
	}
	p.Gauge("deskbell_webhooks_waiting", "What webhooks are yet to be told.")
	p.Value("deskbell_webhooks_waiting", float64(waiting))
}
