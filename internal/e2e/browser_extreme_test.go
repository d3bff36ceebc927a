package e2e

import (
	"strings"
	"testing"
)

// extremeTexts are within what a message may hold, and meant to bend or to stall a page.
var extremeTexts = []string{
	strings.Repeat("\u0301", 10000),
	"H" + strings.Repeat("\u0301", 9999),
	strings.Repeat("a\u0336\u0489\u035c", 2000),
	strings.Repeat("W", 9990),
	strings.Repeat("\u202e\u2066", 200) + "reversed",
	strings.Repeat("https://shop.example/", 400),
	strings.Repeat("\n", 300) + "far down",
	"\u0645\u0631\u062d\u0628\u0627 " + strings.Repeat("\ufdfd", 300),
}

// Extreme texts from the team and from the visitor stay in their bubbles and stall nothing.
func extremeMessages(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Hello")
	id := shop.newest(t)
	for i, text := range extremeTexts {
		shop.reply(t, id, text, false)
		v.until("the answer", "$$('@message[data-sender=agent]').length === "+js(i+1))
		see[bool](v, "(Deskbell('send', "+js(text)+"), true)")
		v.until("it sent", "$$('@message[data-sender=visitor]').length === "+js(i+2)+" && "+allSent)
	}
	// Longer than any message may be: a megabyte in one word.
	b.srv.edit(t, "UPDATE support_messages SET text = ? WHERE conversation_id = ? AND seq = 2", strings.Repeat("W", 1<<20), id)
	for range 2 {
		v.harmless()
		v.until("each message's ink inside its bubble, and the panel whole", looksLikeAPanel+` && $$('.bubble').every(e => ['hidden', 'auto', 'clip'].includes(getComputedStyle(e).overflowY) && e.getBoundingClientRect().height < innerHeight)`)
		v.shot("extreme")
		v.reload()
		v.openChat()
		v.until("all of it", "$$('@message[data-sender=agent]').length === "+js(len(extremeTexts)))
	}
	// A megabyte pasted by mistake must not stall the page for much longer than the browser's own field takes.
	see[bool](v, "(window.tasks = [], new PerformanceObserver(l => tasks.push(...l.getEntries())).observe({type: 'longtask'}), true)")
	see[bool](v, "(window.bare = document.body.appendChild(document.createElement('textarea'))).focus() || true")
	v.insert(strings.Repeat("x", 1<<20))
	v.until("the page's own field", "bare.value.length === 1048576")
	see[bool](v, "(bare.remove(), window.since = performance.now(), window.longest = ours => Math.max(0, ...tasks.filter(e => ours === (e.startTime > since)).map(e => e.duration)), true)")
	v.click("@composer-input")
	v.insert(strings.Repeat("x", 1<<20))
	v.until("that it is too long", "$$('[role=alert]').some(e => shown(e) && /too long/i.test(e.innerText)) && $('@composer-input').value.length === 1048576")
	v.until("no stall, and the panel whole", looksLikeAPanel+" && longest(true) < Math.max(5000, 3 * longest(false))")
}
