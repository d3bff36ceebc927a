package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asRoot runs the test again in a user namespace, where it may mount, unless it may already. It
// reports whether this process is the one that goes on.
func asRoot(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() == 0 {
		return true
	}
	needs(t, "unshare")
	if exec.Command("unshare", "-Urm", "true").Run() != nil {
		lacking(t, "root and user namespaces")
	}
	again := exec.Command("unshare", "-Urm", os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v") //nolint:gosec // this very program
	if out, err := again.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Fatalf("%v\n%s", err, out)
	}
	return false
}

// smallDisk mounts a disk of so many MiB for the test.
func smallDisk(t testing.TB, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", size)); err != nil {
		if errors.Is(err, syscall.EPERM) {
			lacking(t, "the right to mount")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill takes all the room there is, and returns what gives it back.
func fill(t testing.TB, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	if _ = f.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() { _ = os.Remove(path) }
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	if !asRoot(t) {
		return
	}
	s := startServer(t, withDir(smallDisk(t, 16)), withEnv("DESKBELL_LIMIT_MESSAGES", "0"))
	a := newAccount(t, s)
	all := scribes(t, s, a.newToken(t, shop, allScopes...), 4)
	w := all[0]
	for _, w := range all {
		w.mustWrite(t)
	}
	before := w.texts(t)
	st := w.stream(t, "?after_seq=0")
	messageTexts(t, st.until(t, "0"))

	for range 2 {
		free := fill(t, s.dir)
		stop, refused := make(chan struct{}), make(chan int, 1<<16)
		wait := writeUntil(t, all, stop, func(status int) {
			if status == http.StatusServiceUnavailable {
				refused <- status
			}
		})
		tally(t, refused, 50)
		close(stop)
		wait()
		for _, w := range all {
			r, err := w.write()
			if err != nil {
				t.Fatal(err)
			}
			is(t, r.refused(t, http.StatusServiceUnavailable, ""), "code", "storage_unavailable")
		}
		if got := w.texts(t); len(got) < len(before) {
			t.Errorf("reading: %v", got)
		}
		a.do(t, "GET", "/conversation/"+w.conversation+"/messages", nil).ok(t, http.StatusOK)
		w.stream(t, "").await(t, "state")
		r := w.upload(t, "picture.png", pngOf(t, photo(600, 600)))
		r.refused(t, http.StatusServiceUnavailable, "")
		s.nothingStored(t)
		free()
		// The same process goes on, with everything it has acknowledged.
		eventually(t, 5*time.Second, "ready again", func() bool { return s.do(t, "GET", "/readyz", nil).status == http.StatusOK })
		for _, w := range all {
			w.mustWrite(t)
		}
	}
	w.file(t, "picture.png", pngOf(t, photo(600, 600)))

	// It can also be started on a full disk, to read, and goes on when there is room.
	s.kill()
	free := fill(t, s.dir)
	if err := errors.Join(s.launch(), s.answers("/healthz")); err != nil {
		t.Fatal(err)
	}
	if got := w.texts(t); len(got) < len(before) {
		t.Errorf("reading: %v", got)
	}
	free()
	if err := s.answers("/readyz"); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages", holdsAll(t, all))
	s.undamaged(t)
}

// TestSyncFails has the system refuse to put anything on disk, as a dying disk does: nothing is
// acknowledged meanwhile, and nothing that was is lost.
func TestSyncFails(t *testing.T) {
	t.Parallel()
	needs(t, "strace")
	s := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"))
	all := scribes(t, s, newAccount(t, s).newToken(t, shop), 4)
	for range 2 {
		for _, w := range all {
			w.mustWrite(t)
		}
		heal := s.failSyncs(t)
		for _, w := range all {
			for range 5 {
				r, err := w.write()
				if err != nil {
					t.Fatal(err)
				}
				is(t, r.refused(t, http.StatusServiceUnavailable, ""), "code", "storage_unavailable")
			}
			if n := len(w.texts(t)); n != len(w.acked) {
				t.Errorf("%d messages can be read, %d were acknowledged", n, len(w.acked))
			}
		}
		eventually(t, 3*time.Second, "not ready", func() bool { return s.do(t, "GET", "/readyz", nil).status == http.StatusServiceUnavailable })
		heal()
		eventually(t, 3*time.Second, "ready again", func() bool { return s.do(t, "GET", "/readyz", nil).status == http.StatusOK })
		answers, stop := make(chan int, 1<<16), make(chan struct{})
		wait := writeUntil(t, all, stop, func(status int) { answers <- status })
		tally(t, answers, 100)
		// Once more in the middle of it all, and then the power goes.
		heal = s.failSyncs(t)
		tally(t, answers, 20)
		s.kill()
		wait()
		heal()
		close(stop)
		if err := s.start(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d messages", holdsAll(t, all))
	s.undamaged(t)
}

// failSyncs makes every attempt to sync a file fail, until heal is called.
func (s *server) failSyncs(t testing.TB) (heal func()) {
	t.Helper()
	pid := s.cmd.Process.Pid
	cmd := exec.Command("strace", "-f", "-p", strconv.Itoa(pid), "-o", os.DevNull, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO") //nolint:gosec // a number
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	dieWithTests(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	one := make([]byte, 256)
	for !strings.Contains(text.String(), "attached") {
		n, err := said.Read(one)
		if text.Write(one[:n]); err != nil {
			_ = cmd.Wait()
			if strings.Contains(text.String(), "not permitted") {
				lacking(t, "the right to trace a process")
			}
			t.Fatalf("strace: %v %s", err, text.String())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	return func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait()
	}
}
