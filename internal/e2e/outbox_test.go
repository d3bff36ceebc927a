package e2e

import (
	"net/http"
	"regexp"
	"testing"
	"time"
)

// Without a mail server an admin reads codes here, by a program too.
func TestOutbox(t *testing.T) {
	t.Parallel()
	a := newAccount(t, startServer(t))
	a.configure(t, obj{"requires_email": true, "otp_verification_enabled": true})
	v := started(t, a.srv, a.newToken(t, shop), obj{"email": unique("out") + "@customer.example"})
	v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)

	var mailID string
	eventually(t, 10*time.Second, "the kept mail", func() bool {
		mails := list(t, a.do(t, "GET", "/outbox", nil).ok(t, http.StatusOK), "mails")
		if len(mails) == 1 {
			mailID = str(t, mails[0].(obj), "_id")
		}
		return mailID != ""
	})
	mail := a.do(t, "GET", "/outbox/"+mailID, nil).ok(t, http.StatusOK)
	code := regexp.MustCompile(`\b\d{6}\b`).FindString(str(t, mail, "mail.text"))
	a.srv.keepOut(code)
	v.do(t, "POST", "/otp/verify", obj{"code": code}).ok(t, http.StatusOK)

	a.join(t, a.srv, "agent").do(t, "GET", "/outbox", nil).refused(t, http.StatusForbidden, "Only admins may do this")
	other := newAccount(t, a.srv)
	other.do(t, "GET", "/outbox/"+mailID, nil).refused(t, http.StatusNotFound, "Not found")
	if n := len(list(t, other.do(t, "GET", "/outbox", nil).ok(t, http.StatusOK), "mails")); n != 0 {
		t.Error("another account's mails")
	}
}
