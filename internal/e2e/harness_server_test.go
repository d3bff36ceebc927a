package e2e

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// server is one deskbell process with its data directory; it can die and come back.
type server struct {
	dir, addr, url string
	base           string // the public address, when it is not the one that requests go to
	env            []string
	wrap           []string // a command that runs the server, such as one that limits it
	client         *http.Client
	streams        *http.Client // for streams, where it is not the usual one
	mails          *mailSink
	sms            *smsSink

	cmd    *exec.Cmd
	exited chan struct{}
	code   int

	stdout, stderr logBuffer
	// quiet lets the log go nowhere, as written to a fast disk: reading it would cost the test's own time.
	quiet bool

	mu      sync.Mutex
	secrets map[string]bool
	db      *sql.DB
}

type option func(*server)

func withEnv(key, value string) option {
	return func(s *server) { s.env = append(s.env, key+"="+value) }
}

// withDir keeps the data in a directory that the test has prepared.
func withDir(dir string) option { return func(s *server) { s.dir = dir } }

// withWrapper runs the server through another command, which must replace itself by it.
func withWrapper(command ...string) option { return func(s *server) { s.wrap = command } }

// withoutProxy makes the server see every request come from 127.0.0.1, whatever headers say.
func withoutProxy() option {
	return func(s *server) {
		s.env = slices.DeleteFunc(s.env, func(kv string) bool { return strings.HasPrefix(kv, "DESKBELL_TRUSTED_PROXIES=") })
	}
}

func newServer(dir string, opts ...option) (*server, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, addr: addr, url: "http://" + addr, secrets: map[string]bool{},
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 45 * time.Second, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	// Visitors of the tests come from addresses of their own through this proxy.
	s.env = []string{"DESKBELL_TRUSTED_PROXIES=127.0.0.1/32", "DESKBELL_LOG_LEVEL=debug"}
	for _, o := range opts {
		o(s)
	}
	return s, nil
}

// freeAddr picks a port below the range of outgoing connections, so that nobody takes it while
// the server is down between kill and restart.
func freeAddr() (string, error) {
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 15000+rand.IntN(15000))
		l, err := net.Listen("tcp4", addr)
		if err == nil {
			return addr, l.Close()
		}
	}
	return "", errors.New("no free port")
}

// startServer runs a server of its own for the test and checks its log for secrets at the end.
func startServer(t testing.TB, opts ...option) *server {
	t.Helper()
	s, err := newServer(t.TempDir(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.kill()
		if s.db != nil {
			_ = s.db.Close()
		}
		if err := s.leaks(); err != nil {
			t.Error(err)
		}
	})
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// startServerWithMail is startServer with an SMTP server of its own.
func startServerWithMail(t testing.TB, opts ...option) *server {
	t.Helper()
	sink, err := newMailSink(false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sink.close)
	s := startServer(t, append(opts, withEnv("DESKBELL_SMTP_URL", "smtp://"+sink.addr))...)
	s.mails = sink
	return s
}

func (s *server) environ() []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TMPDIR=" + os.TempDir(), "SSL_CERT_FILE=" + caFile}
	return append(env, s.env...)
}

func (s *server) command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Env = s.environ()
	cmd.Dir = s.dir
	return cmd
}

// start runs the server and returns once it says that it is ready.
func (s *server) start() error {
	if err := s.launch(); err != nil {
		return err
	}
	return s.answers("/readyz")
}

// launch runs the server without waiting for it.
func (s *server) launch() error {
	s.client.CloseIdleConnections()
	cmd := s.command("serve", "--addr", s.addr, "--data-dir", s.dir, "--base-url", cmp.Or(s.base, s.url))
	if len(s.wrap) > 0 {
		args := append(slices.Clone(s.wrap), cmd.Args...)
		wrapped := exec.Command(args[0], args[1:]...)
		wrapped.Env, wrapped.Dir = cmd.Env, cmd.Dir
		cmd = wrapped
	}
	if !s.quiet {
		cmd.Stdout, cmd.Stderr = &s.stdout, &s.stderr
	}
	dieWithTests(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	s.cmd, s.exited = cmd, exited
	go func() {
		_ = cmd.Wait()
		s.code = cmd.ProcessState.ExitCode()
		close(exited)
	}()
	return nil
}

// answers waits until the server answers this path with 200.
func (s *server) answers(path string) error {
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if resp, err := s.client.Get(s.url + path); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.exited:
			return fmt.Errorf("serve ended with code %d:\n%s", s.code, s.stderr.String())
		case <-deadline.C:
			s.kill()
			return fmt.Errorf("not ready after 20 s:\n%s", s.stderr.String())
		case <-tick.C:
		}
	}
}

// kill ends the process as a power cut would.
func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.exited
}

// stop asks the process to end and reports how long that took.
func (s *server) stop(t testing.TB) time.Duration {
	t.Helper()
	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		t.Fatal("still running 20 s after SIGTERM")
	}
	return time.Since(began)
}

func (s *server) restart(t testing.TB) {
	t.Helper()
	s.kill()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

type cliResult struct {
	stdout, stderr string
	code           int
}

// cli runs another deskbell command in the server's environment.
func (s *server) cli(t testing.TB, stdin string, args ...string) cliResult {
	t.Helper()
	return s.cliIn(t, s.dir, stdin, args...)
}

func (s *server) cliIn(t testing.TB, dir, stdin string, args ...string) cliResult {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env, cmd.Dir = s.environ(), dir
	cmd.Stdin = strings.NewReader(stdin)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", args, err)
	}
	if ctx.Err() != nil {
		t.Fatalf("%v: still running after 30 s", args)
	}
	return cliResult{stdout: out.String(), stderr: errOut.String(), code: cmd.ProcessState.ExitCode()}
}

// database opens the server's database beside it, for what only time or a look inside can show.
func (s *server) database(t testing.TB) *sql.DB {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		files, err := filepath.Glob(filepath.Join(s.dir, "*.db"))
		if err != nil || len(files) != 1 {
			t.Fatalf("want one *.db in the data directory, have %v (%v)", files, err)
		}
		d, err := sql.Open("sqlite", "file:"+files[0]+"?_pragma=busy_timeout(15000)")
		if err != nil {
			t.Fatal(err)
		}
		d.SetMaxOpenConns(2)
		s.db = d
	}
	return s.db
}

// edit changes exactly one or more rows; changing none means that the test itself is wrong.
func (s *server) edit(t testing.TB, query string, args ...any) {
	t.Helper()
	res, err := s.database(t).Exec(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if n, _ := res.RowsAffected(); n == 0 {
		t.Fatalf("%s: no row changed", query)
	}
}

func (s *server) scan(t testing.TB, dest any, query string, args ...any) {
	t.Helper()
	if err := s.database(t).QueryRow(query, args...).Scan(dest); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func (s *server) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	s.scan(t, &n, query, args...)
	return n
}

// stored reports in which database file a text stands in clear; "" when in none.
func (s *server) stored(t testing.TB, text string) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(s.dir, "*.db*"))
	if len(files) == 0 {
		t.Fatal("no database file")
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(text)) {
			return filepath.Base(f)
		}
	}
	return ""
}

// logBuffer collects a process's output while it runs.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

var _ io.Writer = (*logBuffer)(nil)

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// eventually waits for what the contract promises "within" a time.
func eventually(t testing.TB, within time.Duration, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline.C:
			t.Fatalf("not within %v: %s", within, what)
		case <-tick.C:
		}
	}
}
