package e2e

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// next is where a page's link with this text leads.
func (r reply) next(t testing.TB, test string) string {
	t.Helper()
	found := regexp.MustCompile(`href="([^"]*)"[^>]*data-test="` + test + `"`).FindSubmatch(r.body)
	if found == nil {
		t.Fatalf("no link %s in %.400v", test, r)
	}
	return strings.ReplaceAll(string(found[1]), "&amp;", "&")
}

func TestSearchPage(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	v := started(t, a.srv, tok, obj{"name": "Parcel Person", "email": unique("parcel") + "@customer.example"})
	v.post(t, "Where is my parcel? <img src=x onerror=alert(1)>")
	note := a.reply(t, v.conversation, "The parcel was lost", true)
	other := newAccount(t, a.srv)
	started(t, other.srv, other.newToken(t, shop), obj{"name": "Parcel Stranger"}).post(t, "parcel of somebody else")
	agent := a.join(t, a.srv, "agent").console(t)

	page := agent.get(t, "/search?q=parcel").shows(t, http.StatusOK,
		"Parcel Person", "<mark>parcel</mark>", "!Parcel Stranger", "!somebody else",
		"/inbox/"+v.conversation+"?m=2#m-"+str(t, note, "_id"), "/contacts/"+v.contact)
	if strings.Contains(string(page.body), "<img src=x") {
		t.Error("a stranger's HTML is on the page")
	}
	if body := string(page.body); strings.Index(body, "was lost") > strings.Index(body, "Where is my") {
		t.Error("not the newest first")
	}
	agent.get(t, "/search").shows(t, http.StatusOK, "What are you looking for?")
	agent.get(t, "/search?q=+").shows(t, http.StatusOK, "What are you looking for?")
	agent.get(t, "/search?q=nobodyeverwrote").shows(t, http.StatusOK, "No message has all words", "!found-contacts")
	agent.get(t, "/search?q=parcel&cursor=nonsense").shows(t, http.StatusBadRequest)
	a.srv.do(t, "GET", "/search?q=parcel", nil).leadsTo(t, "/login?next=%2Fsearch%3Fq%3Dparcel")

	for n := range 6 {
		started(t, a.srv, tok, obj{"name": fmt.Sprint("Parcel Crowd ", n)})
	}
	for n := range 35 {
		a.reply(t, v.conversation, fmt.Sprintf("About the parcel, part %d.", n), false)
	}
	page = agent.get(t, "/search?q=parcel").shows(t, http.StatusOK, "part 34.", "!part 4.", "</mark> Crowd 5", "!</mark> Crowd 0")
	equal(t, "all contacts", []string{page.next(t, "all-contacts")}, []string{"/contacts?q=parcel"})
	agent.get(t, page.next(t, "older")).shows(t, http.StatusOK, "part 4.", "!part 5.", "!All that match", "Back to the newest")
	agent.get(t, "/inbox?q=parcel").shows(t, http.StatusOK, `/search?q=parcel`)
}

// A conversation opens at any of its messages, and leads from there to both ends.
func TestThreadAtAMessage(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{})
	for n := range 120 {
		if n >= 105 {
			v.post(t, fmt.Sprintf("message %d.", n+1))
			continue
		}
		a.reply(t, v.conversation, fmt.Sprintf("message %d.", n+1), false)
	}
	unread := func() int64 {
		return num(t, a.do(t, "GET", "/conversation/"+v.conversation, nil).ok(t, http.StatusOK), "unread_count")
	}
	c := a.console(t)
	path := "/inbox/" + v.conversation
	page := c.get(t, path+"?m=30").shows(t, http.StatusOK, "message 30.", "message 54.", "message 5.", "!message 55.", "!message 4.", "Newer messages", "Earlier messages")
	if n := unread(); n != 15 {
		t.Errorf("%d unread, want 15: what was not shown counts as read", n)
	}
	page = c.get(t, page.next(t, "newer"), "HX-Request", "true", "HX-Target", "newer").shows(t, http.StatusOK, "message 55.", "message 104.", "!message 105.", "!message 54.")
	c.get(t, page.next(t, "newer"), "HX-Request", "true", "HX-Target", "newer").shows(t, http.StatusOK, "message 105.", "message 120.", "!Newer messages")
	if unread() != 0 {
		t.Error("what was shown to its end is not read")
	}
	c.get(t, page.next(t, "newer")).shows(t, http.StatusOK, "message 105.", "message 120.", "!Newer messages")
	c.get(t, path+"?m=119").shows(t, http.StatusOK, "message 120.", "!Newer messages")
	c.get(t, path+"?m=9999").shows(t, http.StatusOK, "message 120.", "!Newer messages")
	c.get(t, path+"?m=x").shows(t, http.StatusBadRequest)
	newAccount(t, a.srv).console(t).get(t, path+"?m=30").shows(t, http.StatusNotFound)
}

func TestJump(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	v := started(t, a.srv, a.newToken(t, shop), obj{"name": "Jumped Person"})
	v.post(t, "hop")
	fragment := []string{"HX-Request", "true", "HX-Target", "jump-found"}
	a.console(t).get(t, "/jump?q=jumped", fragment...).shows(t, http.StatusOK, "/inbox/"+v.conversation, "/contacts/"+v.contact, "/search?q=jumped", "!Tokens", "!<html")
	a.console(t).get(t, "/jump?q=tok", fragment...).shows(t, http.StatusOK, "/settings/tokens", "!/contacts")
	a.join(t, a.srv, "agent").console(t).get(t, "/jump", fragment...).shows(t, http.StatusOK, "/contacts", "!/settings/tokens", "!/settings/people")
	newAccount(t, a.srv).console(t).get(t, "/jump?q=jumped", fragment...).shows(t, http.StatusOK, "!"+v.conversation, "!"+v.contact)
	a.console(t).get(t, "/jump?q=jumped").leadsTo(t, "/search?q=jumped")
}
