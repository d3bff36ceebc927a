package httpio

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

// echoing sends each event's position with as much text as it says.
type echoing struct{ size int }

func (f *echoing) On(_ context.Context, out *Stream, e realtime.Event) error {
	if strings.HasSuffix(e.By, "panic") {
		panic("a bug in one stream")
	}
	return out.Send("message", e.Seq, strings.Repeat("x", f.size))
}

func (f *echoing) Frame(e realtime.Event) ([]byte, error) {
	switch e.By {
	case "far", "far panic":
		return nil, nil
	case "panic":
		panic("a bug in one stream")
	}
	return Frame("message", e.Seq, strings.Repeat("x", f.size))
}

// wired is a server with streams for one topic.
type wired struct {
	hub   *realtime.Hub
	wires *Wires
	addr  string
	ended atomic.Bool // what the check says of all streams
	log   logBuffer
	stop  context.CancelFunc
	done  chan struct{}
}

func newWired(t *testing.T, size int) *wired {
	t.Helper()
	w := &wired{hub: realtime.NewHub(), done: make(chan struct{})}
	w.wires = NewWires(w.hub, slog.New(slog.NewTextHandler(&w.log, nil)), func(_ context.Context, followers []Follower) (map[int]error, error) {
		ended := map[int]error{}
		for i := range followers {
			if w.ended.Load() {
				ended[i] = fault.New(fault.Unauthenticated, "over", "Session expired")
			}
		}
		return ended, nil
	})
	e := echo.New()
	e.GET("/:who", func(c Ctx) error {
		topics := [2]realtime.Topic{realtime.ConversationTopic("c"), realtime.VisitorsTopic("a")}
		wire, err := w.wires.Follow(&echoing{size}, c.Param("who"), "address", topics)
		if err != nil {
			return c.NoContent(Status(err))
		}
		if err := errors.Join(wire.Open(c), wire.Send("state", 0, "ready")); err != nil {
			wire.Close()
			return err
		}
		wire.Start()
		return nil
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.addr = listener.Addr().String()
	// Less than the large events of these tests, so that one does not fit in at once.
	srv := &http.Server{Handler: e, ReadHeaderTimeout: time.Second, ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
		_ = conn.(*net.TCPConn).SetWriteBuffer(64 << 10)
		return ctx
	}}
	go func() { _ = srv.Serve(listener) }()
	ctx, cancel := context.WithCancel(t.Context())
	w.stop = cancel
	go func() {
		defer close(w.done)
		_ = w.wires.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-w.done
		_ = srv.Close()
	})
	return w
}

// logBuffer may be written and read at once.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// open connects and reads up to the state event; status is that of the answer.
func (w *wired) open(t *testing.T, who string) (conn net.Conn, lines *bufio.Reader, status string) {
	t.Helper()
	conn, err := net.Dial("tcp", w.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	_, _ = fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: x\r\n\r\n", who)
	lines = bufio.NewReader(conn)
	status, err = lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(status, "200") {
		until(t, lines, `data: "ready"`)
	}
	return conn, lines, status
}

// until reads lines up to one that begins like this.
func until(t *testing.T, lines *bufio.Reader, prefix string) string {
	t.Helper()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("waiting for %q: %v", prefix, err)
		}
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
}

func (w *wired) publish(seq int64, by string) {
	w.hub.Publish(realtime.Event{Kind: realtime.Message, AccountID: "a", ConversationID: "c", Seq: seq, By: by})
}

func TestWireCutsOffAReaderThatStalls(t *testing.T) {
	// Events fit the socket's buffer, as they do in life: the reader that reads is never waited for.
	const size, events = 8 << 10, 2000 // 16 MiB: more than the sockets between two processes buffer
	w := newWired(t, size)
	stalled, _, _ := w.open(t, "stalled")
	_, healthy, _ := w.open(t, "healthy")
	for seq := int64(1); seq <= events; seq++ {
		w.publish(seq, "")
		until(t, healthy, fmt.Sprintf("id: %d\n", seq))
	}
	received, err := io.Copy(io.Discard, stalled)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("the stalled reader is still connected: %v", err)
	}
	if received >= events*size {
		t.Error("the stalled reader got everything: nothing has stalled")
	}
}

// A busy machine can let the time for a write pass before it begins; that is not the reader's fault.
func TestWireKeepsAReaderWhenTheServerIsLate(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	reader, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{conn: conn}
	const late = -time.Second
	if err := w.writeWithin(late, "in time\n"); err != nil {
		t.Errorf("a reader who reads is cut off: %v", err)
	}
	if line, err := bufio.NewReader(reader).ReadString('\n'); line != "in time\n" {
		t.Errorf("got %q, %v", line, err)
	}
	if err := w.writeWithin(late, strings.Repeat("x", 64<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a reader who does not read: %v", err)
	}
}

// Events that the publisher can write by itself, wholly or only the beginning, and those that need a
// worker arrive in their order and complete.
func TestWireKeepsTheOrderWhoeverWrites(t *testing.T) {
	const size = 160 << 10
	w := newWired(t, size)
	_, lines, _ := w.open(t, "one")
	for seq := int64(1); seq <= 40; seq += 2 {
		for i, by := range []string{"", "far"} {
			w.hub.Publish(realtime.Event{Kind: realtime.Typing, AccountID: "a", ConversationID: "c", Seq: seq + int64(i), By: by})
		}
		for i := range int64(2) {
			if line := until(t, lines, "id: "); line != fmt.Sprintf("id: %d\n", seq+i) {
				t.Fatalf("in place of event %d comes %q", seq+i, line)
			}
			if data := until(t, lines, "data: "); len(data) != len("data: ")+size+len(`""`)+1 {
				t.Fatalf("event %d has %d bytes", seq+i, len(data))
			}
		}
	}
}

func TestWireSurvivesAPanicInAnother(t *testing.T) {
	w := newWired(t, 1)
	_, lines, _ := w.open(t, "one")
	w.publish(1, "panic")
	if _, err := io.ReadAll(lines); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("the stream whose handler panicked is still open: %v", err)
	}
	_, lines, _ = w.open(t, "two")
	w.publish(2, "far panic")
	if _, err := io.ReadAll(lines); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("the stream whose handler panicked in a worker is still open: %v", err)
	}
	_, lines, _ = w.open(t, "three")
	w.publish(3, "")
	until(t, lines, "id: 3\n")
	if text := w.log.String(); strings.Count(text, `msg="panic in a stream" panic="a bug in one stream"`) != 2 || !strings.Contains(text, "wire_test.go") {
		t.Errorf("the log does not say where: %s", text)
	}
}

func TestCheckOfStreamsSurvivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
		checks := 0
		ws := NewWires(realtime.NewHub(), slog.New(slog.NewTextHandler(&log, nil)), func(context.Context, []Follower) (map[int]error, error) {
			if checks++; checks == 1 {
				panic("a bug in the check")
			}
			return nil, nil
		})
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := ws.Run(ctx); err != nil {
			t.Error(err)
		}
		if checks < 10 || strings.Count(log.String(), `msg="panic in the watch over streams" panic="a bug in the check"`) != 1 {
			t.Errorf("%d checks, and the log says %s", checks, log.String())
		}
	})
}

func TestWireTellsWhyItEnds(t *testing.T) {
	w := newWired(t, 1)
	_, lines, _ := w.open(t, "one")
	w.ended.Store(true)
	until(t, lines, "event: end")
	if line := until(t, lines, "data: "); !strings.Contains(line, `"error":"Session expired","statusCode":401`) {
		t.Errorf("got %q", line)
	}
	if rest, err := io.ReadAll(lines); err != nil || strings.TrimSpace(string(rest)) != "" {
		t.Errorf("after the end: %q, %v", rest, err)
	}
}

func TestWiresOfOneHolderAreBounded(t *testing.T) {
	w := newWired(t, 1)
	conns := make([]net.Conn, wiresPerHolder)
	for i := range conns {
		conns[i], _, _ = w.open(t, "one")
	}
	if _, _, status := w.open(t, "one"); !strings.Contains(status, "429") {
		t.Errorf("one more: %s", status)
	}
	if _, _, status := w.open(t, "another"); !strings.Contains(status, "200") {
		t.Errorf("another holder: %s", status)
	}
	w.ended.Store(true)
	for _, conn := range conns {
		_, _ = io.Copy(io.Discard, conn)
	}
	w.ended.Store(false)
	if _, _, status := w.open(t, "one"); !strings.Contains(status, "200") {
		t.Errorf("after the others have ended: %s", status)
	}
}

func TestWiresOfReadersWhoHungUpDoNotCount(t *testing.T) {
	w := newWired(t, 1)
	for range 2 * wiresPerHolder {
		conn, _, status := w.open(t, "one")
		if !strings.Contains(status, "200") {
			t.Fatalf("after others have hung up: %s", status)
		}
		_ = conn.Close()
	}
}

func TestWiresEndWithTheServer(t *testing.T) {
	w := newWired(t, 1)
	_, lines, _ := w.open(t, "one")
	w.stop()
	<-w.done
	if _, err := io.ReadAll(lines); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the stream outlives the server: %v", err)
	}
}
