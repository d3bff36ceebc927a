package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
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
	const putBack = "put it back from your backup"
	for name, tt := range map[string]struct {
		damage func(t *testing.T, s *server)
		says   string
	}{
		"short key":    {func(t *testing.T, s *server) { writeKey(t, s, "abcd") }, putBack},
		"empty key":    {func(t *testing.T, s *server) { writeKey(t, s, "") }, putBack},
		"no hex key":   {func(t *testing.T, s *server) { writeKey(t, s, strings.Repeat("zz", 32)) }, putBack},
		"missing key":  {func(t *testing.T, s *server) { _ = os.Remove(keyFile(t, s)) }, "put the key file back from your backup"},
		"newer schema": {newerSchema, "deskbell.db: this database has schema 9999, but this deskbell only knows up to "},
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
			tt.damage(t, s)
			r := s.cli(t, "", "serve", "--addr", s.addr, "--data-dir", s.dir)
			oneSentence(t, r)
			if !strings.Contains(r.stderr, tt.says) || (name == "newer schema" && !strings.HasSuffix(strings.TrimSpace(r.stderr), "; start the newer version again")) {
				t.Errorf("it does not say what to do: %q", r.stderr)
			}
			if strings.Contains(r.stderr, string(before)) {
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

// TestGracefulShutdown asks the server to end while many streams are open and a request is only
// half sent: the streams end at once, the request still gets its answer.
func TestGracefulShutdown(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop, allScopes...), obj{})
	var streams []*stream
	for n := range 20 {
		if n%4 == 0 {
			streams = append(streams, a.stream(t))
		} else {
			streams = append(streams, v.stream(t, ""))
		}
		streams[n].await(t, "state")
	}
	content := bytes.Repeat([]byte("words "), 1000)
	body, contentType := form(t, "half.txt", content)
	ticks := make(chan time.Time)
	slow := &slowBody{pieces: [][]byte{body[:len(body)/2], body[len(body)/2:]}, tick: ticks}
	answer := make(chan reply, 1)
	go func() {
		r, err := s.try("POST", api+"/session/files", io.Reader(slow), v.headers("Content-Type", contentType)...)
		if err != nil {
			t.Error(err)
		}
		answer <- r
	}()
	ticks <- time.Now()
	eventually(t, 5*time.Second, "the first half is there", func() bool { return len(s.filesOnDisk(t)) > 0 })
	ended := make(chan time.Duration, 1)
	go func() { ended <- s.stop(t) }()
	for _, st := range streams {
		st.ends(t, 2*time.Second)
	}
	if resp, err := http.Get(s.url + "/healthz"); err == nil {
		_ = resp.Body.Close()
		t.Error("new requests are let in")
	}
	ticks <- time.Now()
	close(ticks)
	file := str(t, (<-answer).ok(t, http.StatusCreated), "file._id")
	if d := <-ended; d > 10*time.Second {
		t.Errorf("took %v", d)
	}
	if s.code != 0 {
		t.Errorf("exit code %d", s.code)
	}
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	if r := s.link(t, "GET", s.signed(t, file, time.Now().Add(time.Minute))); !bytes.Equal(r.body, content) {
		t.Errorf("%v", r)
	}
	// Whoever never finishes does not keep it running.
	hanging, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = hanging.Close() }()
	if _, err := fmt.Fprintf(hanging, "POST %s/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", "/api"); err != nil {
		t.Fatal(err)
	}
	s.do(t, "GET", "/healthz", nil)
	if d := s.stop(t); d > 10*time.Second || s.code != 0 {
		t.Errorf("with half a request: %v, code %d", d, s.code)
	}
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
	// Writes to a file that was removed would succeed, into nothing.
	file := filepath.Join(s.dir, "deskbell.db")
	if err := errors.Join(os.Link(file, file+".kept"), os.Remove(file)); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "not ready without its file", func() bool { return s.do(t, "GET", "/readyz", nil).status == http.StatusServiceUnavailable })
	is(t, s.do(t, "GET", "/readyz", nil).refused(t, http.StatusServiceUnavailable, "Not ready"), "code", "not_ready")
	if r := s.cli(t, "", "healthcheck"); r.code == 0 {
		t.Error("healthcheck of a server whose file was removed is fine")
	}
	if !strings.Contains(s.stderr.String(), "database file:") {
		t.Errorf("the log does not say why: %s", s.stderr.String())
	}
	if err := os.Rename(file+".kept", file); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "ready again", func() bool { return s.do(t, "GET", "/readyz", nil).status == http.StatusOK })
	s.kill()
	if r := s.cli(t, "", "healthcheck"); r.code == 0 {
		t.Error("healthcheck of a dead server is fine")
	}
}
