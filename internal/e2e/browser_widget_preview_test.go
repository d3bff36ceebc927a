package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// frames are the sandboxed frames of a page that were looked into; each is a process of its own, which ends when the
// page puts another in its place.
type frames map[target.ID]*person

// until waits for a frame of p's page in which an expression is true, and returns p looking into it.
func (f frames) until(p *person, what, expression string) (found *person) {
	p.t.Helper()
	p.wait(what, func() bool {
		list, err := chromedp.Targets(p.ctx)
		if err != nil {
			return false
		}
		for _, info := range list {
			if info.Type != "iframe" || info.URL != "about:srcdoc" {
				continue
			}
			if f[info.TargetID] == nil {
				f[info.TargetID] = p.lookInto(info.TargetID)
			}
			if frame := f[info.TargetID]; frame != nil {
				if ok, err := trySee[bool](frame, "!!("+expression+")"); err == nil && ok {
					found = frame
					return true
				}
			}
		}
		return false
	}, func() string { return expression })
	return found
}

// lookInto is nil when the frame has ended meanwhile.
func (p *person) lookInto(id target.ID) *person {
	frame := &person{t: p.t, name: p.name + " in the frame", origins: p.origins}
	ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel(), chromedp.WithListener(frame.notice))
	p.t.Cleanup(cancel)
	frame.ctx = ctx
	// It is watched as long as the context of the first call lives, so that one has no time-out.
	if err := chromedp.Do(ctx); err != nil {
		return nil
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
	preview := frames{}
	preview.until(admin, "an open chat", "shown('@panel') && text('.bubble').includes('How can we help you today?')")

	admin.fill("#greeting_message", "Ahoy from the form!")
	preview.until(admin, "what is being typed", "text('.bubble') === 'Ahoy from the form!'")
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
		preview.until(admin, c.state, c.want)
		admin.shot("widget-preview-" + c.state)
	}
	admin.until("why there is no form", "text('#preview [role=status]').includes('asks for nothing')")

	admin.click("[name=requires_email]")
	frame := preview.until(admin, "the form", "shown('@gate-email')")
	admin.inspectAt("widget-preview", 1440, 1024, 390)
	see[bool](frame, "$('@gate-email').value = 'vera@example.com', $('@gate-submit').click(), true")
	frame.until("the chat behind the form", "shown('@message') && !shown('@gate-form')")

	admin.fill("#primary_color", "#b00020")
	preview.until(admin, "another colour", "W.querySelector('.root').style.getPropertyValue('--brand') === '#b00020'")
	admin.fill("#primary_color", "#b")
	preview.until(admin, "the usual colour while one is typed", "W.querySelector('.root').style.getPropertyValue('--brand') !== '#b00020'")

	if after := rows(); after != before {
		t.Errorf("looking made %d rows", after-before)
	}
	for _, p := range append(slices.Collect(maps.Values(preview)), admin) {
		if p == nil {
			continue
		}
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
