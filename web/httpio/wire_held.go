package httpio

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// heldConn is one stream of an HTTP/2 connection, which can't be taken over: its handler waits until
// the wire is over, and what is written goes through the answer. Such streams cost more memory.
type heldConn struct {
	net.Conn // of which only what is below is used
	answer   http.ResponseWriter
	control  *http.ResponseController
	wait     time.Duration
	once     sync.Once
	over     chan struct{}
}

// hold answers with the head of the stream.
func hold(answer http.ResponseWriter) (*heldConn, error) {
	h := &heldConn{answer: answer, control: http.NewResponseController(answer), over: make(chan struct{})}
	if err := h.control.SetReadDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("stream: %w", err)
	}
	answer.WriteHeader(http.StatusOK)
	return h, h.SetWriteDeadline(time.Now().Add(writeWait))
}

// SetWriteDeadline holds for the next write alone: HTTP/2 would end a stream whose time has come even
// though nobody writes to it. A write passes the goroutine that serves the whole connection, which may be late.
func (h *heldConn) SetWriteDeadline(t time.Time) error {
	h.wait = max(time.Until(t), lateWait)
	return nil
}

func (h *heldConn) Write(text []byte) (int, error) {
	if err := h.control.SetWriteDeadline(time.Now().Add(h.wait)); err != nil {
		return 0, err
	}
	n, err := h.answer.Write(text)
	if err == nil {
		err = h.control.Flush()
	}
	if err == nil {
		err = h.control.SetWriteDeadline(time.Time{})
	}
	return n, err
}

// Close lets the handler return.
func (h *heldConn) Close() error {
	h.once.Do(func() { close(h.over) })
	return nil
}

// await returns once nobody writes to the wire any more. A reader that leaves ends it.
func (w *Wire) await(h *heldConn, left <-chan struct{}) {
	select {
	case <-left:
		w.Ended()
		<-h.over
	case <-h.over:
	}
}
