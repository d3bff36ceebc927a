package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// From a word in the list's field to the message that has it, with what is around it.
func searching(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor", "email": "vera@customer.example"})
	v.post(t, "Where is my parcel? It was to come on Monday.")
	for n := range 80 {
		shop.reply(t, v.conversation, fmt.Sprintf("Filler %d", n+1), false)
	}
	shop.reply(t, v.conversation, "The courier has lost the parcel. "+strings.Repeat("We looked for it everywhere. ", 20), true)
	agent := b.newAgent(t, shop.member, "/inbox")
	agent.fill("#q", "parcel")
	agent.until("the way to all messages", "text('@search-all').includes('parcel')")
	agent.click("@search-all")
	agent.until("both messages, newest first", "$$('@hits .hit').length === 2 && text('@hits .hit').includes('courier') && $$('@hits mark').length === 2")
	agent.inspect("search")
	agent.click("@hits li:last-child a")
	const inSight = `(() => { const m = $('.entry:target .msg')?.getBoundingClientRect(), s = $('.scroller').getBoundingClientRect();
		return m && m.top >= s.top && m.bottom <= s.bottom })()`
	agent.until("the message itself", "text('.entry:target').includes('Where is my parcel') && "+inSight)
	agent.shot("thread-at-message")
	shop.reply(t, v.conversation, "A live answer", false)
	agent.until("what is new below the gap", "said().join() === 'agent: A live answer' && shown('#newer')")
	at := see[float64](agent, "$('.entry:target').getBoundingClientRect().top")
	agent.click("@newer")
	agent.until("the next ones", "text('.log').includes('Filler 60')")
	if now := see[float64](agent, "$('.entry:target').getBoundingClientRect().top"); now != at && now > at+2 {
		t.Errorf("what was read jumped from %v to %v", at, now)
	}
	agent.click("@newer")
	agent.until("the live end, nothing twice", "!$('#newer') && $$('.entry').length === 83 && new Set($$('.entry').map(e => e.dataset.seq)).size === 83")
	agent.open(srv.url + "/inbox/" + v.conversation + "?m=40")
	agent.until("the same by the number alone", "text('.entry:target').includes('Filler 39') && "+inSight)

	agent.open(srv.url + "/search?q=nobodyeverwrote")
	agent.inspect("search-nothing")
	agent.open(srv.url + "/search")
	agent.inspect("search-empty")
	agent.open(srv.url + "/search?q=vera")
	agent.until("her", "text('@found-contacts').includes('vera@customer.example')")
	agent.inspect("search-contacts")
	agent.noScript()
	agent.open(srv.url + "/search")
	agent.fill("#q", "monday")
	agent.keys("\r")
	agent.until("the message without script", "$$('@hits .hit').length === 1")
	agent.click("@hits a")
	agent.until("it in the thread", "text('.entry:target').includes('Monday')")
}
