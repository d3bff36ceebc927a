package httpio

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"deskbell/internal/realtime"
)

// nowEvery is how long after one such write a publisher writes to a stream by itself again. Waking a
// worker takes longer than writing an event does (measured: 57 µs until a reader has it, against 22);
// but a publisher is the database's writer too, and in a crowd its time is everybody's.
const nowEvery = 100 * time.Microsecond

// claim makes the caller the one who serves the wire, when nobody does and nothing is waiting.
func (w *Wire) claim() bool {
	ws := w.wires
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if !w.started || w.queued || w.ended || w.closed || ws.stop {
		return false
	}
	now := time.Now()
	if now.Sub(ws.wroteAt) < nowEvery {
		return false
	}
	ws.wroteAt, w.queued = now, true
	return true
}

// writeNow sends an event on a claimed wire as far as that goes without waiting, and leaves the rest
// to a worker.
func (w *Wire) writeNow(e realtime.Event) {
	text, sent, err := w.tell(e)
	if err == nil && sent {
		text = text[writeSome(w.conn, text):]
	}
	w.wires.mu.Lock()
	defer w.wires.mu.Unlock()
	w.rest = text
	if err != nil {
		w.ended = true
	}
	if !sent && err == nil {
		w.pending = slices.Insert(w.pending, 0, e)
	}
	w.queued = false
	if w.rest != "" || len(w.pending) > 0 || w.beat || w.ended {
		w.enqueue()
	}
}

// tell returns what an event means for the reader; false when that has to be looked up.
func (w *Wire) tell(e realtime.Event) (text string, told bool, err error) {
	ctx := context.Background()
	defer func() {
		if p := recover(); p != nil {
			w.wires.log.ErrorContext(ctx, "panic in a stream", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if !w.follower.AtHand(e) {
		return "", false, nil
	}
	text, err = w.Stream.held(func() error { return w.follower.On(ctx, w.Stream, e) })
	return text, true, err
}
