package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// exchange sends bytes as they are on a connection of their own and reads every answer on it.
func (s *server) exchange(t testing.TB, sent string) (statuses []int, raw string) {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.WriteString(conn, sent)
	_ = conn.(*net.TCPConn).CloseWrite()
	content, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && len(content) == 0 {
		return nil, "" // closed without a word, which is an answer too
	}
	in := bufio.NewReader(bytes.NewReader(content))
	for {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return statuses, string(content)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		statuses = append(statuses, resp.StatusCode)
	}
}

// Requests that two servers in a row could read differently are read by this one as one request
// that is wrong: what hides in their bodies is never answered.
func TestSmuggledRequests(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	const hidden = "GET /healthz HTTP/1.1\r\nHost: hidden\r\n\r\n"
	post := func(head string) string {
		return "POST /api/auth/login HTTP/1.1\r\nHost: " + s.addr + "\r\n" + head + "\r\n"
	}
	for name, sent := range map[string]string{
		"both lengths, chunks first":   post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n" + hidden,
		"both lengths, the other way":  post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n") + "0\r\n\r\n" + hidden,
		"two lengths":                  post("Content-Length: 0\r\nContent-Length: 44\r\n") + hidden,
		"two lengths in one":           post("Content-Length: 0, 44\r\n") + hidden,
		"a length with a sign":         post("Content-Length: +0\r\n") + hidden,
		"a length with a space":        post("Content-Length : 0\r\n") + hidden,
		"a length in hex":              post("Content-Length: 0x0\r\n") + hidden,
		"a length below zero":          post("Content-Length: -1\r\n") + hidden,
		"an unknown encoding":          post("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n" + hidden,
		"two encodings":                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") + "0\r\n\r\n" + hidden,
		"a list of encodings":          post("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n" + hidden,
		"an encoding after a space":    post("Transfer-Encoding : chunked\r\n") + "0\r\n\r\n" + hidden,
		"an encoding after a tab":      post("Transfer-Encoding:\x0bchunked\r\n") + "0\r\n\r\n" + hidden,
		"a folded header":              post("X-A: 1\r\n Transfer-Encoding: chunked\r\n") + "0\r\n\r\n" + hidden,
		"a chunk's size with a sign":   post("Transfer-Encoding: chunked\r\n") + "+0\r\n\r\n" + hidden,
		"a chunk's size that is huge":  post("Transfer-Encoding: chunked\r\n") + "fffffffffffffffff\r\n\r\n" + hidden,
		"a chunk without its end":      post("Transfer-Encoding: chunked\r\n") + "1\r\nAA0\r\n\r\n" + hidden,
		"a null in a header":           post("X-A: a\x00b\r\nContent-Length: 0\r\n") + hidden,
		"a line break in a name":       post("X\rA: b\r\nContent-Length: 0\r\n") + hidden,
		"no host":                      "GET /healthz HTTP/1.1\r\n\r\n" + hidden,
		"two hosts":                    "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + hidden,
		"a host that is none":          "GET /healthz HTTP/1.1\r\nHost: a b/<c>\r\n\r\n" + hidden,
		"an address with a space":      "GET /healthz x HTTP/1.1\r\nHost: a\r\n\r\n" + hidden,
		"a version that there is none": "GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n" + hidden,
		"no version":                   "GET /healthz\r\n\r\n" + hidden,
		"a line break for a method":    "GE\rT /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + hidden,
		"not HTTP at all":              "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + hidden,
	} {
		statuses, raw := s.exchange(t, sent)
		refused := !slices.Contains(statuses, http.StatusOK)
		attempt("smuggled request", refused)
		if !refused {
			t.Errorf("%s: answered %v:\n%.600s", name, statuses, raw)
		}
	}
}

// What a client takes itself to be called, and what it says a proxy did, changes nothing: links,
// snippets and redirects bear the configured address.
func TestHostIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := startServerWithMail(t, manySessions(), withoutProxy())
	const evil = "garnet.example"
	lies := []string{"Host", evil, "X-Forwarded-Host", evil, "X-Forwarded-Proto", evil, "Forwarded", "host=" + evil, "X-Original-URL", "/" + evil, "X-Rewrite-URL", "/" + evil,
		"X-Forwarded-Prefix", "/" + evil, "X-Forwarded-Port", evil, "X-HTTP-Method-Override", "DELETE", "X-Real-IP", "203.0.113.66", "X-Client-IP", "203.0.113.66",
		"True-Client-IP", "203.0.113.66", "CF-Connecting-IP", "203.0.113.66", "X-Forwarded-For", "203.0.113.66"}
	w := newWorld(t, s)
	ids, cookie := w.of(t, w.member), w.console(t).cookie
	for _, r := range routes {
		if !strings.HasPrefix(r.name, "GET ") {
			continue
		}
		headers := append([]string{"Authorization", "Bearer " + w.member.token, "Cookie", cookie}, lies...)
		if r.who == visitors {
			headers = append(w.visitor.headers(), lies...)
		}
		a := s.ask(t, r, ids, headers...)
		shown := bytes.Contains(a.body, []byte(evil)) || strings.Contains(fmt.Sprint(a.header), evil) || bytes.Contains(a.body, []byte("203.0.113.66"))
		attempt("Host, forwarded and override headers", !shown)
		if shown {
			t.Errorf("%s shows what the headers said: %.300v", r.full(), a)
		}
	}
	s.do(t, "POST", "/forgot", fields("email", w.email).Encode(), append([]string{"Content-Type", formType}, lies...)...).shows(t, http.StatusOK, "Look into your mailbox")
	mail := s.mails.nth(t, w.email, 1)
	linkKey(t, s, mail.text)
	if !strings.Contains(mail.text, s.url+"/reset?key=") || strings.Contains(mail.text, evil) {
		t.Errorf("the mail leads to %s", mail.text)
	}
	v := newVisitor(s, w.token)
	v.do(t, "POST", "/session", obj{}, lies...).ok(t, http.StatusCreated)
	if n := s.count(t, "SELECT count(*) FROM support_sessions WHERE ip = '203.0.113.66'"); n != 0 {
		t.Error("an address was believed that nobody vouches for")
	}
}

// trickle opens connections that send a beginning and then a byte ten times a second, and returns
// how many the server has ended within the time.
func (s *server) trickle(t testing.TB, n int, begin string, within time.Duration) (ended int) {
	t.Helper()
	done := make(chan bool, n)
	for range n {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = io.WriteString(conn, begin)
		go func() {
			pace := time.NewTicker(100 * time.Millisecond)
			defer pace.Stop()
			for err := error(nil); err == nil; _, err = conn.Write([]byte("a")) {
				<-pace.C
			}
			done <- true
		}()
	}
	deadline := time.After(within)
	for ended < n {
		select {
		case <-done:
			ended++
		case <-deadline:
			return ended
		}
	}
	return ended
}

// peak is the most memory that the server has held so far, in MiB.
func (s *server) peak(t testing.TB) int {
	t.Helper()
	_, rest, _ := strings.Cut(procFile(t, s.cmd.Process.Pid, "status"), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib / 1024
}

// endless sends a body in chunks until the server has had enough, and returns what it answered and
// after how many bytes.
func (s *server) endless(t testing.TB, path, contentType string, headers []string, chunk []byte) (status int, sent int64) {
	t.Helper()
	body := &endlessBody{chunk: chunk}
	req, err := s.request("POST", path, io.Reader(body), append(headers, "Content-Type", contentType)...)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, body.sent.Load() // the connection was cut while still sending
	}
	_ = resp.Body.Close()
	return resp.StatusCode, body.sent.Load()
}

type endlessBody struct {
	chunk []byte
	sent  atomic.Int64
}

func (b *endlessBody) Read(p []byte) (int, error) {
	n := copy(p, b.chunk)
	b.sent.Add(int64(n))
	return n, nil
}

// TestSlowHugeAndEndlessRequests sends what would hold a server's connections and memory for ever. They
// are ended after the documented times and sizes, and others are served meanwhile.
func TestSlowHugeAndEndlessRequests(t *testing.T) {
	t.Parallel()
	// What is held at once counts, not what a busy machine has had no time to collect yet.
	s := startServer(t, manySessions(), withEnv("GOMEMLIMIT", "96MiB"))
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop, allScopes...), obj{})
	v.post(t, "before")
	descriptors, memory := s.descriptors(t), s.peak(t)

	for name, sent := range map[string]string{
		"a header of 30 KiB":  "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 30<<10) + "\r\n\r\n",
		"30 KiB of headers":   "GET /healthz HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X-A: b\r\n", 4000) + "\r\n",
		"an address of 30 KB": "GET /healthz?" + strings.Repeat("a", 30<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		statuses, raw := s.exchange(t, sent)
		refused := len(statuses) == 1 && statuses[0] == http.StatusRequestHeaderFieldsTooLarge
		attempt("huge request", refused)
		if !refused {
			t.Errorf("%s: %v %.200s", name, statuses, raw)
		}
	}
	part, formKind := form(t, "endless.txt", nil)
	upload := part[:bytes.Index(part, []byte("\r\n\r\n"))+4]
	// Of a refused upload the rest is read for a while, or browsers would not get to the reason.
	crowded := func() {
		var crowd sync.WaitGroup
		for _, c := range []struct {
			path, kind string
			chunk      []byte
			most       int64
		}{
			{api + "/session", "application/json", bytes.Repeat([]byte(" "), 32<<10), 8 << 20},
			{api + "/session", "application/json", bytes.Repeat([]byte("["), 32<<10), 8 << 20},
			{api + "/session/messages", "application/json", bytes.Repeat([]byte("a"), 32<<10), 8 << 20},
			{api + "/session/files", formKind, bytes.Repeat([]byte("X-A: b\r\n"), 4<<10), 320 << 20},
			{api + "/session/files", formKind, append(upload, bytes.Repeat([]byte("words "), 4<<10)...), 320 << 20},
			{"/login", formType, bytes.Repeat([]byte("email=a&"), 4<<10), 8 << 20},
			{"/resume", formType, bytes.Repeat([]byte("code=a&"), 4<<10), 8 << 20},
			{"/resume/stop", formKind, append(upload, bytes.Repeat([]byte("words "), 4<<10)...), 8 << 20},
		} {
			for range 4 {
				crowd.Go(func() {
					status, sent := s.endless(t, c.path, c.kind, append(v.headers(), "Sec-Fetch-Site", "same-origin"), c.chunk)
					refused := status == 0 || (status >= 400 && status < 500)
					attempt("endless body", refused && sent <= c.most)
					if !refused || sent > c.most {
						t.Errorf("%s: %d after %d bytes of %.8q", c.path, status, sent, c.chunk)
					}
				})
			}
		}
		crowd.Wait()
	}
	crowded()
	first := s.peak(t)
	crowded()
	if again := s.peak(t); first > memory+192 || again > first+48 {
		t.Errorf("endless bodies took %d MiB more, then another %d", first-memory, again-first)
	}
	for range 300 { // half a request, and gone
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{")
		_ = conn.Close()
	}
	var slow sync.WaitGroup
	slow.Go(func() {
		if ended := s.trickle(t, 100, "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: ", 15*time.Second); ended != 100 {
			t.Errorf("%d of 100 slow headers were ended", ended)
		}
	})
	slow.Go(func() {
		head := "POST " + api + "/session HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + v.token + "\r\nX-Device-ID: d\r\nContent-Length: 60000\r\n\r\n"
		if ended := s.trickle(t, 50, head, 45*time.Second); ended != 50 {
			t.Errorf("%d of 50 slow bodies were ended", ended)
		}
	})
	v.post(t, "meanwhile")
	slow.Wait()
	attempt("slow request", !t.Failed())
	equal(t, "others are served", v.texts(t), []string{"before", "meanwhile"})
	if grown := s.peak(t) - first; grown > 48 {
		t.Errorf("slow requests took %d MiB more", grown)
	}
	s.client.CloseIdleConnections()
	eventually(t, 20*time.Second, "the descriptors are free again", func() bool { return s.descriptors(t) <= descriptors+5 })
	s.nothingStored(t)
}
