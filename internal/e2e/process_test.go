package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestEverythingIsThereAfterRestart(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t)
	a := newAccount(t, s)
	tok := a.newToken(t, shop)
	email := unique("keep") + "@customer.example"
	v := started(t, s, tok, obj{"email": email})
	v.post(t, "before")
	code := v.sendCode(t, email, 1)
	a.configure(t, obj{"widget_settings": obj{"greeting_message": "Still here"}})
	v.try(t, wrongCode(code)).refused(t, http.StatusBadRequest, "Invalid OTP code")
	st := v.stream(t, "")
	st.await(t, "state")
	s.restart(t)
	st.ends(t, time.Second)
	is(t, v.config(t).ok(t, http.StatusOK), "config.widget_settings.greeting_message", "Still here")
	a.do(t, "GET", "/token", nil).ok(t, http.StatusOK)
	equal(t, "messages", v.texts(t), []string{"before"})
	v.try(t, wrongCode(code)).refused(t, http.StatusBadRequest, "Invalid OTP code")
	v.try(t, wrongCode(code)).refused(t, http.StatusTooManyRequests, lockedText)
	again := v.stream(t, "", "Last-Event-ID", "0")
	equal(t, "the stream resumes", messageTexts(t, again.until(t, "before")), []string{"before"})
}

func TestMailOutlivesAKill(t *testing.T) {
	t.Parallel()
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, withEnv("DESKBELL_SMTP_URL", "smtp://"+addr))
	a := newAccount(t, s)
	email := unique("late") + "@customer.example"
	v := started(t, s, a.newToken(t, shop), obj{"email": email})
	began := time.Now()
	v.do(t, "POST", "/otp/send", nil).ok(t, http.StatusOK)
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("the answer waited %v for the mail server", d)
	}
	s.kill()
	late := mustListen(t, addr)
	defer late.close()
	s.mails = late
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	m := late.box.wait(t, 20*time.Second, "the mail of before the kill", 1, late.to(email))
	v.verify(t, m.code(t))
}

func TestSecondServeRefuses(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	r := s.cli(t, "", "serve", "--addr", addr, "--data-dir", s.dir)
	oneSentence(t, r)
	s.do(t, "GET", "/readyz", nil)
	newAccount(t, s)
	if r := s.cli(t, "", "serve", "--addr", s.addr, "--data-dir", t.TempDir()); r.code == 0 {
		t.Error("two servers on one address")
	}
}

// oneSentence asserts that a command failed with one clear line and no stack.
func oneSentence(t testing.TB, r cliResult) {
	t.Helper()
	text := strings.TrimSpace(r.stderr)
	if r.code == 0 || text == "" {
		t.Errorf("code %d, %q", r.code, r.stderr)
	}
	if strings.Contains(text, "goroutine") || strings.Count(text, "\n") > 0 {
		t.Errorf("not one sentence: %q", text)
	}
}

func TestWrongSettingsRefuseToStart(t *testing.T) {
	t.Parallel()
	for _, kv := range []string{"DESKBELL_NONSENSE=1", "DESKBELL_SMTP_ULR=smtp://127.0.0.1:25", "DESKBELL_LIMIT_MESSAGES=many", "DESKBELL_LIMIT_SESSIONS_PER_IP=-1/h",
		"DESKBELL_LIMIT_OTP_SENDS=3/fortnight", "DESKBELL_TRUSTED_PROXIES=everyone", "DESKBELL_BASE_URL=chat.example", "DESKBELL_BASE_URL=https://chat.example/?x=1",
		"DESKBELL_SMTP_URL=http://127.0.0.1", "DESKBELL_SMS_URL=ftp://x", "DESKBELL_LOG_LEVEL=loud", "DESKBELL_LOG_FORMAT=xml", "DESKBELL_MAIL_FROM=nobody"} {
		key, value, _ := strings.Cut(kv, "=")
		s, err := newServer(t.TempDir(), withEnv(key, value))
		if err != nil {
			t.Fatal(err)
		}
		r := s.cli(t, "", "serve", "--addr", s.addr, "--data-dir", s.dir)
		flag := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(key, "DESKBELL_")), "_", "-")
		if r.code == 0 || (!strings.Contains(r.stderr, key) && !strings.Contains(r.stderr, flag)) {
			t.Errorf("%s: code %d, %q", kv, r.code, r.stderr)
		}
		if strings.Contains(r.stderr, "goroutine") {
			t.Errorf("%s: %q", kv, r.stderr)
		}
	}
}

func TestDamagedDataRefusesToStart(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, s *server){
		"short key":    func(t *testing.T, s *server) { writeKey(t, s, "abcd") },
		"empty key":    func(t *testing.T, s *server) { writeKey(t, s, "") },
		"no hex key":   func(t *testing.T, s *server) { writeKey(t, s, strings.Repeat("zz", 32)) },
		"missing key":  func(t *testing.T, s *server) { _ = os.Remove(keyFile(t, s)) },
		"newer schema": newerSchema,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			newAccount(t, s)
			s.stop(t)
			before, err := os.ReadFile(keyFile(t, s))
			if err != nil {
				t.Fatal(err)
			}
			damage(t, s)
			if err := s.start(); err == nil {
				t.Fatal("starts all the same")
			}
			if s.code == 0 {
				t.Error("exit code 0")
			}
			if strings.Contains(s.stderr.String(), string(before)) {
				t.Error("the message shows the key")
			}
		})
	}
}

func keyFile(t testing.TB, s *server) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "*.key"))
	if err != nil || len(files) != 1 {
		t.Fatalf("want one *.key in the data directory: %v", files)
	}
	return files[0]
}

func writeKey(t *testing.T, s *server, content string) {
	t.Helper()
	if err := os.WriteFile(keyFile(t, s), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func newerSchema(t *testing.T, s *server) {
	t.Helper()
	var table string
	s.scan(t, &table, "SELECT name FROM sqlite_schema WHERE name LIKE '%goose%' AND type = 'table'")
	s.edit(t, "INSERT INTO "+table+" (version_id, is_applied) VALUES (9999, true)")
	_ = s.db.Close()
	s.db = nil
}

func TestGracefulShutdown(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{})
	visitors, team := v.stream(t, ""), a.stream(t)
	visitors.await(t, "state")
	team.await(t, "state")
	if d := s.stop(t); d > 10*time.Second {
		t.Errorf("took %v", d)
	}
	if s.code != 0 {
		t.Errorf("exit code %d", s.code)
	}
	visitors.ends(t, time.Second)
	team.ends(t, time.Second)
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	v.do(t, "GET", "/session/messages", nil).ok(t, http.StatusOK)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if r := s.do(t, "GET", path, nil); r.status != http.StatusOK {
			t.Errorf("%v", r)
		}
	}
	s.do(t, "GET", "/metrics", nil).refused(t, http.StatusNotFound, "")
	if r := s.do(t, "GET", "/support-widget.js", nil); r.status != http.StatusOK || !strings.Contains(r.header.Get("Content-Type"), "javascript") {
		t.Errorf("%.200v", r)
	}
	s.env = append(s.env, "DESKBELL_ADDR="+s.addr)
	if r := s.cli(t, "", "healthcheck"); r.code != 0 {
		t.Errorf("healthcheck of a running server: %d %s", r.code, r.stderr)
	}
	if r := s.cli(t, "", "version"); r.code != 0 || strings.TrimSpace(r.stdout) == "" {
		t.Errorf("version: %d %q", r.code, r.stdout)
	}
	s.kill()
	if r := s.cli(t, "", "healthcheck"); r.code == 0 {
		t.Error("healthcheck of a dead server is fine")
	}
}
