package httpio

import (
	"bytes"
	"net/http"

	"github.com/a-h/templ"
)

// Layout wraps a page's body into a whole document.
type Layout func(body templ.Component) templ.Component

// Render answers with a page: the body alone for htmx, else inside the layout (nil: as it is).
// It renders into a buffer first, so that a failure is a clean 500 and never half a page.
func Render(c Ctx, status int, body templ.Component, layout Layout) error {
	header := c.Request().Header
	fragment := header.Get("HX-Request") == "true" && header.Get("HX-Boosted") == "" && header.Get("HX-History-Restore-Request") == ""
	if layout != nil && !fragment {
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

// SeeOther sends the browser to another page of ours after a form was handled.
func SeeOther(c Ctx, path string) error { return c.Redirect(http.StatusSeeOther, path) }
