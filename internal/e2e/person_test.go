package e2e

import (
	"net/http"
	"testing"
)

// People are managed by the API as in the console.
func TestPeopleByAPI(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	email := unique("new") + "@team.example"
	s.keepOut(email)
	sent := a.do(t, "POST", "/people/invites", obj{"email": email, "role": "agent"}).ok(t, http.StatusCreated)
	key := linkKey(t, s, str(t, sent, "link"))
	at(t, a.do(t, "POST", "/people/invites", obj{"email": "nobody", "role": "agent"}).refused(t, http.StatusBadRequest, ""), "fields.email")
	withdrawn := str(t, a.do(t, "POST", "/people/invites", obj{"email": unique("old") + "@team.example", "role": "admin"}).ok(t, http.StatusCreated), "invite._id")
	a.do(t, "DELETE", "/people/invites/"+withdrawn, nil).ok(t, http.StatusNoContent)
	a.do(t, "DELETE", "/people/invites/"+withdrawn, nil).ok(t, http.StatusNotFound)

	s.form(t, "/invite", fields("key", key, "name", "Nora New", "password", "a long way to walk"))
	list := a.do(t, "GET", "/people", nil).ok(t, http.StatusOK)
	if n := len(list["invites"].([]any)); n != 0 {
		t.Errorf("%d open invites", n)
	}
	var nora string
	for _, one := range list["people"].([]any) {
		if person := one.(map[string]any); person["email"] == email {
			nora = person["_id"].(string)
		}
	}
	got := a.do(t, "GET", "/people/"+nora, nil).ok(t, http.StatusOK)
	if got := str(t, got, "person.name"); got != "Nora New" {
		t.Errorf("the name: %v", got)
	}

	at(t, a.do(t, "PATCH", "/people/"+nora, obj{}).refused(t, http.StatusBadRequest, ""), "fields.role")
	a.do(t, "PATCH", "/people/"+a.id, obj{"role": "agent"}).ok(t, http.StatusBadRequest)
	changed := a.do(t, "PATCH", "/people/"+nora, obj{"role": "admin", "disabled": true}).ok(t, http.StatusOK)
	if got := str(t, changed, "person.role"); got != "admin" {
		t.Errorf("the role: %v", got)
	}
	a.do(t, "POST", "/people/"+nora+"/reset-link", nil).ok(t, http.StatusBadRequest)
	a.do(t, "PATCH", "/people/"+nora, obj{"disabled": false}).ok(t, http.StatusOK)
	linkKey(t, s, str(t, a.do(t, "POST", "/people/"+nora+"/reset-link", nil).ok(t, http.StatusCreated), "link"))
	a.do(t, "DELETE", "/people/"+nora+"/two-step", nil).ok(t, http.StatusNoContent)
}

func TestAlertsByAPI(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	wanted := obj{"scope": "all", "sound": false, "repeat": false, "desktop": true, "email_after": 15, "push_text": true}
	a.do(t, "PUT", "/me/alerts", wanted).ok(t, http.StatusOK)
	got := a.do(t, "GET", "/me/alerts", nil).ok(t, http.StatusOK)["alerts"].(map[string]any)
	if got := got["scope"]; got != "all" {
		t.Errorf("the scope: %v", got)
	}
	if got := got["email_after"]; got != 15.0 {
		t.Errorf("the minutes: %v", got)
	}
	if got["hours"] != nil {
		t.Errorf("hours that nobody chose: %v", got["hours"])
	}
	hours := obj{"timezone": "Asia/Tokyo", "days": []string{"friday", "monday"}, "start": "22:00", "end": "06:00"}
	wanted["hours"] = hours
	a.do(t, "PUT", "/me/alerts", wanted).ok(t, http.StatusOK)
	is(t, a.do(t, "GET", "/me/alerts", nil).ok(t, http.StatusOK), "alerts.hours.timezone", "Asia/Tokyo")
	hours["days"] = []string{"someday"}
	if fields := at(t, a.do(t, "PUT", "/me/alerts", wanted).refused(t, http.StatusBadRequest, ""), "fields"); fields.(map[string]any)["hours.days"] == nil {
		t.Errorf("refused for %v", fields)
	}
	at(t, a.do(t, "PUT", "/me/alerts", obj{"scope": "everything", "sound": true, "repeat": false, "desktop": false, "email_after": 0, "push_text": false}).refused(t, http.StatusBadRequest, ""), "fields.scope")
}
