package httpio

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"deskbell/internal/contain"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

const (
	// wireWait is how long a write to a stream without a goroutine of its own may block one of
	// the few that serve all of them. Events are small and fit the socket's buffer; where it is
	// full, the reader has stopped reading, and it is cut off and resumes from the tables.
	wireWait = 20 * time.Millisecond
	// lateWait is the least such wait where a deadline has to be set before it is known whether there is anything
	// to wait for.
	lateWait = 200 * time.Millisecond
	// wireWorkers is how many streams are written to at once.
	wireWorkers = 16
	// wireTick is how often heartbeats are looked at.
	wireTick = time.Second
	// wiresPerHolder bounds the streams of one secret: a browser needs one, or one for each tab
	// where tabs can't share. wiresPerAddress bounds what one network can hold open in all.
	wiresPerHolder  = 20
	wiresPerAddress = 1000
)

// Follower is what decides about one stream.
type Follower interface {
	// On handles an event by sending what it means; a failure ends the stream.
	On(ctx context.Context, out *Stream, e realtime.Event) error
	// Frame returns what On would send, when that takes no table and no waiting; else nothing.
	Frame(e realtime.Event) ([]byte, error)
}

// Wires are streams whose handlers have returned: the connection is taken out of net/http's
// hands, so that a visitor who waits costs about one KiB and no goroutine instead of 27 KiB and
// two. That is for HTTP/1.1, where a connection can be taken over; see heldConn for HTTP/2.
type Wires struct {
	hub *realtime.Hub
	log *slog.Logger
	// check says which streams have ended, by index, and why.
	check func(ctx context.Context, followers []Follower) (map[int]error, error)

	mu    sync.Mutex
	more  *sync.Cond
	ready []*Wire
	open  map[*Wire]struct{}
	stop  bool
	// held counts streams by the hash of who holds them.
	held map[uint64]int
	seed maphash.Seed
	// wroteAt is when a publisher last wrote to a stream by itself.
	wroteAt time.Time
}

// NewWires returns an empty set; Run serves it.
func NewWires(hub *realtime.Hub, log *slog.Logger, check func(context.Context, []Follower) (map[int]error, error)) *Wires {
	ws := &Wires{hub: hub, log: log, check: check, open: map[*Wire]struct{}{}, held: map[uint64]int{}, seed: maphash.MakeSeed()}
	ws.more = sync.NewCond(&ws.mu)
	return ws
}

// Wire is one such stream.
type Wire struct {
	*Stream
	wires    *Wires
	conn     net.Conn
	follower Follower
	topics   [2]realtime.Topic
	holders  [2]uint64

	// Guarded by wires.mu. A wire is queued at most once, so one worker at a time serves it.
	pending []realtime.Event
	// rest is what a publisher could not write of an event without waiting.
	rest    []byte
	beatAt  int64 // Unix seconds
	beat    bool
	started bool
	queued  bool
	ended   bool
	reason  error
	closed  bool
	// released says that the wire no longer counts for its holders.
	released bool
}

// Follow subscribes a follower to two topics; its events wait until Start. Close must be called
// unless Start was. One secret and one address can hold only so many streams.
// Kinds: RateLimited.
func (ws *Wires) Follow(f Follower, secret, address string, topics [2]realtime.Topic) (*Wire, error) {
	w := &Wire{wires: ws, follower: f, topics: topics}
	w.holders = [2]uint64{maphash.String(ws.seed, "secret "+secret), maphash.String(ws.seed, "address "+address)}
	if !ws.hold(w) {
		return nil, fault.Limited("too_many_streams", "Too many open streams", heartbeat)
	}
	ws.hub.Add(w, w.topics[:]...)
	return w, nil
}

func (ws *Wires) hold(w *Wire) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.held[w.holders[0]] >= wiresPerHolder {
		ws.forgetGone(w.holders[0])
	}
	if ws.held[w.holders[0]] >= wiresPerHolder || ws.held[w.holders[1]] >= wiresPerAddress {
		return false
	}
	for _, h := range w.holders {
		ws.held[h]++
	}
	return true
}

// forgetGone ends the streams of a holder whose readers have hung up. Nothing reads from a wire,
// so that otherwise shows only with the next write, and somebody who goes quickly from page to
// page would be refused until then. The caller holds the lock.
func (ws *Wires) forgetGone(holder uint64) {
	for w := range ws.open {
		if w.holders[0] == holder && !w.ended && hungUp(w.conn) {
			w.ended = true
			ws.release(w)
			w.enqueue()
		}
	}
}

// release takes back, once, what hold has counted; the caller holds the lock.
func (ws *Wires) release(w *Wire) {
	if w.released {
		return
	}
	w.released = true
	for _, h := range w.holders {
		if ws.held[h]--; ws.held[h] <= 0 {
			delete(ws.held, h)
		}
	}
}

// Open answers the request with the head of a stream and takes its connection over. The handler
// may then send, and must call Start or Close before it returns.
func (w *Wire) Open(c Ctx) error {
	res := c.Response()
	streamHeaders(res.Header())
	w.Stream = &Stream{ctx: c.Request().Context(), write: func(text string) error { return w.writeWithin(writeWait, text) }}
	if c.Request().ProtoMajor >= 2 {
		held, err := hold(res)
		if err != nil {
			return err
		}
		w.conn = held
		return w.write("")
	}
	res.Header().Set("Connection", "close")
	res.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	if err := res.Header().Write(&head); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	head.WriteString("\r\n")
	conn, _, err := http.NewResponseController(res).Hijack()
	if err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	res.Status, res.Committed = http.StatusOK, true
	w.conn = conn
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	return w.write(head.String())
}

// writeWithin waits for a reader alone: what fits the socket's buffer is written whatever the time, since on a
// machine that is busy elsewhere a deadline can pass before the write it is for begins.
func (w *Wire) writeWithin(wait time.Duration, text string) error {
	n, able := writeSome(w.conn, []byte(text))
	if able && n == len(text) {
		return nil
	}
	if !able {
		wait = max(wait, lateWait)
	}
	if err := w.conn.SetWriteDeadline(time.Now().Add(wait)); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	if _, err := w.conn.Write([]byte(text[n:])); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	return nil
}

// Start hands the stream over: what came in meanwhile is delivered, and the handler may return. Over
// HTTP/2 it returns when the stream is over.
func (w *Wire) Start() {
	left := w.Stream.ctx.Done()
	// Nothing may keep the request alive: its buffers are most of what a stream would cost.
	w.Stream = &Stream{ctx: context.Background(), write: func(text string) error { return w.writeWithin(wireWait, text) }}
	if !w.wires.take(w) {
		w.drop() // the workers may have gone already
	}
	if held, ok := w.conn.(*heldConn); ok {
		w.await(held, left)
	}
}

// take adds a stream to those that are served; false when the server has stopped.
func (ws *Wires) take(w *Wire) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.stop {
		return false
	}
	w.started, w.beatAt = true, time.Now().Unix()
	ws.open[w] = struct{}{}
	if w.ended || len(w.pending) > 0 {
		w.enqueue()
	}
	return true
}

// Close ends a stream that was not started.
func (w *Wire) Close() {
	w.wires.hub.Remove(w, w.topics[:]...)
	if w.conn != nil {
		_ = w.conn.Close()
	}
	w.wires.mu.Lock()
	defer w.wires.mu.Unlock()
	w.wires.release(w)
}

// enqueue asks a worker to look at the wire; the caller holds the lock.
func (w *Wire) enqueue() {
	if !w.started || w.queued || w.closed {
		return
	}
	w.queued = true
	w.wires.ready = append(w.wires.ready, w)
	w.wires.more.Signal()
}

// Deliver takes an event from the hub; see realtime.Subscriber.
func (w *Wire) Deliver(e realtime.Event) bool {
	if w.claim() {
		w.writeNow(e)
		return true
	}
	w.wires.mu.Lock()
	defer w.wires.mu.Unlock()
	if w.ended {
		return false
	}
	if last := len(w.pending) - 1; last >= 0 && w.pending[last].Kind == realtime.Message && e.Kind == realtime.Message &&
		!w.pending[last].Changed && !e.Changed {
		// Its follower reads on from where it is, so of many new messages the newest hint is enough.
		e.Content = nil
		w.pending[last] = e
		return true
	}
	if len(w.pending) >= realtime.Buffer {
		return false
	}
	w.pending = append(w.pending, e)
	w.enqueue()
	return true
}

// Ended hears from the hub that no event follows; see realtime.Subscriber.
func (w *Wire) Ended() {
	w.wires.mu.Lock()
	defer w.wires.mu.Unlock()
	w.ended = true
	w.enqueue()
}

// Run serves all wires until ctx ends, then closes them.
func (ws *Wires) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	for range wireWorkers {
		workers.Go(func() { ws.work(ctx) })
	}
	err := contain.Keep(ctx, ws.log, "the watch over streams", ws.watch)
	ws.mu.Lock()
	ws.stop = true
	for w := range ws.open {
		w.ended = true
		w.enqueue()
	}
	ws.more.Broadcast()
	ws.mu.Unlock()
	workers.Wait()
	return err
}

// Open is how many streams are open.
func (ws *Wires) Open() int {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return len(ws.open)
}

// watch sends heartbeats and ends the streams whose credentials do.
func (ws *Wires) watch(ctx context.Context) error {
	tick, check := time.NewTicker(wireTick), time.NewTicker(checkEvery)
	defer tick.Stop()
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			ws.beat(now.Unix())
		case <-check.C:
			ws.checkAll(ctx)
		}
	}
}

func (ws *Wires) beat(now int64) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for w := range ws.open {
		if now-w.beatAt >= int64(heartbeat.Seconds()) {
			w.beatAt, w.beat = now, true
			w.enqueue()
		}
	}
}

func (ws *Wires) checkAll(ctx context.Context) {
	ws.mu.Lock()
	wires := make([]*Wire, 0, len(ws.open))
	followers := make([]Follower, 0, len(ws.open))
	for w := range ws.open {
		wires = append(wires, w)
		followers = append(followers, w.follower)
	}
	ws.mu.Unlock()
	reasons, err := ws.check(ctx, followers)
	// What is known to have ended ends, whatever else failed.
	if err != nil && ctx.Err() == nil {
		ws.log.ErrorContext(ctx, "stream check failed", "error", err)
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for i, reason := range reasons {
		if !wires[i].ended {
			wires[i].ended, wires[i].reason = true, reason
			wires[i].enqueue()
		}
	}
}

// next waits for a wire that wants a worker; nil when all is over.
func (ws *Wires) next() *Wire {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for len(ws.ready) == 0 {
		if ws.stop && len(ws.open) == 0 {
			ws.more.Broadcast()
			return nil
		}
		ws.more.Wait()
	}
	w := ws.ready[0]
	ws.ready[0] = nil
	ws.ready = ws.ready[1:]
	return w
}

func (ws *Wires) work(ctx context.Context) {
	// A stream that is being served when the server stops finishes its event.
	ctx = context.WithoutCancel(ctx)
	for w := ws.next(); w != nil; w = ws.next() {
		if err := contain.Call(ws.log, "a stream", func() error { return w.serve(ctx) }); err != nil {
			w.drop()
		}
	}
}

// serve sends what is pending; an error means that the stream is over.
func (w *Wire) serve(ctx context.Context) error {
	for {
		w.wires.mu.Lock()
		events, rest, beat, ended, reason := w.pending, w.rest, w.beat, w.ended, w.reason
		w.pending, w.rest, w.beat = nil, nil, false
		if len(events) == 0 && len(rest) == 0 && !beat && !ended {
			w.queued = false
			w.wires.mu.Unlock()
			return nil
		}
		w.wires.mu.Unlock()
		if len(rest) > 0 {
			if err := w.SendFrame(rest); err != nil {
				return err
			}
		}
		if err := w.Stream.together(func() error { return w.on(ctx, events) }); err != nil {
			return err
		}
		if ended {
			_ = w.Stream.ended(reason)
			return net.ErrClosed
		}
		if beat {
			if err := w.write(": \n\n"); err != nil {
				return err
			}
		}
	}
}

func (w *Wire) on(ctx context.Context, events []realtime.Event) error {
	for _, e := range events {
		if err := w.Stream.ended(w.follower.On(ctx, w.Stream, e)); err != nil {
			return err
		}
	}
	return nil
}

// drop forgets a stream and closes it.
func (w *Wire) drop() {
	ws := w.wires
	ws.hub.Remove(w, w.topics[:]...)
	ws.mu.Lock()
	w.closed = true
	ws.release(w)
	delete(ws.open, w)
	if ws.stop {
		ws.more.Broadcast()
	}
	ws.mu.Unlock()
	_ = w.conn.Close()
}
