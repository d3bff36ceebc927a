package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// Agents pick emoji as visitors do: from a grid that is loaded when it is wanted.
func composerEmoji(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor"})
	v.post(t, "It works now")
	agent := b.newAgent(t, shop.member, "/inbox")
	agent.openConversation("It works now")
	if slices.ContainsFunc(agent.asked(srv.url), func(r string) bool { return strings.Contains(r, "emoji") }) {
		t.Error("the emoji were loaded before anybody wanted one")
	}
	agent.fill("#text", "Great news")
	see[bool](agent, "$('#text').setSelectionRange(5, 5), true")
	agent.click("@emoji")
	agent.until("the grid, ready to search", "shown('@emoji-picker') && active() === $('@emoji-search') && $$('.emoji').length > 1800")
	agent.inspect("composer-emoji")
	agent.inspectAt("composer-emoji", 1440, 1024)
	agent.click("@emoji-search")
	agent.keys("party pop")
	agent.until("what was found", "$('.emoji')?.dataset.emoji === '🎉'")
	agent.keys(kb.ArrowDown)
	agent.until("the first", "active() === $('.emoji')")
	// No key of the console does anything behind the grid.
	agent.keys("en?")
	agent.until("the grid still there", "shown('@emoji-picker') && text('@status') === 'Open' && $('#reply').checked && !$('dialog[open]')")
	agent.keys("\r")
	agent.until("it where the caret was", "$('#text').value === 'Great🎉 news' && !$('@emoji-picker') && active() === $('#text')")
	agent.keys("\r")
	agent.hears("visitor: It works now", "agent: Great🎉 news")
	agent.click("@emoji")
	agent.until("it among the recent ones, in the new composer", "$('.group .emoji')?.dataset.emoji === '🎉' && $('#composer').contains($('@emoji-picker'))")
	agent.keys(kb.Escape)
	agent.until("the grid closed", "!$('@emoji-picker') && active() === $('@emoji')")
	equal(t, "what the visitor reads", v.texts(t), []string{"It works now", "Great🎉 news"})
}
