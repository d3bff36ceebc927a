package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// The team's own pages: somebody is invited, joins, and makes the console theirs.
func peopleAndProfile(t *testing.T, b *chromium) {
	srv := startServer(t, manySessions())
	a := newAccount(t, srv)
	admin := b.newAgent(t, a.member, "/settings/people")
	email := unique("new") + "@team.example"
	srv.keepOut(email)
	admin.fill("[name=email]", email)
	admin.inspect("people")
	admin.keys("\r")
	admin.until("the link", "/invite\\?key=/.test(document.body.textContent)")
	link := see[string](admin, "document.body.textContent.match(/http\\S+\\/invite\\?key=[\\w-]{43}/)[0]")
	srv.keepOut(link[len(link)-43:])
	admin.inspect("people-invited")

	friend := b.newPerson(t, "friend", srv.url)
	friend.open(link)
	friend.inspect("invite")
	friend.fill("[name=name]", "Nina New")
	friend.fill("[name=password]", "a rather long phrase 42")
	friend.keys("\r")
	friend.until("that she is in", "location.pathname === '/inbox' || location.pathname === '/login'")
	friend.open(srv.url + "/forgot")
	friend.until("a page", "document.querySelector('h1')")

	admin.open(srv.url + "/settings/profile")
	admin.until("the page", "document.querySelector('h1')")
	admin.inspect("profile")
}

// Somebody gives themselves a picture, which is beside their name from then on.
func profilePicture(t *testing.T, b *chromium) {
	shop := newShop(t, b.srv)
	agent := b.newAgent(t, shop.member, "/settings/profile")
	file := filepath.Join(t.TempDir(), "me.png")
	if err := os.WriteFile(file, pngOf(t, photo(300, 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	agent.chooseFiles("#file", []string{file})
	agent.click("@save-picture")
	agent.until("the picture in the navigation and in the form", "text('#flash').includes('Saved') && $$('img.avatar').length === 2 && $$('img.avatar').every(i => i.naturalWidth === 128)")
	agent.inspectAt("profile-picture", 1440, 1024, 390)
	agent.open(b.srv.url + "/settings/people")
	agent.until("it in the list", "$('[data-test=people] img.avatar')?.naturalWidth === 128")
	agent.open(b.srv.url + "/settings/profile")
	agent.click("@remove-picture")
	agent.until("the initials", "text('#flash').includes('removed') && !$('img.avatar') && !$('@remove-picture')")
}
