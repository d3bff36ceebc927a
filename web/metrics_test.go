package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// BenchmarkCountRequest is what counting adds to a request; a message as a whole takes some 50,000 ns.
func BenchmarkCountRequest(b *testing.B) {
	m := &Metrics{}
	c := echo.New().NewContext(httptest.NewRequest(http.MethodPost, "/", http.NoBody), httptest.NewRecorder())
	c.SetPath("/api/conversation-v2/support/session/messages")
	b.ReportAllocs()
	for b.Loop() {
		m.count(c, nil, time.Millisecond)
	}
}
