package e2e

import (
	"fmt"
	"testing"
)

// A thread opens where its reader has not been yet; further up, what is new is counted and one click away.
func unreadMessages(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions(), withEnv("DESKBELL_LIMIT_MESSAGES", "0"))
	shop := newShop(t, srv)
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor"})
	v.post(t, "read already")
	shop.reply(t, v.conversation, "an answer", false)
	for i := range 25 {
		v.post(t, fmt.Sprintf("unread %d", i))
	}
	agent := b.newAgent(t, shop.member, "/inbox")
	agent.openConversation("unread 24")
	const inView = `(() => { const r = $('@unread').getBoundingClientRect(), s = $('.scroller').getBoundingClientRect(); return r.top >= s.top - 1 && r.bottom <= s.bottom })()`
	agent.until("the line above the first unread message", "$('@unread').nextElementSibling.innerText.includes('unread 0') && "+inView)
	agent.until("the way to the end", "shown('@newest') && text('@newest') === 'Newest'")
	v.post(t, "one more")
	v.post(t, "and one")
	agent.until("how many came, the place kept", "text('@newest') === '2 new' && "+inView)
	agent.inspectAt("thread-unread", 1440, 1024, 390)
	agent.click("@newest")
	agent.until("the end", "!shown('@newest') && $('.scroller').scrollTop === 0")
	v.post(t, "at once")
	agent.until("what comes while at the end", "said().at(-1) === 'visitor: at once' && !shown('@newest') && $('.scroller').scrollTop === 0")
	see[bool](agent, "!!($('.scroller').scrollTop = -900)")
	agent.until("the way to the end", "text('@newest') === 'Newest'")
	agent.answer("mine")
	agent.until("one's own answer", "$('.scroller').scrollTop === 0 && !shown('@newest')")
	agent.reload()
	agent.until("no line when all is read", "said().at(-1) === 'agent: mine' && !$('@unread')")

	agent.open(srv.url + "/contacts")
	for i := range 60 {
		v.post(t, fmt.Sprintf("much %d", i))
	}
	other := b.newAgent(t, shop.join(t, srv, "agent"), "/inbox/"+v.conversation)
	other.until("the end, and the way to the first new one", "said().at(-1) === 'visitor: much 59' && $('@first-unread') && !$('@unread')")
	see[bool](other, "$('@first-unread').click() || true")
	other.until("the first new one", "location.search.includes('m=') && $('.entry:target')?.innerText.includes('much 0')")
}
