package e2e

import (
	"slices"
	"strings"
	"testing"
)

// What cannot be sent is kept and goes out once; what is half written survives a reload.
func failedSend(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	v := b.newVisitor(t, shop)
	v.openChat()
	v.write("one")
	v.expectRefusals()
	srv.kill()
	v.fill("@composer-input", "two")
	v.keys("\r")
	const sent = "!$('@message[data-state=failed]') && !$('@message[data-state=sending]')"
	const failed = "$('@message[data-state=failed]')"
	v.until("the failed message with a way to try again", failed+"?.innerText.includes('two') && shown('@message[data-state=failed] @retry')")
	v.click("@message[data-state=failed] @retry")
	v.until("that it failed again", "shown('@message[data-state=failed] @retry')")
	v.fill("@composer-input", "three, half wri")
	v.shot("failed-send")

	if err := srv.start(); err != nil {
		t.Fatal(err)
	}
	// It may have gone out by itself in the meantime.
	see[bool](v, "$('@message[data-state=failed] @retry')?.click() ?? true")
	v.until("it sent", sent)
	v.hears("visitor: one", "visitor: two")
	v.reload()
	v.openChat()
	v.hears("visitor: one", "visitor: two")
	v.until("the draft", "$('@composer-input').value === 'three, half wri'")
	v.keys("tten\r")
	v.hears("visitor: one", "visitor: two", "visitor: three, half written")
	v.until("it sent", sent)

	// A message that was on its way when the page was left goes out on the next one.
	srv.kill()
	v.fill("@composer-input", "four")
	v.keys("\r")
	v.until("the failed message", failed+"?.innerText.includes('four')")
	if err := srv.start(); err != nil {
		t.Fatal(err)
	}
	v.reload()
	v.openChat()
	v.hears("visitor: one", "visitor: two", "visitor: three, half written", "visitor: four")
	v.until("all sent", sent)
	equal(t, "what the server has", shop.texts(t, shop.newest(t)), []string{"one", "two", "three, half written", "four"})
}

// An agent may be faster than the visitor's live line: what was written before it was up, but after
// the history was read, shows all the same.
func answerBeforeTheLine(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	v := b.newVisitor(t, shop)
	release := v.hold("*/session/events")
	v.openChat()
	v.write("Hello?")
	v.wait("the history asked for", func() bool {
		return slices.ContainsFunc(v.asked(b.srv.url), func(r string) bool { return strings.HasPrefix(r, "GET "+api+"/session/messages?") })
	}, func() string { return "" })
	shop.reply(t, shop.newest(t), "Here already", false)
	shop.reply(t, shop.newest(t), "A note", true)
	release()
	v.hears("visitor: Hello?", "agent: Here already")
	shop.reply(t, shop.newest(t), "And live", false)
	v.hears("visitor: Hello?", "agent: Here already", "agent: And live")
}
