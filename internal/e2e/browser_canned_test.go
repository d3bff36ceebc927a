package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// The settings and the team's canned replies, from the first one to its use.
func cannedReplies(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	a := newAccount(t, srv)
	admin := b.newAgent(t, a.member, "/settings")
	admin.inspect("settings")
	// On a phone the bar holds all that is in it without scrolling.
	admin.do(chromedp.EmulateViewport(390, 844))
	admin.until("a bar that fits", "$('.nav').scrollWidth <= $('.nav').clientWidth")
	// As on a slow line, where the bar comes before the rest of the page.
	admin.until("a bar that stays where it is", "(was => ($('#main').remove(), $('.nav').getBoundingClientRect().top === was))($('.nav').getBoundingClientRect().top)")
	admin.open(srv.url + "/settings/replies")
	admin.inspect("replies-empty")
	admin.do(chromedp.EmulateViewport(1440, 900))
	admin.click("@new")
	admin.until("the form", "shown('@reply-form')")
	admin.fill("[name=title]", "Our hours")
	admin.fill("[name=shortcut]", "hours")
	admin.fill("[name=text]", "Hello {{contact.name}}, we are here from **nine to five**.")
	admin.click("@show-preview")
	admin.until("the preview", "$('@preview').textContent.includes('Hello Ada')")
	admin.inspect("reply")
	admin.click("@save")
	admin.until("the list", "$('@replies')?.textContent.includes('Our hours')")
	admin.inspect("replies")
	admin.fill("#q", "zebra")
	admin.until("nothing found", "shown('@empty')")
	admin.fill("#q", "nine")
	admin.until("it again", "$('@replies')?.textContent.includes('Our hours')")
}
