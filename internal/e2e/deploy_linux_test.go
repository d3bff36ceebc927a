package e2e

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSystemdIsTold(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	told := func() string {
		text := make([]byte, 256)
		_ = socket.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, err := socket.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(text[:n])
	}
	s, err := newServer(t.TempDir(), withEnv("NOTIFY_SOCKET", path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	if err := s.launch(); err != nil {
		t.Fatal(err)
	}
	if got := told(); got != "READY=1" {
		t.Fatalf("%q", got)
	}
	// Whatever systemd starts after us may ask at once.
	if r := s.do(t, "GET", "/readyz", nil); r.status != http.StatusOK {
		t.Errorf("told to be ready, but %v", r)
	}
	s.stop(t)
	if got := told(); got != "STOPPING=1" || s.code != 0 {
		t.Errorf("%q, exit code %d", got, s.code)
	}
}

func TestUnitFile(t *testing.T) {
	t.Parallel()
	needs(t, "systemd-analyze")
	unit, err := os.ReadFile("../../docs/deploy/deskbell.service")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "deskbell.service")
	here := strings.Replace(string(unit), "ExecStart=/usr/bin/deskbell", "ExecStart="+binary, 1)
	if err := os.WriteFile(path, []byte(here), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", "--man=no", path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestNothingButTheBinary runs in what the Dockerfile makes: no shell, no libraries, no time zones, no
// /tmp, another user than root, and nothing to be written but the data directory.
func TestNothingButTheBinary(t *testing.T) {
	if !asRoot(t) {
		return
	}
	needs(t, "chroot")
	const user = 65532
	root := t.TempDir()
	dir := filepath.Join(root, "data")
	within := func(path string) string {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // others must be able to look in, but not to write
			t.Fatal(err)
		}
		return path
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, user, user); err != nil {
		lacking(t, "more users than one")
	}
	// The same path leads to the data from inside.
	if err := os.Symlink("/data", within(dir)); err != nil {
		t.Fatal(err)
	}
	copied, err := os.OpenFile(within(binary), os.O_CREATE|os.O_WRONLY, 0o755) //nolint:gosec // a program
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(copied, program)
	_, _ = program.Close(), copied.Close()
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, withDir(dir), withWrapper("chroot", "--userspec=65532:65532", root), withEnv("SQLITE_TMPDIR", "/data"))
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop), obj{})
	v.post(t, "hello")
	settings := a.do(t, "GET", "/config/settings", nil).ok(t, http.StatusOK)["settings"].(obj)
	settings["business_hours"].(obj)["timezone"] = "Asia/Kathmandu"
	a.do(t, "PUT", "/config/settings", obj{"settings": settings}).ok(t, http.StatusOK)
	if took := s.stop(t); s.code != 0 {
		t.Errorf("ended with %d after %v", s.code, took)
	}
}
