// Package metrics counts what the server does and shows it in Prometheus' text format. A label's
// values come from the program alone, never from a request, so that no stranger can make series.
package metrics

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// ContentType is what a page is served as.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Counter only grows. The zero value is ready.
type Counter struct{ n atomic.Uint64 }

// Inc adds one.
func (c *Counter) Inc() { c.n.Add(1) }

// Value is what was counted since the start.
func (c *Counter) Value() float64 { return float64(c.n.Load()) }

// Seconds are bounds for how long something takes, from half a millisecond to ten seconds.
var Seconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

// Histogram counts values by size. Make one with NewHistogram.
type Histogram struct {
	bounds []float64
	mu     sync.Mutex
	counts []uint64
	sum    float64
}

// NewHistogram counts values up to each of the bounds, which ascend, and those above.
func NewHistogram(bounds []float64) *Histogram {
	return &Histogram{bounds: bounds, counts: make([]uint64, len(bounds)+1)}
}

// Observe counts a value.
func (h *Histogram) Observe(v float64) {
	i := 0
	for i < len(h.bounds) && v > h.bounds[i] {
		i++
	}
	h.mu.Lock()
	h.counts[i]++
	h.sum += v
	h.mu.Unlock()
}

// Page is the text that is being written.
type Page struct{ text strings.Builder }

// String is the page so far.
func (p *Page) String() string { return p.text.String() }

// Counter begins a metric that only grows; its values follow.
func (p *Page) Counter(name, help string) { p.begin(name, "counter", help) }

// Gauge begins a metric that goes up and down; its values follow.
func (p *Page) Gauge(name, help string) { p.begin(name, "gauge", help) }

// Histogram begins a metric whose values are written by Buckets.
func (p *Page) Histogram(name, help string) { p.begin(name, "histogram", help) }

func (p *Page) begin(name, kind, help string) {
	p.text.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + kind + "\n")
}

// Value writes one value; labels are names and values in turn.
func (p *Page) Value(name string, v float64, labels ...string) {
	p.text.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		p.text.WriteByte("{,"[min(i, 1)])
		p.text.WriteString(labels[i] + `="` + escape.Replace(labels[i+1]) + `"`)
	}
	if len(labels) > 0 {
		p.text.WriteByte('}')
	}
	p.text.WriteString(" " + number(v) + "\n")
}

// Buckets writes what a histogram has counted.
func (p *Page) Buckets(name string, h *Histogram, labels ...string) {
	h.mu.Lock()
	counts, sum := append([]uint64(nil), h.counts...), h.sum
	h.mu.Unlock()
	total := uint64(0)
	for i, n := range counts {
		total += n
		bound := math.Inf(1)
		if i < len(h.bounds) {
			bound = h.bounds[i]
		}
		p.Value(name+"_bucket", float64(total), append(labels[:len(labels):len(labels)], "le", number(bound))...)
	}
	p.Value(name+"_sum", sum, labels...)
	p.Value(name+"_count", float64(total), labels...)
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func number(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
