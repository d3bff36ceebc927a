package support

import (
	"context"

	"deskbell/internal/fault"
	"deskbell/internal/metrics"
)

// codeFigures count what became of codes.
type codeFigures struct{ ordered, verified, refused metrics.Counter }

// count adds one to done, or to what was refused when that is why it failed.
func (c *codeFigures) count(done *metrics.Counter, err error) {
	switch {
	case err == nil:
		done.Inc()
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.RateLimited):
		c.refused.Inc()
	}
}

// Figures writes what became of codes, and of what webhooks are told.
func (s *Service) Figures(ctx context.Context, p *metrics.Page) {
	s.writeWebhooks(ctx, p)
	p.Counter("deskbell_otp_total", "One-time codes: ordered, verified, and refused for a limit or a wrong guess.")
	p.Value("deskbell_otp_total", s.codes.ordered.Value(), "what", "ordered")
	p.Value("deskbell_otp_total", s.codes.verified.Value(), "what", "verified")
	p.Value("deskbell_otp_total", s.codes.refused.Value(), "what", "refused")
	p.Counter("deskbell_daily_limit_refused_total", "Mails and text messages to visitors that a limit of a day refused.")
	p.Value("deskbell_daily_limit_refused_total", s.capped.Value())
}
