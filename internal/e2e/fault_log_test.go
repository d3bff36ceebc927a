package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSoakLog writes for ten minutes, or for as long as DESKBELL_SOAK_TIME says, without a pause
// and while people read, and holds that the write-ahead log never passes 64 MiB.
func TestSoakLog(t *testing.T) {
	soak(t)
	length := soakTime(t, 10*time.Minute)
	s := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"), withEnv("DESKBELL_LOG_LEVEL", "warn"))
	a := newAccount(t, s)
	all := scribes(t, s, a.newToken(t, shop), 64)
	stop, answers := make(chan struct{}), make(chan int, 1<<16)
	wait := writeUntil(t, all, stop, func(status int) { answers <- status })
	end, tick := time.After(length), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	var peak int64
	messages, looks := 0, 0
	for running := true; running; {
		select {
		case <-end:
			running = false
		case <-answers:
			messages++
		case <-tick.C:
			info, err := os.Stat(filepath.Join(s.dir, "deskbell.db-wal"))
			if err != nil {
				t.Fatal(err)
			}
			peak = max(peak, info.Size())
			// Long reads are what keeps a log from being shortened.
			if looks++; looks%10 == 0 {
				a.do(t, "GET", "/search?q=1", nil)
			}
		}
	}
	close(stop)
	go func() {
		for range answers { //nolint:revive // those on their way
		}
	}()
	wait()
	close(answers)
	t.Logf("%d messages in %v, %d a second; the log was at most %.1f MiB long", messages, length, messages/int(length.Seconds()), float64(peak)/(1<<20))
	if peak > 64<<20 {
		t.Errorf("the log grew to %d bytes", peak)
	}
}
