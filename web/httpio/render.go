package httpio

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// Layout wraps a page's body into a whole document.
type Layout func(body templ.Component) templ.Component

// PagePolicy is the Content-Security-Policy of pages for people: it allows what our own files
// need and nothing else.
const PagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Render answers with a page: the body alone for htmx, else inside the layout (nil: as it is).
// It renders into a buffer first, so that a failure is a clean 500 and never half a page.
func Render(c Ctx, status int, body templ.Component, layout Layout) error {
	if layout != nil && !IsFragment(c) {
		body = layout(body)
	}
	var page bytes.Buffer
	if err := body.Render(c.Request().Context(), &page); err != nil {
		return err
	}
	c.Response().Header().Add("Vary", "HX-Request")
	c.Response().Header().Set("Cache-Control", "no-store")
	if mayCompress(c.Request()) && page.Len() > smallPage {
		return WriteCompressed(c, status, echo.MIMETextHTMLCharsetUTF8, page.Bytes())
	}
	return c.HTMLBlob(status, page.Bytes())
}

// smallPage is how long (bytes) a page is that fits into one packet as it is.
const smallPage = 1200

// mayCompress reports whether an answer may be sent compressed. One to what somebody sent along, which
// may stand in it again, is not: its length would tell whether it resembles a secret beside it.
func mayCompress(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.RawQuery == "" && Accepts(r.Header.Get("Accept-Encoding"), "gzip")
}

// Accepts reports whether a client that sent this Accept-Encoding takes an encoding.
func Accepts(header, encoding string) bool {
	for item := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(item), ";")
		if strings.EqualFold(name, encoding) {
			q := strings.TrimSpace(quality)
			return q != "q=0" && q != "q=0.0"
		}
	}
	return false
}

// compressors are kept, because a new one takes longer than a page; the quickest level saves nearly as much as others.
var compressors = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a valid one
	}
	return w
}}

// WriteCompressed answers with a body as gzip. Whether the client takes that is for the caller to know.
func WriteCompressed(c Ctx, status int, contentType string, body []byte) error {
	w, ok := compressors.Get().(*gzip.Writer)
	if !ok {
		return c.Blob(status, contentType, body)
	}
	defer compressors.Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	if _, err := w.Write(body); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	c.Response().Header().Set("Content-Encoding", "gzip")
	c.Response().Header().Add("Vary", "Accept-Encoding")
	return c.Blob(status, contentType, out.Bytes())
}

// IsFragment reports whether htmx asked for a part of a page rather than for a whole one.
func IsFragment(c Ctx) bool {
	header := c.Request().Header
	return IsHTMX(c) && header.Get("HX-Boosted") == "" && header.Get("HX-History-Restore-Request") == ""
}

// IsHTMX reports whether a script of ours sent the request.
func IsHTMX(c Ctx) bool { return c.Request().Header.Get("HX-Request") == "true" }

// Target is the id of the element that htmx will put the answer into, or "".
func Target(c Ctx) string {
	_, id, _ := strings.Cut(c.Request().Header.Get("HX-Target"), "#")
	return id
}

// SeeOther sends the browser to another page of ours after a form was handled.
func SeeOther(c Ctx, path string) error { return c.Redirect(http.StatusSeeOther, path) }
