package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// reads is what a screen reader has of the page: each thing's role, name and state, in order.
func (p *person) reads() []string {
	p.t.Helper()
	var out []string
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		if err != nil {
			return err
		}
		word := func(v *accessibility.Value) (s string) {
			if v != nil && json.Unmarshal(v.Value, &s) != nil {
				s = string(v.Value)
			}
			return s
		}
		nodes := map[accessibility.NodeID]*accessibility.Node{}
		for _, n := range tree.Nodes {
			nodes[n.NodeID] = n
		}
		var walk func(n *accessibility.Node)
		walk = func(n *accessibility.Node) {
			defer func() {
				for _, id := range n.ChildIDs {
					if child := nodes[id]; child != nil {
						walk(child)
					}
				}
			}()
			if n.Ignored || word(n.Role) == "InlineTextBox" {
				return
			}
			line := strings.TrimSpace(word(n.Role) + " " + word(n.Name))
			slices.SortFunc(n.Properties, func(a, b *accessibility.Property) int { return strings.Compare(string(a.Name), string(b.Name)) })
			for _, property := range n.Properties {
				switch name := string(property.Name); name {
				case "live", "expanded", "modal", "disabled", "focused", "invalid", "required", "hasPopup", "checked":
					if value := word(property.Value); name == "expanded" || (value != "false" && value != "off") {
						line += " [" + name + "=" + value + "]"
					}
				}
			}
			out = append(out, line)
		}
		walk(tree.Nodes[0])
		return nil
	}))
	return out
}

// hearsOf waits until a screen reader has all of these, in this order.
func (p *person) hearsOf(what string, lines ...string) {
	p.t.Helper()
	var last []string
	p.wait(what+" for a screen reader", func() bool {
		last = p.reads()
		i := 0
		for _, line := range last {
			if i < len(lines) && line == lines[i] {
				i++
			}
		}
		return i == len(lines)
	}, func() string { return strings.Join(lines, "\n") + "\n\nin\n" + strings.Join(last, "\n") })
}

// A screen reader gets names, roles and states of everything, and hears what is new.
func screenReader(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newVisitor(t, shop)
	v.until("the launcher", "shown('@launcher')")
	v.hearsOf("the launcher", "heading Our shop", "button Open chat [expanded=false] [hasPopup=dialog]")
	v.openChat()
	v.hearsOf("the open chat", "dialog Chat with us", "heading Chat with us", "button Close chat", "log Messages [live=polite]", "textbox Message [focused=true]",
		"button Send message [disabled=true]", "button Close chat [expanded=true] [hasPopup=dialog]")
	v.write("Hello")
	id := shop.newest(t)
	shop.reply(t, id, "Hello to you", false)
	v.hears("visitor: Hello", "agent: Hello to you")
	// Who says what is heard although it is shown by side and colour only.
	v.hearsOf("the conversation", "log Messages [live=polite]", "StaticText You", "StaticText Hello", "StaticText Mem Ber", "StaticText Hello to you")
	shop.do(t, "POST", "/conversation/"+id+"/typing", obj{"typing": true}).ok(t, 204)
	v.hearsOf("that somebody writes", "status [live=polite]", "StaticText Typing…")
	v.click("@close")
	shop.reply(t, id, "News", false)
	v.until("one unread", "text('@badge') === '1'")
	v.hearsOf("what is unread", "button Open chat, new messages: 1 [expanded=false] [focused=true] [hasPopup=dialog]")
	if slices.ContainsFunc(v.reads(), func(l string) bool { return strings.HasPrefix(l, "dialog") || strings.HasPrefix(l, "textbox") }) {
		t.Error("the closed panel is still there for screen readers")
	}

	shop.configure(t, obj{"requires_email": true})
	asked := b.newVisitor(t, shop)
	asked.click("@launcher")
	asked.until("the form with the focus in it", "shown('@gate-form') && active().matches('input')")
	asked.hearsOf("the form", "dialog Chat with us", "textbox Name (optional) [focused=true]", "button Start chat")
	asked.click("@gate-submit")
	asked.until("what is wrong", "$('@gate-email').getAttribute('aria-invalid') === 'true' && active() === $('@gate-email')")
	read := strings.Join(asked.reads(), "\n")
	for _, want := range []string{"[invalid=true]", "Please enter your e-mail address"} {
		if !strings.Contains(read, want) {
			t.Errorf("no %q in what a screen reader gets:\n%s", want, read)
		}
	}
}

// The whole journey without a mouse, with the focus seen at each stop.
func keyboardJourney(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	email := unique("keys") + "@customer.example"
	b.srv.keepOut(email)
	shop.configure(t, obj{"requires_email": true, "otp_verification_enabled": true})
	v := b.newVisitor(t, shop)
	v.until("the launcher", "shown('@launcher')")
	seen := func(what, where string) {
		t.Helper()
		v.until(what, "active() === $("+js(where)+") && active().matches(':focus-visible')")
	}
	v.keys(kb.Tab + kb.Tab)
	seen("the launcher", "@launcher")
	v.keys(" ")
	v.until("the form", "shown('@gate-form') && active().matches('input')")
	v.keys(kb.Tab)
	seen("the address", "@gate-email")
	v.keys(email + "\r")
	code := b.srv.mails.nth(t, email, 1).code(t)
	seen("the code", "@otp-input")
	v.keys(code)
	seen("the composer", "@composer-input")
	v.keys("Hello\r")
	v.hears("visitor: Hello")
	// Round the panel and back, each stop visible and inside.
	var stops []string
	for range 12 {
		v.keys(kb.Tab, chromedp.KeyModifiers(kb.ModifierShift))
		v.until("a visible stop", "active().matches(':focus-visible') || active() === document.body")
		at := see[string](v, "active().getAttribute('aria-label') ?? active().localName")
		stops = append(stops, at)
		if at == "Close chat" {
			break
		}
	}
	if stops[len(stops)-1] != "Close chat" {
		t.Fatalf("the button to close was not reached: %q", stops)
	}
	v.keys("\r")
	v.until("closed, the focus back", "!shown('@panel') && active() === $('@launcher')")
	v.keys("\r")
	seen("the composer", "@composer-input")
	v.keys(kb.Escape)
	v.until("closed, the focus back", "!shown('@panel') && active() === $('@launcher')")
}

// media pretends that the visitor's system asks for this.
func (p *person) media(features ...string) {
	p.t.Helper()
	var list []*emulation.MediaFeature
	for i := 0; i+1 < len(features); i += 2 {
		list = append(list, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	p.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: list})
		return err
	}))
}

// Who asks for less motion gets none; who has a system of high contrast sees every edge.
func motionAndContrast(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	still := b.newVisitor(t, shop)
	still.media("prefers-reduced-motion", "reduce")
	const moving = "[...W.querySelectorAll('*')].flatMap(e => e.getAnimations({subtree: true})).map(a => a.animationName ?? a.transitionProperty)"
	see[bool](still, "addEventListener('deskbell:open', () => { window.moved = "+moving+" }) ?? true")
	still.openChat()
	equal(t, "what moves on opening", see[[]string](still, "window.moved"), []string{})
	still.write("Hello")
	id := shop.newest(t)
	// Typing is told to open lines only, and said again while it goes on.
	still.wait("that somebody writes", func() bool {
		shop.do(t, "POST", "/conversation/"+id+"/typing", obj{"typing": true}).ok(t, 204)
		return see[bool](still, "shown('@typing')")
	}, func() string { return "@typing" })
	equal(t, "what moves while somebody writes", see[[]string](still, moving), []string{})
	see[bool](still, "window.moved = [], W.addEventListener('animationstart', e => window.moved.push(e.animationName)), true")
	shop.sendFiles(t, id, "", map[string][]byte{"one.png": pngOf(t, photo(300, 200))}, "one.png")
	still.click("@picture")
	still.until("the picture", "shown('@viewer') && $('@viewer img').naturalWidth > 0")
	// What begins to move is told of with the next frame only.
	still.calm()
	still.keys(kb.Escape)
	still.click("@close")
	shop.reply(t, id, "Look at that", false)
	still.until("the preview", "shown('@preview')")
	still.calm()
	equal(t, "what moves with a picture and a preview", see[[]string](still, "window.moved"), []string{})

	forced := b.newVisitor(t, shop)
	forced.media("forced-colors", "active", "prefers-color-scheme", "dark")
	forced.until("the launcher with an edge", edged("@launcher"))
	forced.shot("forced-closed")
	forced.openChat()
	forced.write("Hello")
	id = shop.newest(t)
	shop.reply(t, id, "Hello to you, see https://shop.example", false)
	forced.hears("visitor: Hello", "agent: Hello to you, see https://shop.example")
	forced.insert("Next")
	for _, part := range []string{"@panel", ".write", "[data-sender=visitor] .bubble", "[data-sender=agent] .bubble", "@send", "@close"} {
		forced.until(part+" with an edge", edged(part))
	}
	forced.keys(kb.Tab)
	forced.until("a focus that can be seen", "(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)(getComputedStyle(active()))")
	forced.calm()
	forced.shot("forced-open")
}

// edged says that something has an edge that differs from what is behind it.
func edged(selector string) string {
	return fmt.Sprintf(`(e => { const s = e && getComputedStyle(e); return s && s.borderTopStyle !== 'none' && parseFloat(s.borderTopWidth) >= 1 && s.borderTopColor !== s.backgroundColor && !/^rgba.*, 0\)$/.test(s.borderTopColor) })($(%s))`, js(selector))
}

// At 200 % on a laptop, and on the narrowest phones, nothing is cut off or out of reach.
func zoomedIn(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	shop.configure(t, obj{"requires_email": true})
	for _, view := range []struct{ width, height int64 }{{640, 400}, {320, 256}, {320, 568}} {
		name := fmt.Sprintf("zoom-%dx%d", view.width, view.height)
		v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
		v.do(chromedp.EmulateViewport(view.width, view.height, chromedp.EmulateScale(2)))
		v.open(shop.url)
		v.click("@launcher")
		v.until("the form", "shown('@gate-form')")
		reachable := func(parts ...string) {
			t.Helper()
			v.calm()
			for _, part := range parts {
				v.spot(part)
				v.until(part+" inside the screen", fmt.Sprintf("(r => r.left >= 0 && r.top >= -1 && r.right <= innerWidth + 1 && r.bottom <= innerHeight + 1)($(%s).getBoundingClientRect())", js(part)))
			}
			v.until("nothing cut off sideways", "[...W.querySelectorAll('.log, .step, .panel, header, .composer')].every(e => !shown(e) || e.scrollWidth <= e.clientWidth + 1) && document.documentElement.scrollWidth <= innerWidth")
		}
		reachable("@close", "@gate-email", "@gate-submit")
		v.shot(name + "-form")
		v.fill("@gate-email", unique("zoom")+"@customer.example")
		v.click("@gate-submit")
		v.until("the chat", "shown('@composer-input')")
		v.write("Hello from a small window")
		shop.reply(t, shop.newest(t), "Hello! "+strings.Repeat("Here is a longer answer. ", 8), false)
		v.until("the answer", "said().length === 2")
		v.click("@composer-input")
		v.insert("one\ntwo\nthree\nfour\nfive\nsix")
		reachable("@close", "@composer-input", "@send")
		v.until("room to read", "$('.log').clientHeight >= 40")
		v.shot(name)
	}
}

// Whatever a finger or a shaky hand must hit is at least 36 pixels wide and high.
func bigTargets(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions(), watched(t))
	shop := newShop(t, srv)
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Hello")
	v.expectRefusals()
	srv.kill()
	v.fill("@composer-input", "Not yet")
	v.keys("\r")
	v.until("a way to try again", "shown('@message[data-state=failed] @retry')")
	v.insert("More")
	v.calm()
	small := see[[]string](v, `[...W.querySelectorAll('button, input, textarea, summary, [role=button], [role=menuitem]')].filter(e => shown(e)).map(e => [e, e.getBoundingClientRect()])
		.filter(([e, r]) => Math.min(r.width, r.height) < 36 && !(e.closest('.write') && e.closest('.write').getBoundingClientRect().height >= 36 && e.localName === 'textarea'))
		.map(([e, r]) => (e.dataset.test || e.className || e.localName) + ' ' + Math.round(r.width) + '×' + Math.round(r.height))`)
	equal(t, "targets that are too small", small, []string{})
}
