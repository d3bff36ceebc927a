package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// A day without a mouse: through the list, answering, closing, and jumping to where one wants to be.
func consoleKeys(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	for _, text := range []string{"First question", "Second question", "Third question"} {
		started(t, srv, shop.widget, obj{"name": "Writer of the " + text}).post(t, text)
	}
	agent := b.newAgent(t, shop.member, "/inbox")
	agent.until("three rows", "$$('#rows .conv').length === 3")
	agent.keys("j")
	agent.until("the first of them", "said().join() === 'visitor: Third question'")
	agent.keys("j")
	agent.until("the next", "said().join() === 'visitor: Second question'")
	agent.keys("k")
	agent.until("the one before", "said().join() === 'visitor: Third question'")
	agent.keys("r")
	agent.until("the field", "active().id === 'text' && $('#reply').checked")
	agent.keys("jke?/ **now**, see https://shop.example/help")
	agent.until("what was typed, and no deed", "$('#text').value.startsWith('jke?/ ') && !$('dialog[open]') && text('@status') === 'Open'")
	agent.keys("\r")
	agent.until("the answer in bold, with its link", "text('#thread strong') === 'now' && $('#thread .agent a').rel.includes('noopener')")
	agent.until("an empty field with the keyboard in it", "$('#text').value === '' && active().id === 'text'")
	agent.keys(kb.Escape)
	agent.until("out of the field", "active().id !== 'text'")
	agent.keys("n")
	agent.until("a note", "active().id === 'text' && $('#private').checked")
	agent.keys("Ask:" + kb.Escape)
	agent.keys("e")
	agent.until("closed", "text('@status') === 'Closed'")
	agent.keys("e")
	agent.until("open again", "text('@status') === 'Open'")
	agent.keys("/")
	agent.until("the search field", "active().id === 'q'")
	agent.keys("first")
	agent.until("what it finds", "$$('#rows .conv').length === 1")
	agent.keys(kb.Escape)
	agent.keys("?")
	agent.until("the keys", "$('#keys').open && text('#keys').includes('Next conversation')")
	agent.keys("e")
	agent.inspect("keys")
	agent.inspectAt("keys", 1440, 1024)
	agent.keys(kb.Escape)
	agent.until("them gone, and no deed done below", "!$('dialog[open]') && text('@status') === 'Open'")

	ctrlK := func() {
		see[bool](agent, "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'k', ctrlKey: true, bubbles: true}))")
	}
	ctrlK()
	agent.until("pages to jump to", "$('#jump').open && text('#jump-found').includes('Tokens')")
	agent.inspect("jump")
	agent.inspectAt("jump", 1440, 1024)
	agent.keys("second")
	agent.until("the conversation first", "text('#jump-found [aria-selected=true]').includes('Writer of the Second question')")
	agent.shot("jump-found")
	agent.keys(kb.ArrowDown)
	agent.until("the next one", "text('#jump-found [aria-selected=true]').includes('Contact')")
	agent.keys(kb.ArrowUp + "\r")
	agent.until("the conversation", "location.pathname.startsWith('/inbox/') && said().join() === 'visitor: Second question'")
	ctrlK()
	agent.keys("audit")
	agent.until("the page alone", "text('#jump-found [aria-selected=true]').includes('Audit')")
	agent.keys("\r")
	agent.until("it", "location.pathname === '/settings/audit' && document.readyState === 'complete'")
	agent.keys("/")
	agent.until("the search page, where the page has no field", "location.pathname === '/search'")
}
