package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// However many visitors ask at once, no more codes go out in a day than the admins allow, for the account and for
// each site; they hear of it before, and who asks is told plainly.
func TestDailyLimitsOfMailsAndTexts(t *testing.T) {
	t.Parallel()
	gateway := newSMSSink()
	t.Cleanup(gateway.close)
	s := startServerWithMail(t, manySessions(), withEnv("DESKBELL_SMS_URL", gateway.url()), withEnv("DESKBELL_SMS_FROM", smsFrom))
	a := newAccount(t, s)
	agent := a.join(t, s, "agent")
	site, second := a.newToken(t, shop), a.newToken(t, "https://blog.example")
	limits := func(want obj, version int) {
		t.Helper()
		want["version"] = version
		is(t, a.do(t, "PUT", "/delivery/limits", want).ok(t, http.StatusOK), "limits.version", version+1)
	}
	limits(obj{"mails": 12, "site_mails": 10, "sms": 2, "site_sms": 0}, 0)

	ask := func(tok supportToken, claims obj) reply {
		t.Helper()
		return started(t, s, tok, claims).do(t, "POST", "/otp/send", nil)
	}
	var visitors []*visitor
	for range 20 {
		visitors = append(visitors, started(t, s, site, obj{"email": unique("many") + "@customer.example"}))
	}
	answers := make([]reply, len(visitors))
	var all sync.WaitGroup
	for i, v := range visitors {
		all.Go(func() { answers[i] = v.do(t, "POST", "/otp/send", nil) })
	}
	all.Wait()
	sent := 0
	for _, answer := range answers {
		if answer.status == http.StatusOK {
			sent++
			continue
		}
		refused := answer.refused(t, http.StatusTooManyRequests, "No more mails can be sent today")
		is(t, refused, "code", "daily_limit")
	}
	if sent != 10 {
		t.Errorf("%d codes were ordered, want 10", sent)
	}
	// The other site may use what is left for the account, and no more.
	for range 2 {
		ask(second, obj{"email": unique("blog") + "@customer.example"}).ok(t, http.StatusOK)
	}
	ask(second, obj{"email": unique("blog") + "@customer.example"}).refused(t, http.StatusTooManyRequests, "No more mails can be sent today")

	today := a.do(t, "GET", "/delivery", nil).ok(t, http.StatusOK)
	is(t, today, "today.mails", 12)
	is(t, today, "today.sites.0.mails", 2)
	is(t, today, "today.sites.1.mails", 10)
	eventually(t, 15*time.Second, "every mail is out", func() bool { return s.count(t, "SELECT count(*) FROM jobs") == 0 })
	subjects := map[string]int{}
	for n := range 4 {
		m := s.mails.nth(t, a.email, n+1)
		subjects[m.subject]++
		if !strings.Contains(m.text, "/settings/mail") {
			t.Errorf("%s: %s", m.subject, m.text)
		}
	}
	// The site at 8 and 10 of 10, the account at 9 and 12 of 12.
	if subjects["Nearly all mails of today have gone out"] != 2 || subjects["No more mails go to visitors today"] != 2 || s.mails.countTo(a.email) != 4 {
		t.Errorf("mails to the admin: %v", subjects)
	}
	if n := s.mails.countTo(agent.email); n != 0 {
		t.Errorf("the agent has %d mails", n)
	}

	// Text messages have limits of their own; whoever turns from a mail to a phone counts as one, too.
	v := started(t, s, second, obj{"phone": "+4915112345678"})
	v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	ask(site, obj{"phone": "+4915112345679"}).ok(t, http.StatusOK)
	ask(site, obj{"phone": "+4915112345670"}).refused(t, http.StatusTooManyRequests, "No more text messages can be sent today")

	// The team is not counted: nobody is locked out.
	s.mails.nth(t, a.email, 6)
	a.console(t).send(t, "/settings/people", url.Values{"email": {unique("new") + "@shop.example"}, "role": {"agent"}})
	eventually(t, 15*time.Second, "the invitation is out", func() bool { return s.count(t, "SELECT count(*) FROM jobs") == 0 })
	is(t, a.do(t, "GET", "/delivery", nil).ok(t, http.StatusOK), "today.mails", 12)

	// The counts outlast a restart; a new day begins at nothing.
	s.restart(t)
	ask(second, obj{"email": unique("blog") + "@customer.example"}).refused(t, http.StatusTooManyRequests, "No more mails can be sent today")
	s.edit(t, "UPDATE send_counts SET day = day - 86400000")
	ask(second, obj{"email": unique("blog") + "@customer.example"}).ok(t, http.StatusOK)
	s.restart(t)
	eventually(t, 15*time.Second, "yesterday is forgotten", func() bool {
		return s.count(t, "SELECT count(*) FROM send_counts WHERE mails > 1") == 0 && s.count(t, "SELECT count(*) FROM send_counts") == 2
	})
}

// A code that was ordered as a mail and leaves as a text message needs one of the day's text messages.
func TestDailyLimitHoldsWhenTheAddressChanges(t *testing.T) {
	t.Parallel()
	gateway := newSMSSink()
	t.Cleanup(gateway.close)
	s := startServer(t, manySessions(), withEnv("DESKBELL_SMS_URL", gateway.url()), withEnv("DESKBELL_SMS_FROM", smsFrom))
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{"phone": "+4915112345678"})
	a.do(t, "PUT", "/delivery/limits", obj{"mails": 0, "site_mails": 0, "sms": 1, "site_sms": 0, "version": 0}).ok(t, http.StatusOK)
	s.edit(t, "INSERT INTO send_counts (account_id, day, site_id, mails, sms) VALUES (?, ?, '', 0, 1)", a.accountID(t), time.Now().UTC().Truncate(24*time.Hour).UnixMilli())
	payload := `{"account_id":"` + a.accountID(t) + `","session_id":"` + v.sessionID + `","by":"mail"}`
	s.edit(t, `INSERT INTO jobs (_id, account_id, kind, payload, status, attempts, run_at, give_up_at, locked_until, created_at)
		VALUES (?, ?, 'otp.send', ?, 'waiting', 0, 0, ?, 0, 0)`, "00112233445566778899aabb", a.accountID(t), payload, time.Now().Add(time.Minute).UnixMilli())
	eventually(t, 15*time.Second, "the job has ended", func() bool { return s.count(t, "SELECT count(*) FROM jobs") == 0 })
	if all, _ := gateway.box.matching(func(sentSMS) bool { return true }); len(all) != 0 {
		t.Errorf("%d text messages went out", len(all))
	}
}

func TestDailyLimitsInTheConsole(t *testing.T) {
	t.Parallel()
	s := startServer(t, manySessions())
	a := newAccount(t, s)
	admin := a.console(t)
	form := func(version string, mails string) url.Values {
		return url.Values{"version": {version}, "mails": {mails}, "site_mails": {""}, "sms": {"50"}, "site_sms": {""}}
	}
	admin.get(t, "/settings/mail").shows(t, http.StatusOK, "0 of 2000", "0 of 200", "!data-test=\"daily-limit\"")
	admin.send(t, "/settings/mail/limits", form("0", "many")).shows(t, http.StatusUnprocessableEntity, "Write 1 to 1000000", `value="many"`, `value="50"`)
	admin.send(t, "/settings/mail/limits", form("0", "5")).leadsTo(t, "/settings/mail")
	admin.send(t, "/settings/mail/limits", form("0", "7")).shows(t, http.StatusConflict, "Somebody has changed these limits meanwhile", "Holds now:", "∞", `value="7"`)
	a.do(t, "PUT", "/delivery/limits", obj{"mails": 9, "site_mails": 0, "sms": 1, "site_sms": 0, "version": 0}).refused(t, http.StatusConflict, "Somebody has changed these limits meanwhile")
	a.do(t, "PUT", "/delivery/limits", obj{"mails": -1, "site_mails": 0, "sms": 1, "site_sms": 0, "version": 1}).refused(t, http.StatusBadRequest, "")
	site := a.newToken(t, shop)
	for range 4 {
		started(t, s, site, obj{"email": unique("console") + "@customer.example"}).do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	}
	admin.get(t, "/inbox").shows(t, http.StatusOK, "Daily limit nearly reached")
	started(t, s, site, obj{"email": unique("console") + "@customer.example"}).do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	admin.get(t, "/settings/mail").shows(t, http.StatusOK, "A limit is reached", "5 of 5", shop)
	a.join(t, s, "agent").console(t).get(t, "/inbox").shows(t, http.StatusOK, "!Daily limit")
	admin.get(t, "/settings/audit").shows(t, http.StatusOK, "set the daily limits:")
}
