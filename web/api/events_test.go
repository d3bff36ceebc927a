package api

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"github.com/labstack/echo/v4"

	"deskbell/internal/fault"
)

// FuzzResumePoint holds that a stream goes on after a number that was sent, and from nothing else.
func FuzzResumePoint(f *testing.F) {
	for _, seed := range []string{"", "0", "12", "-1", "-0", "+1", "9223372036854775808", "1e3", " 1", "1\n2", "0x1"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	number := regexp.MustCompile(`^[0-9]{1,40}$`)
	f.Fuzz(func(t *testing.T, text string, inHeader bool) {
		req := httptest.NewRequest("GET", "/", nil)
		if inHeader {
			req.Header["Last-Event-Id"] = []string{text}
		} else {
			req.URL.RawQuery = "after_seq=" + url.QueryEscape(text)
		}
		seq, resumed, err := resumePoint(echo.New().NewContext(req, httptest.NewRecorder()))
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
		if resumed != (err == nil && text != "") || seq < 0 || (resumed && !number.MatchString(text)) {
			t.Errorf("%q: %d %v %v", text, seq, resumed, err)
		}
	})
}
