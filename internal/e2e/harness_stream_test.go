package e2e

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

type event struct {
	name, id string
	data     obj
}

// stream is an open connection of server-sent events.
type stream struct {
	header   http.Header
	events   chan event
	comments chan struct{}
	close    context.CancelFunc
}

var streamClient = &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}

func (s *server) stream(t testing.TB, path string, headers ...string) *stream {
	t.Helper()
	req, err := s.request("GET", path, nil, headers...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	resp, err := cmp.Or(s.streams, streamClient).Do(req.WithContext(ctx))
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("GET %s: %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	st := &stream{header: resp.Header, events: make(chan event, 1<<14), comments: make(chan struct{}, 16), close: cancel}
	go func() {
		defer func() { _ = resp.Body.Close() }()
		st.read(bufio.NewScanner(resp.Body), func(e event) { checkEvent(req, e) })
	}()
	return st
}

// read follows the format's own rules; what cannot be read as JSON arrives with nil data, which
// every test notices. check sees each event before the test does.
func (st *stream) read(lines *bufio.Scanner, check func(event)) {
	defer close(st.events)
	lines.Buffer(nil, 1<<20)
	e, data := event{}, []string{}
	lastID := ""
	for lines.Scan() {
		line := lines.Text()
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if len(data) > 0 {
				_ = json.Unmarshal([]byte(strings.Join(data, "\n")), &e.data)
				e.id = lastID
				check(e)
				st.events <- e
			}
			e, data = event{}, nil
		case field == "":
			select {
			case st.comments <- struct{}{}:
			default:
			}
		case field == "event":
			e.name = value
		case field == "id":
			lastID = value
		case field == "data":
			data = append(data, value)
		}
	}
}

func (v *visitor) stream(t testing.TB, query string, headers ...string) *stream {
	t.Helper()
	return v.srv.stream(t, api+"/session/events"+query, v.headers(headers...)...)
}

func (m *member) stream(t testing.TB) *stream {
	t.Helper()
	return m.srv.stream(t, api+"/events", "Authorization", "Bearer "+m.token)
}

// next waits for the next event, whatever it is.
func (st *stream) next(t testing.TB) event {
	t.Helper()
	select {
	case e, open := <-st.events:
		if !open {
			t.Fatal("the stream ended")
		}
		if e.data == nil {
			t.Fatalf("event %q without JSON data", e.name)
		}
		return e
	case <-time.After(10 * time.Second):
		t.Fatal("no event within 10 s")
	}
	panic("unreachable")
}

// await skips to the next event of the name.
func (st *stream) await(t testing.TB, name string) event {
	t.Helper()
	for {
		if e := st.next(t); e.name == name {
			return e
		}
	}
}

// until collects events up to and including the message with this text.
func (st *stream) until(t testing.TB, text string) []event {
	t.Helper()
	var seen []event
	for {
		e := st.next(t)
		seen = append(seen, e)
		if e.name == "message" && str(t, e.data, "message.text") == text {
			return seen
		}
	}
}

func messageTexts(t testing.TB, events []event) []string {
	t.Helper()
	var out []string
	for _, e := range events {
		if e.name == "message" {
			out = append(out, str(t, e.data, "message.text"))
		}
	}
	return out
}

// ends asserts that the server closes the stream.
func (st *stream) ends(t testing.TB, within time.Duration) {
	t.Helper()
	deadline := time.After(within)
	for {
		select {
		case _, open := <-st.events:
			if !open {
				return
			}
		case <-deadline:
			t.Fatalf("the stream is still open after %v", within)
		}
	}
}
