package httpio

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"deskbell/internal/fault"
)

type body struct {
	Name   string   `json:"name"`
	Count  *int64   `json:"count"`
	Scopes []string `json:"scopes"`
}

func TestDecodeIsStrict(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{`{"name":"a"}`, ""},
		{`{"name":"a","more":1}`, ""},
		{`{"Name":"ignored"}`, ""},
		{``, "Request body must be valid JSON"},
		{`{`, "Request body must be valid JSON"},
		{`{"name":"a"}{}`, "Request body must be valid JSON"},
		{`{"name":"a"} x`, "Request body must be valid JSON"},
		{`{"name":"a","name":"b"}`, "Request body has a name twice"},
		{"{\"name\":\"\xff\"}", "Request body must be valid JSON"},
		{`[]`, "Request body must be a JSON object"},
		{`null`, "Request body must be a JSON object"},
		{`{"name":1}`, "name must be text"},
		{`{"count":"1"}`, "count must be a whole number"},
		{`{"count":1.5}`, "count must be a whole number"},
		{`{"scopes":"chat"}`, "scopes must be a list"},
		{`{"scopes":[1]}`, "scopes.0 must be text"},
		{`{"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, "JSON is nested too deeply"},
		{`{"x":"` + strings.Repeat("[", 40) + `"}`, ""},
	} {
		var in body
		err := Decode([]byte(tt.in), &in, false)
		got := ""
		if err != nil {
			got = fault.As(err).Message
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.in, got, tt.want)
		}
	}
	var in body
	if err := Decode(nil, &in, true); err != nil {
		t.Errorf("an optional body that is absent: %v", err)
	}
}

// FuzzDecode holds that no bytes of a stranger end in anything but an input or a documented refusal.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"name":"a"}`, `{"count":9223372036854775808}`, `{"a":{"a":{}}}`, `{"name":"\ud800"}`, "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var b body
		if err := Decode(in, &b, false); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", in, err)
		}
	})
}

func TestClientIP(t *testing.T) {
	proxies := Proxies{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tt := range []struct{ peer, forwarded, want string }{
		{"198.51.100.7:1", "", "198.51.100.7"},
		{"198.51.100.7:1", "203.0.113.9", "198.51.100.7"},
		{"127.0.0.1:1", "203.0.113.9", "203.0.113.9"},
		{"127.0.0.1:1", "192.0.2.1, 203.0.113.9", "203.0.113.9"},
		{"127.0.0.1:1", "192.0.2.1, 203.0.113.9, 10.1.1.1", "203.0.113.9"},
		{"127.0.0.1:1", "10.9.9.9, 10.1.1.1", "10.9.9.9"},
		{"127.0.0.1:1", "nonsense", "127.0.0.1"},
		{"127.0.0.1:1", "192.0.2.1, nonsense", "127.0.0.1"},
		{"[::ffff:127.0.0.1]:1", "2001:db8::1", "2001:db8::1"},
		{"[fd00::1]:1", "::ffff:203.0.113.9", "203.0.113.9"},
		{"127.0.0.1:1", "", "127.0.0.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = tt.peer
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := proxies.ClientIP(r).String(); got != tt.want {
			t.Errorf("%s via %q: %s, want %s", tt.peer, tt.forwarded, got, tt.want)
		}
	}
}

func TestOwnOrigin(t *testing.T) {
	base, err := url.Parse("https://chat.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		header http.Header
		want   bool
	}{
		{"own origin", http.Header{"Origin": {"https://chat.example"}}, true},
		{"own origin as asked for", http.Header{"Origin": {"http://127.0.0.1:8080"}}, true},
		{"foreign origin", http.Header{"Origin": {"https://evil.example"}}, false},
		{"origin that begins alike", http.Header{"Origin": {"https://chat.example.evil.test"}}, false},
		{"null", http.Header{"Origin": {"null"}}, false},
		{"doubled", http.Header{"Origin": {"https://chat.example", "https://chat.example"}}, false},
		{"same-origin read", http.Header{"Sec-Fetch-Site": {"same-origin"}}, true},
		{"same-site read", http.Header{"Sec-Fetch-Site": {"same-site"}}, false},
		{"cross-site read", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Referer": {"https://chat.example/"}}, false},
		{"old browser", http.Header{"Referer": {"https://chat.example/demo"}}, true},
		{"program", http.Header{}, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/", http.NoBody)
		r.Header = tt.header
		if got := OwnOrigin(r, base); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
