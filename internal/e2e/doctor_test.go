package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// doctor runs it with more settings, and returns what it finds wrong, by what it is about.
func (s *server) doctor(t testing.TB, env ...string) (wrong map[string]string, out cliResult) {
	t.Helper()
	with := &server{dir: s.dir, env: append(append([]string{}, s.env...), env...)}
	out = with.cliIn(t, s.dir, "", "doctor", "--data-dir", s.dir, "--addr", s.addr)
	wrong = map[string]string{}
	for line := range strings.Lines(out.stdout) {
		if rest, found := strings.CutPrefix(line, "WRONG "); found {
			about, text, _ := strings.Cut(strings.TrimSpace(rest), "  ")
			wrong[about] += text
		}
	}
	if (out.code == 0) != (len(wrong) == 0) || out.code > 1 {
		t.Errorf("exit code %d after\n%s%s", out.code, out.stdout, out.stderr)
	}
	return wrong, out
}

// ownersDir is a directory that no other user may look into, unlike a test's own.
func ownersDir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDoctorFindsNothingWhereNothingIsWrong(t *testing.T) {
	t.Parallel()
	mails, err := newMailSink(true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(mails.close)
	s := startServer(t, withDir(ownersDir(t)), withoutProxy(), withEnv("DESKBELL_SMTP_URL", "smtp://"+smtpUser+":"+smtpPassword+"@"+mails.addr))
	sms := newSMSSink()
	t.Cleanup(sms.close)
	before, err := filepath.Glob(filepath.Join(s.dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	wrong, out := s.doctor(t, "DESKBELL_SMS_URL="+sms.url(), "DESKBELL_SMS_FROM="+smsFrom)
	if len(wrong) > 0 {
		t.Errorf("%v", wrong)
	}
	for _, about := range []string{"data", "root key", "database", "disk", "open files", "mail", "sms", "address", "clock"} {
		if !strings.Contains(out.stdout, "\nok     "+about+" ") && !strings.HasPrefix(out.stdout, "ok     "+about+" ") {
			t.Errorf("nothing about %s in\n%s", about, out.stdout)
		}
	}
	if !strings.Contains(out.stdout, "sees you as 127.0.0.1;") {
		t.Errorf("not the address that the server sees:\n%s", out.stdout)
	}
	if sent, _ := mails.box.matching(func(sentMail) bool { return true }); len(sent) > 0 {
		t.Error("a mail was sent, though nobody asked for one")
	}
	if after, _ := filepath.Glob(filepath.Join(s.dir, "*")); len(after) != len(before) {
		t.Errorf("it left something: %v, before %v", after, before)
	}
	s.cliIn(t, s.dir, "", "doctor", "--data-dir", s.dir, "--addr", s.addr, "--send-to", "admin@team.example")
	if sent := mails.nth(t, "admin@team.example", 1); !sent.tls || sent.user != smtpUser {
		t.Errorf("%+v", sent)
	}
}

func TestDoctorNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := startServer(t, withDir(ownersDir(t)), withoutProxy())
	proxied := newProxy(t, s)
	elsewhere := startServer(t, withoutProxy())
	mails, err := newMailSink(true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(mails.close)
	const password = "mailbox-password"
	for _, c := range []struct {
		name, about, says string
		env               []string
		spoil             func(t *testing.T)
	}{
		{name: "an open directory", about: "data", says: "chmod 700", spoil: func(t *testing.T) {
			t.Cleanup(func() { _ = os.Chmod(s.dir, 0o700) })
			if err := os.Chmod(s.dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "no key", about: "root key", says: "backup", spoil: func(t *testing.T) {
			key := filepath.Join(s.dir, "root.key")
			t.Cleanup(func() { _ = os.Rename(key+".away", key) })
			if err := os.Rename(key, key+".away"); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "no mail server", about: "mail", says: "DESKBELL_SMTP_URL", env: []string{"DESKBELL_SMTP_URL=smtp://me:" + password + "@127.0.0.1:1"}},
		{name: "a wrong password for mails", about: "mail", says: "password", env: []string{"DESKBELL_SMTP_URL=smtp://" + smtpUser + ":" + password + "@" + mails.addr}},
		{name: "no gateway", about: "sms", says: "DESKBELL_SMS_URL", env: []string{"DESKBELL_SMS_URL=http://me:" + password + "@127.0.0.1:1/send", "DESKBELL_SMS_FROM=x"}},
		{name: "a wrong setting", about: "settings", says: "--trusted-proxies", env: []string{"DESKBELL_TRUSTED_PROXIES=nonsense"}},
		{name: "no server", about: "address", says: "running", env: []string{"DESKBELL_BASE_URL=http://localhost:1"}},
		{name: "another server", about: "address", says: "another root key", env: []string{"DESKBELL_BASE_URL=" + elsewhere.url}},
		{name: "a proxy that nobody trusts", about: "proxy", says: "DESKBELL_TRUSTED_PROXIES=127.0.0.1/32", env: []string{"DESKBELL_BASE_URL=" + proxied.url}},
		{name: "a proxy that changes the host", about: "proxy", says: "proxy_set_header Host", env: []string{"DESKBELL_BASE_URL=" + proxied.url}},
		{name: "no backups", about: "backups", says: "there is none", env: []string{"DESKBELL_BACKUP_DIR=" + t.TempDir()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.spoil != nil {
				c.spoil(t)
			}
			wrong, out := s.doctor(t, c.env...)
			if !strings.Contains(wrong[c.about], c.says) {
				t.Errorf("want %q about %s, have\n%s", c.says, c.about, out.stdout)
			}
			if strings.Contains(out.stdout+out.stderr, password) {
				t.Error("the password is shown")
			}
		})
	}
}

func TestDoctorSeesDamage(t *testing.T) {
	t.Parallel()
	s := startServer(t, withoutProxy())
	s.stop(t)
	file := filepath.Join(s.dir, "deskbell.db")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 8192; i < len(content); i++ {
		content[i] = 0xff
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if wrong, out := s.doctor(t); !strings.Contains(wrong["database"], "restore it from your backup") {
		t.Errorf("\n%s", out.stdout)
	}
}

// Only who has the root key learns which address the server sees: behind a proxy that is not trusted it is an inner one.
func TestOnlyTheDoctorIsToldWhatTheServerSees(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	for _, proof := range []string{"-", "x", "1.", "9999999999.00", ".", strings.Repeat("1", 300)} {
		r := s.do(t, "GET", "/healthz", nil, "X-Deskbell-Doctor", proof)
		if _, told := r.ok(t, http.StatusOK)["seen"]; told {
			t.Errorf("%q is told: %v", proof, r)
		}
	}
}
