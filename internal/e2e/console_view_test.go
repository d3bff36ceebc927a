package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

var viewLink = regexp.MustCompile(`/settings/views/[0-9a-f]{24}`)

func TestSavedViewsPages(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	ben, stranger, admin := a.join(t, a.srv, "agent").console(t), newAccount(t, a.srv).console(t), a.console(t)
	urgent, plain := written(t, a, tok, "Burning question"), written(t, a, tok, "Quiet question")
	a.change(t, urgent.conversation, obj{"priority": "urgent"})
	admin.get(t, "/settings/views").shows(t, http.StatusOK, "No saved views yet", "Open the inbox")
	admin.get(t, "/inbox").shows(t, http.StatusOK, "None yet", "Save view…", "Burning question", "Quiet question")

	// What the inbox is narrowed to is what the form saves.
	narrowed := "/inbox?priority=urgent&site=" + url.QueryEscape(shop)
	admin.get(t, narrowed).shows(t, http.StatusOK, "Burning question", "!Quiet question")
	page := admin.get(t, "/settings/views/new?priority=urgent&site="+url.QueryEscape(shop)).
		shows(t, http.StatusOK, `value="urgent" selected`, `value="`+shop+`" selected`, "The team")
	form := url.Values{"name": {" "}, "priority": {"urgent"}, "site": {shop}, "shared": {"true"}, "form_id": {page.hidden(t, "form_id")}}
	admin.send(t, "/settings/views", form).shows(t, http.StatusUnprocessableEntity, "The name must be one line", `value="urgent" selected`)
	form.Set("name", "Burning")
	for range 2 { // a second click makes no second one, and is no error
		admin.send(t, "/settings/views", form).leadsTo(t, narrowed)
	}
	page = admin.get(t, narrowed).shows(t, http.StatusOK, "saved already", "Burning", "Manage")
	page = admin.get(t, "/settings/views").shows(t, http.StatusOK, "Burning", "Urgent", "The team")
	if found := viewLink.FindAllString(string(page.body), -1); len(found) != 1 {
		t.Fatalf("views: %v", found)
	}
	path := viewLink.FindString(string(page.body))

	// Agents use the shared ones and keep their own.
	ben.get(t, "/inbox").shows(t, http.StatusOK, "Burning")
	ben.get(t, path).shows(t, http.StatusOK, "Admins can change it", `!data-test="view-form"`)
	change := url.Values{"name": {"Ours"}, "priority": {"high"}, "updated_at": {"1"}}
	ben.send(t, path, change).shows(t, http.StatusForbidden, "Only admins")
	ben.send(t, path+"/delete", nil).shows(t, http.StatusForbidden, "Only admins")
	ben.send(t, "/settings/views", url.Values{"name": {"Mine"}, "shared": {"true"}, "form_id": {unique("f")}}).shows(t, http.StatusForbidden, "Only admins")
	ben.send(t, "/settings/views", url.Values{"name": {"My own"}, "status": {"any"}, "form_id": {unique("f")}}).leadsTo(t, "/inbox?status=any")
	a.change(t, plain.conversation, obj{"status": "closed"})
	ben.get(t, "/inbox?status=any").shows(t, http.StatusOK, "Burning question", "Quiet question")
	own := viewLink.FindString(string(ben.get(t, "/settings/views").shows(t, http.StatusOK, "My own", "Only you").body))
	for _, other := range []*console{admin, stranger} {
		other.get(t, own).shows(t, http.StatusNotFound)
		other.send(t, own, change).shows(t, http.StatusNotFound)
		other.send(t, own+"/delete", nil).leadsTo(t, "/settings/views")
	}
	stranger.get(t, path).shows(t, http.StatusNotFound)
	stranger.get(t, "/inbox").shows(t, http.StatusOK, "!Burning", "!My own")

	// Whoever changes what somebody has changed meanwhile is told, with both before them.
	version := admin.get(t, path).hidden(t, "updated_at")
	change = url.Values{"name": {"Fires"}, "tag": {"fire"}, "shared": {"true"}, "updated_at": {version}}
	admin.send(t, path, change).leadsTo(t, "/inbox?tag=fire")
	change.Set("name", "Flames")
	stale := admin.send(t, path, change).shows(t, http.StatusConflict, "meanwhile", "Stored now", "Fires", "tag fire", "Flames", "Save mine")
	change.Set("updated_at", stale.hidden(t, "updated_at"))
	admin.send(t, path, change).leadsTo(t, "/inbox?tag=fire")
	// A tag that no conversation bears is kept all the same.
	admin.get(t, path).shows(t, http.StatusOK, `value="fire" selected`, "Flames")

	admin.send(t, path+"/delete", nil).leadsTo(t, "/settings/views")
	admin.get(t, "/settings/views").shows(t, http.StatusOK, "is deleted", "No saved views yet")
	admin.get(t, path).shows(t, http.StatusNotFound)
	admin.get(t, "/inbox?tag=fire").shows(t, http.StatusOK, "No conversation in this view fits the filter")
	// Addresses that can't be are shown as the view says.
	admin.get(t, "/inbox?view=mine&assignee=none&status=any").shows(t, http.StatusOK, "Nothing is yours")
}

func TestSavedViewVersionsByAPI(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	view := at(t, a.do(t, "POST", "/views", obj{"name": "First", "filters": obj{"tag": "x"}}).ok(t, http.StatusCreated), "view")
	path, first := "/views/"+str(t, view, "_id"), str(t, view, "updated_at")
	is(t, a.do(t, "PATCH", path, obj{"name": "Second", "updated_at": first}).ok(t, http.StatusOK), "view.name", "Second")
	a.do(t, "PATCH", path, obj{"name": "Third", "updated_at": first}).refused(t, http.StatusConflict, "Somebody has changed this view meanwhile")
	a.do(t, "PATCH", path, obj{"name": "Third", "updated_at": "yesterday"}).refused(t, http.StatusBadRequest, "")
	is(t, a.do(t, "PATCH", path, obj{"name": "Fourth"}).ok(t, http.StatusOK), "view.filters.tag", "x")
	// What a tag's new name changed in it is a change like any other.
	v := written(t, a, a.newToken(t, shop), "hello")
	a.change(t, v.conversation, obj{"tags": []string{"x"}})
	now := str(t, list(t, a.do(t, "GET", "/views", nil).ok(t, http.StatusOK), "views")[0], "updated_at")
	a.do(t, "PATCH", "/tags", obj{"tag": "x", "to": "y"}).ok(t, http.StatusNoContent)
	a.do(t, "PATCH", path, obj{"name": "Fifth", "updated_at": now}).refused(t, http.StatusConflict, "")
}
