package e2e

import (
	"fmt"
	"slices"
	"testing"
)

// liveRounds is how many messages are timed, after two that warm the pages.
const liveRounds = 20

// liveFigures measures how long after a visitor's key an agent's screen shows the message: widget,
// server with its commit to disk, stream, and the console's page, in one browser on one machine.
func liveFigures(tb *testing.B, length benchLength) []result {
	tb.Helper()
	path := findChromium()
	if !length.outside || path == "" {
		return nil
	}
	b := &chromium{ctx: launchChromium(tb, path), srv: startServer(tb, manySessions(), withEnv("DESKBELL_LIMIT_MESSAGES", "0"))}
	shop := newShop(tb, b.srv)
	v := b.newVisitor(tb, shop)
	v.openChat()
	v.write("Anybody there?")
	agent := b.newAgent(tb, shop.member, "/inbox")
	agent.openConversation("Anybody there?")
	see[bool](v, `(addEventListener('keydown', e => { if (e.key === 'Enter') window.sentAt = performance.timeOrigin + e.timeStamp }, true), true)`)
	var took []float64
	for round := range liveRounds + 2 {
		text := fmt.Sprintf("Question %d.", round)
		// The first frame after the message is there, and the moment after it was painted.
		see[bool](agent, fmt.Sprintf(`(window.shown = new Promise(done => new MutationObserver((_, looking) => {
			if (!$('#thread').textContent.includes(%s)) return;
			looking.disconnect();
			requestAnimationFrame(() => setTimeout(() => done(performance.timeOrigin + performance.now())));
		}).observe($('#thread'), { childList: true, subtree: true })), true)`, js(text)))
		v.fill("@composer-input", text)
		v.keys("\r")
		shown, sent := see[float64](agent, "await window.shown"), see[float64](v, "window.sentAt")
		if round > 1 {
			took = append(took, shown-sent)
		}
	}
	slices.Sort(took)
	name := fmt.Sprintf("from the visitor's key to the agent's screen, p50 (%.0f-%.0f)", took[1], took[len(took)-2])
	return []result{{name: name, value: took[len(took)/2], unit: "ms", goal: 150}}
}
