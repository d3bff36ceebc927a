package support

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"deskbell/internal/db/dbtest"
	"deskbell/internal/fault"
)

// FuzzCovers holds that an origin is let in by a domain only if it is that host, or below it, and nothing more.
func FuzzCovers(f *testing.F) {
	for _, seed := range []string{"https://shop.example", "https://a.b.shop.example", "https://shop.example:443", "https://evil@shop.example", "null", "https://shop.example.evil.example",
		"HTTPS://SHOP.EXAMPLE", "https://shop.example/", "https://xn--shp-0na.example", "https://.shop.example", "https://a/b.shop.example", "https://a..shop.example"} {
		f.Add(seed)
	}
	exact, below := regexp.MustCompile(`^https://shop\.example$`), regexp.MustCompile(`^https://([a-z0-9-]+\.)+shop\.example$`)
	f.Fuzz(func(t *testing.T, origin string) {
		normal, _ := ParseOrigin(origin)
		if Covers("https://shop.example", origin) && !exact.MatchString(normal) {
			t.Errorf("%q is let in", origin)
		}
		if Covers("https://*.shop.example", origin) && !below.MatchString(normal) {
			t.Errorf("%q is let in as a subdomain", origin)
		}
	})
}

// FuzzClaims holds that accepted claims are one line and one address each, which can't say anything else in a mail or an SMS.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{"a@b.example", " A@B.example", "\"a b\"@c.example", "a@b.example\r\nBcc: x@y.example", "a@[127.0.0.1]", "İ@K.example"} {
		f.Add("Name\n", seed, "+49 (30) 123-45")
		f.Add(" Name \u202e", seed, "+0123")
	}
	f.Fuzz(func(t *testing.T, name, email, phone string) {
		c, bad := Claims{Name: name, Email: email, Phone: phone}, fault.Fields{}
		c.normalise(bad)
		if len(bad) > 0 {
			return
		}
		again := c
		if again.normalise(bad); again != c || len(bad) > 0 {
			t.Errorf("%q became %q (%v)", c, again, bad)
		}
		if strings.Count(c.Email, "@") > 1 || strings.ContainsAny(c.Email, ",;:<>()\"\\ \t") || strings.ContainsFunc(c.Name+c.Email+c.Phone, unicode.IsControl) {
			t.Errorf("accepted %q", c)
		}
	})
}

// FuzzCursor holds that a cursor that is taken names a position, whatever it was made of.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{cursor(1, "507f1f77bcf86cd799439011"), "", "Lg", "LTEuNTA3ZjFmNzdiY2Y4NmNkNzk5NDM5MDEx", "%00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, rowID, err := parseCursor(s)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if againAt, againID, err := parseCursor(cursor(at, rowID)); err != nil || againAt != at || againID != rowID {
			t.Errorf("%q is %d %s, then %d %s (%v)", s, at, rowID, againAt, againID, err)
		}
	})
}

// FuzzBearer holds that no string passes for a support token but what the key has signed.
func FuzzBearer(f *testing.F) {
	s := &Service{supportKey: []byte("a key of thirty-two bytes, or so"), now: time.Now}
	for _, seed := range []string{"", "..", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiIsInR5cCI6InN1cHBvcnQrand0In0.eyJleHAiOjk5OTk5OTk5OTl9.AAAA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, bearer string) {
		if signed, err := s.checkSignature(bearer); err == nil {
			t.Errorf("%q passes as %+v", bearer, signed)
		}
	})
}

// FuzzSearch holds that whatever is typed is looked for and never understood: the index reports no error.
func FuzzSearch(f *testing.F) {
	for _, seed := range []string{"", "ring", `"`, "a AND", "NEAR(a b)", "text:a", "^a*", "-a", "\x00", "\xff", "(((", "a\u0301 ß"} {
		f.Add(seed)
	}
	d := dbtest.New(f)
	f.Fuzz(func(t *testing.T, query string) {
		for _, x := range []searchIndex{messageIndex, contactIndex} {
			w, err := x.wanted(t.Context(), d.Read(), query)
			if err != nil {
				t.Fatalf("%q: %v", query, err)
			}
			rows, err := d.Read().Query(t.Context(), "SELECT rowid FROM "+x.name+"_search WHERE "+x.name+"_search MATCH ?", w.match)
			if err != nil {
				t.Fatalf("%q as %q: %v", query, w.match, err)
			}
			for rows.Next() {
			}
			if err := rows.Close(); err != nil || rows.Err() != nil {
				t.Errorf("%q as %q: %v %v", query, w.match, err, rows.Err())
			}
		}
	})
}
