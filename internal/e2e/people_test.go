package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

const formType = "application/x-www-form-urlencoded"

var linkForm = regexp.MustCompile(`http://127\.0\.0\.1:\d+/(invite|reset)\?key=([A-Za-z0-9_-]{43})`)

// linkKey is the key in the link on a page or in a mail.
func linkKey(t testing.TB, s *server, text string) string {
	t.Helper()
	found := linkForm.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no link in %.600s", text)
	}
	s.keepOut(found[2])
	return found[2]
}

// form posts a form as nobody.
func (s *server) form(t testing.TB, path string, form url.Values) reply {
	t.Helper()
	return s.do(t, "POST", path, form.Encode(), "Content-Type", formType)
}

func TestInvite(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	admin := a.console(t)
	email := unique("new") + "@team.example"
	s.keepOut(email)
	page := admin.get(t, "/settings/people").shows(t, http.StatusOK, "Invite somebody", "Owner", a.email)
	sent := url.Values{"email": {strings.ToUpper(email)}, "role": {"agent"}, "form_id": {page.hidden(t, "form_id")}}
	shown := admin.send(t, "/settings/people", sent).shows(t, http.StatusOK, "Invite for "+email)
	key := linkKey(t, s, string(shown.body))
	// The same form again, as after a reload, makes no second invite.
	admin.send(t, "/settings/people", sent).leadsTo(t, "/settings/people")
	admin.get(t, "/settings/people").shows(t, http.StatusOK, "shown once already", email)
	if n := s.count(t, "SELECT COUNT(*) FROM access_links WHERE digest = ?", key); n != 0 {
		t.Error("the key itself is stored")
	}

	open := s.do(t, "GET", "/invite?key="+key, nil).shows(t, http.StatusOK, "Join "+a.name, email)
	if got := open.header.Get("Referrer-Policy"); got != "origin" {
		t.Errorf("Referrer-Policy %q", got)
	}
	answers := url.Values{"key": {key}, "name": {" "}, "password": {"short"}}
	s.form(t, "/invite", answers).shows(t, http.StatusUnprocessableEntity, "Your name must be", "at least 10 characters")
	answers.Set("name", "Nora New")
	for password, why := range map[string]string{"Password123": "too common", "Nora New 1": "too much like"} {
		answers.Set("password", password)
		s.form(t, "/invite", answers).shows(t, http.StatusUnprocessableEntity, why, "Nora New")
	}
	answers.Set("password", "quiet green harbour")
	s.keepOut("quiet green harbour")
	joined := s.form(t, "/invite", answers)
	joined.leadsTo(t, "/inbox")
	s.form(t, "/invite", answers).shows(t, http.StatusNotFound, "does not work any more")
	s.do(t, "GET", "/invite?key="+key, nil).shows(t, http.StatusNotFound, "does not work any more")

	nora := &member{srv: s, email: email, password: "quiet green harbour"}
	is(t, nora.login(t), "user.role", "agent")
	nora.console(t).get(t, "/settings/people").shows(t, http.StatusForbidden, "Only admins")
	admin.get(t, "/settings/people").shows(t, http.StatusOK, "Nora New", "!Withdraw")
	admin.get(t, "/settings/audit/export.csv").shows(t, http.StatusOK, "Nora New joined the team", "invited "+email)

	// Somebody in the team can't be invited again; an address of another account is not told apart.
	sent.Set("form_id", "x1")
	admin.send(t, "/settings/people", sent).shows(t, http.StatusUnprocessableEntity, "has this e-mail already")
	other := newAccount(t, s).console(t)
	sent.Set("form_id", "x2")
	foreign := linkKey(t, s, string(other.send(t, "/settings/people", sent).shows(t, http.StatusOK, "Invite for "+email).body))
	answers.Set("key", foreign)
	s.form(t, "/invite", answers).shows(t, http.StatusNotFound, "does not work any more")
	is(t, nora.login(t), "user.role", "agent")

	for _, bad := range []url.Values{{"email": {"nobody"}, "role": {"agent"}}, {"email": {"x@team.example"}, "role": {"owner"}}} {
		bad.Set("form_id", unique("f"))
		admin.send(t, "/settings/people", bad).shows(t, http.StatusUnprocessableEntity, bad.Get("email"))
	}
}

func TestInviteEnds(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	admin := a.console(t)
	invite := func() (key string) {
		r := admin.send(t, "/settings/people", url.Values{"email": {"late-" + a.id + "@team.example"}, "role": {"admin"}, "form_id": {unique("f")}})
		return linkKey(t, s, string(r.shows(t, http.StatusOK, "Invite for").body))
	}
	dead := func(key string) {
		t.Helper()
		s.do(t, "GET", "/invite?key="+key, nil).shows(t, http.StatusNotFound, "does not work any more")
		s.form(t, "/invite", url.Values{"key": {key}, "name": {"N"}, "password": {"quiet green harbour"}}).shows(t, http.StatusNotFound)
	}
	first, second := invite(), ""
	second = invite()
	dead(first)
	withdraw := regexp.MustCompile(`/settings/people/invites/[0-9a-f]+/withdraw`).FindString(string(admin.get(t, "/settings/people").body))
	newAccount(t, s).console(t).send(t, withdraw, nil).leadsTo(t, "/settings/people")
	s.do(t, "GET", "/invite?key="+second, nil).shows(t, http.StatusOK, "Join")
	admin.send(t, withdraw, nil).leadsTo(t, "/settings/people")
	dead(second)
	old := invite()
	if n := s.count(t, "SELECT COUNT(*) FROM access_links WHERE expires_at > ?", time.Now().Add(24*time.Hour+time.Minute).UnixMilli()); n != 0 {
		t.Errorf("%d links live longer than a day", n)
	}
	s.edit(t, "UPDATE access_links SET expires_at = ? WHERE invite_id IN (SELECT _id FROM invites WHERE account_id = (SELECT account_id FROM users WHERE _id = ?))",
		time.Now().UnixMilli()-1, a.id)
	dead(old)
}

func TestPeopleAreChanged(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	owner := a.console(t)
	ben := a.joinNamed(t, s, "agent", "Ben Agent")
	second := a.joinNamed(t, s, "admin", "Cleo Admin")
	desk, cleo := ben.console(t), second.console(t)
	path := "/settings/people/" + ben.id

	// Only admins of this account, and nobody the owner or themselves.
	desk.send(t, path+"/role", url.Values{"role": {"admin"}}).shows(t, http.StatusForbidden)
	stranger := newAccount(t, s).console(t)
	for _, what := range []string{"/role", "/disable", "/enable", "/reset", "/two-step"} {
		form := url.Values{"role": {"agent"}, "form_id": {unique("f")}}
		stranger.send(t, path+what, form).shows(t, http.StatusNotFound)
		form.Set("form_id", unique("f"))
		cleo.send(t, "/settings/people/"+a.id+what, form).shows(t, http.StatusForbidden, "owner")
		form.Set("form_id", unique("f"))
		if r := cleo.send(t, "/settings/people/"+second.id+what, form); r.status != http.StatusBadRequest {
			t.Errorf("%s on oneself: %v", what, r)
		}
	}
	stranger.get(t, path).shows(t, http.StatusNotFound)
	cleo.get(t, "/settings/people/"+a.id).shows(t, http.StatusOK, "Nobody else can change them", "!<button class=\"btn danger")
	is(t, a.login(t), "user.owner", true)
	is(t, second.login(t), "user.role", "admin")

	owner.send(t, path+"/role", url.Values{"role": {"boss"}}).shows(t, http.StatusUnprocessableEntity, "role")
	owner.send(t, path+"/role", url.Values{"role": {"admin"}}).leadsTo(t, "/settings/people")
	desk.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")
	desk = ben.console(t)
	desk.get(t, "/settings/people").shows(t, http.StatusOK, "Ben Agent")

	token := ben.token
	owner.send(t, path+"/disable", nil).leadsTo(t, "/settings/people")
	owner.get(t, "/settings/people").shows(t, http.StatusOK, "is disabled and signed out", "Disabled")
	desk.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")
	ben.token = token
	ben.do(t, "GET", "/conversations", nil).refused(t, http.StatusUnauthorized, "")
	s.do(t, "POST", "/api/auth/login", obj{"email": ben.email, "password": ben.password}).refused(t, http.StatusUnauthorized, "Wrong e-mail or password")
	owner.send(t, path+"/reset", url.Values{"form_id": {unique("f")}}).shows(t, http.StatusBadRequest, "Enable this person first")
	owner.send(t, path+"/enable", nil).leadsTo(t, "/settings/people")
	ben.login(t)
	owner.get(t, "/settings/audit/export.csv").shows(t, http.StatusOK, "Mem Ber made Ben Agent an admin", "disabled Ben Agent", "enabled Ben Agent")
}

func TestResetLink(t *testing.T) {
	s := sharedServer(t)
	a := newAccount(t, s)
	owner, ben := a.console(t), a.joinNamed(t, s, "agent", "Ben Agent")
	desk, token := ben.console(t), ben.token
	reset := func() string {
		r := owner.send(t, "/settings/people/"+ben.id+"/reset", url.Values{"form_id": {unique("f")}})
		return linkKey(t, s, string(r.shows(t, http.StatusOK, "Reset link for Ben Agent").body))
	}
	first := reset()
	key := reset()
	s.do(t, "GET", "/reset?key="+first, nil).shows(t, http.StatusNotFound, "does not work any more")
	s.do(t, "GET", "/reset?key="+key, nil).shows(t, http.StatusOK, ben.email)
	// An invite's page takes no reset link, nor the other way round.
	s.do(t, "GET", "/invite?key="+key, nil).shows(t, http.StatusNotFound)
	s.form(t, "/reset", url.Values{"key": {key}, "password": {"ben agent 22"}}).shows(t, http.StatusUnprocessableEntity, "too much like")
	desk.get(t, "/inbox").shows(t, http.StatusOK)
	s.keepOut("another long phrase")
	s.form(t, "/reset", url.Values{"key": {key}, "password": {"another long phrase"}}).leadsTo(t, "/login?reset=done")
	s.do(t, "GET", "/login?reset=done", nil).shows(t, http.StatusOK, "Your new password is saved")
	s.form(t, "/reset", url.Values{"key": {key}, "password": {"yet another phrase"}}).shows(t, http.StatusNotFound)
	desk.get(t, "/inbox").leadsTo(t, "/login?next=%2Finbox")
	ben.token = token
	ben.do(t, "GET", "/conversations", nil).refused(t, http.StatusUnauthorized, "")
	s.do(t, "POST", "/api/auth/login", obj{"email": ben.email, "password": ben.password}).refused(t, http.StatusUnauthorized, "")
	ben.password = "another long phrase"
	ben.login(t)

	// A link dies with the disabled user.
	last := reset()
	owner.send(t, "/settings/people/"+ben.id+"/disable", nil)
	owner.send(t, "/settings/people/"+ben.id+"/enable", nil)
	s.do(t, "GET", "/reset?key="+last, nil).shows(t, http.StatusNotFound)
}

func TestForgottenPassword(t *testing.T) {
	s := startServerWithMail(t)
	a := newAccount(t, s)
	ask := func(email string, ip string) reply {
		return s.do(t, "POST", "/forgot", url.Values{"email": {email}}.Encode(), "Content-Type", formType, "X-Forwarded-For", ip)
	}
	s.do(t, "GET", "/login", nil).shows(t, http.StatusOK, `href="/forgot"`)
	known, unknown := ask(" "+strings.ToUpper(a.email), nextIP()), ask("nobody@team.example", nextIP())
	known.shows(t, http.StatusOK, "Look into your mailbox")
	if string(known.body) != string(unknown.body) {
		t.Error("the answer tells whether there is such a user")
	}
	key := linkKey(t, s, s.mails.nth(t, a.email, 1).text)
	s.form(t, "/reset", url.Values{"key": {key}, "password": {"a wholly new phrase"}}).leadsTo(t, "/login?reset=done")
	a.password = "a wholly new phrase"
	a.login(t)

	// Three mails an hour for one address, whoever asks, and after a restart too.
	for range 2 {
		ask(a.email, nextIP())
	}
	s.mails.nth(t, a.email, 3)
	eventually(t, 10*time.Second, "the orders are done", func() bool { return s.count(t, "SELECT COUNT(*) FROM jobs") == 0 })
	s.restart(t)
	ask(a.email, nextIP()).shows(t, http.StatusOK, "Look into your mailbox")
	if n := s.count(t, "SELECT COUNT(*) FROM jobs WHERE kind = 'send_reset'"); n != 0 {
		t.Errorf("%d more mails ordered", n)
	}
	ip := nextIP()
	for range 10 {
		ask(unique("x")+"@team.example", ip)
	}
	if r := ask(unique("x")+"@team.example", ip); r.status != http.StatusTooManyRequests {
		t.Errorf("eleventh of one address: %v", r)
	}
	eventually(t, 10*time.Second, "orders for nobody are done", func() bool { return s.count(t, "SELECT COUNT(*) FROM jobs") == 0 })

	// An invite goes out by mail too, with a key of its own.
	owner := a.console(t)
	guest := unique("guest") + "@team.example"
	shown := owner.send(t, "/settings/people", url.Values{"email": {guest}, "role": {"agent"}, "form_id": {"f"}}).shows(t, http.StatusOK, "A mail with a link")
	byMail, byHand := linkKey(t, s, s.mails.nth(t, guest, 1).text), linkKey(t, s, string(shown.body))
	if byMail == byHand {
		t.Error("the mailed key is the shown one, so it was stored")
	}
	s.form(t, "/invite", url.Values{"key": {byMail}, "name": {"Guest"}, "password": {"quiet green harbour"}}).leadsTo(t, "/inbox")
	s.do(t, "GET", "/invite?key="+byHand, nil).shows(t, http.StatusNotFound)
}

func TestForgottenPasswordWithoutMailServer(t *testing.T) {
	s := startServer(t)
	newAccount(t, s)
	s.do(t, "GET", "/forgot", nil).shows(t, http.StatusOK, "Ask an admin", "!<form")
}
