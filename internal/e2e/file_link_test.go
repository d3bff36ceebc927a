package e2e

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestFileLinks(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	a := newAccount(t, s)
	v := started(t, s, a.newToken(t, shop, allScopes...), obj{})
	f, other := v.file(t, "a.png", pngOf(t, photo(800, 600))), v.file(t, "b.txt", []byte("some other words"))
	address, err := url.Parse(str(t, f, "url"))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("headers", func(t *testing.T) {
		for _, method := range []string{"GET", "HEAD"} {
			r := s.link(t, method, address.String())
			if r.status != http.StatusOK || (method == "HEAD") != (len(r.body) == 0) {
				t.Fatalf("%s: %d", method, r.status)
			}
			for name, want := range map[string]string{
				"Content-Type": "image/png", "Content-Disposition": "inline; filename=a.png", "X-Content-Type-Options": "nosniff",
				"Content-Security-Policy": "sandbox; default-src 'none'", "Cross-Origin-Resource-Policy": "cross-origin",
				"Cache-Control": "private, max-age=3600", "Accept-Ranges": "bytes", "Content-Length": strconv.FormatInt(num(t, f, "size"), 10),
			} {
				if got := r.header.Get(name); got != want {
					t.Errorf("%s: %s is %q, want %q", method, name, got, want)
				}
			}
		}
	})
	t.Run("a part", func(t *testing.T) {
		r := s.link(t, "GET", str(t, other, "url"), "Range", "bytes=5-9")
		if r.status != http.StatusPartialContent || string(r.body) != "other" {
			t.Errorf("%v", r)
		}
	})
	t.Run("signed anew", func(t *testing.T) {
		m := v.do(t, "POST", "/session/messages", obj{"client_id": "c", "text": "", "attachments": []string{str(t, f, "_id")}})
		until, err := strconv.ParseInt(mustQuery(t, str(t, m.ok(t, http.StatusCreated), "message.attachments.0.url")).Get("expires"), 10, 64)
		if left := time.Until(time.Unix(until, 0)); err != nil || left > time.Hour || left < 55*time.Minute {
			t.Errorf("works for %v", left)
		}
	})
	t.Run("forged", func(t *testing.T) {
		query := address.Query()
		change := func(name, value string) string {
			changed := *address
			q := address.Query()
			q.Set(name, value)
			changed.RawQuery = q.Encode()
			return changed.String()
		}
		otherFile := strings.Replace(address.String(), str(t, f, "_id"), str(t, other, "_id"), 1)
		later := strconv.FormatInt(time.Now().Add(48*time.Hour).Unix(), 10)
		for name, link := range map[string]string{
			"no query": s.url + address.Path, "no signature": change("signature", ""), "another signature": change("signature", strings.Repeat("0", 64)),
			"cut": change("signature", query.Get("signature")[:32]), "upper case": change("signature", strings.ToUpper(query.Get("signature"))),
			"later": change("expires", later), "thumbnail": change("size", "thumbnail"), "another file": otherFile,
			"unknown file": s.url + "/files/" + strings.Repeat("0", 24) + "?" + address.RawQuery,
			"a path":       s.url + "/files/..%2fdeskbell.db?" + address.RawQuery,
		} {
			if r := s.link(t, "GET", link); r.status != http.StatusForbidden {
				t.Errorf("%s: %d", name, r.status)
			}
		}
	})
	t.Run("expired and gone", func(t *testing.T) {
		now := time.Now()
		if r := s.link(t, "GET", s.signed(t, str(t, other, "_id"), now.Add(time.Minute))); r.status != http.StatusOK {
			t.Fatalf("the test signs wrongly: %v", r)
		}
		if r := s.link(t, "GET", s.signed(t, str(t, other, "_id"), now.Add(-time.Second))); r.status != http.StatusForbidden {
			t.Errorf("an expired link: %d", r.status)
		}
		if r := s.link(t, "GET", s.signed(t, strings.Repeat("0", 24), now.Add(time.Minute))); r.status != http.StatusNotFound {
			t.Errorf("a file that is gone: %d", r.status)
		}
	})
}

func mustQuery(t testing.TB, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// signed makes a link as the server would, with its own key.
func (s *server) signed(t testing.TB, fileID string, until time.Time) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := hkdf.Key(sha256.New, root, nil, "deskbell file-links", 32)
	if err != nil {
		t.Fatal(err)
	}
	expires := strconv.FormatInt(until.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(fileID + "\x00\x00" + expires + "\x00"))
	return s.url + "/files/" + fileID + "?" + url.Values{"expires": {expires}, "signature": {hex.EncodeToString(mac.Sum(nil))}}.Encode()
}
