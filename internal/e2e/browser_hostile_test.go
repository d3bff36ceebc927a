package e2e

import (
	"strings"
	"testing"
)

// hostileTexts are what somebody would send to run in an agent's browser, or to break its page.
var hostileTexts = []string{
	`<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`,
	`"><svg onload=window.pwned=1>`,
	`javascript:window.pwned=1`,
	`[click](javascript:window.pwned=1) data:text/html,<script>window.pwned=1</script>`,
	`https://shop.example/"onmouseover="window.pwned=1`,
	`</hx-partial><hx-partial hx-target="body" hx-swap="innerHTML">gone</hx-partial>`,
	"photo\u202egpj.exe and \u2066more\u2069",
	"{{.}} ${7*7} <%= 7*7 %> &lt;b&gt;",
	strings.Repeat("long", 500),
}

// What a visitor writes is text, on both sides, whatever it looks like.
func hostileMessages(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv, `user: { name: '<img src=x onerror=window.pwned=1>', auth_attr: { 'a<b>': '<script>window.pwned=1<\/script>' } }`)
	agent := b.newAgent(t, shop.member, "/inbox")
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Now watch this")
	agent.openConversation("Now watch this")

	want := []string{"visitor: Now watch this"}
	for _, text := range hostileTexts {
		v.write(text)
		want = append(want, "visitor: "+text)
	}
	for _, p := range []*person{v, agent} {
		p.hears(want...)
		p.harmless()
		p.shot("hostile-" + p.name)
	}
	v.reload()
	v.openChat()
	agent.reload()
	for _, p := range []*person{v, agent} {
		p.hears(want...)
		p.harmless()
	}
	agent.until("the name as text", "text('#thread-head').includes('<img src=x onerror=window.pwned=1>') && text('@attributes').includes('window.pwned=1')")

	// Too much is refused in words, and stays to be shortened.
	v.click("@composer-input")
	v.insert(strings.Repeat("Far too many words. ", 1000))
	v.keys("\r")
	v.until("that it is too long", "$$('[role=alert]').some(e => shown(e) && /too long/i.test(e.innerText)) && $('@composer-input').value.length === 20000")
	v.until("the panel still whole", looksLikeAPanel)
	v.shot("hostile-too-long")
	v.hears(want...)

	// Nor does a page's own script get a message past the server that is more than it reads, and
	// what follows goes out all the same.
	v.expectRefusals()
	see[bool](v, "Deskbell('send', 'Far too many words. '.repeat(15000)), Deskbell('send', 'Still here'), true")
	agent.hears(append(want, "visitor: Still here")...)
}

// harmless asserts that nothing ran, nothing became markup and nothing bends the page.
func (p *person) harmless() {
	p.t.Helper()
	p.until("nothing but text and safe links in the messages", `!('pwned' in window) && !document.title.includes('gone') && $$('.bubble').every(e =>
		[...e.querySelectorAll('*')].every(c => c.tagName === 'BR' || c.tagName === 'I' || c.tagName === 'svg' || c.closest('svg') ||
			(c.tagName === 'A' && /^(https?|mailto):/.test(c.protocol) && c.rel.includes('noopener') && !c.hasAttribute('onmouseover'))))`)
	p.until("no message wider than its place", `$$('.bubble').every(e => e.scrollWidth <= e.clientWidth + 1 && e.getBoundingClientRect().right <= innerWidth)
		&& document.documentElement.scrollWidth <= innerWidth`)
}
