package app

import (
	"context"
	"net/http"

	"deskbell/internal/contain"
	"deskbell/internal/metrics"
)

// gather writes what all parts but the web server count. visitors is the number of their open streams.
func (s *server) gather(visitors func() int) func(context.Context, *metrics.Page) {
	return func(ctx context.Context, p *metrics.Page) {
		p.Gauge("deskbell_info", "The running version.")
		p.Value("deskbell_info", 1, "version", Version)
		p.Gauge("deskbell_streams", "Open streams of visitors and of the team.")
		p.Value("deskbell_streams", float64(visitors()), "of", "visitors")
		p.Value("deskbell_streams", float64(s.hub.TeamStreams()), "of", "team")
		s.db.Figures(p)
		s.jobs.Figures(ctx, p)
		s.support.Figures(ctx, p)
		contain.Figures(p)
		p.Process()
	}
}

// serveMetrics answers on an address of its own until ctx ends; without one it does nothing.
func (s *server) serveMetrics(ctx context.Context, page http.Handler) error {
	if s.cfg.MetricsAddr == "" {
		return nil
	}
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", page)
	return serveBeside(ctx, s.cfg.MetricsAddr, routes)
}
