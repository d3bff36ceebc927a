package e2e

import (
	"strings"
	"testing"
)

// setUp follows the link in the terminal and makes the first account in the browser.
func (p *person) setUp(srv *server) {
	p.t.Helper()
	link := setupLink.FindString(srv.stderr.String())
	if link == "" {
		p.t.Fatalf("no set-up link in the terminal:\n%s", srv.stderr.String())
	}
	p.open(link)
	p.fill("#account", "Ann's shop")
	p.fill("#name", "Ann Admin")
	p.fill("#email", "ann@shop.example")
	p.fill("#password", "a long pass phrase")
	p.click("form[action='/setup'] button")
	p.until("the welcome on the tokens page", "location.pathname === '/settings/tokens' && shown('@welcome')")
}

// makeToken fills the form for a new token and returns the snippet that the page shows.
func (p *person) makeToken(domain string) string {
	p.t.Helper()
	p.fill("#domain", domain)
	p.click("[data-token-form] button[type=submit]")
	p.until("the snippet", "shown('@snippet')")
	return see[string](p, "$('@snippet').textContent")
}

// From an empty data directory to a conversation that survives the death of the server: what
// the product is for.
func firstConversation(t *testing.T, b *chromium) {
	srv := startServer(t, watched(t))
	shop := newSite(t, "localhost")
	agent := b.newPerson(t, "agent", srv.url)
	visitor := b.newPerson(t, "visitor", srv.url, shop.url)

	agent.setUp(srv)
	pasted := agent.makeToken(shop.url)
	if !strings.Contains(pasted, srv.url+"/support-widget.js") || !strings.Contains(pasted, "window.supportConfig") {
		t.Fatalf("not the documented snippet: %s", pasted)
	}
	agent.click("button[data-copy='#snippet']")
	agent.until("the snippet copied, or at least selected",
		"text('[data-copy=\"#snippet\"]').trim() === 'Copied' || getSelection().toString().trim() === $('@snippet').textContent.trim()")
	agent.open(srv.url + "/inbox")
	agent.until("an empty inbox that says so", "shown('#no-rows')")
	see[bool](agent, "window.sameDocument = true")

	visitor.open(shop.set("/", hostPage{body: pasted}))
	visitor.openChat()
	visitor.write("Hello, is anybody there?")

	// The agent's page has not been loaded again: the row came by itself.
	agent.openConversation("Hello, is anybody there?")
	agent.hears("visitor: Hello, is anybody there?")
	if !see[bool](agent, "window.sameDocument === true") {
		t.Error("the inbox was loaded anew")
	}
	visitor.until("the read mark", "text('@message[data-sender=visitor] .meta').endsWith('Read')")

	agent.click("#text")
	agent.keys("Ye")
	visitor.until("that somebody writes", "shown('@typing')")
	agent.keys("s!\r")
	agent.hears("visitor: Hello, is anybody there?", "agent: Yes!")
	visitor.hears("visitor: Hello, is anybody there?", "agent: Yes!")
	visitor.until("the dots gone", "!shown('@typing')")
	agent.until("that the visitor has seen it", "text('#read-mark').includes('Seen')")

	visitor.click("@composer-input")
	visitor.keys("Goo")
	agent.until("that the visitor writes", "text('#typing') !== ''")
	visitor.keys("d.\r")
	agent.hears("visitor: Hello, is anybody there?", "agent: Yes!", "visitor: Good.")
	agent.answer("How can I help?")
	talk := []string{"visitor: Hello, is anybody there?", "agent: Yes!", "visitor: Good.", "agent: How can I help?"}
	visitor.hears(talk...)
	visitor.shot("first-conversation-visitor")
	agent.shot("first-conversation-agent")

	visitor.reload()
	agent.reload()
	agent.hears(talk...)
	visitor.openChat()
	visitor.hears(talk...)

	visitor.expectRefusals()
	agent.expectRefusals()
	srv.kill()
	visitor.until("that the line is down", "shown('.connection')")
	visitor.fill("@composer-input", "Are you back?")
	visitor.keys("\r")
	visitor.until("the message waiting", "$$('@message').some(m => m.innerText.includes('Are you back?') && m.dataset.state === 'failed')")
	visitor.shot("first-conversation-server-away")
	if err := srv.start(); err != nil {
		t.Fatal(err)
	}
	talk = append(talk, "visitor: Are you back?")
	visitor.hears(talk...)
	visitor.until("the line up again and the message sent", "!shown('.connection') && !$('@message[data-state=failed]')")
	agent.hears(talk...)
	agent.answer("We are.")
	talk = append(talk, "agent: We are.")
	visitor.hears(talk...)
	agent.reload()
	agent.hears(talk...)
}

// The admin can try the widget without pasting anything, and the chat is a page of its own too.
func demoAndChatPage(t *testing.T, b *chromium) {
	srv := startServer(t, watched(t))
	guest := b.newPerson(t, "guest", srv.url)
	guest.open(srv.url + "/demo")
	guest.until("that set-up comes first", "text('main').includes('set up') && !W")

	agent := b.newPerson(t, "agent", srv.url)
	agent.setUp(srv)
	guest.open(srv.url + "/demo")
	guest.openChat()
	guest.write("Trying the demo")
	guest.shot("demo-open")
	agent.open(srv.url + "/inbox")
	agent.openConversation("Trying the demo")
	agent.answer("It works")
	guest.hears("visitor: Trying the demo", "agent: It works")

	agent.open(srv.url + "/settings/tokens")
	agent.makeToken("https://shop.example")
	agent.open(srv.url + "/settings/tokens")
	agent.until("the token in the list", "$('tr[id^=token-]')")
	token := strings.TrimPrefix(see[string](agent, "$('tr[id^=token-]').id"), "token-")
	reader := b.newPerson(t, "reader", srv.url)
	reader.open(srv.url + "/chat/" + token)
	reader.until("the chat filling the page", `(() => { const r = $('@panel').getBoundingClientRect(); return r.width >= innerWidth - 1 && r.height >= innerHeight - 1 })()`)
	reader.until("no launcher and no way to close it", "!shown('@launcher') && !shown('@close')")
	reader.write("From the page")
	reader.hears("visitor: From the page")
	reader.reload()
	reader.hears("visitor: From the page")
	agent.open(srv.url + "/inbox")
	agent.openConversation("From the page")
}
