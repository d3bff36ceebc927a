package web

import (
	"log/slog"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"deskbell/web/httpio"
)

// TestIdleConnections end soon for strangers, but outlive those that a proxy keeps to use again:
// Caddy does for two minutes, the longest of those described.
func TestIdleConnections(t *testing.T) {
	idle := func(proxies httpio.Proxies) time.Duration {
		srv, _ := NewServer(Deps{Metrics: &Metrics{}, BaseURL: &url.URL{}, Log: slog.New(slog.DiscardHandler), Proxies: proxies})
		return srv.IdleTimeout
	}
	if d := idle(nil); d <= 0 || d > time.Minute {
		t.Errorf("strangers may idle for %v", d)
	}
	if d := idle(httpio.Proxies{netip.MustParsePrefix("127.0.0.1/32")}); d <= 2*time.Minute {
		t.Errorf("a proxy's connection ends after %v", d)
	}
}
