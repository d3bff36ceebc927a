package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"deskbell/internal/fault"
	"deskbell/internal/metrics"
	"deskbell/web/httpio"
)

// Metrics counts requests and answers /metrics. With neither a token nor an address of its own there is no such page.
type Metrics struct {
	// Token must come as a bearer token, unless it is empty.
	Token string
	// Apart says that the page has an address of its own and is not on the main one.
	Apart bool
	// Gather writes what the other parts of the program count.
	Gather func(ctx context.Context, p *metrics.Page)

	mu       sync.Mutex
	requests map[answered]uint64
	took     map[served]*metrics.Histogram
	refused  map[string]uint64
}

// served is a route as the router has it, so that an address that a stranger made up is no series.
type served struct{ method, route string }

type answered struct {
	served
	status int
}

// register adds /metrics, which is not found unless it is wanted here.
func (m *Metrics) register(e *echo.Echo) {
	e.GET("/metrics", func(c httpio.Ctx) error {
		if m.Token == "" || m.Apart {
			return errNoMetrics
		}
		if !m.allows(c.Request()) {
			return errMetricsToken
		}
		return c.Blob(http.StatusOK, metrics.ContentType, []byte(m.page(c.Request().Context())))
	})
}

var (
	errNoMetrics    = fault.New(fault.NotFound, "not_found", "Not found")
	errMetricsToken = fault.New(fault.Unauthenticated, "wrong_metrics_token", "Send the metrics token as a bearer token")
)

// ServeHTTP answers on an address of its own.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !m.allows(r) {
		http.Error(w, errMetricsToken.Message, http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", metrics.ContentType)
	_, _ = w.Write([]byte(m.page(r.Context())))
}

// allows compares digests: they have one length, so that it takes the same time whatever was sent.
func (m *Metrics) allows(r *http.Request) bool {
	want, got := sha256.Sum256([]byte(m.Token)), sha256.Sum256([]byte(httpio.Bearer(r)))
	return m.Token == "" || subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

func (m *Metrics) page(ctx context.Context) string {
	var p metrics.Page
	m.write(&p)
	m.Gather(ctx, &p)
	return p.String()
}

// count notes a request once it has been answered; a stream's time says nothing and is left out.
func (m *Metrics) count(c httpio.Ctx, err error, took time.Duration) {
	at := served{method(c.Request()), cmp.Or(c.Path(), "none")}
	stream := strings.HasPrefix(c.Response().Header().Get(echo.HeaderContentType), "text/event-stream")
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.requests == nil {
		m.requests, m.took, m.refused = map[answered]uint64{}, map[served]*metrics.Histogram{}, map[string]uint64{}
	}
	m.requests[answered{at, c.Response().Status}]++
	if err != nil {
		if e := fault.As(err); e != nil && e.Code != "" {
			m.refused[e.Code]++
		}
	}
	if stream {
		return
	}
	if m.took[at] == nil {
		m.took[at] = metrics.NewHistogram(metrics.Seconds)
	}
	m.took[at].Observe(took.Seconds())
}

func (m *Metrics) write(p *metrics.Page) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p.Counter("deskbell_requests_total", "Answered requests by route and status.")
	for _, a := range slices.SortedFunc(maps.Keys(m.requests), func(a, b answered) int {
		return cmp.Or(cmp.Compare(a.route, b.route), cmp.Compare(a.method, b.method), a.status-b.status)
	}) {
		p.Value("deskbell_requests_total", float64(m.requests[a]), "method", a.method, "route", a.route, "status", strconv.Itoa(a.status))
	}
	p.Histogram("deskbell_request_seconds", "Time until a request was answered, streams left out.")
	for _, at := range slices.SortedFunc(maps.Keys(m.took), func(a, b served) int {
		return cmp.Or(cmp.Compare(a.route, b.route), cmp.Compare(a.method, b.method))
	}) {
		p.Buckets("deskbell_request_seconds", m.took[at], "method", at.method, "route", at.route)
	}
	p.Counter("deskbell_refused_total", "Requests refused, by the code of the answer; limits begin with too_many.")
	for _, code := range slices.Sorted(maps.Keys(m.refused)) {
		p.Value("deskbell_refused_total", float64(m.refused[code]), "code", code)
	}
}
