package httpio

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"deskbell/internal/fault"
)

// deadlines lets a recorder take what a real connection does.
type deadlines struct{ *httptest.ResponseRecorder }

func (deadlines) SetReadDeadline(time.Time) error  { return nil }
func (deadlines) SetWriteDeadline(time.Time) error { return nil }

// FuzzReceiveFile holds that no form ends in anything but a file of bounded size or a refusal that can be told.
func FuzzReceiveFile(f *testing.F) {
	for _, seed := range []string{
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=file\r\n\r\n",
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''%2e%2e%2f%00\r\n\r\n--b", "--b--", "", "\r\n--b\r\n\r\n",
	} {
		f.Add("multipart/form-data; boundary=b", []byte(seed))
	}
	f.Add("multipart/form-data", []byte("x"))
	f.Add(`multipart/form-data; boundary="b c"; boundary=d`, []byte("--b c\r\n"))
	const most = 1 << 10
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
		req.Header["Content-Type"] = []string{contentType}
		c := echo.New().NewContext(req, deadlines{httptest.NewRecorder()})
		upload, err := ReceiveFile(c, most)
		var n int64
		if err == nil {
			n, err = io.Copy(io.Discard, upload)
			err = upload.End(err)
		}
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
			t.Errorf("%q %q: %v", contentType, body, err)
		}
		if n > most+formRoom {
			t.Errorf("%d bytes were let in", n)
		}
	})
}

// FuzzClientIP holds that a forwarded header says something only through a trusted proxy, and then only an address.
func FuzzClientIP(f *testing.F) {
	for _, seed := range []string{"", "203.0.113.9", "203.0.113.9, 10.0.0.1", "::1%eth0", "unknown", ", ,", "[2001:db8::1]:443", strings.Repeat("10.0.0.1,", 50)} {
		f.Add(seed, "127.0.0.1:1")
		f.Add(seed, "198.51.100.7:1")
	}
	trusted := Proxies{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, forwarded, peer string) {
		req := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		got := trusted.ClientIP(req)
		if !got.IsValid() || got.Zone() != "" && !strings.Contains(peer, "%") {
			t.Errorf("%q from %q: %v", forwarded, peer, got)
		}
		if addr, err := netip.ParseAddrPort(peer); err == nil && !trusted.Trust(addr.Addr().Unmap()) && got != addr.Addr().Unmap() {
			t.Errorf("%q from %q, whom nobody trusts: %v", forwarded, peer, got)
		}
	})
}

// FuzzOwnOrigin holds that what passes for a page of ours names our host and nothing beside it.
func FuzzOwnOrigin(f *testing.F) {
	for _, seed := range []string{"https://chat.example", "https://chat.example.evil.example", "https://evil@chat.example", "null", "", "//chat.example", "https://chat.example\\@evil.example"} {
		f.Add(seed)
	}
	base := &url.URL{Scheme: "https", Host: "chat.example"}
	f.Fuzz(func(t *testing.T, origin string) {
		req := &http.Request{Host: "10.0.0.5:8080", Header: http.Header{"Origin": {origin}}}
		if !OwnOrigin(req, base) {
			return
		}
		u, err := url.Parse(origin)
		if err != nil || (!strings.EqualFold(u.Host, "chat.example") && u.Host != req.Host) {
			t.Errorf("%q passes for ours", origin)
		}
	})
}
