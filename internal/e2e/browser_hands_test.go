package e2e

// What a person does to a page: click, tap, type, paste, and how their browser is set.

import (
	"context"
	"fmt"
	"slices"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// spot is where a click on an element lands, once it is shown, stands still and nothing covers it.
func (p *person) spot(selector string) (x, y float64) {
	p.t.Helper()
	find := fmt.Sprintf(`(() => {
		const e = $(%s);
		if (!shown(e) || e.disabled) return null;
		e.scrollIntoView({block: 'nearest', behavior: 'instant'});
		const r = e.getBoundingClientRect(), x = r.left + r.width / 2, y = r.top + Math.min(r.height / 2, 40);
		let top = document.elementFromPoint(x, y);
		while (top?.shadowRoot) { const deeper = top.shadowRoot.elementFromPoint(x, y); if (!deeper || deeper === top) break; top = deeper }
		return top && (e.contains(top) || top.contains(e)) ? [x, y] : null
	})()`, js(selector))
	var last []float64
	p.wait(selector+" ready for a click", func() bool {
		at, err := trySee[[]float64](p, find)
		still := err == nil && len(at) == 2 && slices.Equal(at, last)
		last = at
		return still
	}, func() string { return fmt.Sprint(last) })
	return last[0], last[1]
}

func (p *person) click(selector string) {
	p.t.Helper()
	x, y := p.spot(selector)
	p.do(chromedp.MouseClickXY(x, y))
}

func (p *person) tap(selector string) {
	p.t.Helper()
	x, y := p.spot(selector)
	p.do(chromedp.TapXY(x, y))
}

// keys presses keys one after the other, wherever the focus is.
func (p *person) keys(keys string, options ...chromedp.KeyOption) {
	p.t.Helper()
	for _, key := range keys {
		for _, k := range kb.Encode(key) {
			switch k.Type {
			case kb.KeyDown:
				// What a key types goes with it: a char event of its own, as KeyEvent sends it, arrives
				// even when the page has said no to the key.
				if encoded := kb.Encode(key); len(encoded) == 3 {
					k.Text, k.UnmodifiedText = encoded[1].Text, encoded[1].UnmodifiedText
				}
			case kb.KeyChar:
				continue
			}
			for _, o := range options {
				o(k)
			}
			p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
				_, err := chromedp.Call(ctx, input.DispatchKeyEvent, *k)
				return err
			}))
		}
	}
}

// insert puts a text where the focus is, in one go.
func (p *person) insert(text string) {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// fill replaces what a field holds.
func (p *person) fill(selector, text string) {
	p.t.Helper()
	p.click(selector)
	p.until(selector+" has the focus", "active() === $("+js(selector)+")")
	see[bool](p, "active().select() || true")
	p.insert(text)
}

// set gives a select, checkbox or time field a value as choosing it would.
func (p *person) set(selector string, value any) {
	p.t.Helper()
	p.until(selector, "$("+js(selector)+")")
	see[bool](p, fmt.Sprintf(`(() => { const e = $(%s), v = %s; if (typeof v === 'boolean') e.checked = v; else e.value = v;
		for (const k of ['input', 'change']) e.dispatchEvent(new Event(k, {bubbles: true})); return true })()`, js(selector), js(value)))
}

// paste pastes a text from the clipboard.
func (p *person) paste(text string) {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: "clipboard-write"}, Setting: browser.PermissionSettingGranted,
			BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
		})
		return err
	}))
	see[bool](p, "navigator.clipboard.writeText("+js(text)+").then(() => true)")
	p.keys("v", chromedp.KeyModifiers(kb.ModifierCtrl), func(k *input.DispatchKeyEventParams) {
		k.Commands, k.Text, k.UnmodifiedText = []string{"paste"}, "", ""
	})
}

// scheme switches between the light and the dark look of the person's system.
func (p *person) scheme(name string) {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
		return err
	}))
}

// zone moves the person to another time zone.
func (p *person) zone(name string) {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name})
		return err
	}))
}

func (p *person) noScript() {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}

// hold keeps requests whose address matches the pattern from leaving until the answer is called,
// as a slow network would.
func (p *person) hold(pattern string) (release func()) {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern}}})
		return err
	}))
	return func() {
		p.t.Helper()
		p.wait("a request to hold", func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.held > 0
		}, func() string { return pattern })
		// Whatever is held goes on when the holding ends.
		p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, fetch.Disable, cdp.Empty{})
			return err
		}))
	}
}
