package e2e

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/chromedp/cdproto/input"
)

// narrows is looking at one part of the inbox after another: by tag, person, site, proof and priority, and who waits longest.
func (d *workday) narrows() {
	ann, site := d.ann, d.shop.site.url
	for _, f := range []struct{ field, value, where string }{
		{"tag", "later", "tags LIKE '%\"later\"%'"},
		{"assignee", d.shop.id, "assignee_id = '" + d.shop.id + "'"},
		{"site", site, "site = '" + site + "'"},
		{"verified", "true", "verified"},
		{"priority", "urgent", "priority = 3"},
	} {
		n := d.srv.count(d.t, "SELECT COUNT(*) FROM support_conversations WHERE shelf = 'open' AND last_seq > 0 AND "+f.where)
		ann.open(d.srv.url + "/inbox")
		see[bool](ann, "$('.more-views').open = true")
		ann.set(".narrow [name="+f.field+"]", f.value)
		ann.click("@narrow")
		ann.until("what is narrowed by "+f.field, fmt.Sprintf("new URLSearchParams(location.search).get('%s') === %s && $$('.conv').length === %d", f.field, js(f.value), n))
		if n == 0 {
			d.t.Errorf("nothing to narrow by %s", f.field)
		}
	}
}

// drops is a file that each side drops where it writes.
func (d *workday) drops() {
	file := d.files("lamp.png")
	drop := func(p *person, onto string) {
		for _, kind := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
			p.drag(kind, onto, file)
		}
	}
	d.ben.open(d.srv.url + "/inbox/" + d.of[d.tom])
	drop(d.ben, "#text")
	d.ben.until("the file", "!$$('#chips progress').length && $$('@attachment').length === 1")
	d.ben.answer("Such a lamp")
	d.tom.until("the picture", "$$('@picture img').some(i => i.naturalWidth > 0)")
	drop(d.tom, "@composer-input")
	d.tom.until("it uploaded", allUploaded)
	d.tom.fill("@composer-input", "See")
	see[bool](d.tom, `(() => { const data = new DataTransfer(); data.items.add(new File(['from the clipboard'], 'pasted.txt', {type: 'text/plain'}));
		$('@composer-input').dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true, composed: true})); return true })()`)
	d.tom.until("both", allUploaded+" && $$('@file').length === 2")
	d.tom.keys("\r")
	d.ben.until("the dropped and the pasted one", "$$('#thread [data-picture]').length === 2 && text('#thread').includes('pasted.txt')")
}

// guards is what keeps an account safe: a second step, a colleague's new password, one who leaves, an address that is blocked.
func (d *workday) guards() {
	ann, ben := d.ann, d.ben
	ben.open(d.srv.url + "/settings/profile/two-step")
	secret := see[string](ben, "text('@secret')")
	d.srv.keepOut(secret)
	ben.fill("[name=otp_code]", otp(d.t, secret, 0))
	ben.fill("[name=confirm_password]", "a rather long phrase 42")
	ben.keys("\r")
	ben.until("the recovery codes", "text('h1') === 'Your recovery codes'")
	recovery := shownCode.FindAllString(see[string](ben, "text('main')"), -1)
	if len(recovery) != 10 {
		d.t.Fatalf("%d recovery codes", len(recovery))
	}
	for _, code := range recovery {
		d.srv.keepOut(code)
	}

	// A new password by a link signs out, and takes the second step all the same.
	ann.open(d.srv.url + "/settings/people")
	ann.click("@people a[href^='/settings/people/']")
	ann.until("Ben's page", "text('h1') === 'Ben Baker'")
	page := see[string](ann, "location.href")
	ann.click("form[action$='/reset'] button")
	ann.until("the link", "/reset\\?key=/.test(document.body.textContent)")
	link := see[string](ann, "document.body.textContent.match(/http\\S+\\/reset\\?key=[\\w-]{43}/)[0]")
	d.srv.keepOut(link[len(link)-43:])
	ben.open(link)
	ben.fill("[name=password]", "another long phrase 43")
	ben.keys("\r")
	ben.until("the way in", "location.pathname === '/login'")
	ben.signIn("ben@shop.example", "another long phrase 43")
	ben.until("the second step", "text('h1') === 'Enter your code'")
	ben.fill("[name=otp_code]", recovery[0])
	ben.keys("\r")
	ben.until("the inbox", "location.pathname === '/inbox' && shown('#rows')")

	// Whoever leaves is out at once, in the page that is open too.
	ben.expectRefusals()
	ann.open(page)
	ann.click("form[action$='/disable'] button")
	ann.until("that he is disabled", "text('@people').includes('Disabled')")
	ben.open(d.srv.url + "/inbox")
	ben.until("the way in, which is shut", "location.pathname === '/login'")
	ann.open(page)
	ann.click("form[action$='/enable'] button")
	ann.until("that he may come back", "$('@people') && !text('@people').includes('Disabled')")
	ben.signIn("ben@shop.example", "another long phrase 43")
	ben.fill("[name=otp_code]", recovery[1])
	ben.keys("\r")
	ben.until("the inbox", "location.pathname === '/inbox' && shown('#rows')")

	ann.open(d.srv.url + "/settings/blocks")
	ann.fill("[name=value]", "203.0.113.0/24")
	ann.click("@block")
	ann.until("the network among the blocked", "text('@blocks').includes('203.0.113.0/24')")
	ann.click("@lift")
	ann.until("that it is lifted", "!$('@blocks')?.textContent.includes('203.0.113.0/24')")
}

// shares is two people who change one contact, of whom the second is told; and the lists that are taken home.
func (d *workday) shares() {
	ann, ben := d.ann, d.ben
	ann.open(d.srv.url + "/contacts?q=vera")
	ann.click("@contacts tbody a")
	ann.until("her page", "text('h1') === 'Vera Vast'")
	address := see[string](ann, "location.href") + "/edit"
	ben.open(address)
	ann.open(address)
	ann.fill("#name", "Vera Vastly")
	ann.click("@save")
	ann.until("her new name", "text('h1') === 'Vera Vastly'")
	ben.fill("#name", "V. Vast")
	ben.click("@save")
	ben.until("what is stored instead, beside what was typed", "text('main').includes('Stored now: Vera Vastly') && $('#name').value === 'V. Vast'")
	ben.click("@save")
	ben.until("it saved knowingly", "text('h1') === 'V. Vast'")
	for page, holds := range map[string]string{"/contacts": "V. Vast", "/settings/audit": "reset", "/reports?days=1": "0"} {
		ann.open(d.srv.url + page)
		lines := see[string](ann, "fetch($(\"a[href*='.csv']\").href).then(r => r.status + ' ' + r.headers.get('Content-Type') + '\\n').then(h => fetch($(\"a[href*='.csv']\").href).then(r => r.text()).then(t => h + t))")
		if !strings.HasPrefix(lines, fmt.Sprint(http.StatusOK)+" text/csv") || !strings.Contains(lines, holds) {
			d.t.Errorf("the list of %s is %.300s", page, lines)
		}
	}
}
