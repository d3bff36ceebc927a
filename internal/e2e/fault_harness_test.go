package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// soak is for the long forms, which `make soak` runs.
func soak(t testing.TB) {
	t.Helper()
	if os.Getenv("DESKBELL_SOAK") == "" {
		t.Skip("a long test: make soak")
	}
}

// soakTime is how long a long form takes: as long as DESKBELL_SOAK_TIME says, else usual.
func soakTime(t testing.TB, usual time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv("DESKBELL_SOAK_TIME")
	if text == "" {
		return usual
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return length
}

// lacking steps aside on a machine that can't have this fault; where all faults are wanted, that
// is a failure.
func lacking(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("DESKBELL_TEST_FAULTS") != "" || os.Getenv("DESKBELL_SOAK") != "" {
		t.Fatalf("this machine lacks %s", what)
	}
	t.Skipf("this machine lacks %s", what)
}

func needs(t testing.TB, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		lacking(t, tool)
	}
}

// scribe is a visitor who writes numbers, each until it is acknowledged.
type scribe struct {
	*visitor
	next  int
	acked []int
}

func scribes(t testing.TB, s *server, tok supportToken, n int) (list []*scribe) {
	t.Helper()
	for range n {
		list = append(list, &scribe{visitor: started(t, s, tok, obj{})})
	}
	return list
}

// write tries the next number once. A number that was not acknowledged is tried again with the
// same client_id, as the widget does.
func (w *scribe) write() (reply, error) {
	r, err := w.send("POST", "/session/messages", obj{"client_id": fmt.Sprint("n", w.next), "text": fmt.Sprint(w.next)})
	if err == nil && (r.status == http.StatusCreated || r.status == http.StatusOK) {
		w.acked = append(w.acked, w.next)
		w.next++
	}
	return r, err
}

// mustWrite has the next number stored.
func (w *scribe) mustWrite(t testing.TB) {
	t.Helper()
	before := len(w.acked)
	if r, err := w.write(); err != nil || len(w.acked) == before {
		t.Fatalf("%v %v", r, err)
	}
}

// writeUntil has all scribes write at once until stop is closed or the server is gone. A 503 is
// counted and the number tried again; any other refusal fails the test. each, if any, hears of every answer.
func writeUntil(t testing.TB, all []*scribe, stop <-chan struct{}, each func(status int)) (wait func()) {
	var wg sync.WaitGroup
	for _, w := range all {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r, err := w.write()
				if err != nil {
					return
				}
				if r.status != http.StatusCreated && r.status != http.StatusOK && r.status != http.StatusServiceUnavailable {
					t.Errorf("%v", r)
					return
				}
				if each != nil {
					each(r.status)
				}
			}
		})
	}
	return wg.Wait
}

// holdsAll asserts that every acknowledged message is there once and in order, and nothing else.
func holdsAll(t testing.TB, all []*scribe) (total int) {
	t.Helper()
	for i, w := range all {
		w.mustWrite(t) // what was cut off while it was tried last
		var got []int
		after := int64(0)
		for more := true; more; {
			page := w.do(t, "GET", fmt.Sprintf("/session/messages?limit=100&after_seq=%d", after), nil).ok(t, http.StatusOK)
			for _, m := range list(t, page, "messages") {
				n, err := strconv.Atoi(str(t, m, "text"))
				if err != nil || num(t, m, "seq") != after+1 {
					t.Fatalf("message %v after seq %d", m, after)
				}
				after++
				got = append(got, n)
			}
			more = page["has_more"].(bool)
		}
		if !slices.Equal(got, w.acked) {
			t.Errorf("writer %d: stored %v, acknowledged %v", i, got, w.acked)
		}
		total += len(got)
	}
	return total
}

func (s *server) undamaged(t testing.TB) {
	t.Helper()
	var check string
	if s.scan(t, &check, "PRAGMA integrity_check"); check != "ok" {
		t.Error(check)
	}
}

// tally waits until so many answers have come in.
func tally(t testing.TB, answers <-chan int, n int) {
	t.Helper()
	for range n {
		select {
		case <-answers:
		case <-time.After(20 * time.Second):
			t.Fatal("writing stands still")
		}
	}
}
