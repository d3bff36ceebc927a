package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestKillLosesNothing(t *testing.T) {
	t.Parallel()
	kills(t, 5, 250)
}

func TestSoakKills(t *testing.T) {
	soak(t)
	kills(t, 50, 1000)
}

// kills ends the process again and again while people write; what was acknowledged is there once
// and in order.
func kills(t *testing.T, rounds, messages int) {
	s := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"), withEnv("DESKBELL_LOG_LEVEL", "warn"))
	all := scribes(t, s, newAccount(t, s).newToken(t, shop), 8)
	for round := range rounds {
		answers := make(chan int, 1<<16)
		wait := writeUntil(t, all, nil, func(status int) { answers <- status })
		tally(t, answers, messages+round) // the kill falls on another moment each time
		s.kill()
		wait()
		if err := s.start(); err != nil {
			t.Fatal(err)
		}
	}
	total := holdsAll(t, all)
	s.undamaged(t)
	t.Logf("%d kills, %d acknowledged messages, each there once and in order", rounds, total)
	if total < rounds*messages {
		t.Errorf("only %d messages", total)
	}
}

// follower reads a stream, and resumes it where it ended, as a browser does.
type follower struct {
	v    *visitor
	seen []int64
	ends int
}

func (f *follower) follow(upTo int64, opened func()) error {
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if n := len(f.seen); n > 0 && f.seen[n-1] >= upTo {
			return nil
		}
		last := int64(0)
		if n := len(f.seen); n > 0 {
			last = f.seen[n-1]
		}
		if err := f.once(upTo, last, opened); err != nil {
			return err
		}
		f.ends++
		<-time.After(50 * time.Millisecond) // the pause that a browser makes
	}
	return fmt.Errorf("saw %v, want up to %d", f.seen, upTo)
}

func (f *follower) once(upTo, after int64, opened func()) error {
	req, err := f.v.srv.request("GET", api+"/session/events", nil, f.v.headers("Last-Event-ID", strconv.FormatInt(after, 10))...)
	if err != nil {
		return err
	}
	resp, err := streamClient.Do(req)
	if err != nil {
		return nil //nolint:nilerr // the server is down just now
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	name, id := "", ""
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		ends := lines.Text() == "" && name != ""
		switch {
		case field == "event":
			name = value
		case field == "id":
			id = value
		case ends && name == "state":
			opened()
			name = ""
		case ends && name == "message":
			name = ""
			seq, err := strconv.ParseInt(id, 10, 64)
			if err != nil {
				return err
			}
			if f.seen = append(f.seen, seq); seq >= upTo {
				return nil
			}
		}
	}
	return nil
}

// TestRestartUnderStreams kills the server under 500 open streams: each resumes without a gap.
func TestRestartUnderStreams(t *testing.T) {
	t.Parallel()
	const conversations, each, messages = 50, 10, 9
	s := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"), withEnv("DESKBELL_LOG_LEVEL", "warn"))
	all := scribes(t, s, newAccount(t, s).newToken(t, shop), conversations)
	var followers []*follower
	var open, done sync.WaitGroup
	failed := make(chan error, conversations*each)
	for _, w := range all {
		for range each {
			f := &follower{v: w.visitor}
			followers = append(followers, f)
			open.Add(1)
			done.Go(func() {
				var once sync.Once
				if err := f.follow(messages, func() { once.Do(open.Done) }); err != nil {
					once.Do(open.Done)
					failed <- err
				}
			})
		}
	}
	open.Wait()
	round := func() {
		for _, w := range all {
			for range messages / 3 {
				w.mustWrite(t)
			}
		}
	}
	round()
	s.kill()
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	round()
	if d := s.stop(t); d > 10*time.Second {
		t.Errorf("took %v", d)
	}
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
	round()
	done.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	resumed := 0
	for _, f := range followers {
		for i, seq := range f.seen {
			if seq != int64(i+1) {
				t.Fatalf("a gap or a double: %v", f.seen)
			}
		}
		if f.ends > 1 {
			resumed++
		}
	}
	if resumed != len(followers) {
		t.Errorf("only %d of %d streams were ever cut off", resumed, len(followers))
	}
}
