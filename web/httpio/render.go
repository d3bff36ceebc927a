package httpio

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/a-h/templ"
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
	return c.HTMLBlob(status, page.Bytes())
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
