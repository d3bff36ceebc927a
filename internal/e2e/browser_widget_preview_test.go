package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// inFrame is the same person looking into the sandboxed frame of their page, a process of its own, once there is one
// that was not there before.
func (p *person) inFrame(seen *[]target.ID) *person {
	p.t.Helper()
	frame := &person{t: p.t, name: p.name + " in the frame", origins: p.origins}
	var found target.ID
	p.wait("a frame", func() bool {
		list, err := chromedp.Targets(p.ctx)
		if err != nil {
			return false
		}
		for _, info := range list {
			if info.Type == "iframe" && info.URL == "about:srcdoc" && !slices.Contains(*seen, info.TargetID) {
				found = info.TargetID
			}
		}
		return found != ""
	}, func() string { return fmt.Sprintf("targets beside %v", *seen) })
	*seen = append(*seen, found)
	ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithTargetID(found), chromedp.WithDetachOnCancel(), chromedp.WithListener(frame.notice))
	frame.ctx = ctx
	p.t.Cleanup(cancel)
	// It is watched as long as the context of the first call lives, so that one has no time-out.
	if err := chromedp.Do(ctx); err != nil {
		p.t.Fatal(err)
	}
	return frame
}

// An admin sees the widget as the form would make it, in every state, before anything is saved; nobody is visited.
func widgetPreview(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	admin := b.newPerson(t, "admin", srv.url)
	admin.open(srv.url + "/settings/widget")
	admin.signIn(shop.email, shop.password)
	rows := func() int {
		return srv.count(t, "SELECT (SELECT count(*) FROM support_sessions) + (SELECT count(*) FROM contacts) + (SELECT count(*) FROM support_conversations)")
	}
	before := rows()
	var seen []target.ID
	frame := admin.inFrame(&seen)
	frame.until("an open chat", "shown('@panel') && text('.bubble').includes('How can we help you today?')")

	admin.fill("#greeting_message", "Ahoy from the form!")
	frame = admin.inFrame(&seen)
	frame.until("what is being typed", "text('.bubble') === 'Ahoy from the form!'")
	if at := see[string](admin, "document.activeElement.id"); at != "greeting_message" {
		t.Errorf("the preview took the focus away to %q", at)
	}

	for _, c := range []struct{ state, want string }{
		{"closed", "shown('@launcher') && !shown('@panel')"},
		{"away", "text('.presence').includes('tomorrow') && shown('@away-email') && said().length === 1"},
		{"conversation", "said().length === 2 && said()[1].startsWith('agent: Good morning!') && text('.row:last-of-type .name, [data-sender=agent] .name') === 'Mem Ber'"},
		{"ended", "shown('@rate-5') && said().length === 2"},
		{"code", "shown('@otp-input') && text('.step').includes('visitor@example.com')"},
		{"form", "shown('@composer') || shown('@panel')"},
	} {
		admin.click("label:has([name=preview][value=" + c.state + "])")
		frame = admin.inFrame(&seen)
		frame.until(c.state, c.want)
		admin.shot("widget-preview-" + c.state)
	}
	admin.until("why there is no form", "text('#preview [role=status]').includes('asks for nothing')")

	admin.click("[name=requires_email]")
	frame = admin.inFrame(&seen)
	frame.until("the form", "shown('@gate-email')")
	admin.inspectAt("widget-preview", 1440, 1024, 390)
	see[bool](frame, "$('@gate-email').value = 'vera@example.com', $('@gate-submit').click(), true")
	frame.until("the chat behind the form", "shown('@message') && !shown('@gate-form')")

	admin.fill("#primary_color", "#12")
	frame = admin.inFrame(&seen)
	frame.until("the usual colour while one is typed", "shown('@panel')")

	if after := rows(); after != before {
		t.Errorf("looking made %d rows", after-before)
	}
	for _, p := range []*person{admin, frame} {
		p.mu.Lock()
		for _, r := range p.requests {
			if strings.Contains(r.url, "/api/") {
				t.Errorf("looking asked the server as a visitor would: %s %s", r.method, r.url)
			}
		}
		p.mu.Unlock()
	}
	admin.reload()
	admin.until("that nothing was saved", "$('#greeting_message').value === 'Hi! How can we help you today?' && !$('[name=requires_email]').checked")
}
