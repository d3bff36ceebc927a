package e2e

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	endian "encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// otp computes what an authenticator app shows for a secret, some steps of 30 seconds from now.
func otp(t testing.TB, secret string, steps int64) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	var counter [8]byte
	endian.BigEndian.PutUint64(counter[:], uint64(time.Now().Unix()/30+steps))
	mac := hmac.New(sha1.New, key)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[19] & 15
	return fmt.Sprintf("%06d", endian.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000)
}

func TestProfile(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	desk := a.joinNamed(t, s, "agent", "Ben Agent").console(t)
	desk.get(t, "/settings/profile").shows(t, http.StatusOK, "Ben Agent", "This one", "!Sign out everywhere else", "!data-theme")
	form := url.Values{"name": {"Benno"}, "theme": {"dark"}, "density": {"compact"}, "language": {"de"}}
	desk.send(t, "/settings/profile", form).leadsTo(t, "/settings/profile")
	desk.get(t, "/settings/profile").shows(t, http.StatusOK, `data-theme="dark"`, `data-density="compact"`, `value="Benno"`, "Abmelden")
	// Another device of the same person has all of it, whatever its browser speaks.
	desk.member.console(t).get(t, "/inbox", "Accept-Language", "fr").shows(t, http.StatusOK, `data-theme="dark"`, `lang="de"`)
	desk.send(t, "/language", url.Values{"language": {"pl"}, "next": {"/inbox"}})
	desk.member.console(t).get(t, "/inbox").shows(t, http.StatusOK, `lang="pl"`)
	form.Set("language", "")
	desk.send(t, "/settings/profile", form).leadsTo(t, "/settings/profile")
	desk.get(t, "/inbox", "Accept-Language", "fr").shows(t, http.StatusOK, `lang="fr"`)
	for field, value := range map[string]string{"name": "two\nlines", "theme": "pink", "density": "huge"} {
		bad := url.Values{"name": {"Benno"}, "theme": {"dark"}, "density": {"compact"}}
		bad.Set(field, value)
		desk.send(t, "/settings/profile", bad).shows(t, http.StatusUnprocessableEntity, "check the marked fields")
	}
	a.console(t).get(t, "/settings/people").shows(t, http.StatusOK, "Benno")
}

func TestOwnPassword(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	ben := a.joinNamed(t, s, "agent", "Ben Agent")
	desk, elsewhere := ben.console(t), ben.console(t)
	token := ben.token
	change := func(old, password string) reply {
		return desk.send(t, "/settings/profile/password", url.Values{"old_password": {old}, "password": {password}})
	}
	change("not this one", "a wholly new phrase").shows(t, http.StatusUnprocessableEntity, "This is not your password")
	change(ben.password, "short").shows(t, http.StatusUnprocessableEntity, "at least 10 characters")
	elsewhere.get(t, "/inbox").shows(t, http.StatusOK)
	r := change(ben.password, "a wholly new phrase")
	r.leadsTo(t, "/settings/profile?saved=password")
	desk.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")
	desk.cookie, _, _ = strings.Cut(r.header.Get("Set-Cookie"), ";")
	desk.get(t, "/settings/profile?saved=password").shows(t, http.StatusOK, "Your new password is saved")
	elsewhere.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")
	ben.do(t, "GET", "/conversations", nil, "Authorization", "Bearer "+token).refused(t, http.StatusUnauthorized, "")
	s.do(t, "POST", "/api/auth/login", obj{"email": ben.email, "password": ben.password}).refused(t, http.StatusUnauthorized, "")
	ben.password = "a wholly new phrase"
	ben.login(t)
	// Guessing the old password through an open login is throttled like the login.
	status := 0
	for range 12 {
		status = change("a guess of many", "one more new phrase").status
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("twelfth guess: %d", status)
	}
}

var deviceForm = regexp.MustCompile(`name="device" value="([0-9a-f]{64})"`)

func TestDevices(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	ben := a.joinNamed(t, s, "agent", "Ben Agent")
	desk, second, third := ben.console(t), ben.console(t), ben.console(t)
	page := desk.get(t, "/settings/profile").shows(t, http.StatusOK, "127.0.0.1", "Sign out everywhere else")
	others := deviceForm.FindAllSubmatch(page.body, -1)
	if len(others) != 2 {
		t.Fatalf("%d other devices", len(others))
	}
	other := url.Values{"device": {string(others[0][1])}}
	a.console(t).send(t, "/settings/profile/devices/end", other).shows(t, http.StatusNotFound)
	desk.send(t, "/settings/profile/devices/end", other).leadsTo(t, "/settings/profile")
	left := 0
	for _, c := range []*console{second, third} {
		if c.get(t, "/inbox").status == http.StatusOK {
			left++
		}
	}
	if left != 1 {
		t.Errorf("%d of two other logins are left, want one", left)
	}
	desk.send(t, "/settings/profile/devices/end-others", nil).leadsTo(t, "/settings/profile")
	second.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")
	third.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")
	desk.get(t, "/settings/profile").shows(t, http.StatusOK, "Signed out everywhere else", "This one")
}

var (
	shownSecret = regexp.MustCompile(`data-test="secret">([A-Z2-7]{32})<`)
	shownCode   = regexp.MustCompile(`[a-z2-7]{4}(?:-[a-z2-7]{4}){3}`)
)

// turnOnTwoStep sets an authenticator up and returns its secret and the recovery codes.
func (c *console) turnOnTwoStep(t testing.TB) (secret string, recovery []string) {
	t.Helper()
	page := c.get(t, "/settings/profile/two-step").shows(t, http.StatusOK, "<svg class=\"qr\"")
	found := shownSecret.FindSubmatch(page.body)
	if found == nil {
		t.Fatal("no secret on the page")
	}
	secret = string(found[1])
	c.srv.keepOut(secret)
	form := url.Values{"sealed": {page.hidden(t, "sealed")}, "otp_code": {"nonsense"}, "confirm_password": {c.password}}
	c.send(t, "/settings/profile/two-step", form).shows(t, http.StatusUnprocessableEntity, "not the code", secret)
	form.Set("otp_code", otp(t, secret, 0))
	form.Set("confirm_password", "not this one")
	c.send(t, "/settings/profile/two-step", form).shows(t, http.StatusUnprocessableEntity, "This is not your password")
	form.Set("confirm_password", c.password)
	shown := c.send(t, "/settings/profile/two-step", form).shows(t, http.StatusOK, "Your recovery codes")
	recovery = shownCode.FindAllString(string(shown.body), -1)
	if len(recovery) != 10 {
		t.Fatalf("%d recovery codes", len(recovery))
	}
	for _, code := range recovery {
		c.srv.keepOut(code)
	}
	return secret, recovery
}

func TestTwoStep(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	ben := a.joinNamed(t, s, "agent", "Ben Agent")
	desk, elsewhere := ben.console(t), ben.console(t)
	secret, recovery := desk.turnOnTwoStep(t)
	elsewhere.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")
	for _, text := range []string{secret, recovery[0], strings.ReplaceAll(recovery[0], "-", "")} {
		if file := s.stored(t, text); file != "" {
			t.Errorf("the secret or a recovery code stands in %s", file)
		}
	}

	login := func(code string) reply {
		return s.do(t, "POST", "/api/auth/login", obj{"email": ben.email, "password": ben.password, "otp_code": code})
	}
	is(t, login("").refused(t, http.StatusUnauthorized, "Enter the code of your authenticator"), "code", "otp_required")
	s.do(t, "POST", "/api/auth/login", obj{"email": ben.email, "password": "not this one", "otp_code": otp(t, secret, 0)}).
		refused(t, http.StatusUnauthorized, "Wrong e-mail or password")
	login("000000").refused(t, http.StatusUnauthorized, "This code is wrong or was used already")
	code := otp(t, secret, 1)
	login(code).ok(t, http.StatusOK)
	login(code).refused(t, http.StatusUnauthorized, "This code is wrong or was used already")
	login(strings.ToUpper(recovery[0])).ok(t, http.StatusOK)
	login(recovery[0]).refused(t, http.StatusUnauthorized, "This code is wrong or was used already")

	// In the browser the code comes after the password; without it nothing opens.
	half := s.form(t, "/login", url.Values{"email": {ben.email}, "password": {ben.password}, "next": {"/contacts"}}).shows(t, http.StatusOK, "Enter your code")
	if half.header.Get("Set-Cookie") != "" {
		t.Error("the password alone gives a cookie")
	}
	second := url.Values{"held": {half.hidden(t, "held")}, "next": {half.hidden(t, "next")}, "otp_code": {"000000"}}
	s.form(t, "/login/code", second).shows(t, http.StatusUnauthorized, "wrong or was used already")
	second.Set("otp_code", recovery[1])
	s.form(t, "/login/code", second).leadsTo(t, "/contacts")
	s.form(t, "/login/code", url.Values{"held": {"made-up"}, "otp_code": {recovery[2]}}).shows(t, http.StatusUnauthorized, "Enter your password again")

	// Ten wrong codes in an hour, then even a right one waits.
	limited := 0
	for range 12 {
		if login("000000").status == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited == 0 || login(recovery[3]).status != http.StatusTooManyRequests {
		t.Errorf("%d of 12 wrong codes were limited", limited)
	}
	if n := s.count(t, "SELECT COUNT(*) FROM rate_limits WHERE key = ?", "totp:"+ben.id); n != 1 {
		t.Error("the tries are not on disk")
	}

	desk.get(t, "/settings/profile").shows(t, http.StatusOK, "8 recovery codes are unused")
	confirm := url.Values{"confirm_password": {"not this one"}}
	desk.send(t, "/settings/profile/two-step/off", confirm).shows(t, http.StatusUnprocessableEntity, "This is not your password")
	confirm.Set("confirm_password", ben.password)
	renewed := desk.send(t, "/settings/profile/two-step/codes", confirm).shows(t, http.StatusOK, "Your recovery codes", "!"+recovery[4])
	if len(shownCode.FindAllString(string(renewed.body), -1)) != 10 {
		t.Error("not ten new codes")
	}
	desk.send(t, "/settings/profile/two-step/off", confirm).leadsTo(t, "/settings/profile")
	ben.login(t)
}

// Between the password and the code a login ends with what it came from.
func TestHeldLoginsEnd(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	ben := a.joinNamed(t, s, "agent", "Ben Agent")
	_, recovery := ben.console(t).turnOnTwoStep(t)
	hold := func() url.Values {
		half := s.form(t, "/login", url.Values{"email": {ben.email}, "password": {ben.password}}).shows(t, http.StatusOK, "Enter your code")
		return url.Values{"held": {half.hidden(t, "held")}, "otp_code": {recovery[0]}}
	}
	dead := func(held url.Values) {
		t.Helper()
		s.form(t, "/login/code", held).shows(t, http.StatusUnauthorized, "Enter your password again")
	}
	held := hold()
	a.do(t, "PATCH", "/people/"+ben.id, obj{"disabled": true}).ok(t, http.StatusOK)
	dead(held)
	a.do(t, "PATCH", "/people/"+ben.id, obj{"disabled": false}).ok(t, http.StatusOK)
	dead(held)

	held = hold()
	link := str(t, a.do(t, "POST", "/people/"+ben.id+"/reset-link", nil).ok(t, http.StatusCreated), "link")
	ben.password = unique("a wholly new phrase ")
	s.form(t, "/reset", url.Values{"key": {linkKey(t, s, link)}, "password": {ben.password}}).leadsTo(t, "/login?reset=done")
	dead(held)
	// The code was not spent on any of them.
	s.form(t, "/login/code", hold()).leadsTo(t, "/inbox")
}

// Admins help whoever has lost everything; the reset of a password alone does not.
func TestTwoStepIsTakenOff(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	owner, ben := a.console(t), a.joinNamed(t, s, "agent", "Ben Agent")
	ben.console(t).turnOnTwoStep(t)
	link := owner.send(t, "/settings/people/"+ben.id+"/reset", url.Values{"form_id": {unique("f")}})
	ben.password = unique("a wholly new phrase ")
	s.form(t, "/reset", url.Values{"key": {linkKey(t, s, string(link.body))}, "password": {ben.password}}).leadsTo(t, "/login?reset=done")
	s.do(t, "POST", "/api/auth/login", obj{"email": ben.email, "password": ben.password}).refused(t, http.StatusUnauthorized, "Enter the code of your authenticator")
	owner.get(t, "/settings/people/"+ben.id).shows(t, http.StatusOK, "Turn off two-step sign-in")
	owner.send(t, "/settings/people/"+ben.id+"/two-step", nil).leadsTo(t, "/settings/people")
	ben.login(t)
	owner.get(t, "/settings/audit/export.csv").shows(t, http.StatusOK, "turned off two-step sign-in for Ben Agent")
}
