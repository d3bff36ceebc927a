// Package web is the HTTP server: one router for the widget, the JSON API, the console and our
// own pages.
package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"deskbell/internal/auth"
	"deskbell/internal/db"
	"deskbell/internal/id"
	"deskbell/internal/notify"
	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/views/errs"
	"deskbell/views/layout"
	"deskbell/web/api"
	"deskbell/web/console"
	"deskbell/web/httpio"
)

// Deps is what the server needs. Mails is nil when a mail server is set; the rest is required.
type Deps struct {
	DB      *db.DB
	Support *support.Service
	Auth    *auth.Service
	Hub     *realtime.Hub
	Mails   *notify.Keeper
	BaseURL *url.URL
	Proxies httpio.Proxies
	Now     func() time.Time
	Log     *slog.Logger
}

// The server's own limits. A stream sets deadlines of its own.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 16 << 10
)

// NewServer returns the server with every route, and the open streams of visitors, which live on
// after their requests: the caller runs both.
func NewServer(d Deps) (*http.Server, *httpio.Wires) {
	router, wires := newRouter(d)
	return &http.Server{
		Handler: router, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(d.Log.Handler(), slog.LevelDebug),
	}, wires
}

// newRouter adds the parts of the surface; each part lists its own routes.
func newRouter(d Deps) (*echo.Echo, *httpio.Wires) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = func(r *http.Request) string { return d.Proxies.ClientIP(r).String() }
	e.HTTPErrorHandler = httpio.ErrorHandler(errorPage, d.Log)
	e.Pre(requestLog(d.Log), securityHeaders, httpio.Recover)

	logins := httpio.NewLogins(d.Auth, d.BaseURL)
	wires := api.Register(e, api.Deps{Support: d.Support, Auth: d.Auth, Hub: d.Hub, BaseURL: d.BaseURL, Proxies: d.Proxies, Log: d.Log})
	console.Register(e, console.Deps{
		Support: d.Support, Auth: d.Auth, Hub: d.Hub, Logins: logins, Proxies: d.Proxies, BaseURL: d.BaseURL.String(),
		MailConfigured: d.Mails == nil, ReadMail: d.Mails.Read, Log: d.Log, Now: d.Now,
	})
	registerAssets(e)
	registerHealth(e, d.DB)
	p := &pages{support: d.Support, auth: d.Auth, logins: logins, base: d.BaseURL}
	e.GET("/docs", p.docs)
	e.GET("/demo", p.demo)
	e.GET("/chat/:token_id", p.chat)
	e.GET("/chat/:token_id/token", p.credential)
	return e, wires
}

// errorPage shows a failure to people: a page of its own, or for htmx what goes into the pane.
func errorPage(c httpio.Ctx, status int, message, requestID string) error {
	body := errs.Page(errs.Props{Status: status, Message: message, RequestID: requestID})
	return httpio.Render(c, status, body, func(body templ.Component) templ.Component {
		return layout.Plain(http.StatusText(status), nil, body)
	})
}

// requestLog names each request and writes one line when it has been answered: the route's
// pattern, never the address itself, which may hold a set-up key or what somebody searched for.
func requestLog(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c httpio.Ctx) error {
			start := time.Now()
			requestID := id.New(start)
			c.Response().Header().Set(httpio.RequestID, requestID)
			err := next(c)
			if err != nil {
				c.Error(err)
			}
			account, _ := c.Get(httpio.AccountKey).(string)
			log.Info("request", "request_id", requestID, "method", method(c.Request()), "route", c.Path(), "status", c.Response().Status,
				"duration_ms", time.Since(start).Milliseconds(), "account_id", account)
			return nil
		}
	}
}

// method keeps what a stranger wrote in place of a method out of the log.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// strictCSP is for answers that are no documents: nothing in them may ever run or be framed.
const strictCSP = "default-src 'none'; frame-ancestors 'none'"

func securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c httpio.Ctx) error {
		header := c.Response().Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Content-Security-Policy", strictCSP)
		return next(c)
	}
}
