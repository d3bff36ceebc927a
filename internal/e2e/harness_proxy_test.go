package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// fault is what a proxy does with a request instead of passing it on; it answers whether it did.
type fault func(w http.ResponseWriter, r *http.Request) bool

// proxy stands between browsers and the server, as a company's or a phone's network does, and
// misbehaves on demand.
type proxy struct {
	url   string
	ts    *httptest.Server
	inner http.Handler

	mu    sync.Mutex
	fault fault
	// lines are the live streams that are open now.
	lines int
}

func newProxy(t testing.TB, srv *server) *proxy {
	t.Helper()
	target, err := url.Parse(srv.url)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{inner: &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}}
	p.ts = httptest.NewServer(p)
	p.url = p.ts.URL
	t.Cleanup(func() {
		p.ts.CloseClientConnections()
		p.ts.Close()
	})
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	f := p.fault
	p.mu.Unlock()
	if f != nil && f(w, r) {
		return
	}
	if strings.HasSuffix(r.URL.Path, "/session/events") && r.Method == http.MethodGet {
		p.count(1)
		defer p.count(-1)
	}
	p.inner.ServeHTTP(w, r)
}

func (p *proxy) count(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines += n
}

func (p *proxy) open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines
}

// set makes the proxy misbehave from now on; nil makes it good again.
func (p *proxy) set(f fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// cut ends every connection and refuses new ones until heal.
func (p *proxy) cut() {
	p.set(func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
	p.ts.CloseClientConnections()
}

func (p *proxy) heal() { p.set(nil) }

// loseAnswers lets messages through but drops the first answers to them.
func (p *proxy) loseAnswers(n int) {
	var mu sync.Mutex
	p.set(func(_ http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if n == 0 || r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/session/messages") {
			return false
		}
		n--
		p.inner.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}

// buffer passes every answer on only when it is complete, streams too.
func (p *proxy) buffer() {
	p.set(func(w http.ResponseWriter, r *http.Request) bool {
		whole := httptest.NewRecorder()
		p.inner.ServeHTTP(whole, r)
		for name, values := range whole.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(whole.Code)
		_, _ = io.Copy(w, whole.Body)
		return true
	})
	p.ts.CloseClientConnections()
}

// answer gives what matches an answer of its own, readable by the page as the server's are.
func (p *proxy) answer(path string, status int, body string, headers ...string) {
	p.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodOptions || !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	})
}

// tellStateFirst passes the first event of each stream on and keeps the rest until goOn.
func (p *proxy) tellStateFirst() (goOn func()) {
	on := make(chan struct{})
	p.set(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/session/events") && r.Method == http.MethodGet {
			p.count(1)
			defer p.count(-1)
			p.inner.ServeHTTP(&stateFirst{ResponseWriter: w, on: on, gone: r.Context().Done()}, r)
			return true
		}
		return false
	})
	return sync.OnceFunc(func() { close(on) })
}

// stateFirst is the writer of one such stream.
type stateFirst struct {
	http.ResponseWriter
	on   <-chan struct{}
	gone <-chan struct{}
	told bool
}

// Unwrap is for flushing.
func (s *stateFirst) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *stateFirst) Write(b []byte) (n int, err error) {
	if state := bytes.Index(b, []byte("event: state")); !s.told && state >= 0 {
		s.told = true
		n = state + bytes.Index(b[state:], []byte("\n\n")) + 2
		if _, err := s.ResponseWriter.Write(b[:n]); err != nil {
			return 0, err
		}
		if err := http.NewResponseController(s.ResponseWriter).Flush(); err != nil {
			return n, err
		}
		select {
		case <-s.on:
		case <-s.gone:
			return n, io.ErrClosedPipe
		}
	}
	more, err := s.ResponseWriter.Write(b[n:])
	return n + more, err
}
