package e2e

import (
	"net/http"
	"testing"
)

// An admin makes a team and tidies up tags.
func teamsAndTags(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	a := newAccount(t, srv)
	a.join(t, srv, "agent")
	admin := b.newAgent(t, a.member, "/settings/teams")
	admin.inspect("teams-empty")
	admin.click("@new")
	admin.until("the form", "shown('@team-form')")
	admin.fill("[name=name]", "Sales")
	admin.click("[name=member_ids]")
	admin.inspect("team")
	admin.click("@save")
	admin.until("the team", "$('@teams')?.textContent.includes('Sales')")
	admin.inspect("teams")

	tok := a.newToken(t, shop, "chat")
	for _, tags := range [][]string{{"refund", "vip"}, {"refund", "delivery"}, {"refund"}} {
		v := started(t, srv, tok, obj{})
		v.post(t, "hello")
		a.do(t, "PATCH", "/conversation/"+v.conversation, obj{"tags": tags}).ok(t, http.StatusOK)
	}
	admin.open(srv.url + "/settings/tags")
	admin.inspect("tags")
	admin.open(srv.url + "/settings/tag?tag=refund")
	admin.fill("[name=to]", "vip")
	admin.expectRefusals()
	admin.click("@save")
	admin.until("the question", "shown('@taken')")
	admin.inspectAt("tag-taken", 1440, 1024)
	admin.inspect("tag-taken")
	admin.click("@merge")
	admin.until("one tag less", "$('@tags')?.textContent.includes('3 conversations') && !$('@tags').textContent.includes('refund')")
}

// An admin looks whether mails leave.
func triedMail(t *testing.T, b *chromium) {
	admin := b.newAgent(t, newAccount(t, sharedServer(t)).member, "/settings/mail")
	admin.inspect("mail")
	admin.click("@test-mail")
	admin.until("the answer", "$('#flash')?.textContent.includes('took a mail')")
}
