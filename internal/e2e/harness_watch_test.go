package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"
)

// watched has browsers reach the server through somebody who listens: each request of theirs that is
// answered, each answer and each stream event is held to the API's description, as those of the tests are.
func watched(t testing.TB) option {
	return func(s *server) {
		target, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		front := httptest.NewServer(&httputil.ReverseProxy{
			FlushInterval: -1,
			Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(target)
				r.Out.Host = r.In.Host
				for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
					if values := r.In.Header[name]; values != nil {
						r.Out.Header[name] = values
					}
				}
				keepBody(r.Out)
			},
			ModifyResponse: func(resp *http.Response) error {
				listen(resp)
				return nil
			},
			ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		})
		t.Cleanup(func() {
			front.CloseClientConnections()
			front.Close()
		})
		s.url = front.URL
	}
}

// keepBody lets what is sent be read again, unless it is a file on its way.
func keepBody(req *http.Request) {
	if req.Body == nil || !answersInJSON(req.URL.Path) || strings.HasPrefix(req.Header.Get("Content-Type"), "multipart/") {
		return
	}
	content, err := io.ReadAll(req.Body)
	if err != nil {
		return // cut off, and never answered
	}
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	req.Body, _ = req.GetBody()
}

// listen checks an answer once it has passed as a whole, and a stream event by event.
func listen(resp *http.Response) {
	req := resp.Request
	if !answersInJSON(req.URL.Path) {
		return
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		into, heard := io.Pipe()
		st := &stream{events: make(chan event), comments: make(chan struct{})}
		go func() {
			st.read(bufio.NewScanner(into), func(e event) { checkEvent(req, e) })
			_ = into.Close() // nobody waits for a listener who has heard enough
		}()
		go func() {
			for range st.events { //nolint:revive // each was checked already
			}
		}()
		resp.Body = &overheard{resp.Body, heard, func(err error) { _ = heard.CloseWithError(err) }}
		return
	}
	var content bytes.Buffer
	resp.Body = &overheard{resp.Body, &content, func(err error) {
		if errors.Is(err, io.EOF) {
			checkExchange(req, reply{status: resp.StatusCode, header: resp.Header, body: content.Bytes(), what: "in a browser: " + req.Method + " " + req.URL.Path})
		}
	}}
}

// overheard is a body that somebody else hears too, until it ends or nobody wants the rest.
type overheard struct {
	io.ReadCloser
	heard io.Writer
	end   func(error)
}

func (o *overheard) Read(p []byte) (int, error) {
	n, err := o.ReadCloser.Read(p)
	_, _ = o.heard.Write(p[:n])
	if err != nil {
		o.end(err)
	}
	return n, err
}

func (o *overheard) Close() error {
	o.end(io.ErrClosedPipe)
	return o.ReadCloser.Close()
}

// TestBrowsersAreHeard has a server answer what no description knows, as a browser would ask it.
func TestBrowsersAreHeard(t *testing.T) {
	t.Parallel()
	odd := "odd_" + unique("name")
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = fmt.Fprintf(w, "event: %s\ndata: {}\n\n", odd)
			return
		}
		sent, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"%s":%d}`, odd, len(sent))
	}))
	t.Cleanup(ts.Close)
	s := &server{url: ts.URL, client: ts.Client()}
	watched(t)(s)
	for _, ask := range []func() (*http.Response, error){
		func() (*http.Response, error) { return s.client.Get(s.url + api + "/session/events") },
		func() (*http.Response, error) {
			return s.client.Post(s.url+api+"/session/messages", "application/json", strings.NewReader(`{"`+odd+`":1}`))
		},
	} {
		answer, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(answer.Body)
		if err != nil || !bytes.Contains(content, []byte(odd)) {
			t.Errorf("what passes is changed: %q %v", content, err)
		}
		_ = answer.Body.Close()
	}
	// Found, and of no concern to anybody else.
	for _, where := range []string{"/session/events: event " + odd, "/session/messages: request", "/session/messages: 201"} {
		eventually(t, 5*time.Second, where, func() bool {
			description.mu.Lock()
			defer description.mu.Unlock()
			before := len(description.differences)
			maps.DeleteFunc(description.differences, func(what, seen string) bool { return strings.Contains(what, where) && strings.Contains(what+seen, odd) })
			return len(description.differences) < before
		})
	}
}
