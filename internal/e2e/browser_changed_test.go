package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// What an agent edits or removes changes before the visitor's eyes, and stays so.
func changedMessages(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Hello")
	id := shop.newest(t)
	first := shop.reply(t, id, "It costs 10", false)
	second := shop.sendFiles(t, id, "And this", map[string][]byte{"one.jpg": jpegOf(t, photo(300, 200))}, "one.jpg")
	third := shop.reply(t, id, "Good bye", false)
	v.hears("visitor: Hello", "agent: It costs 10", "agent: And this", "agent: Good bye")
	own := func(m obj) string { return "/conversation/" + id + "/messages/" + str(t, m, "_id") }
	shop.do(t, "PATCH", own(first), obj{"text": "It costs 12"}).ok(t, http.StatusOK)
	shop.do(t, "DELETE", own(second), nil).ok(t, http.StatusOK)
	want := []string{"visitor: Hello", "agent: It costs 12", "agent: This message was removed", "agent: Good bye"}
	v.hears(want...)
	v.until("the mark, and no picture", "$$('@message')[2].innerText.includes('Edited') && !$('@picture')")
	v.shot("widget-changed")
	v.reload()
	v.openChat()
	v.hears(want...)
	v.until("the mark, and no picture", "$$('@message')[2].innerText.includes('Edited') && !$('@picture')")
	shop.do(t, "DELETE", own(third), nil).ok(t, http.StatusOK)
	want[3] = "agent: This message was removed"
	v.hears(want...)

	// Whatever a text holds, it stays in its bubble and runs in its own direction.
	shop.reply(t, id, "e"+strings.Repeat("\u0301\u0317", 4000), false)
	shop.reply(t, id, strings.Repeat("x", 10000), false)
	shop.reply(t, id, "\u202eright to left\nleft", false)
	shop.reply(t, id, "שלום, מה שלומך?", false)
	v.until("them", "said().length === 8")
	v.harmless()
	v.until("the signs clipped by their bubble", "$$('@message .bubble').every(e => getComputedStyle(e).overflowX === 'hidden' && e.clientHeight <= innerHeight * 0.61)")
	v.until("directions", "getComputedStyle($$('@message .bubble').at(-1)).direction === 'rtl' && getComputedStyle($$('@message .bubble')[1]).direction === 'ltr'")
	v.shot("widget-odd-texts")
}
