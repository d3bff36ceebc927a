package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// benchLength is how the time of a run is spent: `make bench` or its short form for CI.
type benchLength struct {
	message, paced, others time.Duration
	// streams are the numbers of waiting ones whose memory is measured; fewer than some thousand
	// would measure the server itself. among is how many there are when one is written to.
	streams []int
	among   int
	// sizes are the numbers of conversations that the inbox is measured with; outside also asks for every page
	// of the largest, and starts on it.
	sizes   []int
	outside bool
	// starts is how often each page is opened that the start of the widget is measured on.
	starts int
}

var (
	fullBench = benchLength{message: 6 * time.Second, paced: 10 * time.Second, others: 4 * time.Second, streams: []int{5000, 19000}, among: 5000,
		sizes: []int{10_000, 100_000, 1_000_000}, outside: true, starts: 11}
	shortBench = benchLength{message: 2 * time.Second, paced: 2 * time.Second, others: time.Second, streams: []int{2000}, among: 500, sizes: []int{10_000}, starts: 5}
)

// result is one line of the table. Goal bounds the value, or with a yardstick the ratio to it.
type result struct {
	name      string
	value     float64
	unit      string
	yardstick float64
	// goal is a least value when more is better, else a most.
	goal       float64
	moreBetter bool
	// guard is the ratio that CI holds: half as good as what was measured on a quiet machine. 0: none.
	guard float64
	// known is what the yardstick's design is known to be able to do; without a yardstick, the value's.
	known known
}

// known is a figure of the prototypes that Deskbell's design was chosen by: group commit with FULL and
// checkpoints in pauses, hijacked streams, raw connections. They were measured on two cores and a disk that
// wrote and synced 4 KiB in 111 µs; a figure that the disk makes is scaled by what this run's disk takes.
type known struct {
	value  float64
	onDisk bool
}

const knownDisk = 111.0 // µs

// counts says how near a yardstick comes to what is known of its design: a worse one would flatter the product.
func (r result) counts(disk float64) string {
	made, could, slower := r.yardstick, r.known.value, 1.0
	if made == 0 {
		made = r.value
	}
	if r.known.onDisk {
		slower = disk / knownDisk
	}
	share := made / (could / slower)
	if r.moreBetter {
		could /= slower
	} else {
		could *= slower
		share = could / made
	}
	verdict := "counts"
	if share < 0.8 {
		verdict = "DOES NOT COUNT"
	}
	return fmt.Sprintf("%-68s %10.1f %-6s %10.1f %5.0f %%  %s", r.name, made, r.unit, could, share*100, verdict)
}

func (r result) compared() float64 {
	if r.yardstick > 0 {
		return r.value / r.yardstick
	}
	return r.value
}

func (r result) reached(bound float64) bool {
	if r.moreBetter {
		return r.compared() >= bound
	}
	return r.compared() <= bound
}

func (r result) String() string {
	verdict, yardstick, ratio := "", "", ""
	if r.yardstick > 0 {
		yardstick, ratio = fmt.Sprintf("%.1f", r.yardstick), fmt.Sprintf("%.2f", r.compared())
	}
	if r.goal > 0 {
		sign := "≤"
		if r.moreBetter {
			sign = "≥"
		}
		verdict = fmt.Sprintf("%s %g", sign, r.goal)
		if r.reached(r.goal) {
			verdict += "  reached"
		} else {
			verdict += "  MISSED"
		}
	}
	return fmt.Sprintf("%-58s %10.1f %-8s %10s %6s  %s", r.name, r.value, r.unit, yardstick, ratio, verdict)
}

// BenchmarkFigures prints what the built program does beside what the least program does, in one
// run: the ratios carry to other machines, the figures do not. DESKBELL_BENCH=short is the form
// for CI, which fails when a ratio is worse than half of what it should be.
func BenchmarkFigures(b *testing.B) {
	length, short := fullBench, os.Getenv("DESKBELL_BENCH") == "short"
	if short {
		length = shortBench
	}
	began := time.Now()
	results := []result{diskSync(b)}
	for _, measure := range []func(*testing.B, benchLength) []result{messageFigures, requestFigures, streamFigures, widgetFigures, liveFigures, sizeFigures} {
		results = append(results, measure(b, length)...)
	}
	results = append(results, result{name: "this run, seeding not counted", value: (time.Since(began) - seeding).Seconds(), unit: "s", goal: 300})
	var table strings.Builder
	fmt.Fprintf(&table, "\n%-58s %10s %-8s %10s %6s  %s\n", "figure", "measured", "", "yardstick", "ratio", "goal")
	slow := slowness(results)
	for _, r := range results {
		fmt.Fprintln(&table, r)
		if r.yardstick == 0 && r.unit != "KiB" {
			r.guard *= slow
		}
		if short && r.guard > 0 && !r.reached(r.guard) {
			b.Errorf("%s: %.2f, want %.2f on a machine %.1f times slower than it was measured on: worse than half of what it was", r.name, r.compared(), r.guard, slow)
		}
	}
	fmt.Fprintf(&table, "\n%-68s %10s %-6s %10s %7s\n", "yardstick of: (it counts from 80 % of what its design can do)", "made", "", "could", "share")
	for _, r := range results {
		if r.known.value > 0 {
			fmt.Fprintln(&table, r.counts(results[0].value))
		}
	}
	fmt.Println(table.String())
	b.ReportMetric(0, "ns/op")
}

// plainAnswers is the figure that says how fast the machine is just now.
const plainAnswers = "plain answers of net/http, 64 at once (yardstick of the next)"

// slowness is how many times slower this machine is now than the one that times without a yardstick were guarded
// on, at least 1: a shared one has at times half of its speed.
func slowness(results []result) float64 {
	for _, r := range results {
		if r.name == plainAnswers {
			return max(1, r.known.value/r.value)
		}
	}
	return 1
}

// diskSync is the line by which figures of other disks are scaled: one 4 KiB write and sync.
func diskSync(b *testing.B) result {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	page := make([]byte, 4096)
	var took []time.Duration
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		began := time.Now()
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return result{name: "raw disk: 4 KiB written and synced, p50", value: micros(percentile(took, 0.5)), unit: "µs"}
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// startBench runs a server as an operator would, without the limits that would refuse the load.
func startBench(b *testing.B) (*server, *account, supportToken) {
	b.Helper()
	s := startServer(b, withEnv("DESKBELL_LIMIT_SESSIONS_PER_IP", "0"), withEnv("DESKBELL_LIMIT_SESSIONS_PER_DEVICE", "0"),
		withEnv("DESKBELL_LIMIT_MESSAGES", "0"), withEnv("DESKBELL_LOG_LEVEL", "info"), func(s *server) { s.quiet = true })
	a := newAccount(b, s)
	return s, a, a.newToken(b, "https://bench.example", "chat")
}
