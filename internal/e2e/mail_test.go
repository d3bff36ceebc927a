package e2e

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func (s *server) keptMails(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "mail", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestMailsAreKeptWithoutAMailServer(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	email := unique("kept") + "@customer.example"
	v := started(t, s, a.newToken(t, shop), obj{"email": email})
	is(t, v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK), "message", "OTP sent successfully")
	eventually(t, 10*time.Second, "the mail lies in the data directory", func() bool { return len(s.keptMails(t)) == 1 })
	file := s.keptMails(t)[0]
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	code := sixDigits.FindString(string(content[strings.Index(string(content), "code is"):]))
	if !strings.Contains(string(content), email) || !strings.Contains(string(content), "Your verification code") || code == "" {
		t.Fatalf("the mail: %s", content)
	}
	v.verify(t, code)

	second := started(t, s, a.newToken(t, shop), obj{"email": "x" + email})
	second.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	eventually(t, 10*time.Second, "the second mail", func() bool { return s.count(t, "SELECT count(*) FROM kept_mails") == 2 })
	s.edit(t, "UPDATE kept_mails SET expires_at = ? WHERE recipient = ?", time.Now().Add(-time.Second).UnixMilli(), "x"+email)
	s.restart(t)
	eventually(t, 15*time.Second, "the expired mail is deleted, the other one stays", func() bool {
		return len(s.keptMails(t)) == 1 && s.count(t, "SELECT count(*) FROM kept_mails") == 1
	})
}

func TestMailWithCredentialsNeedsTLS(t *testing.T) {
	t.Parallel()
	credentials := url.UserPassword(smtpUser, smtpPassword).String() + "@"
	t.Run("STARTTLS offered", func(t *testing.T) {
		t.Parallel()
		sink, err := newMailSink(true)
		if err != nil {
			t.Fatal(err)
		}
		defer sink.close()
		s := startServer(t, withEnv("DESKBELL_SMTP_URL", "smtp://"+credentials+sink.addr), withEnv("DESKBELL_MAIL_FROM", "support@shop.example"))
		s.mails = sink
		s.keepOut(smtpPassword)
		a := newAccount(t, s)
		email := unique("tls") + "@customer.example"
		v := started(t, s, a.newToken(t, shop), obj{"email": email})
		v.verify(t, v.sendCode(t, email, 1))
		m := sink.nth(t, email, 1)
		if !m.tls || m.user != smtpUser {
			t.Errorf("TLS %v, user %q", m.tls, m.user)
		}
		if m.from != "support@shop.example" || !strings.Contains(m.header.Get("From"), "support@shop.example") {
			t.Errorf("from %q, %q", m.from, m.header.Get("From"))
		}
		if m.header.Get("Message-Id") == "" || m.header.Get("Date") == "" {
			t.Errorf("headers %v", m.header)
		}
	})
	t.Run("STARTTLS not offered", func(t *testing.T) {
		t.Parallel()
		// The listener sees what the server says; the mail server behind it would take the password.
		sink, err := newMailSink(false)
		if err != nil {
			t.Fatal(err)
		}
		defer sink.close()
		spy := newSpy(t, sink.addr)
		s := startServer(t, withEnv("DESKBELL_SMTP_URL", "smtp://"+credentials+spy.addr))
		s.keepOut(smtpPassword)
		a := newAccount(t, s)
		v := started(t, s, a.newToken(t, shop), obj{"email": unique("no") + "@customer.example"})
		v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
		eventually(t, 15*time.Second, "the delivery has failed", func() bool { return strings.Contains(s.stderr.String(), "job failed") })
		if said := spy.said.String(); !strings.Contains(said, "EHLO") || strings.Contains(said, "AUTH") || strings.Contains(said, "MAIL FROM") {
			t.Errorf("goes on without TLS: %q", said)
		}
	})
	t.Run("TLS from the start", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		sink := serveMailTLS(l)
		defer sink.close()
		s := startServer(t, withEnv("DESKBELL_SMTP_URL", "smtps://"+credentials+sink.addr))
		s.mails = sink
		a := newAccount(t, s)
		email := unique("tls") + "@customer.example"
		started(t, s, a.newToken(t, shop), obj{"email": email}).sendCode(t, email, 1)
		if m := sink.nth(t, email, 1); m.user != smtpUser || !strings.HasPrefix(m.from, "deskbell@") {
			t.Errorf("user %q from %q", m.user, m.from)
		}
	})
}
