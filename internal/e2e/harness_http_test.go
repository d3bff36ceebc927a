package e2e

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

type obj = map[string]any

// reply is an answer read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
	what   string
}

// do sends one request. A string or []byte body goes out as it is, anything else as JSON.
// Headers are name, value pairs; a name may come twice; the value "-" drops the header.
func (s *server) do(t testing.TB, method, path string, body any, headers ...string) reply {
	t.Helper()
	r, err := s.try(method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

// try is do for tests in which the server may die.
func (s *server) try(method, path string, body any, headers ...string) (reply, error) {
	req, err := s.request(method, path, body, headers...)
	if err != nil {
		return reply{}, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	r := reply{status: resp.StatusCode, header: resp.Header, body: content, what: method + " " + path}
	checkExchange(req, r)
	s.keepExchangeOut(req, r.unpacked())
	return r, nil
}

// unpacked is the answer as the server meant it, where somebody asked for gzip.
func (r reply) unpacked() reply {
	if r.header.Get("Content-Encoding") != "gzip" {
		return r
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(r.body))
	if err == nil {
		r.body, err = io.ReadAll(unpacked)
	}
	if err != nil {
		panic(fmt.Sprintf("%s: %v", r.what, err))
	}
	return r
}

func (s *server) request(method, path string, body any, headers ...string) (*http.Request, error) {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case io.Reader:
		reader = b // of unknown length: sent in chunks
	case string:
		reader = strings.NewReader(b)
	case []byte:
		reader = bytes.NewReader(b)
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(encoded)
	}
	req, err := http.NewRequest(method, s.url+path, reader)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		switch {
		case headers[i+1] == "-":
			req.Header.Del(headers[i])
		case headers[i] == "Host":
			req.Host = headers[i+1]
		case headers[i] == "Content-Type":
			req.Header.Set(headers[i], headers[i+1])
		default:
			req.Header.Add(headers[i], headers[i+1])
		}
	}
	return req, nil
}

func (r reply) String() string {
	return fmt.Sprintf("%s: %d %s", r.what, r.status, bytes.TrimSpace(r.body))
}

// ok asserts a status and returns the JSON object.
func (r reply) ok(t testing.TB, status int) obj {
	t.Helper()
	if r.status != status {
		t.Fatalf("want status %d, got %v", status, r)
	}
	if status == http.StatusNoContent {
		if len(r.body) != 0 {
			t.Fatalf("a 204 with a body: %v", r)
		}
		return nil
	}
	if ct := r.header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
		t.Fatalf("%v: content type %q", r, ct)
	}
	var v obj
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("%v: %v", r, err)
	}
	return v
}

// refused asserts the documented error shape. An empty text stands for any.
func (r reply) refused(t testing.TB, status int, text string) obj {
	t.Helper()
	v := r.ok(t, status)
	message, _ := v["error"].(string)
	if message == "" || v["statusCode"] != float64(status) {
		t.Fatalf(`want {"error","statusCode":%d}, got %v`, status, r)
	}
	if text != "" && message != text {
		t.Fatalf("want error %q, got %v", text, r)
	}
	if _, found := v["success"]; found && v["success"] != false {
		t.Fatalf("an error that says success: %v", r)
	}
	if status == http.StatusTooManyRequests {
		if n, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || n < 1 {
			t.Fatalf("%v: Retry-After %q", r, r.header.Get("Retry-After"))
		}
	}
	return v
}

// at walks "a.b.0.c" and fails where there is nothing.
func at(t testing.TB, v any, path string) any {
	t.Helper()
	for _, key := range strings.Split(path, ".") {
		switch c := v.(type) {
		case obj:
			next, found := c[key]
			if !found {
				t.Fatalf("no %q of %q in %v", key, path, c)
			}
			v = next
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(c) {
				t.Fatalf("no %q of %q in %v", key, path, c)
			}
			v = c[i]
		default:
			t.Fatalf("no %q of %q in %v", key, path, v)
		}
	}
	return v
}

func str(t testing.TB, v any, path string) string {
	t.Helper()
	s, ok := at(t, v, path).(string)
	if !ok {
		t.Fatalf("%s is no string in %v", path, v)
	}
	return s
}

func num(t testing.TB, v any, path string) int64 {
	t.Helper()
	n, ok := at(t, v, path).(float64)
	if !ok {
		t.Fatalf("%s is no number in %v", path, v)
	}
	return int64(n)
}

func list(t testing.TB, v any, path string) []any {
	t.Helper()
	l, ok := at(t, v, path).([]any)
	if !ok {
		t.Fatalf("%s is no list in %v", path, v)
	}
	return l
}

func is(t testing.TB, v any, path string, want any) {
	t.Helper()
	if n, ok := want.(int); ok {
		want = float64(n)
	}
	if got := at(t, v, path); got != want {
		t.Fatalf("want %s = %v, got %v in %v", path, want, got, v)
	}
}

var (
	idShape   = regexp.MustCompile(`^[0-9a-f]{24}$`)
	timeShape = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
)

// shape asserts documented keys and their types; further keys are allowed. A kind ending in "?"
// may be null, but the key stays.
func shape(t testing.TB, v any, want map[string]string) {
	t.Helper()
	for path, kind := range want {
		got := at(t, v, path)
		if k, nullable := strings.CutSuffix(kind, "?"); nullable {
			if got == nil {
				continue
			}
			kind = k
		}
		if !isKind(got, kind) {
			t.Fatalf("%s is not of kind %s: %v", path, kind, got)
		}
	}
}

func isKind(v any, kind string) bool {
	switch kind {
	case "id":
		s, ok := v.(string)
		return ok && idShape.MatchString(s)
	case "time":
		s, ok := v.(string)
		if !ok || !timeShape.MatchString(s) {
			return false
		}
		_, err := time.Parse(time.RFC3339, s)
		return err == nil
	case "string":
		_, ok := v.(string)
		return ok
	case "int":
		n, ok := v.(float64)
		return ok && n == float64(int64(n))
	case "bool":
		_, ok := v.(bool)
		return ok
	case "object":
		_, ok := v.(obj)
		return ok
	case "list":
		_, ok := v.([]any)
		return ok
	}
	return false
}

// instant parses a documented time.
func instant(t testing.TB, v any, path string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, str(t, v, path))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func unique(prefix string) string {
	var b [6]byte
	_, _ = rand.Read(b[:])
	return prefix + hex.EncodeToString(b[:])
}

// flipCase gives the same address as other people type it.
func flipCase(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
