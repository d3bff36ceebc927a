package httpio

import (
	"slices"
	"time"

	"deskbell/internal/contain"
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
	text, err := w.frame(e)
	told := len(text) > 0
	if told {
		n, _ := writeSome(w.conn, text)
		if text = text[n:]; len(text) == 0 {
			text = nil // a quiet stream keeps nothing of what it has sent
		}
	}
	w.wires.mu.Lock()
	defer w.wires.mu.Unlock()
	w.rest, w.queued = text, false
	switch {
	case err != nil:
		w.ended = true
	case !told:
		w.pending = slices.Insert(w.pending, 0, e)
	}
	if len(w.rest) > 0 || len(w.pending) > 0 || w.beat || w.ended {
		w.enqueue()
	}
}

// frame is the follower's, which may fail like any other.
func (w *Wire) frame(e realtime.Event) (text []byte, err error) {
	err = contain.Call(w.wires.log, "a stream", func() (err error) {
		text, err = w.follower.Frame(e)
		return err
	})
	return text, err
}
