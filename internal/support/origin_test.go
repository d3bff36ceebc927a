package support_test

import (
	"strings"
	"testing"

	"deskbell/internal/support"
)

func TestParseDomain(t *testing.T) {
	good := map[string]string{
		"https://example.com":            "https://example.com",
		"HTTPS://Example.COM/":           "https://example.com",
		"https://example.com:443":        "https://example.com",
		"https://example.com:8443":       "https://example.com:8443",
		"https://*.example.com":          "https://*.example.com",
		"https://*.shop.co.uk":           "https://*.shop.co.uk",
		"https://*.me.github.io":         "https://*.me.github.io",
		"https://*.intern.local":         "https://*.intern.local",
		"https://bücher.example":         "https://xn--bcher-kva.example",
		"http://localhost:3000":          "http://localhost:3000",
		"http://localhost:80":            "http://localhost",
		"http://127.0.0.1:5500":          "http://127.0.0.1:5500",
		"http://[::1]:8080":              "http://[::1]:8080",
		"http://shop.localhost":          "http://shop.localhost",
		"https://192.0.2.7":              "https://192.0.2.7",
		"https://xn--bcher-kva.example/": "https://xn--bcher-kva.example",
	}
	for in, want := range good {
		if got, err := support.ParseDomain(in); err != nil || got != want {
			t.Errorf("ParseDomain(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "example.com", "https://", "ftp://example.com", "http://example.com", "https://example.com/path", "https://example.com?q",
		"https://example.com#f", "https://user@example.com", "https://example.com:0", "https://example.com:99999", "https://example.com:",
		"https://*.com", "https://*.co.uk", "https://*.CO.uk", "https://*.github.io", "https://*.intranet", "https://*", "https://shop.*.com", "https://*example.com", "https://ex ample.com", "https://example.com;script-src",
		"https://example.com,https://b.com", "null", "javascript:alert(1)", "https://exam'ple.com", "//example.com", "https://example.com\r\nX: y",
		"https://" + strings.Repeat("a", 64) + ".com", "https://example..com",
	} {
		if got, err := support.ParseDomain(in); err == nil {
			t.Errorf("ParseDomain(%q) = %q, want an error", in, got)
		}
	}
}

func TestCovers(t *testing.T) {
	tests := []struct {
		domain, origin string
		want           bool
	}{
		{"https://example.com", "https://example.com", true},
		{"https://example.com", "https://www.example.com", false},
		{"https://example.com", "https://example.com:8443", false},
		{"https://example.com", "https://example.com.evil.test", false},
		{"https://*.example.com", "https://a.example.com", true},
		{"https://*.example.com", "https://a.b.example.com", true},
		{"https://*.example.com", "https://example.com", false},
		{"https://*.example.com", "https://evilexample.com", false},
		{"https://*.example.com:8443", "https://a.example.com:8443", true},
		{"https://*.example.com:8443", "https://a.example.com", false},
		{"http://localhost:3000", "https://localhost:3000", false},
	}
	for _, tt := range tests {
		if got := support.Covers(tt.domain, tt.origin); got != tt.want {
			t.Errorf("Covers(%q, %q) = %v", tt.domain, tt.origin, got)
		}
	}
}

// FuzzParseDomain holds what the rest of the program builds on: an accepted domain is stable
// when parsed again and can't break out of a header.
func FuzzParseDomain(f *testing.F) {
	for _, seed := range []string{"https://example.com", "https://*.a.b:1", "http://[::1]", "https://ä.de", "HTTPS://A:443/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		domain, err := support.ParseDomain(in)
		if err != nil {
			return
		}
		if again, err := support.ParseDomain(domain); err != nil || again != domain {
			t.Errorf("%q became %q, then %q (%v)", in, domain, again, err)
		}
		if strings.ContainsAny(domain, " ;,'\"\r\n\t/\\") != strings.Contains(domain, "://") || strings.Count(domain, "/") != 2 {
			t.Errorf("%q became %q, which is more than an origin", in, domain)
		}
	})
}
