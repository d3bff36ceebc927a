package e2e

import (
	"net/http"
	"testing"
	"time"
)

// What was given up while the mail server was down is sent when an admin tries it again.
func TestFailedDeliveryIsTriedAgain(t *testing.T) {
	t.Parallel()
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, withEnv("DESKBELL_SMTP_URL", "smtp://"+addr))
	a, other := newAccount(t, s), newAccount(t, s)
	admin := a.console(t)
	email := unique("again") + "@customer.example"
	v := started(t, s, a.newToken(t, shop), obj{"email": email})
	v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	s.edit(t, "UPDATE jobs SET give_up_at = ?, run_at = 0 WHERE kind = 'otp.send'", time.Now().UnixMilli())
	eventually(t, 20*time.Second, "it is given up", func() bool {
		return s.count(t, "SELECT count(*) FROM jobs WHERE kind = 'otp.send' AND status = 'dead'") == 1
	})
	s.edit(t, "UPDATE jobs SET give_up_at = created_at + 600000")
	failed := str(t, a.do(t, "GET", "/outbox", nil).ok(t, http.StatusOK), "failures.0._id")
	path := "/settings/outbox/failures/" + failed + "/retry"
	admin.get(t, "/settings/outbox").shows(t, http.StatusOK, "Verification code", path)
	other.do(t, "POST", "/outbox/failures/"+failed+"/retry", nil).refused(t, http.StatusNotFound, "Not found")

	sink := mustListen(t, addr)
	defer sink.close()
	admin.send(t, path, nil).leadsTo(t, "/settings/outbox")
	code := sink.nth(t, email, 1).code(t)
	v.do(t, "POST", "/otp/verify", obj{"code": code}).ok(t, http.StatusOK)
	eventually(t, 10*time.Second, "the job to be done", func() bool { return s.count(t, "SELECT count(*) FROM jobs WHERE kind = 'otp.send'") == 0 })
	admin.send(t, path, nil).leadsTo(t, "/settings/outbox")
	admin.get(t, "/settings/outbox").shows(t, http.StatusOK, "That was sent again already.", "!Failed deliveries")
	if n := sink.countTo(email); n != 1 {
		t.Errorf("%d mails", n)
	}
	admin.get(t, "/settings/audit").shows(t, http.StatusOK, "tried to send", "a failed delivery again")
}
