package e2e

import (
	"net/http"
	"net/url"
	"testing"
)

// Admins see by which servers mails and text messages leave, and try them; what opens the servers is not shown.
func TestMailAndSMSAreTried(t *testing.T) {
	t.Parallel()
	sink, gateway := must(newMailSink(true)), newSMSSink()
	t.Cleanup(sink.close)
	t.Cleanup(gateway.close)
	s := startServer(t, withEnv("DESKBELL_SMTP_URL", "smtp://"+smtpUser+":"+smtpPassword+"@"+sink.addr), withEnv("DESKBELL_MAIL_FROM", "support@shop.example"),
		withEnv("DESKBELL_SMS_URL", gateway.url()), withEnv("DESKBELL_SMS_FROM", smsFrom))
	a := newAccount(t, s)
	admin := a.console(t)
	admin.get(t, "/settings/mail").shows(t, http.StatusOK, sink.addr, "support@shop.example", smsFrom, "Send a test to "+a.email, "!"+smtpPassword, "!"+smtpUser)
	is(t, a.do(t, "GET", "/delivery", nil).ok(t, http.StatusOK), "mail.server", sink.addr)

	admin.send(t, "/settings/mail/test", nil).leadsTo(t, "/settings/mail")
	if m := sink.nth(t, a.email, 1); m.from != "support@shop.example" {
		t.Errorf("a mail from %q", m.from)
	}
	admin.get(t, "/settings/mail").shows(t, http.StatusOK, "took a mail to "+a.email)
	admin.send(t, "/settings/mail/test-sms", url.Values{"to": {"my phone"}}).shows(t, http.StatusUnprocessableEntity, "The number must be a phone number", "my phone")
	admin.send(t, "/settings/mail/test-sms", url.Values{"to": {"+49 30 123 456"}}).leadsTo(t, "/settings/mail")
	gateway.nth(t, "+4930123456", 1)
	admin.get(t, "/settings/audit").shows(t, http.StatusOK, "sent a test mail by", "sent a test message by")

	// Five an hour, whoever of the account asks.
	for range 4 {
		a.do(t, "POST", "/delivery/test-mail", nil).ok(t, http.StatusNoContent)
	}
	a.do(t, "POST", "/delivery/test-mail", nil).refused(t, http.StatusTooManyRequests, "Too many tests, please try again later")
	admin.send(t, "/settings/mail/test", nil).shows(t, http.StatusTooManyRequests, "Too many tests")
	a.do(t, "POST", "/delivery/test-sms", obj{"to": "+4930123456"}).ok(t, http.StatusNoContent)
}

func TestMailAndSMSThatFailSayWhy(t *testing.T) {
	t.Parallel()
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, withEnv("DESKBELL_SMTP_URL", "smtp://"+addr),
		withEnv("DESKBELL_SMS_URL", "http://SID:"+smtpPassword+"@"+addr+"/Accounts/SID"), withEnv("DESKBELL_SMS_FROM", smsFrom))
	a := newAccount(t, s)
	admin := a.console(t)
	admin.send(t, "/settings/mail/test", nil).shows(t, http.StatusConflict, "The mail server did not take it:", "refused", "Check host, port")
	admin.send(t, "/settings/mail/test-sms", url.Values{"to": {"+4930123456"}}).
		shows(t, http.StatusConflict, "The SMS gateway did not take it:", "refused", "+4930123456", "!Accounts/SID", "!"+smtpPassword)

	none := newAccount(t, startServer(t))
	none.console(t).get(t, "/settings/mail").shows(t, http.StatusOK, "No mail server is set", "No SMS gateway is set", "!data-test=\"test-mail\"")
	none.do(t, "POST", "/delivery/test-mail", nil).refused(t, http.StatusConflict, "No mail server is set")
}
