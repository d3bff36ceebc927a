package outbound

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestPublic(t *testing.T) {
	for _, text := range strings.Fields("127.0.0.1 127.8.8.8 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 0.0.0.0 0.1.2.3 100.64.0.1 198.18.0.1 224.0.0.1 255.255.255.255 " +
		"192.0.2.1 203.0.113.9 :: ::1 fe80::1 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1::1 2001::1 2001:db8::1") {
		if Public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as public", text)
		}
	}
	for _, text := range strings.Fields("1.1.1.1 8.8.8.8 93.184.215.14 172.15.0.1 172.32.0.1 2606:4700:4700::1111 ::ffff:1.1.1.1") {
		if !Public(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as not public", text)
		}
	}
}

func TestClient(t *testing.T) {
	reached := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	get := func(c *http.Client, url string) (*http.Response, error) {
		resp, err := c.Get(url)
		if err == nil {
			_ = resp.Body.Close()
		}
		return resp, err
	}
	guarded := NewClient(nil, 5*time.Second)
	for _, url := range []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1), strings.Replace(server.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1)} {
		if _, err := get(guarded, url); !errors.Is(err, ErrNotPublic) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if reached != 0 {
		t.Fatalf("%d requests reached a server that is not public", reached)
	}
	resp, err := get(NewClient([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, 5*time.Second), server.URL)
	if err != nil || resp.StatusCode != http.StatusFound || reached != 1 {
		t.Errorf("an allowed one: %v %v, %d requests", resp, err, reached)
	}
}
