package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/profiler"
	"github.com/chromedp/chromedp"
)

// widgetFigures measures how long the launcher's script keeps a browser busy that is four times
// slower: the middle of five pages.
func widgetFigures(tb *testing.B, length benchLength) []result {
	tb.Helper()
	path := findChromium()
	if !length.size || path == "" {
		return nil
	}
	b := &chromium{ctx: launchChromium(tb, path), srv: startServerWithMail(tb, manySessions())}
	shop := newShop(tb, b.srv)
	v := b.newPerson(tb, "visitor", b.srv.url, shop.site.url)
	bare := shop.site.set("/bare", hostPage{})
	var took []time.Duration
	// The first page fills the caches. A profile may have no sample of so short a script: it is no measure.
	for try := 0; try < 30 && len(took) < 6; try++ {
		if ms := startCost(v, bare, shop, b); ms > 0 {
			took = append(took, ms)
		}
	}
	if len(took) < 6 {
		tb.Fatalf("only %d of 30 profiles saw the launcher's script", len(took))
	}
	took = took[1:]
	slices.Sort(took)
	return []result{{name: "widget: script before opening, CPU four times slower, p50", value: float64(took[2].Microseconds()) / 1000, unit: "ms", goal: 30}}
}

// startCost loads the widget into a bare page on a slowed browser, and is how long its script ran.
func startCost(v *person, bare string, shop *shopPage, b *chromium) time.Duration {
	v.open(bare)
	v.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4}); err != nil {
			return err
		}
		if _, err := chromedp.Call(ctx, profiler.Enable, struct{}{}); err != nil {
			return err
		}
		if _, err := chromedp.Call(ctx, profiler.SetSamplingInterval, profiler.SetSamplingIntervalParams{Interval: 100}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, profiler.Start, struct{}{})
		return err
	}))
	see[bool](v, fmt.Sprintf(`new Promise(done => { addEventListener('deskbell:ready', () => done(true)); window.supportConfig = { token: %s };
		document.body.append(Object.assign(document.createElement('script'), { async: true, src: %s })) })`, js(shop.widget.token), js(b.srv.url+"/support-widget.js")))
	v.until("the launcher", "shown('@launcher')")
	var took time.Duration
	v.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		profile, err := chromedp.Call(ctx, profiler.Stop, struct{}{})
		if err != nil {
			return err
		}
		took = timeIn(profile.Profile, "/support-widget.js")
		_, err = chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 1})
		return err
	}))
	return took
}

// timeIn adds up how long functions of a script, and what they called, were running.
func timeIn(p *profiler.Profile, script string) (total time.Duration) {
	ours := map[int64]bool{}
	nodes := map[int64]*profiler.ProfileNode{}
	for _, n := range p.Nodes {
		nodes[n.ID] = n
	}
	var mark func(n *profiler.ProfileNode, inside bool)
	mark = func(n *profiler.ProfileNode, inside bool) {
		inside = inside || strings.HasSuffix(n.CallFrame.URL, script)
		ours[n.ID] = inside
		for _, id := range n.Children {
			mark(nodes[id], inside)
		}
	}
	mark(p.Nodes[0], false)
	for i, id := range p.Samples {
		if ours[id] && i+1 < len(p.TimeDeltas) {
			total += time.Duration(p.TimeDeltas[i+1]) * time.Microsecond
		}
	}
	return total
}
