// Package web is the HTTP server: one router for the widget, the JSON API, the console and our
// own pages.
package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"deskbell/internal/auth"
	"deskbell/internal/id"
	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/views/errs"
	"deskbell/views/layout"
	"deskbell/views/words"
	"deskbell/web/api"
	"deskbell/web/console"
	"deskbell/web/httpio"
)

// Deps is what the server needs. All fields but Proxies are required.
type Deps struct {
	// Ready says why the store can't be read and written, or nil.
	Ready   func(ctx context.Context) error
	Support *support.Service
	Auth    *auth.Service
	Hub     *realtime.Hub
	// ReadMail returns the text of a kept mail; MailConfigured says that mails are sent instead.
	ReadMail       func(file string) (string, error)
	MailConfigured bool
	// PushKey is the public key with which browsers subscribe to pushes.
	PushKey string
	Metrics *Metrics
	// IsDoctor says whether a request comes from `deskbell doctor` on this data directory.
	IsDoctor func(proof string) bool
	BaseURL  *url.URL
	Proxies  httpio.Proxies
	Now      func() time.Time
	Log      *slog.Logger
}

// The server's own limits. A stream sets deadlines of its own.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 60 * time.Second
	// proxiedIdleTimeout is longer than proxies keep a connection to use it again (Caddy 2 minutes, Traefik 90
	// seconds, nginx 60): a message sent on one that ends at that moment would be a 502.
	proxiedIdleTimeout = 150 * time.Second
	maxHeaderBytes     = 16 << 10
)

// NewServer returns the server with every route, and the open streams of visitors, which live on
// after their requests: the caller runs both.
func NewServer(d Deps) (*http.Server, *httpio.Wires) {
	router, wires := newRouter(d)
	idle := idleTimeout
	if len(d.Proxies) > 0 {
		idle = proxiedIdleTimeout
	}
	return &http.Server{
		Handler: router, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idle, MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(d.Log.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			httpio.NoticeDeadPeer(conn)
			return ctx
		},
	}, wires
}

// newRouter adds the parts of the surface; each part lists its own routes.
func newRouter(d Deps) (*echo.Echo, *httpio.Wires) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = func(r *http.Request) string { return d.Proxies.ClientIP(r).String() }
	e.HTTPErrorHandler = httpio.ErrorHandler(errorPage, d.Log)
	e.Pre(requestLog(d.Log, d.Metrics), securityHeaders(d.BaseURL.Scheme == "https"), lastAfterChunks, httpio.Recover, headAsGet)

	logins := httpio.NewLogins(d.Auth, d.BaseURL)
	wires := api.Register(e, api.Deps{
		Support: d.Support, Auth: d.Auth, Hub: d.Hub, BaseURL: d.BaseURL, Proxies: d.Proxies, ReadMail: d.ReadMail, MailConfigured: d.MailConfigured,
		Log: d.Log,
	})
	console.Register(e, console.Deps{
		Support: d.Support, Auth: d.Auth, Hub: d.Hub, Logins: logins, Proxies: d.Proxies, BaseURL: d.BaseURL.String(),
		MailConfigured: d.MailConfigured, PushKey: d.PushKey, ReadMail: d.ReadMail, Log: d.Log, Now: d.Now,
	})
	registerAssets(e)
	registerHealth(e, d)
	d.Metrics.register(e)
	p := &pages{support: d.Support, auth: d.Auth, logins: logins, base: d.BaseURL, proxies: d.Proxies}
	e.GET("/docs", p.docs)
	e.GET("/docs/widget", p.widgetGuide)
	e.GET("/demo", p.demo)
	e.GET("/chat/:token_id", p.chat)
	e.GET("/chat/:token_id/token", p.credential)
	p.registerResume(e)
	return e, wires
}

// errorPage shows a failure to people: a page of its own, or for htmx what goes into the pane.
func errorPage(c httpio.Ctx, status int, message, requestID string) error {
	body := errs.Page(errs.Props{Status: status, Message: message, RequestID: requestID})
	return httpio.Render(c, status, body, func(body templ.Component) templ.Component {
		return words.English(layout.Plain(layout.PlainProps{Title: http.StatusText(status)}, body))
	})
}

// requestLog names each request and writes one line when it has been answered: the route's
// pattern, never the address itself, which may hold a set-up key or what somebody searched for.
func requestLog(log *slog.Logger, count *Metrics) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c httpio.Ctx) error {
			start := time.Now()
			requestID := id.New(start)
			c.Response().Header().Set(httpio.RequestID, requestID)
			err := next(c)
			if err != nil {
				c.Error(err)
			}
			took := time.Since(start)
			count.count(c, err, took)
			account, _ := c.Get(httpio.AccountKey).(string)
			log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request", slog.String("request_id", requestID),
				slog.String("method", method(c.Request())), slog.String("route", c.Path()), slog.Int("status", c.Response().Status),
				slog.Int64("duration_ms", took.Milliseconds()), slog.String("account_id", account))
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

// headAsGet lets HEAD ask for every page and file that GET does; net/http leaves the body out.
// The API has no HEAD: its streams have no end.
func headAsGet(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c httpio.Ctx) error {
		if r := c.Request(); r.Method == http.MethodHead && !strings.HasPrefix(r.URL.Path, "/api/") {
			asGet := r.WithContext(r.Context())
			asGet.Method = http.MethodGet
			c.SetRequest(asGet)
		}
		return next(c)
	}
}

// strictCSP is for answers that are no documents: nothing in them may ever run or be framed.
const strictCSP = "default-src 'none'; frame-ancestors 'none'"

// securityHeaders sets what every answer bears; with https, that browsers come by nothing else for a year.
func securityHeaders(https bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c httpio.Ctx) error {
			header := c.Response().Header()
			header.Set("X-Content-Type-Options", "nosniff")
			header.Set("Referrer-Policy", "same-origin")
			header.Set("Content-Security-Policy", strictCSP)
			if https {
				header.Set("Strict-Transport-Security", "max-age=31536000")
			}
			return next(c)
		}
	}
}

// lastAfterChunks ends the connection after a body that came in chunks. A length may have stood beside
// them, which net/http hides; a proxy that went by it would take the rest for another one's request.
func lastAfterChunks(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c httpio.Ctx) error {
		if len(c.Request().TransferEncoding) > 0 {
			c.Response().Header().Set("Connection", "close")
		}
		return next(c)
	}
}
