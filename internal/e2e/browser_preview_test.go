package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Beside a closed launcher a new message says who wrote what.
func previewedMessage(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv, "theme: 'auto'")
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("Anybody?")
	id := shop.newest(t)
	shop.reply(t, id, "Seen at once", false)
	v.hears("visitor: Anybody?", "agent: Seen at once")
	v.click("@close")
	v.until("no preview of what was read", "!shown('@preview')")
	shop.reply(t, id, "I have looked into it, "+strings.Repeat("and there is more to say, ", 20), false)
	v.until("who wrote what, in a region that is read out", `shown('@preview') && text('@preview').includes('Mem Ber') && text('@preview-text').startsWith('I have looked into it') && $('@preview').closest('[role=status]')`)
	v.until("two lines of it", "(e => e.getBoundingClientRect().height < 2.2 * parseFloat(getComputedStyle(e).lineHeight))($('@preview-text'))")
	v.inspect("widget-preview")
	v.click("@preview-dismiss")
	v.until("it gone, the focus on the launcher and the count still there", "!shown('@preview') && active() === $('@launcher') && text('@badge') === '1'")
	v.reload()
	v.until("the count", "text('@badge') === '1'")
	v.until("the alerts looked", "W.querySelector('.previews')")
	if see[bool](v, "shown('@preview')") {
		t.Error("a dismissed message came back")
	}
	shop.reply(t, id, "Another one <b>", false)
	v.until("the next one all the same", "shown('@preview') && text('@preview-text') === 'Another one <b>'")
	v.reload()
	v.until("it on the next page too", "shown('@preview') && text('@preview-text') === 'Another one <b>'")
	see[bool](v, "$('@preview-open').focus() || true")
	v.keys(kb.Escape)
	v.until("it gone", "!shown('@preview') && !shown('@panel')")
	m := shop.reply(t, id, "Come in", false)
	v.until("the third", "text('@preview-text') === 'Come in'")
	shop.do(t, "DELETE", "/conversation/"+id+"/messages/"+str(t, m, "_id"), nil).ok(t, 200)
	v.until("nothing of what was removed", "!shown('@preview')")
	shop.reply(t, id, "Come in again", false)
	v.until("the last", "text('@preview-text') === 'Come in again'")
	v.do(chromedp.EmulateViewport(390, 844))
	v.click("@preview-open")
	v.until("the whole chat", "shown('@panel') && !shown('@preview') && said()[0] === 'visitor: Anybody?'")
	v.click("@close")
	v.until("nothing unread", "!shown('@preview') && !shown('@badge')")

	// More than the badge has room for, and more than is fetched at once.
	for i := range 60 {
		shop.reply(t, id, fmt.Sprintf("Number %d", i), false)
	}
	v.until("more than can be counted at a glance", "text('@badge') === '9+' && $('@launcher').getAttribute('aria-label') === 'Open chat, new messages: 60'")
	v.reload()
	v.click("@launcher")
	v.until("the newest, and the way to the earlier ones", "said().at(-1) === 'agent: Number 59' && shown('.log > button') && !text('@messages').includes('Anybody?')")
	v.spot(".log > button")
	see[bool](v, "(window.reading = $('@message:not([data-sender=note]) .bubble'), window.stood = reading.getBoundingClientRect().top, true)")
	v.click(".log > button")
	v.until("all of it in order, and what was being read where it was", `said()[0] === 'visitor: Anybody?' && !shown('.log > button') && said().filter(s => s.includes('Number')).every((s, i) => s === 'agent: Number ' + i) &&
		said().at(-1) === 'agent: Number 59' && Math.abs(reading.getBoundingClientRect().top - stood) < 50`)
}

// What was written while the line was away is shown once it is back. The line tells that something is unread before
// it tells what: nothing that was read may stand there meanwhile.
func previewAfterAGap(t *testing.T, b *chromium) {
	shop, proxy := newShopBehind(t, b.srv, impatient)
	v := b.newVisitorBehind(t, shop, proxy)
	v.openChat()
	v.write("Anybody?")
	id := shop.newest(t)
	shop.reply(t, id, "Seen at once", false)
	v.hears("visitor: Anybody?", "agent: Seen at once")
	v.click("@close")
	eventually(t, patience, "the first read", func() bool {
		return num(t, shop.do(t, "GET", "/conversation/"+id, nil).ok(t, 200), "read.visitor") == 2
	})
	see[bool](v, `(window.previews = new Set(), new MutationObserver(() => shown('@preview') && previews.add(text('@preview-text')))
		.observe(W, {subtree: true, childList: true, characterData: true, attributes: true}), true)`)
	v.expectRefusals()
	for i, text := range []string{"Are you still there?", "Another time, then"} {
		v.online(false)
		proxy.cut()
		eventually(t, patience, "no line", func() bool { return proxy.open() == 0 })
		shop.reply(t, id, text, false)
		goOn := proxy.tellStateFirst()
		v.online(true)
		v.until("that something came", "text('@badge') === '"+strconv.Itoa(i+1)+"' && W.querySelector('.previews')")
		goOn()
		v.until(text, "shown('@preview') && text('@preview-text') === "+js(text)+" && text('@badge') === '"+strconv.Itoa(i+1)+"'")
	}
	if shown := see[[]string](v, "[...previews]"); len(shown) != 2 {
		t.Errorf("previews after two gaps: %q", shown)
	}
}
