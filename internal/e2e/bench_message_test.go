package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

const benchClients = 64

// messagePath is one of the two that are compared: where messages go and who hears of them.
type messagePath struct {
	addr   string
	pid    int
	send   operation
	pushes *pushed
}

var benchIDs atomic.Int64

func messageBody() string {
	return `{"client_id":"b` + strconv.FormatInt(benchIDs.Add(1), 10) + `","text":"` + markedText() + `"}`
}

// messageFigures measures visitors' messages, durable and pushed to the team.
func messageFigures(b *testing.B, length benchLength) []result {
	s, a, tok := startBench(b)
	visitors := make([]*visitor, benchClients)
	for i := range visitors {
		visitors[i] = started(b, s, tok, obj{})
	}
	product := &messagePath{addr: s.addr, pid: s.cmd.Process.Pid}
	product.send = func(l *loadConn, client, _ int) (int, error) {
		v := visitors[client]
		return l.do(rawRequest("POST", api+"/session/messages", messageBody(),
			"Authorization", "Bearer "+v.token, "X-Device-ID", v.device, "X-Session-Token", v.session))
	}
	least := leastPath(b, visitors)

	// One after the other and twice: what else the machine does in the meantime meets both. The paced ones come first,
	// before the databases have grown apart.
	var took [2][]time.Duration
	for range 2 {
		for i, path := range []*messagePath{product, least} {
			path.follow(b, a)
			if err := pacedFor(path.addr, benchClients, 1000, length.paced/2, http.StatusCreated, path.send); err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], path.taken(b, int(900*(length.paced/2).Seconds()))...)
		}
	}
	var push [2]float64
	for i := range push {
		slices.Sort(took[i])
		push[i] = micros(percentile(took[i], 0.99))
	}
	var rates, cpus [2][]float64
	for range 2 {
		for i, path := range []*messagePath{product, least} {
			used := cpuTime(b, path.pid)
			rate, err := closedFor(path.addr, benchClients, length.message/2, http.StatusCreated, path.send)
			if err != nil {
				b.Fatal(err)
			}
			used = cpuTime(b, path.pid) - used
			rates[i] = append(rates[i], rate)
			cpus[i] = append(cpus[i], micros(used)/(rate*(length.message/2).Seconds()))
			path.taken(b, int(rate*(length.message/2).Seconds()))
		}
	}
	return []result{
		{name: "visitor messages, durable and pushed, 64 at once", value: mean(rates[0]), unit: "/s", yardstick: mean(rates[1]),
			goal: 0.7, moreBetter: true, guard: 0.35, known: known{11_577, true}},
		{name: "CPU for each of them", value: mean(cpus[0]), unit: "µs", yardstick: mean(cpus[1]), goal: 1.4, guard: 2.8, known: known{100, false}},
		{name: "push to the team at 1,000 messages/s, p99", value: push[0], unit: "µs", yardstick: push[1], goal: 2, guard: 4, known: known{1900, true}},
	}
}

// leastPath is the yardstick on a database of the same kind with the same conversations.
func leastPath(b *testing.B, like []*visitor) *messagePath {
	b.Helper()
	s, _, tok := startBench(b)
	conversations := make([]string, len(like))
	for i := range conversations {
		conversations[i] = started(b, s, tok, obj{}).conversation
	}
	s.kill()
	least := &messagePath{}
	least.addr, least.pid = startYardstick(b, s.dir)
	least.send = func(l *loadConn, client, _ int) (int, error) {
		return l.do(rawRequest("POST", "/messages", messageBody(), "X-Session-Token", conversations[client]))
	}
	return least
}

// follow opens the stream of somebody of the team, once.
func (p *messagePath) follow(b *testing.B, a *account) {
	b.Helper()
	switch {
	case p.pushes != nil:
	case p.addr == a.srv.addr:
		p.pushes = followPushes(b, p.addr, api+"/events", "Authorization", "Bearer "+a.token)
	default:
		p.pushes = followPushes(b, p.addr, "/pushes")
	}
}

// taken waits until the stream has delivered at least so many messages, and answers their times.
func (p *messagePath) taken(b *testing.B, least int) []time.Duration {
	b.Helper()
	for deadline := time.Now().Add(10 * time.Second); p.pushes.count() < least; {
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d messages reached the team's stream", p.pushes.count(), least)
		}
		<-time.After(time.Millisecond)
	}
	return p.pushes.taken()
}

func mean(values []float64) (m float64) {
	for _, v := range values {
		m += v / float64(len(values))
	}
	return m
}

// requestFigures measures what visitors' pages ask for.
func requestFigures(b *testing.B, length benchLength) []result {
	s, _, tok := startBench(b)
	yardAddr, _ := startYardstick(b, s.dir)
	hello := rawRequest("GET", "/hello", "")
	plain, err := closedFor(yardAddr, benchClients, length.others, http.StatusOK,
		func(l *loadConn, _, _ int) (int, error) { return l.do(hello) })
	if err != nil {
		b.Fatal(err)
	}
	ask := rawRequest("GET", api+"/config", "", "Authorization", "Bearer "+tok.token, "X-Device-ID", "device_of_the_benchmark")
	configs, err := closedFor(s.addr, benchClients, length.others, http.StatusOK,
		func(l *loadConn, _, _ int) (int, error) { return l.do(ask) })
	if err != nil {
		b.Fatal(err)
	}
	sessions, err := closedFor(s.addr, 16, length.others, http.StatusCreated, func(l *loadConn, client, n int) (int, error) {
		return l.do(newSessionRequest(tok.token, client, n))
	})
	if err != nil {
		b.Fatal(err)
	}
	return []result{
		{name: plainAnswers, value: plain, unit: "/s", moreBetter: true, known: known{50_000, false}},
		{name: "GET /config, 64 at once", value: configs, unit: "/s", goal: 15000, moreBetter: true},
		{name: "GET /config against plain answers", value: configs, unit: "/s", yardstick: plain, moreBetter: true, guard: 0.2},
		{name: "new sessions with contact and conversation, 16 at once", value: sessions, unit: "/s", goal: 2000, moreBetter: true},
		{name: "new sessions against plain answers", value: sessions, unit: "/s", yardstick: plain, moreBetter: true, guard: 0.022},
	}
}

func newSessionRequest(token string, client, n int) []byte {
	device := fmt.Sprintf("device_%04d_%08d", client, n)
	return rawRequest("POST", api+"/session", fmt.Sprintf(`{"email":"p%d-%d@bench.example"}`, client, n),
		"Authorization", "Bearer "+token, "X-Device-ID", device, "X-Forwarded-For", nextIP())
}
