package e2e

import (
	"net/http"
	"testing"
	"time"
)

const blog = "https://blog.example"

func (a *account) site(t testing.TB, tok supportToken) obj {
	t.Helper()
	return a.do(t, "GET", "/token/"+tok.id+"/config", nil).ok(t, http.StatusOK)
}

func (a *account) configureSite(t testing.TB, tok supportToken, body obj) obj {
	t.Helper()
	return a.do(t, "PUT", "/token/"+tok.id+"/config", body).ok(t, http.StatusOK)
}

// A site has parts of its own and follows all sites in the others, also when these change later.
func TestSiteSettings(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	first, second := a.newToken(t, shop), a.newToken(t, blog)
	here, there := newVisitor(a.srv, first), newVisitor(a.srv, second)
	says := func(v *visitor, path string, want any) {
		t.Helper()
		is(t, v.config(t).ok(t, http.StatusOK), "config."+path, want)
	}
	site := a.site(t, first)
	equal(t, "own parts", strs(t, site, "own"), []string{})
	is(t, site, "updated_at", nil)
	is(t, site, "settings.widget_settings.primary_color", "#007bff")

	tag := here.config(t).header.Get("ETag")
	saved := a.configureSite(t, first, obj{"own": []string{"hours", "look", "look"}, "settings": obj{
		"widget_settings": obj{"primary_color": "#AA0000", "greeting_message": "not an own part"}, "business_hours": obj{"timezone": "Europe/Berlin"}}})
	equal(t, "own parts", strs(t, saved, "own"), []string{"look", "hours"})
	is(t, saved, "settings.widget_settings.primary_color", "#aa0000")
	is(t, saved, "settings.widget_settings.greeting_message", "Hi! How can we help you today?")
	if fresh := here.do(t, "GET", "/config", nil, "If-None-Match", tag); fresh.status != http.StatusOK {
		t.Errorf("the ETag stayed: %v", fresh)
	}
	says(here, "widget_settings.primary_color", "#aa0000")
	says(here, "business_hours.timezone", "Europe/Berlin")
	says(there, "widget_settings.primary_color", "#007bff")
	says(there, "business_hours.timezone", "UTC")

	a.configure(t, obj{"widget_settings": obj{"primary_color": "#00aa00", "theme": "dark", "greeting_message": "Hello everywhere"}, "business_hours": obj{"timezone": "Asia/Tokyo"}})
	says(here, "widget_settings.greeting_message", "Hello everywhere")
	says(here, "widget_settings.primary_color", "#aa0000")
	says(here, "widget_settings.theme", "light")
	says(here, "business_hours.timezone", "Europe/Berlin")
	says(there, "widget_settings.primary_color", "#00aa00")
	says(there, "business_hours.timezone", "Asia/Tokyo")

	// What a change leaves out stays, also which parts are own; one that is given back takes nothing else along.
	a.configureSite(t, first, obj{"settings": obj{"widget_settings": obj{"position": "bottom-left"}}})
	says(here, "widget_settings.primary_color", "#aa0000")
	says(here, "widget_settings.position", "bottom-left")
	a.configureSite(t, first, obj{"own": []string{"look"}})
	says(here, "business_hours.timezone", "Asia/Tokyo")
	says(here, "widget_settings.position", "bottom-left")

	a.do(t, "DELETE", "/token/"+first.id+"/config", nil).ok(t, http.StatusNoContent)
	a.do(t, "DELETE", "/token/"+first.id+"/config", nil).ok(t, http.StatusNoContent)
	says(here, "widget_settings.primary_color", "#00aa00")
	equal(t, "own parts", strs(t, a.site(t, first), "own"), []string{})
	a.console(t).get(t, "/settings/audit").shows(t, http.StatusOK, "changed the widget’s settings for", "had the widget’s settings of all sites used for")
}

func TestSiteSettingsAreRefused(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	tok := a.newToken(t, shop)
	v := newVisitor(a.srv, tok)
	before := v.config(t)
	path := "/token/" + tok.id + "/config"
	for _, bad := range []string{
		`{"own":["colour"]}`, `{"own":"look"}`, `{"own":["look"],"settings":{"widget_settings":{"theme":"pink"}}}`, `{"own":["look"],"settings":{"widget_settings":null}}`,
		`{"own":["before"],"settings":{"otp_verification_enabled":true}}`, `{"own":["look"],"updated_at":5}`, `{"own":["look"],"updated_at":"yesterday"}`, `{`, `[]`, ``,
	} {
		if r := a.do(t, "PUT", path, bad); r.status != http.StatusBadRequest {
			t.Errorf("%s: %v", bad, r)
		}
	}
	agent := a.join(t, a.srv, "agent")
	other := newAccount(t, a.srv)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		agent.do(t, method, path, obj{"own": []string{"look"}}).refused(t, http.StatusForbidden, "Only admins may do this")
		other.do(t, method, path, obj{"own": []string{"look"}}).refused(t, http.StatusNotFound, "Not found")
		a.do(t, method, "/token/none/config", obj{"own": []string{"look"}}).refused(t, http.StatusNotFound, "Not found")
	}
	if after := v.config(t); string(after.body) != string(before.body) {
		t.Errorf("a refused change was stored:\n%s\n%s", after.body, before.body)
	}

	// Two people at once: the second is told.
	mine := obj{"own": []string{"look"}, "updated_at": nil}
	saved := a.do(t, "PUT", path, mine).ok(t, http.StatusOK)
	a.do(t, "PUT", path, mine).ok(t, http.StatusOK) // the same again is nobody else's change
	a.do(t, "PUT", path, obj{"own": []string{"words"}, "updated_at": nil}).refused(t, http.StatusConflict, "Somebody has changed the settings of this site meanwhile")
	a.do(t, "PUT", path, obj{"own": []string{"look", "words"}, "updated_at": str(t, saved, "updated_at")}).ok(t, http.StatusOK)
	a.do(t, "PUT", path, obj{"own": []string{}, "updated_at": str(t, saved, "updated_at")}).refused(t, http.StatusConflict, "Somebody has changed the settings of this site meanwhile")
}

// A site's own rules hold for its visitors, and for nobody else's.
func TestSiteSettingsHold(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	first, second := a.newToken(t, shop), a.newToken(t, blog)
	here, there := newVisitor(a.srv, first), newVisitor(a.srv, second)
	here.start(t, obj{}, http.StatusCreated)
	st := here.stream(t, "")
	st.await(t, "state")

	now := time.Now()
	zone, _ := noonZone(now)
	schedule := obj{}
	for _, day := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		schedule[day] = obj{"start": "01:00", "end": "02:00"}
	}
	a.configureSite(t, first, obj{"own": []string{"before", "hours"}, "settings": obj{
		"requires_email": true, "otp_verification_enabled": true, "business_hours": obj{"timezone": zone, "schedule": schedule}}})
	is(t, here.config(t).ok(t, http.StatusOK), "config.business_hours.is_open", false)
	is(t, here.do(t, "GET", "/availability", nil).ok(t, http.StatusOK), "is_open", false)
	is(t, there.do(t, "GET", "/availability", nil).ok(t, http.StatusOK), "is_open", true)
	st.ends(t, 10*time.Second)
	here.do(t, "GET", "/session/messages", nil).refused(t, http.StatusForbidden, "Verification required")

	fresh := newVisitor(a.srv, first)
	fresh.do(t, "POST", "/session", obj{}).refused(t, http.StatusBadRequest, "")
	is(t, fresh.start(t, obj{"email": unique("site") + "@example.com"}, http.StatusCreated), "requires_verification", true)
	is(t, there.start(t, obj{}, http.StatusCreated), "requires_verification", false)
	there.do(t, "GET", "/session/messages", nil).ok(t, http.StatusOK)
}

// The token that replaces another is the same site; a token made anew is another one.
func TestSiteSettingsOutliveAToken(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sharedServer(t))
	old := a.newToken(t, shop)
	a.configureSite(t, old, obj{"own": []string{"look"}, "settings": obj{"widget_settings": obj{"theme": "dark"}}})
	body := a.do(t, "POST", "/token/"+old.id+"/replace", obj{"grace": 3600000}).ok(t, http.StatusCreated)
	next := supportToken{id: str(t, body, "token._id"), token: str(t, body, "token.token"), domain: shop}
	a.srv.keepOut(next.token)
	v := newVisitor(a.srv, next)
	theme := func(want string) {
		t.Helper()
		is(t, v.config(t).ok(t, http.StatusOK), "config.widget_settings.theme", want)
	}
	theme("dark")
	a.do(t, "DELETE", "/token/"+old.id, nil).ok(t, http.StatusOK)
	theme("dark")
	a.configureSite(t, next, obj{"settings": obj{"widget_settings": obj{"theme": "auto"}}})
	theme("auto")
	rows := func() int { return a.srv.count(t, "SELECT COUNT(*) FROM support_configs WHERE token_id = ?", old.id) }
	if n := rows(); n != 1 {
		t.Errorf("%d rows while the site has a token", n)
	}
	a.do(t, "DELETE", "/token/"+next.id, nil).ok(t, http.StatusOK)
	if n := rows(); n != 0 {
		t.Errorf("%d rows after the last token", n)
	}
	v = newVisitor(a.srv, a.newToken(t, shop))
	theme("light")
}
