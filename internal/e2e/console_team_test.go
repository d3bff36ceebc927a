package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

var teamLink = regexp.MustCompile(`/settings/teams/[0-9a-f]{24}`)

func TestTeamsPages(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	ben := a.join(t, a.srv, "agent")
	admin, stranger := a.console(t), newAccount(t, a.srv).console(t)
	admin.get(t, "/settings/teams").shows(t, http.StatusOK, "No teams yet", "Make the first")

	form := url.Values{"name": {" "}, "member_ids": {ben.id}, "auto_assign": {"true"}, "form_id": {unique("f")}}
	admin.send(t, "/settings/teams", form).shows(t, http.StatusUnprocessableEntity, "The name must be one line", `value="`+ben.id+`" checked`)
	form.Set("name", "Sales")
	admin.send(t, "/settings/teams", form).leadsTo(t, "/settings/teams")
	// A second click makes no second one, and is no error.
	admin.send(t, "/settings/teams", form).leadsTo(t, "/settings/teams")
	page := admin.get(t, "/settings/teams").shows(t, http.StatusOK, "saved already", "Sales", "In turn")
	if found := teamLink.FindAllString(string(page.body), -1); len(found) != 1 {
		t.Fatalf("teams: %v", found)
	}
	path := teamLink.FindString(string(page.body))
	form.Set("form_id", unique("f"))
	admin.send(t, "/settings/teams", form).shows(t, http.StatusUnprocessableEntity, "already taken", `id="name-error"`)
	stranger.get(t, path).shows(t, http.StatusNotFound)
	stranger.send(t, path+"/delete", nil).leadsTo(t, "/settings/teams")

	// Whoever changes what somebody has changed meanwhile is told, with both before them.
	version := admin.get(t, path).shows(t, http.StatusOK, `value="`+ben.id+`" checked`).hidden(t, "updated_at")
	change := url.Values{"name": {"Support"}, "member_ids": {ben.id, a.id}, "auto_assign": {"false"}, "updated_at": {version}}
	admin.send(t, path, change).leadsTo(t, "/settings/teams")
	admin.get(t, "/settings/teams").shows(t, http.StatusOK, "Support", "By hand")
	change.Set("name", "Second thoughts")
	stale := admin.send(t, path, change).shows(t, http.StatusConflict, "meanwhile", "Stored now", "Support (By hand)", "Second thoughts", "Save mine")
	change.Set("updated_at", stale.hidden(t, "updated_at"))
	admin.send(t, path, change).leadsTo(t, "/settings/teams")

	// Who is disabled can't be chosen, and is in the team again when they are back.
	admin.send(t, "/settings/people/"+ben.id+"/disable", nil)
	stale = admin.get(t, path).shows(t, http.StatusOK, "!"+ben.id)
	admin.send(t, path, url.Values{"name": {"Support"}, "member_ids": {a.id}, "updated_at": {stale.hidden(t, "updated_at")}}).leadsTo(t, "/settings/teams")
	admin.send(t, "/settings/people/"+ben.id+"/enable", nil)
	admin.get(t, path).shows(t, http.StatusOK, `value="`+ben.id+`" checked`, `value="`+a.id+`" checked`)

	admin.get(t, "/settings/teams").shows(t, http.StatusOK, `value="false" checked>Whoever takes them`)
	admin.send(t, "/settings/routing", url.Values{"auto_assign": {"true"}}).leadsTo(t, "/settings/teams")
	admin.get(t, "/settings/teams").shows(t, http.StatusOK, `value="true" checked>Each in turn`)

	admin.send(t, path+"/delete", nil).leadsTo(t, "/settings/teams")
	admin.get(t, "/settings/teams").shows(t, http.StatusOK, "is deleted", "No teams yet")
	admin.get(t, path).shows(t, http.StatusNotFound)
}

func TestTagsPages(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	admin := a.console(t)
	admin.get(t, "/settings/tags").shows(t, http.StatusOK, "No tags yet")
	tok := a.newToken(t, shop, "chat")
	for _, tags := range [][]string{{"refund & <b>", "vip"}, {"refund & <b>"}} {
		v := started(t, a.srv, tok, obj{})
		v.post(t, "hello")
		a.do(t, "PATCH", "/conversation/"+v.conversation, obj{"tags": tags}).ok(t, http.StatusOK)
	}
	admin.get(t, "/settings/tags").shows(t, http.StatusOK, "refund & <b>", "2 conversations", "1 conversation", "/settings/tag?tag=refund+%26+%3Cb%3E")
	at := "/settings/tag?tag=" + url.QueryEscape("refund & <b>")
	admin.get(t, at).shows(t, http.StatusOK, `value="refund & <b>"`)

	form := url.Values{"tag": {"refund & <b>"}, "to": {""}, "form_id": {unique("f")}}
	admin.send(t, "/settings/tag", form).shows(t, http.StatusUnprocessableEntity, "The name must be one line", `id="to-error"`)
	form.Set("to", "money")
	admin.send(t, "/settings/tag", form).leadsTo(t, "/settings/tags")
	// A second click is no error.
	admin.send(t, "/settings/tag", form).leadsTo(t, "/settings/tags")
	admin.get(t, "/settings/tags").shows(t, http.StatusOK, "renamed already", "money", "!refund")
	// Whoever has it open still, or a link to it, is told, and sees what there is.
	admin.get(t, at).shows(t, http.StatusNotFound, "no tag “refund & <b>” any more", "money")
	form.Set("form_id", unique("f"))
	admin.send(t, "/settings/tag", form).shows(t, http.StatusConflict, "no tag “refund & <b>” any more", "money")

	// A name that is taken is merged only knowingly.
	form = url.Values{"tag": {"money"}, "to": {"vip"}, "form_id": {unique("f")}}
	admin.send(t, "/settings/tag", form).shows(t, http.StatusConflict, "is a tag “vip” already", "Merge both")
	admin.get(t, "/settings/tags").shows(t, http.StatusOK, "money")
	form.Set("merge", "true")
	admin.send(t, "/settings/tag", form).leadsTo(t, "/settings/tags")
	admin.get(t, "/settings/tags").shows(t, http.StatusOK, "vip", "2 conversations", "!money")

	admin.send(t, "/settings/tag/delete", url.Values{"tag": {"vip"}}).leadsTo(t, "/settings/tags")
	admin.get(t, "/settings/tags").shows(t, http.StatusOK, "is deleted", "No tags yet")
}
