package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDescriptorsRunOut opens connections until the server has no descriptor left. Who is
// connected goes on, and when they close it answers everybody again.
func TestDescriptorsRunOut(t *testing.T) {
	t.Parallel()
	const limit = 64
	s := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"),
		withWrapper("sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, limit)))
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop, allScopes...), obj{})
	st := v.stream(t, "")
	st.await(t, "state")
	// These connections stay, and so far nothing has asked the database for much at once.
	const regulars = 8
	s.client.Transport.(*http.Transport).MaxConnsPerHost = regulars
	everybody := func(path string) {
		t.Helper()
		_, counts := together(t, regulars*4, func(int) (reply, error) { return s.try("GET", path, nil, v.headers()...) })
		wantCounts(t, counts, http.StatusOK, regulars*4)
	}
	everybody("/healthz")
	var crowd []net.Conn
	t.Cleanup(func() {
		for _, c := range crowd {
			_ = c.Close()
		}
	})
	for range 2 {
		for range 2 * limit {
			c, err := net.DialTimeout("tcp", s.addr, 2*time.Second)
			if err != nil {
				break // the queue of the listener is full as well
			}
			crowd = append(crowd, c)
		}
		eventually(t, 10*time.Second, "no descriptor is left", func() bool { return s.descriptors(t) >= limit })
		everybody(api + "/session/messages")
		text := unique("while full ")
		v.post(t, text)
		st.until(t, text)
		if texts := v.texts(t); texts[len(texts)-1] != text {
			t.Errorf("%v", texts)
		}
		a.do(t, "GET", "/conversation/"+v.conversation+"/messages", nil).ok(t, http.StatusOK)
		v.upload(t, "words.txt", []byte("no descriptor for these words")).refused(t, http.StatusServiceUnavailable, "")
		for _, c := range crowd {
			_ = c.Close()
		}
		crowd = nil
		eventually(t, 10*time.Second, "strangers are answered again", func() bool {
			c, err := net.DialTimeout("tcp", s.addr, time.Second)
			if err != nil {
				return false
			}
			defer func() { _ = c.Close() }()
			_ = c.SetDeadline(time.Now().Add(time.Second))
			_, _ = fmt.Fprintf(c, "GET /readyz HTTP/1.0\r\n\r\n")
			head := make([]byte, 12)
			_, err = c.Read(head)
			return err == nil && strings.HasSuffix(string(head), "200")
		})
	}
	s.nothingStored(t)
	v.file(t, "words.txt", []byte("now there is"))
	v.stream(t, "").await(t, "state")
	s.undamaged(t)
}

// descriptors counts what the server has open.
func (s *server) descriptors(t testing.TB) int {
	t.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(open)
}

// sockets counts what the server has open towards others.
func (s *server) sockets(t testing.TB) (n int) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid)
	open, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range open {
		if to, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

// TestSoakHalfOpen has visitors and a team whose machines vanish: no packet reaches them any more
// and none comes back, not even the one that would say so.
func TestSoakHalfOpen(t *testing.T) {
	if os.Getenv("DESKBELL_TEST_FAULTS") == "" {
		soak(t)
	}
	t.Parallel()
	s := startServer(t)
	a := newAccount(t, s)
	v, cookie := started(t, s, a.newToken(t, shop), obj{}), a.console(t).cookie
	s.client.CloseIdleConnections()
	eventually(t, 10*time.Second, "only the listener is left", func() bool { return s.sockets(t) <= 1 })
	before := s.sockets(t)
	var gone []net.Conn
	for range 5 {
		gone = append(gone,
			s.silent(t, api+"/session/events", v.headers()...),
			s.silent(t, api+"/events", "Authorization", "Bearer "+a.token),
			s.silent(t, "/inbox/events?open="+v.conversation, "Cookie", cookie),
			s.silent(t, "/alerts/events", "Cookie", cookie),
			s.silent(t, api+"/nothing"))
	}
	for _, c := range gone {
		raw, err := c.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		_ = raw.Control(func(fd uintptr) {
			// A filter that lets nothing in: the kernel drops each packet before it would answer.
			err = syscall.AttachLsf(int(fd), []syscall.SockFilter{*syscall.LsfStmt(syscall.BPF_RET|syscall.BPF_K, 0)})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	if n := s.sockets(t); n < before+len(gone) {
		t.Fatalf("%d sockets, want %d", n, before+len(gone))
	}
	eventually(t, 90*time.Second, "all that vanished are closed", func() bool { return s.sockets(t) <= before })
	t.Logf("%d half-open connections were gone after %v", len(gone), time.Since(began).Round(time.Second))
	for _, c := range gone {
		_ = c.Close()
	}
	v.post(t, "the others go on")
}
