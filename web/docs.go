package web

import (
	"net/http"
	"strings"
	"sync"

	"deskbell/views/docs"
	"deskbell/web/api"
	"deskbell/web/httpio"
)

// reference is read when somebody first looks: no start waits for it.
var reference = sync.OnceValues(func() (*docs.Reference, error) { return docs.Parse(api.Description()) })

// docs handles GET /docs: the API's description as a page, for everybody.
func (p *pages) docs(c httpio.Ctx) error {
	r, err := reference()
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", httpio.PagePolicy)
	return httpio.Render(c, http.StatusOK, docs.Page(r, strings.TrimSuffix(p.base.String(), "/"), api.DescriptionPath), nil)
}

// widgetGuide handles GET /docs/widget: how to put the chat on a site or into an app, for everybody.
func (p *pages) widgetGuide(c httpio.Ctx) error {
	c.Response().Header().Set("Content-Security-Policy", httpio.PagePolicy)
	return httpio.Render(c, http.StatusOK, docs.Widget(strings.TrimSuffix(p.base.String(), "/")), nil)
}
