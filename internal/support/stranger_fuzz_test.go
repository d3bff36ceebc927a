package support

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"

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

// FuzzIdentity holds that nobody is taken for a person without the site's signature, and that whatever a
// site signs, even what visitors wrote into it, names one person in plain words, for this token and within the hour.
func FuzzIdentity(f *testing.F) {
	const secret, tokenID = "the site's own secret", "507f1f77bcf86cd799439011"
	at := time.Unix(1_790_000_000, 0)
	now := func() time.Time { return at }
	for _, claims := range []string{
		`{"aud":"507f1f77bcf86cd799439011","exp":1790000600,"sub":"u1","email":"a@b.example","name":"Ann","phone":"+4930123"}`,
		`{"aud":["x","507f1f77bcf86cd799439011"],"exp":1790003600.5,"sub":"u1"}`, `{"aud":"other","exp":1790000600,"sub":"u1"}`,
		`{"aud":"507f1f77bcf86cd799439011","exp":1790000600,"sub":"u1","sub":"u2"}`, `{"aud":"507f1f77bcf86cd799439011","exp":1790000600,"Sub":"u1"}`,
		`{"aud":"507f1f77bcf86cd799439011","exp":1e300,"sub":"u1"}`, `{"aud":"507f1f77bcf86cd799439011","exp":1790000600,"nbf":1790000601,"sub":"u\n1"}`, `{}`, `null`, `[`,
	} {
		f.Add(`{"alg":"HS256","typ":"JWT"}`, []byte(claims), "")
		f.Add(`{"alg":"none"}`, []byte(claims), "x")
	}
	f.Add("", []byte(""), "..")
	encode := base64.RawURLEncoding.EncodeToString
	f.Fuzz(func(t *testing.T, head string, claims []byte, whole string) {
		if _, err := parseIdentity(whole, secret, tokenID, now); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%q: %v", whole, err)
		}
		unsigned := encode([]byte(head)) + "." + encode(claims)
		mac := hmac.New(sha256.New, []byte(secret))
		_, _ = mac.Write([]byte(unsigned))
		who, err := parseIdentity(unsigned+"."+encode(mac.Sum(nil)), secret, tokenID, now)
		if err != nil {
			if !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s: %v", claims, err)
			}
			return
		}
		var read struct {
			Exp float64 `json:"exp"`
			Nbf float64 `json:"nbf"`
			Sub string  `json:"sub"`
		}
		if err := json.Unmarshal(claims, &read); err != nil || read.Sub != who.ExternalID || read.Exp <= float64(at.Unix()) || read.Exp > float64(at.Add(identityLife+identitySkew).Unix())+1 ||
			read.Nbf > float64(at.Unix())+1 {
			t.Errorf("accepted %s (%v)", claims, err)
		}
		if who.ExternalID == "" || len(who.ExternalID) > maxExternalID || strings.ContainsFunc(who.ExternalID+who.Name+who.Email+who.Phone, unicode.IsControl) {
			t.Errorf("%s became %q", claims, who)
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
