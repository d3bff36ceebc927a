package e2e

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// workday is a day at a shop: two agents at the console and five visitors on the shop's page.
type workday struct {
	t        *testing.T
	b        *chromium
	srv      *server
	shop     *shopPage
	ann, ben *person
	// vera sits at a desk, pia has a phone, amir reads from right to left, tom's train is in a tunnel
	// now and then, rudi is rude.
	vera, pia, amir, tom, rudi *person
	// of has each visitor's conversation.
	of     map[*person]string
	pushes *pushService
	files  func(names ...string) []string
}

// workingDay does everything that there is to do in the console once, from the set-up link to the
// reports, while visitors write; then all is recounted in the database.
func workingDay(t *testing.T, b *chromium) {
	d := &workday{t: t, b: b, srv: startServerWithMail(t, manySessions(), watched(t), withEnv("DESKBELL_LIMIT_MESSAGES", "0"), withEnv("DESKBELL_OUTBOUND_ALLOW", "127.0.0.0/8")),
		of: map[*person]string{}, pushes: newPushService(t)}
	d.srv.keepOut("vera@customer.example")
	d.files = onDisk(t, map[string][]byte{"lamp.png": pngOf(t, photo(300, 200)), "terms.pdf": []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n")})
	d.opens()
	d.prepares()
	d.visitorsCome()
	d.answers()
	d.sorts()
	d.composes()
	d.waits()
	d.tidies()
	d.contacts()
	d.erases()
	d.sets()
	d.narrows()
	d.drops()
	d.guards()
	d.shares()
	d.ends()
	d.recounts()
	if os.Getenv("DESKBELL_SOAK") != "" {
		for end := time.Now().Add(soakTime(t, time.Hour)); time.Now().Before(end); {
			d.talks()
		}
		d.recounts()
	}
}

// opens is set-up, a token, the snippet on the shop's page, and a colleague who is invited.
func (d *workday) opens() {
	site := newSite(d.t, "localhost")
	d.ann = d.b.newPerson(d.t, "ann", d.srv.url)
	d.ann.before(instruments)
	d.ann.setUp(d.srv)
	for _, scope := range []string{"support", "history", "file_upload"} {
		d.ann.set("[name=scopes][value="+scope+"]", true)
	}
	pasted := d.ann.makeToken(site.url)
	d.shop = &shopPage{account: &account{member: &member{srv: d.srv, email: "ann@shop.example", password: "a long pass phrase"}, name: "Ann's shop"}, site: site}
	d.shop.login(d.t)
	d.shop.widget = supportToken{token: regexp.MustCompile(`token: *['"]([^'"]+)`).FindStringSubmatch(pasted)[1], domain: site.url}
	d.srv.keepOut(d.shop.widget.token)
	d.shop.url = site.set("/", hostPage{body: pasted})

	d.ann.open(d.srv.url + "/settings/people")
	d.ann.fill("[name=email]", "ben@shop.example")
	d.ann.keys("\r")
	d.ann.until("the link", "/invite\\?key=/.test(document.body.textContent)")
	link := see[string](d.ann, "document.body.textContent.match(/http\\S+\\/invite\\?key=[\\w-]{43}/)[0]")
	d.srv.keepOut(link[len(link)-43:])
	d.ben = d.b.newPerson(d.t, "ben", d.srv.url)
	d.ben.before(instruments)
	d.ben.before(d.pushes.subscribes("/ben"))
	d.ben.open(link)
	d.ben.fill("[name=name]", "Ben Baker")
	d.ben.fill("[name=password]", "a rather long phrase 42")
	d.ben.keys("\r")
	d.ben.until("the inbox or the way there", "location.pathname === '/inbox' || location.pathname === '/login'")
	if see[bool](d.ben, "location.pathname === '/login'") {
		d.ben.signIn("ben@shop.example", "a rather long phrase 42")
	}
	d.ben.until("the inbox", "location.pathname === '/inbox' && shown('#no-rows')")
}

// prepares is what a team sets before the first visitor: a team, whose turn it is, a reply, alerts.
func (d *workday) prepares() {
	ann := d.ann
	ann.open(d.srv.url + "/settings/teams")
	ann.click("@new")
	ann.fill("[name=name]", "Sales")
	ann.click("[name=member_ids]")
	ann.click("@save")
	ann.until("the team", "text('@teams').includes('Sales')")
	ann.click("@routing [name=auto_assign][value=true]")
	see[bool](ann, "window.before = true")
	ann.click("@save-routing")
	ann.until("that each takes a turn", "!window.before && $('@routing [name=auto_assign][value=true]').checked")
	ann.open(d.srv.url + "/settings/replies/new")
	ann.fill("[name=title]", "Our hours")
	ann.fill("[name=shortcut]", "hours")
	ann.fill("[name=text]", "Hello {{contact.name}}, we are here from nine to five.")
	ann.click("[name=shared][value=true]")
	ann.click("@save")
	ann.until("the reply", "text('@replies').includes('Our hours')")
	d.ben.open(d.srv.url + "/settings/alerts")
	d.ben.click("@allow")
	d.ben.set("[name=desktop]", true)
	d.ben.set("[name=email_after]", "5")
	d.ben.click("@save")
	d.ben.until("that it is saved", "text('#flash').includes('Saved') && $('[name=desktop]').checked && $('[name=email_after]').value === '5'")
	d.ben.click("@push")
	d.ben.until("this browser among those that are told", "text('#flash').includes('is told')")
	for _, p := range []*person{ann, d.ben} {
		p.open(d.srv.url + "/inbox")
		p.until("the live list", "$('#stream').dataset.htmxPowered")
		p.click("#q") // browsers play nothing before somebody has clicked
	}
}

// comes is a visitor whose page has these settings, and who writes for the first time.
func (d *workday) comes(name, first string, settings ...string) *person {
	d.t.Helper()
	p := d.b.newPerson(d.t, name, d.srv.url, d.shop.site.url)
	page := d.shop.site.set("/"+name, hostPage{body: snippet(d.srv, d.shop.widget.token, settings...)})
	if name == "pia" {
		p.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
		p.open(page)
		p.tap("@launcher") // where no keyboard pops up by itself
		p.until("the panel", "shown('@composer-input')")
	} else {
		p.open(page)
		p.openChat()
	}
	d.writes(p, first)
	d.of[p] = d.shop.newest(d.t)
	return p
}

// writes is a message of a visitor; on a phone Enter begins a new line.
func (d *workday) writes(p *person, text string) {
	d.t.Helper()
	if p.name != "pia" {
		p.write(text)
		return
	}
	p.fill("@composer-input", text)
	p.tap("@send")
	p.until("the message sent", fmt.Sprintf("said().at(-1) === %s && %s", js("visitor: "+text), allSent))
}

func (d *workday) visitorsCome() {
	d.vera = d.comes("vera", "Is the lamp made of oak?", "user: { name: 'Vera Visitor', email: 'vera@customer.example' }")
	d.pia = d.comes("pia", "Where is my parcel?")
	d.amir = d.comes("amir", "\u0645\u0631\u062d\u0628\u0627", "locale: 'ar'")
	d.amir.until("it from right to left", "getComputedStyle($('@panel')).direction === 'rtl'")
	d.tom = d.comes("tom", "Do you ship to Norway?")
	d.rudi = d.comes("rudi", "You are all fools")
	given := map[string]int{}
	for p, id := range d.of {
		given[str(d.t, d.shop.do(d.t, "GET", "/conversation/"+id, nil).ok(d.t, http.StatusOK), "assignee.name")]++
		d.srv.keepOut(see[string](p, "said()[0].split(': ')[1]"))
	}
	if given["Ann Admin"] < 2 || given["Ben Baker"] < 2 {
		d.t.Errorf("five conversations, each in turn: %v", given)
	}
	d.ann.until("all five", "$$('.conv').length === 5 && text('#n-all') === '5'")
	d.ben.until("that there is a sound for it", "rung > 0")
}

// answers is talk: messages both ways, typing, an address proven, a note, files, a canned reply, one taken back.
func (d *workday) answers() {
	ann, ben := d.ann, d.ben
	ann.openConversation("Is the lamp made of oak?")
	ann.click("#text")
	ann.keys("Ye")
	d.vera.until("that somebody writes", "shown('@typing')")
	ann.answer("Yes, in oak and in ash.")
	d.vera.hears("visitor: Is the lamp made of oak?", "agent: Yes, in oak and in ash.")
	ann.until("that it was seen", "text('#read-mark').includes('Seen')")
	d.vera.chooseFiles("@files", d.files("lamp.png"))
	d.vera.until("it uploaded", allUploaded)
	d.vera.write("Like this one?")
	ann.until("the picture", "$('#thread [data-picture] img')?.naturalWidth > 0")

	ann.click("@ask-verification")
	d.vera.until("the field for the code", "shown('@otp-input')")
	code := d.srv.mails.nth(d.t, "vera@customer.example", 1).code(d.t)
	d.srv.keepOut("code is: " + code)
	d.vera.fill("@otp-input", code)
	ann.until("the proof", "text('@contact-verified').includes('vera@customer.example')")

	ann.click("label:has(#private)")
	ann.fill("#text", "@Ben Baker can you pack samples?")
	ann.keys("\r")
	ann.until("the note", "said().at(-1) === 'note: @Ben Baker can you pack samples?'")
	ann.click("label:has(#reply)")
	ben.open(d.srv.url + "/inbox?view=mentions")
	ben.openConversation("Vera Visitor")
	ben.until("the note", "said().some(m => m.startsWith('note: @Ben'))")
	ben.until("who is here too", "text('@present').includes('Ann Admin')")
	ben.chooseFiles("label:has(@attach)", d.files("terms.pdf"))
	ben.until("the file", "!$$('#chips progress').length && $$('@attachment').length === 1")
	ben.fill("#text", "Our terms")
	ben.keys("\r")
	ben.until("it sent", "said().includes('agent: Our terms')")
	d.vera.until("the file", "said().some(m => m.startsWith('agent: Our terms'))")

	ben.open(d.srv.url + "/inbox/" + d.of[d.vera])
	ben.fill("#text", "/hours")
	ben.until("the reply", "$$('#canned button').length === 1")
	ben.keys("\r")
	ben.until("it filled in", "$('#text').value === 'Hello Vera Visitor, we are here from nine to five.'")
	ben.keys("\r")
	ben.until("it sent", "said().includes('agent: Hello Vera Visitor, we are here from nine to five.')")
	ben.fill("#text", "Too sonn")
	ben.keys("\r")
	ben.click("@undo")
	ben.until("what was written, back", "$('#text').value === 'Too sonn' && !$('@pending')")
	ben.fill("#text", "")

	d.tom.expectRefusals()
	d.tom.online(false)
	d.tom.fill("@composer-input", "And to Sweden?")
	d.tom.keys("\r")
	d.tom.until("it kept", "said().includes('visitor: And to Sweden?')")
	d.tom.online(true)
	d.tom.until("it sent", allSent+" && !shown('.connection')")
	ann.open(d.srv.url + "/inbox")
	ann.openConversation("And to Sweden?")
	ann.answer("To both.")
	d.tom.hears("visitor: Do you ship to Norway?", "visitor: And to Sweden?", "agent: To both.")
}

// sorts is what keeps an inbox in order: assign, tag, priority, snooze, a saved view, many at once.
func (d *workday) sorts() {
	ann := d.ann
	ann.open(d.srv.url + "/inbox")
	ann.openConversation("Where is my parcel?")
	ann.set("@assignee_id", d.shop.id)
	ann.until("whose it is", "text('#thread-head').includes('Ann Admin')")
	ann.fill("@add-tag", "delivery")
	ann.keys("\r")
	ann.until("the tag", "text('@tags').includes('delivery')")
	ann.set("@priority", "urgent")
	ann.until("tag and priority in the list", "/Urgent/.test(text('#rows')) && text('#rows').includes('delivery')")
	ann.click("@head-menu")
	ann.click("#head-menu [value=tomorrow]")
	ann.until("that it is put off", "text('@status').startsWith('Snoozed') && text('#n-all') === '4'")
	// The next morning.
	d.srv.edit(d.t, "UPDATE jobs SET run_at = 0 WHERE kind = 'conversation.wake'")
	ann.until("it back", "text('#n-all') === '5'")

	ann.open(d.srv.url + "/inbox")
	ann.click("@more-views")
	ann.set(".narrow [name=priority]", "urgent")
	ann.click("@save-view")
	ann.fill("[name=name]", "Burning")
	ann.click("@save")
	ann.until("the view", "text('@more-views').includes('Burning') && $$('.conv').length === 1")
	ann.open(d.srv.url + "/inbox")
	ann.until("five rows", "$$('.conv').length === 5 && $('#stream').dataset.htmxPowered")
	ann.click(".conv-row:nth-child(1) .tick")
	ann.click(".conv-row:nth-child(2) .tick")
	ann.click("@bulk-more")
	ann.click("@bulk-tag")
	ann.keys("monday\r")
	ann.until("the tag on both", "text('@bulk-said') === '2 conversations tagged “monday”.'")
}

// tidies is closing and rating, two conversations made one, and a block.
func (d *workday) tidies() {
	ann, ben := d.ann, d.ben
	ben.open(d.srv.url + "/inbox")
	ben.openConversation("To both.")
	ben.click("@close")
	ben.until("that it is closed", "text('@status') === 'Closed'")
	d.tom.until("how to rate it", "shown('@rating')")
	d.tom.click("@rate-5")
	d.tom.click("@rate-send")
	d.tom.until("thanks", "shown('@rate-thanks')")

	d.vera.choose("fresh")
	d.vera.until("an empty chat", "said().length === 0 && shown('@composer-input')")
	d.vera.write("One more about the lamp")
	gone := d.shop.newest(d.t)
	ann.open(d.srv.url + "/inbox/" + d.of[d.vera])
	ann.click("@head-menu")
	ann.click("@merge")
	ann.click("@merge-other")
	ann.click("@merge-now")
	ann.until("both in one", "location.pathname === '/inbox/"+d.of[d.vera]+"' && text('@part').includes('1 message of another conversation')")
	d.vera.until("the older messages", "said().some(m => m.includes('made of oak'))")
	d.vera.write("Thank you for the lamp")
	ann.until("it in the thread", "said().at(-1) === 'visitor: Thank you for the lamp'")
	if status := str(d.t, d.shop.do(d.t, "GET", "/conversation/"+gone, nil).ok(d.t, http.StatusOK), "status"); status != "closed" {
		d.t.Errorf("the conversation that was merged is %s", status)
	}

	d.rudi.expectRefusals()
	ann.open(d.srv.url + "/inbox/" + d.of[d.rudi])
	ann.click("@head-menu")
	ann.click("@block")
	d.rudi.until("the quiet sentence", "shown('@unavailable') && !shown('@composer-input')")
}

// contacts is looking for words and people, and putting right what is known of them.
func (d *workday) contacts() {
	ann := d.ann
	ann.open(d.srv.url + "/search?q=norway")
	ann.until("the message", "$$('@hits .hit').length === 1 && text('@hits mark').toLowerCase() === 'norway'")
	ann.open(d.srv.url + "/contacts?q=vera")
	ann.click("@contacts tbody a")
	ann.until("her page", "text('h1') === 'Vera Visitor'")
	ann.click("a[href$='/edit']")
	ann.fill("#name", "Vera Vast")
	ann.click("@save")
	ann.until("her new name", "text('h1') === 'Vera Vast'")
	id := see[string](ann, "location.pathname.split('/')[2]")
	saved := see[string](ann, "fetch($(\"a[href$='/export.json']\").href).then(r => r.text())")
	if !strings.Contains(saved, "Vera Vast") || !strings.Contains(saved, "Thank you for the lamp") {
		d.t.Errorf("what is saved of her is %.300s", saved)
	}
	twin := started(d.t, d.srv, d.shop.widget, obj{"name": "Vera again"})
	twin.post(d.t, "It is me, from another browser")
	ann.open(d.srv.url + "/contacts/" + id + "/merge?with=" + twin.contact)
	ann.click("@merge form button")
	ann.until("both people one", "text('#flash').includes('Merged') && text('@conversations').includes('from another browser')")
	d.amir.write("\u0634\u0643\u0631\u0627")
}

// ends is what an admin looks at in the evening.
func (d *workday) ends() {
	ann := d.ann
	eventually(d.t, patience, "that all is counted", func() bool { return num(d.t, d.shop.report(d.t, "volume"), "behind") == 0 })
	ann.open(d.srv.url + "/reports?days=1")
	begun := d.srv.count(d.t, "SELECT COUNT(*) FROM support_conversations WHERE last_seq > 0")
	ann.until("what was begun today", fmt.Sprintf("text('@conversations') === '%d' && shown('@chart-volume')", begun))
	for _, table := range []string{"agents", "sites", "tags"} {
		ann.open(d.srv.url + "/reports/" + table + "?days=1")
		ann.until("its rows", "$$('@rows tbody tr').length > 0")
	}
	ann.open(d.srv.url + "/settings/audit")
	ann.until("what was done", "text('@entries').includes('merged another contact into')")
}

// talks is one more round of everybody who may write.
func (d *workday) talks() {
	d.ben.open(d.srv.url + "/inbox")
	for _, p := range []*person{d.vera, d.pia, d.amir} {
		text := unique("word ")
		d.writes(p, text)
		d.ben.openConversation(text)
		d.ben.answer("I read " + text)
		p.until("the answer", fmt.Sprintf("said().at(-1) === %s", js("agent: I read "+text)))
	}
}

// recounts compares what the browsers show with what the database has: each message once and in
// order, and every count of the console.
func (d *workday) recounts() {
	for p, id := range d.of {
		if p == d.vera {
			continue // has parts of a conversation that was merged between her own
		}
		shown, kept := see[[]string](p, "said().map(m => m.slice(m.indexOf(': ') + 2))"), d.shop.texts(d.t, id)
		equal(d.t, p.name+" reads what is kept, of which this is the end", shown[max(0, len(shown)-len(kept)):], kept)
	}
	if n := d.srv.count(d.t, "SELECT COUNT(*) FROM support_messages WHERE text = 'Too sonn'"); n != 0 {
		d.t.Errorf("what was taken back was sent %d times", n)
	}
	rows, err := d.srv.database(d.t).Query(`SELECT c._id, c.last_seq, COUNT(m._id), COUNT(DISTINCT m.seq), COUNT(DISTINCT m.client_id), COALESCE(MAX(m.seq), 0)
		FROM support_conversations c LEFT JOIN support_messages m ON m.conversation_id = c._id GROUP BY c._id`)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var last, all, numbers, clients, highest int
		if err := rows.Scan(&id, &last, &all, &numbers, &clients, &highest); err != nil {
			d.t.Fatal(err)
		}
		if all != numbers || all != clients || highest != last {
			d.t.Errorf("conversation %s: %d messages under %d numbers and %d names, the last is %d of %d", id, all, numbers, clients, highest, last)
		}
	}
	d.ann.open(d.srv.url + "/inbox")
	for view, where := range map[string]string{"all": "shelf = 'open'", "mine": "shelf = 'open' AND assignee_id = '" + d.shop.id + "'",
		"unassigned": "shelf = 'open' AND assignee_id IS NULL", "snoozed": "shelf = 'snoozed'"} {
		n := d.srv.count(d.t, "SELECT COUNT(*) FROM support_conversations WHERE last_seq > 0 AND "+where)
		d.ann.until("the count of "+view, fmt.Sprintf("Number($('#n-%s').textContent) === %d", view, n))
	}
	log := d.srv.stdout.String() + d.srv.stderr.String()
	for _, line := range slices.Collect(strings.Lines(log)) {
		if strings.Contains(line, `"level":"WARN"`) || strings.Contains(line, `"level":"ERROR"`) {
			d.t.Errorf("the log: %s", line)
		}
	}
}
