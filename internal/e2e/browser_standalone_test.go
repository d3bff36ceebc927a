package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// The chat as a page of its own wears what the owner has set and what its address asks for.
func chatPage(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	shop.configure(t, obj{"widget_settings": obj{"team_name": "Ann & Bo", "theme": "light"}})
	address := b.srv.url + "/chat/" + shop.widget.id
	for _, c := range []struct{ query, title, language, placeholder, dir string }{
		{"", "Ann & Bo", "en", "Write a message…", "ltr"},
		{"?locale=ar&theme=dark", "Ann & Bo", "ar", "اكتب رسالة…", "rtl"},
		{"?locale=tlh", "Ann & Bo", "en", "Write a message…", "ltr"},
	} {
		v := b.newPerson(t, "reader", b.srv.url)
		v.open(address + c.query)
		v.until("the chat as asked by "+c.query, fmt.Sprintf(`shown('@panel') && $('@composer-input').placeholder === %s && text('#title') === 'Ann & Bo' &&
			document.title === %s && document.documentElement.lang === %s && document.documentElement.dir === %s && W.querySelector('.root').lang === %[3]s &&
			getComputedStyle($('@panel')).direction === %[4]s && W.querySelector('.root').matches('[data-dark]') === %v`,
			js(c.placeholder), js(c.title), js(c.language), js(c.dir), strings.Contains(c.query, "dark")))
		if see[bool](v, "!!document.querySelector('link[rel=manifest]')") {
			t.Error("the page can be installed")
		}
		v.write("Hello" + c.query)
		v.inspect("chat-page" + strings.NewReplacer("?", "-", "&", "-", "=", "-").Replace(c.query))
	}
	shop.configure(t, obj{"widget_settings": obj{"locale": "de", "team_name": ""}})
	v := b.newPerson(t, "reader", b.srv.url)
	v.open(address)
	v.until("the language that the owner has set", "document.title === 'Schreiben Sie uns' && $('@composer-input')?.placeholder === 'Nachricht schreiben …'")
	v.write("Hallo")
	v.until("the time as it is written in it", `/^\d\d:\d\d · /.test($$('.meta').at(-1).innerText)`)

	// A stranger who only opens the page can't have its visitor talk in another's name.
	opener := b.newPerson(t, "stranger", b.srv.url, shop.site.url)
	opener.open(shop.site.set("/opener", hostPage{body: `<button id="open" onclick='window.chat = open(` + js(address) + `, "chat", "popup")'>Chat</button>`}))
	opener.click("#open")
	opener.until("the chat opened", "window.chat && !chat.closed")
	see[bool](opener, "new Promise(done => { let n = 0; const again = setInterval(() => { chat.postMessage({ deskbell: ['send', 'Not mine'] }, '*'); if (++n > 20) { clearInterval(again); done(true) } }, 50) })")
	v.reload()
	v.until("the chat again", "shown('@panel')")
	if list := shop.do(t, "GET", "/conversations?limit=50", nil); strings.Contains(string(list.body), "Not mine") {
		t.Error("an opener wrote in the visitor's name")
	}
}

// The token's own site frames the chat, says who is there and hears what happens; nobody else can.
func chatFrame(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	secret := shop.identitySecret(t, shop.widget)
	who := "framed-" + unique("u")
	address := b.srv.url + "/chat/" + shop.widget.id
	frame := `<iframe id="chat" src="` + address + `" width="400" height="600"></iframe>
	<script>window.heard = {}; addEventListener('message', e => { if (e.origin === '` + b.srv.url + `') heard[e.data.deskbell[0]] = e.data.deskbell[1] })</script>`
	v := b.newPerson(t, "visitor", b.srv.url, shop.site.url)
	v.open(shop.site.set("/framing", hostPage{body: frame}))
	v.until("the frame ready", "heard.ready")
	see[bool](v, "$('#chat').contentWindow.postMessage({ deskbell: ['set', { identity_token: '"+
		signed(t, secret, siteUser(shop.widget, who, nil))+"' }] }, '*'), $('#chat').contentWindow.postMessage({ deskbell: ['send', 'From the frame'] }, '*'), true")
	v.until("the message sent", "heard.sent?.message.text === 'From the frame'")
	is(t, shop.do(t, "GET", "/conversation/"+shop.newest(t), nil).ok(t, 200), "contact.external_id", who)

	foreign := newSite(t, "shop.localhost")
	s := b.newPerson(t, "stranger", b.srv.url, foreign.url)
	s.open(foreign.set("/framing", hostPage{body: frame + `<script>chat.onload = () => heard.loaded = true</script>`}))
	s.until("the frame refused", "heard.loaded")
	if see[bool](s, "!!heard.ready") {
		t.Error("a foreign site frames the chat")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.wrong) == 0 || !strings.Contains(strings.Join(s.wrong, " "), "frame-ancestors") {
		t.Errorf("no word about the frame: %q", s.wrong)
	}
	s.wrong = nil
}
