package e2e

import (
	"context"
	"net/http"
	"os"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var sampleOfWork = regexp.MustCompile("(?s)```js\n(async function startSession.*?)\n```")

// A visitor with a slow phone gets a chat while a script floods the account, and notices nothing but
// the time it takes; so does an app that does as the guide says.
func workInTheBrowser(t *testing.T, b *chromium) {
	srv := startServer(t, withEnv("DESKBELL_LIMIT_SESSIONS_WITHOUT_WORK", "3/min"))
	shop := newShop(t, srv)
	for range 3 {
		started(t, srv, shop.widget, obj{})
	}
	ctx, stop := context.WithCancel(t.Context())
	var flood sync.WaitGroup
	defer flood.Wait()
	defer stop()
	var refused atomic.Int32
	flood.Go(func() {
		for range time.Tick(20 * time.Millisecond) {
			if ctx.Err() != nil {
				return
			}
			bot := newVisitor(srv, shop.widget)
			bot.mustWork(t, obj{"work": "lies"})
			refused.Add(1)
			attempt("flood of sessions", true)
		}
	})

	v := b.newVisitor(t, shop)
	v.expectRefusals()
	v.openChat()
	see[bool](v, `(window.gaps = [], window.looked = performance.now(), setInterval(() => {
		gaps.push(performance.now() - looked), looked = performance.now() }, 10), true)`)
	v.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4})
		return err
	}))
	before := time.Now()
	v.write("Is anybody there?")
	v.hears("visitor: Is anybody there?")
	t.Logf("a message of a slow phone took %v, the page's longest pause was %.0f ms, while %d were refused",
		time.Since(before).Round(10*time.Millisecond), see[float64](v, "Math.max(...gaps)"), refused.Load())
	is(t, shop.do(t, "GET", "/conversation/"+shop.newest(t), nil).ok(t, http.StatusOK), "last_message", "Is anybody there?")

	guide, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	sample := sampleOfWork.FindSubmatch(guide)
	if sample == nil {
		t.Fatal("the guide has no sample")
	}
	app := b.newVisitor(t, shop)
	app.expectRefusals()
	status := seeWithin[int](app, time.Minute, `(`+string(sample[1])+`)(`+js(srv.url+api)+`, {
		Authorization: 'Bearer ' + `+js(shop.widget.token)+`, 'X-Device-ID': 'an-app', 'Content-Type': 'application/json' }, {}).then(answer => answer.status)`)
	if status != http.StatusCreated {
		t.Errorf("the guide's sample was answered %d", status)
	}
}
