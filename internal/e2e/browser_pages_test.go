package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// everyPage holds each page of the console to axe, at a desk, on a tablet and on a phone, in light and dark: out of
// the routes' table, so that none is forgotten. Nothing reaches out of its frame.
func everyPage(t *testing.T, b *chromium) {
	w := newWorld(t, startServer(t, manySessions()))
	ids := w.of(t, w.member)
	ids["tag"] = "zirconia-tag"
	p := b.newAgent(t, w.member, "/inbox")
	for _, page := range consolePages(t, ids) {
		if page.part {
			continue
		}
		p.open(w.srv.url + page.path)
		for _, width := range []int64{1440, 1024, 390} {
			p.do(chromedp.EmulateViewport(width, 900))
			p.until(page.name+" within its frames", "$$('main .card, main .notice').every(e => e.scrollWidth <= e.clientWidth + 1) && document.documentElement.scrollWidth <= innerWidth")
			name := fmt.Sprintf("page%s-%d", strings.NewReplacer("/", "-", ":", "").Replace(page.name), width)
			p.inspectColours(name)
		}
	}
}
