package e2e

import (
	"net/http"
	"strings"

	"github.com/chromedp/chromedp/kb"
)

// composes is what a thread is for besides answers: a team, events in line, keys, a draft, bold and an emoji, sending
// and closing in one, a message bettered, a note on the person.
func (d *workday) composes() {
	ben := d.ben
	ben.open(d.srv.url + "/inbox/" + d.of[d.pia])
	ben.set("@team_id", see[string](ben, "$('@team_id').options[1].value"))
	ben.until("what was done, in line", "$$('@event').some(e => e.innerText.includes('Sales'))")
	ben.keys("?")
	ben.until("the keys", "$('#keys').open")
	ben.keys(kb.Escape + "r")
	ben.until("the field", "active().id === 'text'")
	ben.insert("It comes **today**")
	ben.wait("the draft on the server", func() bool {
		return d.srv.count(d.t, "SELECT COUNT(*) FROM support_drafts WHERE text LIKE 'It comes%'") == 1
	}, func() string { return "" })
	ben.reload()
	ben.until("what was begun", "$('#text').value === 'It comes **today**'")
	ben.click("@emoji")
	ben.until("the grid, ready to search", "active() === $('@emoji-search') && $$('.emoji').length > 1800")
	ben.click("@emoji-search")
	ben.keys("party pop")
	ben.until("what was found", "$('.emoji')?.dataset.emoji === '🎉'")
	ben.keys(kb.ArrowDown + "\r")
	ben.until("it in the text", "$('#text').value.includes('🎉') && !$('@emoji-picker')")
	ben.click("@send-close")
	ben.until("it sent, in bold, and closed", "text('#thread strong') === 'today' && text('@status') === 'Closed' && !$('@pending')")
	d.writes(d.pia, "Thank you")
	ben.until("that writing opened it again", "text('@status') === 'Open'")
	ben.click("@change")
	ben.fill(".changing textarea", "It comes tomorrow")
	ben.click("@save-change")
	d.pia.until("the better text", "said().includes('agent: It comes tomorrow')")
	ben.fill("#note", "Rings at noon")
	ben.click("@add-note")
	ben.until("the note", "text('@notes').includes('Rings at noon')")
	see[bool](ben, "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'k', ctrlKey: true, bubbles: true}))")
	ben.until("where to jump to", "$('#jump').open")
	ben.keys("alerts")
	ben.until("the page", "text('#jump-found [aria-selected=true]').includes('Alerts')")
	ben.keys("\r")
	ben.until("it", "location.pathname === '/settings/alerts' && document.readyState === 'complete'")
}

// waits is a visitor whom nobody answers: Ben, who has no page open, gets a push and then a mail.
func (d *workday) waits() {
	d.ben.open(d.srv.url + "/inbox/" + d.of[d.amir])
	d.ben.set("@assignee_id", see[string](d.ben, "$('@assignee_id').options[1].value"))
	d.ben.until("that it is his", "text('#thread-head').includes('Ben Baker')")
	d.ben.open(d.srv.url + "/docs") // which is no page of the console
	eventually(d.t, patience, "a push, once the server knows that the page is closed", func() bool {
		d.writes(d.amir, unique("more "))
		found, _ := d.pushes.box.matching(func(p sentPush) bool { return p.path == "/ben" })
		return len(found) > 0
	})
	d.srv.edit(d.t, "UPDATE jobs SET run_at = 0 WHERE kind = 'alert.mails'")
	d.srv.mails.box.wait(d.t, patience, "the mail", 1, func(m sentMail) bool { return strings.Contains(m.text, "/inbox/"+d.of[d.amir]) })
	d.ben.open(d.srv.url + "/inbox")
}

// sets is what an admin sets once: the widget and its hours, tokens, tags, mail, retention; and what an agent does.
func (d *workday) sets() {
	ann := d.ann
	ann.open(d.srv.url + "/settings/widget")
	preview := frames{}
	preview.until(ann, "an open chat", "shown('@panel')")
	ann.fill("#greeting_message", "Ahoy! How can we help?")
	preview.until(ann, "what is being typed", "text('.bubble') === 'Ahoy! How can we help?'")
	ann.click("[name=monday]")
	ann.click("@save")
	ann.until("it saved", "text('#flash').includes('Saved') && $('[name=monday]').checked")

	stranger := newVisitor(d.srv, d.shop.widget)
	stranger.origin = "https://second.example"
	stranger.config(d.t).refused(d.t, http.StatusForbidden, "Domain not whitelisted")
	ann.open(d.srv.url + "/settings/tokens")
	ann.until("where it was seen, and how much it is used", "text('@seen').includes('localhost') && $('.daybars')")
	ann.click("@refused a")
	ann.until("that site in the form", "$('#domain').value === 'https://second.example'")
	ann.click("[data-token-form] button[type=submit]")
	ann.until("its snippet", "shown('@snippet')")
	for _, page := range []struct{ deed, shows string }{{"identity", "#identity-secret"}, {"replace", "@snippet"}} {
		ann.open(d.srv.url + "/settings/tokens")
		ann.click("a[href$='/" + page.deed + "']")
		ann.click("main form:not(.languages) button[type=submit]")
		ann.until("what is shown once", "shown('"+page.shows+"')")
	}

	ann.open(d.srv.url + "/settings/tag?tag=monday")
	ann.fill("[name=to]", "later")
	ann.click("@save")
	ann.until("the better name", "text('@tags').includes('later') && !text('@tags').includes('monday')")
	ann.open(d.srv.url + "/settings/mail")
	ann.click("@test-mail")
	ann.until("the answer", "text('#flash').includes('took a mail')")
	ann.open(d.srv.url + "/settings/retention")
	ann.fill("#conversation_days", "365")
	ann.click("@look")
	ann.until("that nothing is so old", "text('@preview').includes('0 conversations')")
	ann.click("main [data-test=save]")
	ann.until("it saved", "text('#flash').includes('Saved')")
	d.ben.open(d.srv.url + "/settings/profile")
	d.ben.click("label:has([name=theme][value=dark])")
	d.ben.click("#you button[type=submit]")
	d.ben.until("the dark look", "document.documentElement.dataset.theme === 'dark'")
}

// erases is somebody who wants to be forgotten.
func (d *workday) erases() {
	ann := d.ann
	ann.open(d.srv.url + "/inbox/" + d.of[d.rudi])
	ann.click("@head-menu")
	ann.click("@spam")
	ann.open(d.srv.url + "/inbox?view=spam")
	ann.openConversation("You are all fools")
	ann.click("@contact-link")
	ann.click("a[href$='/erase']")
	ann.fill("#confirm", "erase")
	ann.click("@confirm button[type=submit]")
	ann.until("that he is gone", "location.pathname === '/contacts' && text('#flash').includes('erased')")
	delete(d.of, d.rudi)
	if n := d.srv.count(d.t, "SELECT COUNT(*) FROM support_messages WHERE text = 'You are all fools'"); n != 0 {
		d.t.Errorf("%d messages of somebody who was erased", n)
	}
}
