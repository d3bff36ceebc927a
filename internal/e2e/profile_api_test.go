package e2e

import (
	"net/http"
	"net/url"
	"testing"
)

// People change themselves by the API as on their profile, and see it there.
func TestProfileByAPI(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	ben := a.joinNamed(t, s, "agent", "Ben Agent")
	me := ben.do(t, "GET", "/me", nil).ok(t, http.StatusOK)
	for path, want := range map[string]any{
		"profile.email": ben.email, "profile.role": "agent", "profile.owner": false, "profile.language": nil,
		"profile.theme": "auto", "profile.density": "comfortable", "profile.two_step": false, "profile.recovery_codes_left": 0.0,
	} {
		is(t, me, path, want)
	}
	changed := ben.do(t, "PATCH", "/me", obj{"name": " Benno ", "theme": "dark", "language": "de"}).ok(t, http.StatusOK)
	is(t, changed, "member.name", "Benno")
	is(t, changed, "profile.language", "de")
	// What is left out stays.
	both := ben.do(t, "PATCH", "/me", obj{"density": "compact", "away": true}).ok(t, http.StatusOK)
	is(t, both, "member.away", true)
	is(t, both, "profile.theme", "dark")
	ben.console(t).get(t, "/settings/profile").shows(t, http.StatusOK, `data-theme="dark"`, `data-density="compact"`, `lang="de"`, `value="Benno"`)
	is(t, ben.do(t, "PATCH", "/me", obj{"language": ""}).ok(t, http.StatusOK), "profile.language", nil)
	for field, value := range map[string]string{"name": "two\nlines", "theme": "pink", "density": "huge", "language": "tlh"} {
		// With one thing wrong nothing is changed.
		at(t, ben.do(t, "PATCH", "/me", obj{field: value, "away": false}).refused(t, http.StatusBadRequest, ""), "fields."+field)
	}
	me = ben.do(t, "GET", "/me", nil).ok(t, http.StatusOK)
	is(t, me, "member.name", "Benno")
	is(t, me, "member.away", true)
}

func TestOwnPasswordByAPI(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	ben := a.joinNamed(t, s, "agent", "Ben Agent")
	desk, token := ben.console(t), ben.token
	const phrase = "a wholly new phrase"
	at(t, ben.do(t, "POST", "/me/password", obj{"old_password": "not this one", "password": phrase}).refused(t, http.StatusBadRequest, ""), "fields.old_password")
	at(t, ben.do(t, "POST", "/me/password", obj{"old_password": ben.password, "password": "short"}).refused(t, http.StatusBadRequest, ""), "fields.password")
	ben.token = str(t, ben.do(t, "POST", "/me/password", obj{"old_password": ben.password, "password": phrase}).ok(t, http.StatusOK), "token")
	s.keepOut(ben.token)
	ben.do(t, "GET", "/me", nil).ok(t, http.StatusOK)
	desk.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")
	s.do(t, "GET", api+"/me", nil, "Authorization", "Bearer "+token).refused(t, http.StatusUnauthorized, "Invalid team token")
	s.do(t, "POST", "/api/auth/login", obj{"email": ben.email, "password": ben.password}).refused(t, http.StatusUnauthorized, "Wrong e-mail or password")
	ben.password = phrase
	a.console(t).get(t, "/settings/audit/export.csv").shows(t, http.StatusOK, "chose a new password")

	// Guesses by a stolen token count like those of a login.
	status := 0
	for range 12 {
		status = ben.do(t, "POST", "/me/password", obj{"old_password": "a guess of many", "password": "one more new phrase"}).status
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("twelfth guess: %d", status)
	}
	s.do(t, "POST", "/api/auth/login", obj{"email": ben.email, "password": phrase}).refused(t, http.StatusTooManyRequests, "")
}

func TestTwoStepByAPI(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	ben, other := a.joinNamed(t, s, "agent", "Ben Agent"), a.joinNamed(t, s, "agent", "Olga Other")
	desk := ben.console(t)
	begun := ben.do(t, "POST", "/me/two-step/begin", nil).ok(t, http.StatusOK)
	secret := str(t, begun, "authenticator.secret")
	s.keepOut(secret)
	in := obj{"sealed": str(t, begun, "authenticator.sealed"), "otp_code": "nonsense", "confirm_password": ben.password}
	at(t, ben.do(t, "POST", "/me/two-step", in).refused(t, http.StatusBadRequest, ""), "fields.otp_code")
	in["otp_code"], in["confirm_password"] = otp(t, secret, 0), "not this one"
	at(t, ben.do(t, "POST", "/me/two-step", in).refused(t, http.StatusBadRequest, ""), "fields.confirm_password")
	in["confirm_password"] = other.password
	is(t, other.do(t, "POST", "/me/two-step", in).refused(t, http.StatusBadRequest, ""), "code", "authenticator")
	in["confirm_password"] = ben.password
	codes := list(t, ben.do(t, "POST", "/me/two-step", in).ok(t, http.StatusOK), "recovery_codes")
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes", len(codes))
	}
	for _, code := range codes {
		s.keepOut(code.(string))
	}
	desk.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")
	is(t, ben.do(t, "GET", "/me", nil).ok(t, http.StatusOK), "profile.recovery_codes_left", 10.0)
	// The same once more would make the codes worthless that were just written down.
	is(t, ben.do(t, "POST", "/me/two-step", in).refused(t, http.StatusBadRequest, ""), "code", "two_step_on")
	is(t, ben.do(t, "POST", "/me/two-step/begin", nil).refused(t, http.StatusBadRequest, ""), "code", "two_step_on")

	login := func(code any) reply {
		return s.do(t, "POST", "/api/auth/login", obj{"email": ben.email, "password": ben.password, "otp_code": code})
	}
	login("").refused(t, http.StatusUnauthorized, "Enter the code of your authenticator")
	login(codes[0]).ok(t, http.StatusOK)
	confirm := obj{"confirm_password": "not this one"}
	at(t, ben.do(t, "POST", "/me/two-step/codes", confirm).refused(t, http.StatusBadRequest, ""), "fields.confirm_password")
	at(t, ben.do(t, "POST", "/me/two-step/off", confirm).refused(t, http.StatusBadRequest, ""), "fields.confirm_password")
	confirm["confirm_password"] = ben.password
	renewed := list(t, ben.do(t, "POST", "/me/two-step/codes", confirm).ok(t, http.StatusOK), "recovery_codes")
	for _, code := range renewed {
		s.keepOut(code.(string))
	}
	login(codes[1]).refused(t, http.StatusUnauthorized, "This code is wrong or was used already")
	login(renewed[0]).ok(t, http.StatusOK)
	ben.do(t, "POST", "/me/two-step/off", confirm).ok(t, http.StatusNoContent)
	is(t, ben.do(t, "POST", "/me/two-step/off", confirm).refused(t, http.StatusBadRequest, ""), "code", "no_two_step")
	is(t, ben.do(t, "POST", "/me/two-step/codes", confirm).refused(t, http.StatusBadRequest, ""), "code", "no_two_step")
	ben.login(t)
	a.console(t).get(t, "/settings/audit/export.csv").shows(t, http.StatusOK, "turned on two-step sign-in", "turned off two-step sign-in")
}

func TestDevicesByAPI(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	ben, other := a.joinNamed(t, s, "agent", "Ben Agent"), a.joinNamed(t, s, "agent", "Olga Other")
	first, second := ben.console(t), ben.console(t)
	first.send(t, "/settings/alerts/push", newPushService(t).form("/first")).leadsTo(t, "/settings/alerts")
	second.send(t, "/settings/alerts/push", newPushService(t).form("/second")).leadsTo(t, "/settings/alerts")
	second.send(t, "/settings/alerts/push", newPushService(t).form("/third")).leadsTo(t, "/settings/alerts")
	pushes := func() []any {
		return list(t, ben.do(t, "GET", "/me/alerts/push", nil).ok(t, http.StatusOK), "browsers")
	}
	devices := func() []any { return list(t, ben.do(t, "GET", "/me/devices", nil).ok(t, http.StatusOK), "devices") }
	if len(pushes()) != 3 || len(devices()) != 2 {
		t.Fatalf("%d browsers with pushes, %d devices", len(pushes()), len(devices()))
	}

	newest := str(t, pushes()[0].(obj), "_id")
	other.do(t, "DELETE", "/me/alerts/push/"+newest, nil).refused(t, http.StatusNotFound, "Not found")
	ben.do(t, "DELETE", "/me/alerts/push/"+newest, nil).ok(t, http.StatusNoContent)
	ben.do(t, "DELETE", "/me/alerts/push/"+newest, nil).refused(t, http.StatusNotFound, "Not found")

	// A device takes its pushes with it, and nobody ends another's.
	one := "/me/devices/" + str(t, devices()[0].(obj), "_id")
	other.do(t, "DELETE", one, nil).refused(t, http.StatusNotFound, "Not found")
	ben.do(t, "DELETE", one, nil).ok(t, http.StatusNoContent)
	if len(devices()) != 1 || len(pushes()) != 1 {
		t.Errorf("%d devices and %d browsers with pushes are left, want one of each", len(devices()), len(pushes()))
	}
	ben.do(t, "DELETE", "/me/devices", nil).ok(t, http.StatusNoContent)
	for _, desk := range []*console{first, second} {
		desk.get(t, "/inbox").leadsTo(t, "/login?next="+url.QueryEscape("/inbox"))
	}
	if len(devices()) != 0 || len(pushes()) != 0 {
		t.Errorf("%d devices and %d browsers with pushes are left", len(devices()), len(pushes()))
	}
	other.console(t).get(t, "/inbox").shows(t, http.StatusOK)
	ben.do(t, "GET", "/me", nil).ok(t, http.StatusOK)
}
