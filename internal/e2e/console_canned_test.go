package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

var replyLink = regexp.MustCompile(`/settings/replies/[0-9a-f]{24}`)

func TestCannedRepliesPages(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	ben, stranger := a.join(t, a.srv, "agent").console(t), newAccount(t, a.srv).console(t)
	admin := a.console(t)
	admin.get(t, "/settings/replies").shows(t, http.StatusOK, "No replies yet", "Write the first")

	form := url.Values{"title": {"Our hours"}, "shortcut": {"a b"}, "text": {"Hello {{contact.password}}"}, "shared": {"true"}, "form_id": {unique("f")}}
	admin.send(t, "/settings/replies", form).shows(t, http.StatusUnprocessableEntity,
		"Our hours", `value="a b"`, "{{contact.password}}", "The shortcut must be 1 to 40", "The text may name")
	form.Set("shortcut", "/hours")
	form.Set("text", "Hello {{contact.name}}, **nine to five** on {{site}}.")
	form.Set("preview", "true")
	admin.send(t, "/settings/replies", form).shows(t, http.StatusOK, "Hello Ada, <strong>nine to five</strong>", form.Get("text"))
	form.Del("preview")
	admin.get(t, "/settings/replies").shows(t, http.StatusOK, "No replies yet")
	admin.send(t, "/settings/replies", form).leadsTo(t, "/settings/replies")
	// A second click makes no second one, and is no error.
	admin.send(t, "/settings/replies", form).leadsTo(t, "/settings/replies")
	page := admin.get(t, "/settings/replies").shows(t, http.StatusOK, "saved already", "Our hours", "/hours", "The team")
	if found := replyLink.FindAllString(string(page.body), -1); len(found) != 1 {
		t.Fatalf("replies: %v", found)
	}
	path := replyLink.FindString(string(page.body))
	form.Set("form_id", unique("f"))
	admin.send(t, "/settings/replies", form).shows(t, http.StatusUnprocessableEntity, "already taken", `id="shortcut-error"`)
	admin.get(t, "/settings/replies?q=NINE").shows(t, http.StatusOK, "Our hours")
	admin.get(t, "/settings/replies?q=zebra").shows(t, http.StatusOK, "Nothing found", "!Our hours")

	// Agents look at the shared ones and keep their own.
	ben.get(t, path).shows(t, http.StatusOK, "Admins can change it", "!data-test=\"reply-form\"", "!data-test=\"delete\"")
	change := url.Values{"title": {"Ours"}, "shortcut": {"hours"}, "text": {"x"}, "shared": {"false"}, "updated_at": {"1"}}
	ben.send(t, path, change).shows(t, http.StatusForbidden, "Only admins")
	ben.send(t, path+"/delete", nil).shows(t, http.StatusForbidden, "Only admins")
	mine := url.Values{"title": {"Mine"}, "shortcut": {"mine"}, "text": {"Mine"}, "form_id": {unique("f")}, "shared": {"true"}}
	ben.send(t, "/settings/replies", mine).shows(t, http.StatusForbidden, "Only admins")
	mine.Del("shared")
	ben.send(t, "/settings/replies", mine).leadsTo(t, "/settings/replies")
	ben.get(t, "/settings/replies?q=mine").shows(t, http.StatusOK, "Only you")
	own := replyLink.FindString(string(ben.get(t, "/settings/replies?q=mine").body))
	for _, other := range []*console{admin, stranger} {
		other.get(t, own).shows(t, http.StatusNotFound)
		other.send(t, own, change).shows(t, http.StatusNotFound)
		other.send(t, own+"/delete", nil).leadsTo(t, "/settings/replies")
	}
	stranger.get(t, path).shows(t, http.StatusNotFound)

	// Whoever changes what somebody has changed meanwhile is told, with both before them.
	version := admin.get(t, path).hidden(t, "updated_at")
	change.Set("shared", "true")
	change.Set("updated_at", version)
	admin.send(t, path, change).leadsTo(t, "/settings/replies")
	change.Set("title", "Second thoughts")
	stale := admin.send(t, path, change).shows(t, http.StatusConflict, "meanwhile", "Stored now", "Ours", "Second thoughts", "Save mine")
	change.Set("updated_at", stale.hidden(t, "updated_at"))
	admin.send(t, path, change).leadsTo(t, "/settings/replies")
	admin.get(t, "/settings/replies").shows(t, http.StatusOK, "Second thoughts")

	admin.send(t, path+"/delete", nil).leadsTo(t, "/settings/replies")
	admin.get(t, "/settings/replies").shows(t, http.StatusOK, "is deleted", "No replies yet")
	admin.get(t, path).shows(t, http.StatusNotFound)
	admin.send(t, path+"/delete", nil).leadsTo(t, "/settings/replies")
}

func TestSettingsIndex(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	link := regexp.MustCompile(`<a href="(/settings/[a-z]+)"><svg`)
	for who, console := range map[string]*console{"admin": a.console(t), "agent": a.join(t, a.srv, "agent").console(t)} {
		page := console.get(t, "/settings").shows(t, http.StatusOK, "Canned replies")
		found := link.FindAllStringSubmatch(string(page.body), -1)
		if want := map[string]int{"admin": 6, "agent": 3}[who]; len(found) < want {
			t.Errorf("%s finds %d pages: %v", who, len(found), found)
		}
		for _, f := range found {
			console.get(t, f[1]).shows(t, http.StatusOK)
		}
	}
}
