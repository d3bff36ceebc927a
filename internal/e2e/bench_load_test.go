package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The load of the benchmarks comes from here and not from net/http: the client shares the cores
// with the server, and its own work would be measured with it.

// loadConn is one kept-alive connection.
type loadConn struct {
	conn net.Conn
	in   *bufio.Reader
}

func dialLoad(addr string) (*loadConn, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &loadConn{conn: conn, in: bufio.NewReaderSize(conn, 8<<10)}, nil
}

// do sends a request as it stands and answers the status; the body is read and dropped, or is the
// error when the server failed.
func (l *loadConn) do(request []byte) (int, error) {
	if _, err := l.conn.Write(request); err != nil {
		return 0, err
	}
	status, length, err := l.head()
	if err != nil {
		return 0, err
	}
	if status >= http.StatusInternalServerError {
		body := make([]byte, length)
		_, err = io.ReadFull(l.in, body)
		return status, errors.Join(err, fmt.Errorf("status %d: %s", status, body))
	}
	_, err = l.in.Discard(length)
	return status, err
}

func (l *loadConn) head() (status, length int, err error) {
	for first := true; ; first = false {
		line, err := l.in.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case first && len(line) >= 12:
			status, err = strconv.Atoi(string(line[9:12]))
		case len(line) == 0:
			return status, length, nil
		case len(line) > 16 && bytes.EqualFold(line[:15], []byte("Content-Length:")):
			length, err = strconv.Atoi(string(bytes.TrimSpace(line[15:])))
		}
		if err != nil {
			return 0, 0, err
		}
	}
}

// rawRequest is a request's bytes.
func rawRequest(method, path, body string, headers ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: bench\r\n", method, path)
	for i := 0; i < len(headers); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", headers[i], headers[i+1])
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return []byte(b.String())
}

// operation does one thing over a client's connection and answers the status.
type operation func(l *loadConn, client, n int) (int, error)

// closedFor runs clients for a time, each waiting for its answer before it asks again, and
// answers how many operations were done in a second.
func closedFor(addr string, clients int, length time.Duration, want int, op operation) (float64, error) {
	var done atomic.Int64
	var group sync.WaitGroup
	failed := make(chan error, clients)
	begin := time.Now()
	end := begin.Add(length)
	for client := range clients {
		group.Go(func() {
			l, err := dialLoad(addr)
			if err != nil {
				failed <- err
				return
			}
			defer func() { _ = l.conn.Close() }()
			for n := 0; time.Now().Before(end); n++ {
				status, err := op(l, client, n)
				if err == nil && status != want {
					err = fmt.Errorf("want status %d, got %d", want, status)
				}
				if err != nil {
					failed <- err
					return
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
		return float64(done.Load()) / time.Since(begin).Seconds(), nil
	}
}

// pacedFor starts operations at a rate, spread over clients, whatever the answers take.
func pacedFor(addr string, clients, perSecond int, length time.Duration, want int, op operation) error {
	gap := time.Duration(clients) * time.Second / time.Duration(perSecond)
	var group sync.WaitGroup
	failed := make(chan error, clients)
	begin := time.Now()
	for client := range clients {
		group.Go(func() {
			l, err := dialLoad(addr)
			if err != nil {
				failed <- err
				return
			}
			defer func() { _ = l.conn.Close() }()
			next := begin.Add(gap * time.Duration(client) / time.Duration(clients))
			for n := 0; next.Sub(begin) < length; n++ {
				<-time.After(time.Until(next))
				next = next.Add(gap)
				status, err := op(l, client, n)
				if err == nil && status != want {
					err = fmt.Errorf("want status %d, got %d", want, status)
				}
				if err != nil {
					failed <- err
					return
				}
			}
		})
	}
	group.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// sentMark begins the text of a measured message; the time it was sent follows, in Unix ns.
const sentMark = "sent at "

func markedText() string {
	return sentMark + strconv.FormatInt(time.Now().UnixNano(), 10) + ": how long does the shipping to Norway take?"
}

// pushed reads a stream and notes how long each marked message took to arrive.
type pushed struct {
	conn net.Conn
	mu   sync.Mutex
	took []time.Duration
}

func followPushes(tb testing.TB, addr, path string, headers ...string) *pushed {
	tb.Helper()
	l, err := dialLoad(addr)
	if err != nil {
		tb.Fatal(err)
	}
	p := &pushed{conn: l.conn}
	tb.Cleanup(func() { _ = l.conn.Close() })
	if _, err := l.conn.Write(rawRequest(http.MethodGet, path, "", headers...)); err != nil {
		tb.Fatal(err)
	}
	if status, _, err := l.head(); err != nil || status != http.StatusOK {
		tb.Fatal(status, err)
	}
	go p.read(l.in)
	return p
}

func (p *pushed) read(in io.Reader) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		now := time.Now().UnixNano()
		_, rest, found := bytes.Cut(lines.Bytes(), []byte(sentMark))
		if !found {
			continue
		}
		digits, _, _ := bytes.Cut(rest, []byte(":"))
		if sent, err := strconv.ParseInt(string(digits), 10, 64); err == nil {
			p.mu.Lock()
			p.took = append(p.took, time.Duration(now-sent))
			p.mu.Unlock()
		}
	}
}

func (p *pushed) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.took)
}

// taken answers what was noted since the last call, sorted.
func (p *pushed) taken() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := p.took
	p.took = nil
	slices.Sort(took)
	return took
}

// percentile of sorted values; 0 without any.
func percentile(sorted []time.Duration, share float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(float64(len(sorted))*share), len(sorted)-1)]
}
