package httpio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

const (
	// writeWait is how long one event may take to reach a reader before it is cut off; it
	// resumes from the tables.
	writeWait = 10 * time.Second
	// heartbeat tells readers and proxies that the stream lives (documented: at most 25 s).
	heartbeat = 20 * time.Second
	// checkEvery is how often a stream asks whether its credentials still hold; an ended one
	// must be cut within 5 s.
	checkEvery = 3 * time.Second
)

// Stream is an open answer of server-sent events.
type Stream struct {
	ctx   context.Context //nolint:containedctx // of the request, or of the server once that has been answered
	write func(text string) error
}

// StartStream answers 200 with the headers of a stream that no proxy may buffer. The handler
// keeps the stream until it returns.
func StartStream(c Ctx) (*Stream, error) {
	rc := http.NewResponseController(c.Response())
	// The server's read time-out is for requests; this one has been read.
	if err := rc.SetReadDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("stream: %w", err)
	}
	streamHeaders(c.Response().Header())
	s := &Stream{ctx: c.Request().Context(), write: func(text string) error {
		if err := rc.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
			return fmt.Errorf("stream: %w", err)
		}
		if _, err := c.Response().Write([]byte(text)); err != nil {
			return fmt.Errorf("stream: %w", err)
		}
		if err := rc.Flush(); err != nil {
			return fmt.Errorf("stream: %w", err)
		}
		// HTTP/2 would end a stream whose time has come even though nobody writes to it.
		return rc.SetWriteDeadline(time.Time{})
	}}
	return s, s.write("")
}

func streamHeaders(header http.Header) {
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache, no-transform")
	header.Set("X-Accel-Buffering", "no")
}

// Appender is a value that writes its own JSON, for those that are written so often that it shows.
type Appender interface {
	// AppendJSON appends what encoding/json would make of the value.
	AppendJSON(b []byte) ([]byte, error)
}

// Frame is an event with JSON data as it is sent; seq becomes its id unless it is 0.
func Frame(event string, seq int64, data any) ([]byte, error) {
	b := make([]byte, 0, 512)
	if seq > 0 {
		b = append(strconv.AppendInt(append(b, "id: "...), seq, 10), '\n')
	}
	b = append(append(append(b, "event: "...), event...), "\ndata: "...)
	var err error
	if a, ok := data.(Appender); ok {
		b, err = a.AppendJSON(b)
	} else {
		var text []byte
		text, err = json.Marshal(data)
		b = append(b, text...)
	}
	if err != nil {
		return nil, fmt.Errorf("stream event: %w", err)
	}
	return append(b, "\n\n"...), nil
}

// Send sends an event with JSON data; seq becomes its id unless it is 0.
func (s *Stream) Send(event string, seq int64, data any) error {
	text, err := Frame(event, seq, data)
	if err != nil {
		return err
	}
	return s.SendFrame(text)
}

// SendFrame sends what Frame has made.
func (s *Stream) SendFrame(text []byte) error { return s.write(string(text)) }

// SendHTML sends a rendered body as the unnamed event, one data line for each of its lines; seq
// becomes its id unless it is 0.
func (s *Stream) SendHTML(seq int64, body templ.Component) error {
	var html strings.Builder
	if err := body.Render(s.ctx, &html); err != nil {
		return fmt.Errorf("stream fragment: %w", err)
	}
	out := "data: " + strings.ReplaceAll(strings.ReplaceAll(html.String(), "\r", ""), "\n", "\ndata: ") + "\n\n"
	if seq > 0 {
		out = "id: " + strconv.FormatInt(seq, 10) + "\n" + out
	}
	return s.write(out)
}

// together sends what fn sends in one write; what came before a failure of fn is sent too.
func (s *Stream) together(fn func() error) error {
	var held strings.Builder
	direct := s.write
	s.write = func(text string) error {
		held.WriteString(text)
		return nil
	}
	err := fn()
	s.write = direct
	if held.Len() == 0 {
		return err
	}
	return errors.Join(err, s.write(held.String()))
}

// Follow hands events to on until the reader leaves, the subscription ends, the server stops or
// live fails; its failure is told in a last event named end. on gets all events since its last
// call, and what it sends goes out in one write. live is asked every 3 s.
func (s *Stream) Follow(ctx context.Context, sub *realtime.Subscription, live func(context.Context) error, on func([]realtime.Event) error) error {
	check, beat := time.NewTicker(checkEvery), time.NewTicker(heartbeat)
	defer check.Stop()
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-sub.Wake:
			events, ok := sub.Take()
			if !ok {
				return nil
			}
			if err := s.together(func() error { return s.ended(on(events)) }); err != nil {
				return stopped(err)
			}
		case <-check.C:
			if err := s.ended(live(ctx)); err != nil {
				return stopped(err)
			}
		case <-beat.C:
			if err := s.write(": \n\n"); err != nil {
				return nil
			}
		}
	}
}

// ended tells the reader why the stream ends when its credentials do.
func (s *Stream) ended(err error) error {
	if e := fault.As(err); e != nil {
		_ = s.Send("end", 0, describe(e))
	}
	return err
}

// stopped hides failures that are the usual end of a stream.
func stopped(err error) error {
	if fault.As(err) != nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
