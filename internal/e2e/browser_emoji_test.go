package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// The grid is fetched when it is wanted, can be searched and walked, and knows what was used last.
func pickingEmoji(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv, "theme: 'auto'")
	v := b.newVisitor(t, shop)
	v.openChat()
	list := func(r string) bool { return strings.HasPrefix(r, "GET /widget/emoji.") }
	if slices.ContainsFunc(v.asked(b.srv.url), list) {
		t.Error("the emoji were loaded before anybody wanted one")
	}
	v.fill("@composer-input", "Hello world")
	see[bool](v, "$('@composer-input').setSelectionRange(5, 5) || true")
	v.click("@emoji")
	v.until("the grid, ready to search", "shown('@emoji-picker') && active() === $('@emoji-search') && $$('.emoji').length > 1800 && $('@emoji').getAttribute('aria-expanded') === 'true'")
	v.inspect("widget-emoji")
	see[bool](v, "$('@emoji-search').focus() || true")
	v.keys("waving")
	v.until("what was found", "$('.emoji')?.dataset.emoji === '👋' && $$('[role=status]').some(e => /Emoji found: \\d/.test(e.textContent))")
	v.shot("widget-emoji-found")
	v.keys("\r")
	v.until("it where the caret was", "$('@composer-input').value === 'Hello👋 world' && !$('@emoji-picker') && active() === $('@composer-input') && $('@composer-input').selectionStart === 7")

	v.click("@emoji")
	v.until("it among the recent ones", "$('.group')?.getAttribute('aria-label') === 'Recent' && $('.group .emoji').dataset.emoji === '👋'")
	v.keys(kb.ArrowDown)
	v.until("the first cell", "active() === $('.emoji')")
	v.keys(kb.ArrowDown + kb.ArrowRight)
	v.until("the second of the row below", "active() === $$('.group')[1].querySelectorAll('.emoji')[1]")
	v.keys(kb.ArrowUp + kb.ArrowUp)
	v.until("the search again", "active() === $('@emoji-search')")
	v.keys("\t\t")
	v.until("a group's button", "active().closest('.groups')")
	v.keys(kb.Escape)
	v.until("the chat still open", "!$('@emoji-picker') && shown('@panel') && active() === $('@emoji')")
	v.click("@emoji")
	v.keys("no such thing")
	v.until("that there is none", "text('@emoji-picker').includes('No emoji found')")
	v.click("@composer-input")
	v.until("the grid closed by a click elsewhere", "!$('@emoji-picker')")
	v.keys("\r")
	v.hears("visitor: Hello👋 world")

	// A message of emoji alone is large; one with words is not.
	v.write("👍🏽 🎉")
	v.until("large emoji", "parseFloat(getComputedStyle($$('@message .bubble')[2]).fontSize) > 30 && parseFloat(getComputedStyle($$('@message .bubble')[1]).fontSize) < 17")
	v.reload()
	v.openChat()
	v.click("@emoji")
	v.until("the recent one after a reload", "$('.group .emoji')?.dataset.emoji === '👋'")
}
