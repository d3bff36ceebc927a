package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestSoakMixed is an hour of a busy day, or as long as DESKBELL_SOAK_TIME says: visitors come, write,
// read, upload and go, the team answers, lists and searches, 50 requests a second in all, beside
// 100 open streams. What the server holds of memory, descriptors and log must not grow with time.
func TestSoakMixed(t *testing.T) {
	soak(t)
	length := soakTime(t, time.Hour)
	s := startServer(t, withEnv("DESKBELL_LIMIT_MESSAGES", "0"), withEnv("DESKBELL_LOG_LEVEL", "warn"))
	a := newAccount(t, s)
	tok := a.newToken(t, shop, "chat", "support", "file_upload", "history")
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	const lanes, each = 5, 10
	var done atomic.Int64
	var wg sync.WaitGroup
	for range lanes {
		wg.Go(func() {
			l := &lane{srv: s, team: a.member, token: tok}
			defer l.leave()
			if err := l.run(ctx, time.Second/each, &done); err != nil {
				t.Error(err)
				stop()
			}
		})
	}
	var seen []vitals
	for tick := time.NewTicker(time.Second); ctx.Err() == nil; {
		select {
		case <-ctx.Done():
			tick.Stop()
		case <-tick.C:
			seen = append(seen, s.vitals(t))
		}
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	quarter := len(seen) / 4
	early, late := summarise(seen[quarter:2*quarter]), summarise(seen[3*quarter:])
	t.Logf("%d requests in %v, %.1f a second; second quarter: %v; last quarter: %v", done.Load(), length, float64(done.Load())/length.Seconds(), early, late)
	if got := float64(done.Load()) / length.Seconds(); got < 0.9*lanes*each {
		t.Errorf("%.1f requests a second: the machine was too busy to show anything", got)
	}
	if late.memory > early.memory+16<<20 {
		t.Errorf("memory grew from %d to %d bytes", early.memory, late.memory)
	}
	if late.descriptors > early.descriptors+10 {
		t.Errorf("descriptors grew from %d to %d", early.descriptors, late.descriptors)
	}
	if late.log > max(2*early.log, 32<<20) {
		t.Errorf("the write-ahead log grew from %d to %d bytes", early.log, late.log)
	}
	s.undamaged(t)
}

// vitals is what a server holds at a moment, in bytes and descriptors.
type vitals struct{ memory, descriptors, log int }

func (v vitals) String() string {
	return fmt.Sprintf("%.1f MiB of memory, %d descriptors, a log of %.1f MiB", float64(v.memory)/(1<<20), v.descriptors, float64(v.log)/(1<<20))
}

func (s *server) vitals(t testing.TB) (v vitals) {
	t.Helper()
	kib, err := strconv.Atoi(residentLine.FindStringSubmatch(procFile(t, s.cmd.Process.Pid, "status"))[1])
	if err != nil {
		t.Fatal(err)
	}
	wal, err := os.Stat(filepath.Join(s.dir, "deskbell.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	return vitals{memory: kib << 10, descriptors: s.descriptors(t), log: int(wal.Size())}
}

// summarise is the middle of the memory, which breathes, and the most of the rest.
func summarise(seen []vitals) (out vitals) {
	var memory []int
	for _, v := range seen {
		memory = append(memory, v.memory)
		out.descriptors, out.log = max(out.descriptors, v.descriptors), max(out.log, v.log)
	}
	slices.Sort(memory)
	out.memory = memory[len(memory)/2]
	return out
}

// lane is a part of the load: visitors that come and go, each with the newest at its end.
type lane struct {
	srv      *server
	team     *member
	token    supportToken
	visitors []*visitor
	streams  []context.CancelFunc
	n        int
}

// The visitors that a lane writes as, and the streams that it holds.
const laneVisitors, laneStreams = 40, 20

// run fills the lane and then makes a request every so often, late ones at once, until ctx ends.
func (l *lane) run(ctx context.Context, every time.Duration, done *atomic.Int64) error {
	for range laneStreams {
		for _, begin := range []func() (reply, error){l.come, func() (reply, error) { return l.open(ctx) }} {
			if r, err := begin(); err != nil || r.status >= http.StatusBadRequest {
				return fmt.Errorf("%v %w", r, err)
			}
		}
	}
	steps := l.steps(ctx)
	for next := time.Now(); ; next = next.Add(every) {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(next)):
		}
		r, err := steps[l.n%len(steps)]()
		l.n++
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case r.status >= http.StatusBadRequest:
			return fmt.Errorf("%v", r)
		}
		done.Add(1)
	}
}

// steps is the mix.
func (l *lane) steps(ctx context.Context) []func() (reply, error) {
	message := func() (reply, error) { return l.say("hello, where is order " + strconv.Itoa(l.n) + "?") }
	list := func() (reply, error) { return l.ask("GET", "/conversations?view=all&limit=50", nil) }
	history := func() (reply, error) { return l.visitor().send("GET", "/session/messages", nil) }
	config := func() (reply, error) { return l.visitor().send("GET", "/config", nil) }
	answer := func() (reply, error) {
		return l.ask("POST", "/conversation/"+l.visitor().conversation+"/messages", obj{"client_id": unique("a"), "text": "it is on its way"})
	}
	open := func() (reply, error) { return l.open(ctx) }
	search := func() (reply, error) { return l.ask("GET", "/search?q=order", nil) }
	return []func() (reply, error){
		l.come, message, config, answer, open, message, list, history, message, config,
		l.upload, message, answer, list, message, config, history, answer, message, search,
	}
}

func (l *lane) ask(method, path string, body any) (reply, error) {
	return l.srv.try(method, api+path, body, "Authorization", "Bearer "+l.team.token)
}

// visitor takes turns among those there are.
func (l *lane) visitor() *visitor { return l.visitors[l.n%len(l.visitors)] }

func (l *lane) come() (reply, error) {
	v := newVisitor(l.srv, l.token)
	r, err := v.send("POST", "/session", obj{"name": "Visitor"})
	if err != nil || r.status >= http.StatusBadRequest {
		return r, err
	}
	var answer struct {
		Session struct {
			Token        string `json:"session_token"`
			Conversation string `json:"conversation_id"`
		} `json:"session"`
	}
	if err := json.Unmarshal(r.body, &answer); err != nil {
		return r, err
	}
	v.session, v.conversation = answer.Session.Token, answer.Session.Conversation
	if l.visitors = append(l.visitors, v); len(l.visitors) > laneVisitors {
		l.visitors = slices.Delete(l.visitors, 0, 1)
	}
	return r, nil
}

func (l *lane) say(text string) (reply, error) {
	return l.visitor().send("POST", "/session/messages", obj{"client_id": unique("c"), "text": text})
}

func (l *lane) upload() (reply, error) {
	body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"note.txt\"\r\n\r\n" + strings.Repeat("a line of text\r\n", 200) + "\r\n--b--\r\n"
	return l.srv.try("POST", api+"/session/files", body, l.visitor().headers("Content-Type", "multipart/form-data; boundary=b")...)
}

// open begins a stream as the newest visitor, and closes the oldest one.
func (l *lane) open(ctx context.Context) (reply, error) {
	v := l.visitors[len(l.visitors)-1]
	req, err := l.srv.request("GET", api+"/session/events", nil, v.headers()...)
	if err != nil {
		return reply{}, err
	}
	ctx, end := context.WithCancel(ctx)
	resp, err := streamClient.Do(req.WithContext(ctx))
	if err != nil {
		end()
		return reply{}, err
	}
	go func() {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}()
	if l.streams = append(l.streams, end); len(l.streams) > laneStreams {
		l.streams[0]()
		l.streams = slices.Delete(l.streams, 0, 1)
	}
	return reply{status: resp.StatusCode, what: "GET /session/events"}, nil
}

func (l *lane) leave() {
	for _, end := range l.streams {
		end()
	}
}
