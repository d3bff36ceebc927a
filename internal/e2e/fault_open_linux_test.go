package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadOnlyDataRefuses starts as somebody who may read the data and not change it.
func TestReadOnlyDataRefuses(t *testing.T) {
	t.Parallel()
	for name, lock := range map[string]func(dir string) error{
		"file": func(dir string) error { return os.Chmod(filepath.Join(dir, "deskbell.db"), 0o444) },
		"folder": func(dir string) error {
			_ = os.Remove(filepath.Join(dir, "deskbell.lock"))
			return os.Chmod(dir, 0o555)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			newAccount(t, s)
			s.stop(t)
			for _, path := range []string{keyFile(t, s), filepath.Join(s.dir, "deskbell.lock"), filepath.Join(s.dir, "migrate.lock")} {
				if err := os.Chmod(path, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(s.dir, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := lock(s.dir); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(s.dir, 0o777) })
			cmd := s.command("serve", "--addr", s.addr, "--data-dir", s.dir)
			if os.Geteuid() == 0 {
				// root may write everywhere, and the folders above are root's alone.
				openAbove(t, s.dir, binary)
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			}
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatal("starts all the same")
			}
			if text := string(out); !strings.Contains(text, "can't be written; give the user that runs deskbell the right to") || strings.Count(strings.TrimSpace(text), "\n") > 0 {
				t.Errorf("%q", text)
			}
		})
	}
}

// openAbove lets others pass through the folders of tests down to these paths.
func openAbove(t testing.TB, paths ...string) {
	t.Helper()
	for _, path := range paths {
		for dir := filepath.Dir(path); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // a folder of the tests
				t.Fatal(err)
			}
		}
	}
}
