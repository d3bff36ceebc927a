package e2e

import "testing"

// instruments stand in for the loudspeaker and the desktop, which no test can listen to or look at.
const instruments = `
window.rung = 0; window.notes = []; window.asked = 0; window.listening = 0;
window.EventSource = class extends EventSource { constructor(url) { super(url); this.addEventListener('open', () => listening++) } close() { super.close(); listening = 0 } };
window.AudioContext = class { currentTime = 0; destination = {}; constructor() { rung++ } close() {}
  createOscillator() { return { frequency: {}, connect: to => to, start() {}, stop() {} } }
  createGain() { return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: to => to } } };
window.Notification = class { static permission = localStorage.may ?? 'default'; constructor(title, { body }) { notes.push(title + ': ' + body) } close() {}
  static requestPermission() { asked++; localStorage.may = Notification.permission = 'granted'; return Promise.resolve('granted') } };`

// An agent chooses how to be told; of their tabs one tells them, whatever page it shows.
func alertedAgent(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	shop := newShop(t, srv)
	v := started(t, srv, shop.widget, obj{"name": "Vera Visitor"})
	agent := b.newPerson(t, "agent", srv.url)
	agent.before(instruments)
	agent.open(srv.url + "/settings/alerts")
	agent.signIn(shop.email, shop.password)
	agent.until("the page", "text('#may-notify').includes('not been asked') && shown('@allow')")
	agent.inspectAt("alerts", 1440, 1024, 390)
	agent.click("@try")
	agent.until("a sound and nothing else", "rung === 1 && notes.length === 0 && asked === 0")
	agent.click("@allow")
	agent.until("that it may", "asked === 1 && text('#may-notify').includes('may show') && !shown('@allow')")
	agent.set("[name=desktop]", true)
	agent.click("@try")
	agent.until("both", "rung === 2 && notes.length === 1")
	agent.click("@save")
	agent.until("that it is saved", "text('#flash').includes('Saved') && $('[name=desktop]').checked")

	if see[bool](agent, "shown('[name=timezone]')") {
		t.Error("hours to choose for somebody who is always told")
	}
	agent.click("[name=hours][value=chosen]")
	agent.until("the hours, where they are", "shown('[name=timezone]') && $('[name=timezone]').value === Intl.DateTimeFormat().resolvedOptions().timeZone")
	agent.inspectAt("alert-hours", 1440, 1024, 390)
	agent.click("[name=hours][value=always]")
	agent.until("them gone", "!shown('[name=timezone]')")

	other := agent.another()
	other.before(instruments)
	other.open(srv.url + "/contacts")
	for _, p := range []*person{agent, other} {
		p.click("h1")
	}
	told := func() float64 {
		return see[float64](agent, "rung + notes.length") + see[float64](other, "rung + notes.length")
	}
	told1 := func(text string) {
		t.Helper()
		agent.wait("one tab to tell", func() bool { return told() >= 2 }, func() string { return text })
	}
	// The tab that was clicked last leads, and the other lets go once it listens.
	other.until("the lead", "listening === 1")
	agent.until("the other's lead", "listening === 0")
	v.post(t, "Anybody there?")
	told1("Anybody there?")
	other.until("who wrote what", "rung === 1 && notes.join() === 'Vera Visitor: Anybody there?'")
	if n := told(); n != 2 {
		t.Errorf("%v sounds and notifications for one message in two tabs", n)
	}
	other.open(srv.url + "/inbox")
	other.until("the count in the title and on the icon", "document.title.startsWith('(1) ') && $('link[rel=icon]').href.includes('e5484d')")
	other.openConversation("Anybody there?")
	other.until("the icon as it was", "!document.title.startsWith('(') && !$('link[rel=icon]').href.includes('e5484d')")
	other.until("that no page asks by itself", "asked === 0")
}
