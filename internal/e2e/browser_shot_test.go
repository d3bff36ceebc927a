package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// asked lists the requests to an origin so far, without what browsers ask for by themselves.
func (p *person) asked(origin string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, r := range p.requests {
		if path, found := strings.CutPrefix(r.url, origin); found && r.method != "OPTIONS" {
			out = append(out, r.method+" "+path)
		}
	}
	return out
}

// shot writes a picture of the screen to the directory named by DESKBELL_SHOTS, if any.
func (p *person) shot(name string) {
	dir := os.Getenv("DESKBELL_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Logf("no picture %s: %v", name, err)
	}
}
