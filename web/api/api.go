// Package api is the documented JSON API: thin handlers that read a request, call one use case
// and write its answer. Rules live in internal/support.
package api

import (
	"log/slog"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

// Prefix begins every documented path.
const Prefix = "/api/conversation-v2/support"

// Deps is what the handlers need. All fields but Proxies are required.
type Deps struct {
	Support *support.Service
	Auth    *auth.Service
	Hub     *realtime.Hub
	BaseURL *url.URL
	Proxies httpio.Proxies
	// ReadMail returns the text of a kept mail by its file's name.
	ReadMail func(file string) (string, error)
	// MailConfigured says that mails are sent.
	MailConfigured bool
	Log            *slog.Logger
}

type handler struct {
	support *support.Service
	auth    *auth.Service
	hub     *realtime.Hub
	base    *url.URL
	proxies httpio.Proxies
	wires   *httpio.Wires

	readMail func(file string) (string, error)
	mails    bool
}

// Register adds every route of the JSON API and returns the visitors' open streams, which the
// caller has to run.
func Register(e *echo.Echo, d Deps) *httpio.Wires {
	h := &handler{support: d.Support, auth: d.Auth, hub: d.Hub, base: d.BaseURL, proxies: d.Proxies, readMail: d.ReadMail, mails: d.MailConfigured}
	h.wires = httpio.NewWires(d.Hub, d.Log, h.checkStreams)

	e.GET(DescriptionPath, describe)
	e.POST("/api/auth/login", h.login)

	g := e.Group(Prefix)
	g.GET("/conversation/:conv_id", h.team(h.getConversation))
	g.PATCH("/conversation/:conv_id", h.team(h.changeConversation))
	g.GET("/conversation/:conv_id/messages", h.team(h.listTeamMessages))
	g.POST("/conversation/:conv_id/messages", h.team(h.createTeamMessage))
	g.POST("/conversation/:conv_id/read", h.team(h.readByTeam))
	g.POST("/conversation/:conv_id/typing", h.team(h.typingByTeam))
	g.GET("/conversations", h.team(h.listConversations))
	g.GET("/events", h.team(h.streamTeam))
	g.GET("/config/settings", h.team(h.getSettings))
	g.PUT("/config/settings", h.team(h.putSettings))
	g.POST("/config/picture", h.team(h.addTeamPicture))
	g.POST("/token", h.team(h.createToken))
	g.GET("/token", h.team(h.listTokens))
	g.POST("/token/regenerate", h.team(h.regenerateToken))
	g.DELETE("/token/:id", h.team(h.deleteToken))
	g.GET("/token/use", h.team(h.getTokenUse))
	g.POST("/token/:id/replace", h.team(h.replaceToken))
	g.POST("/token/:id/keep", h.team(h.keepToken))
	g.GET("/token/:id/config", h.team(h.getSiteSettings))
	g.PUT("/token/:id/config", h.team(h.putSiteSettings))
	g.DELETE("/token/:id/config", h.team(h.deleteSiteSettings))
	g.POST("/conversation/:conv_id/files", h.team(h.uploadTeamFile))

	e.GET("/files/:id", h.getFile)
	e.HEAD("/files/:id", h.getFile)

	g.POST("/token/:id/identity-secret", h.team(h.newIdentitySecret))
	g.PATCH("/conversation/:conv_id/messages/:message_id", h.team(h.editMessage))
	g.DELETE("/conversation/:conv_id/messages/:message_id", h.team(h.deleteMessage))
	g.GET("/contacts", h.team(h.listContacts))
	g.GET("/contact/:id", h.team(h.getContact))
	g.PATCH("/contact/:id", h.team(h.changeContact))
	g.DELETE("/contact/:id", h.team(h.eraseContact))
	g.GET("/contact/:id/export", h.team(h.exportContact))
	g.GET("/contact/:id/conversations", h.team(h.listContactConversations))
	g.GET("/contact/:id/sessions", h.team(h.listContactSessions))
	g.GET("/contact/:id/notes", h.team(h.listContactNotes))
	g.POST("/contact/:id/notes", h.team(h.addContactNote))
	g.PATCH("/contact/:id/notes/:note_id", h.team(h.changeContactNote))
	g.DELETE("/contact/:id/notes/:note_id", h.team(h.deleteContactNote))
	g.GET("/conversation/:conv_id/merge", h.team(h.previewConversationMerge))
	g.POST("/conversation/:conv_id/merge", h.team(h.mergeConversations))
	g.GET("/conversation/:conv_id/merged", h.team(h.getMerged))
	g.GET("/contact/:id/merge", h.team(h.previewContactMerge))
	g.POST("/contact/:id/merge", h.team(h.mergeContacts))
	g.GET("/search", h.team(h.search))
	g.GET("/audit", h.team(h.listAudit))
	g.GET("/delivery", h.team(h.getDelivery))
	g.PUT("/delivery/limits", h.team(h.putSendCaps))
	g.PUT("/delivery/reply-mails", h.team(h.putReplyMails))
	g.POST("/delivery/test-mail", h.team(h.testMail))
	g.POST("/delivery/test-sms", h.team(h.testSMS))
	g.GET("/outbox", h.team(h.listOutbox))
	g.GET("/outbox/:id", h.team(h.getKeptMail))
	g.POST("/outbox/failures/:id/retry", h.team(h.retryDelivery))
	g.GET("/retention", h.team(h.getRetention))
	g.PUT("/retention", h.team(h.putRetention))
	g.GET("/retention/preview", h.team(h.previewRetention))
	h.registerInbox(g)
	h.registerPeople(g)
	h.registerProfile(g)
	h.registerWebhooks(func(method, path string, handle func(httpio.Ctx, auth.TokenUser) error) {
		g.Add(method, path, h.team(handle))
	})
	h.registerReports(func(path string, handle func(httpio.Ctx, auth.TokenUser) error) { g.GET(path, h.team(handle)) })

	visitor := []struct {
		method, path string
		handle       echo.HandlerFunc
	}{
		{http.MethodPost, "/session", h.visitor("", h.startSession)},
		{http.MethodGet, "/session", h.session("", h.getSession)},
		{http.MethodDelete, "/session", h.session("", h.endSession)},
		{http.MethodGet, "/config", h.visitor("", h.getConfig)},
		{http.MethodGet, "/availability", h.visitor("", h.getAvailability)},
		{http.MethodPost, "/otp/send", h.session("", h.sendOTP)},
		{http.MethodPost, "/otp/verify", h.session("", h.verifyOTP)},
		{http.MethodGet, "/session/messages", h.session(support.ScopeChat, h.listMessages)},
		{http.MethodPost, "/session/messages", h.session(support.ScopeChat, h.createMessage)},
		{http.MethodPost, "/session/typing", h.session(support.ScopeChat, h.typing)},
		{http.MethodPost, "/session/read", h.session(support.ScopeChat, h.read)},
		{http.MethodGet, "/session/events", h.session(support.ScopeChat, h.streamSession)},
		{http.MethodPost, "/session/files", h.session(support.ScopeFileUpload, h.uploadFile)},
		{http.MethodPatch, "/session", h.session(support.ScopeChat, h.changeSession)},
		{http.MethodPost, "/session/identify", h.session("", h.identify)},
		{http.MethodGet, "/session/conversations", h.session(support.ScopeHistory, h.listHistory)},
		{http.MethodPost, "/session/conversations", h.session(support.ScopeChat, h.moveSession)},
		{http.MethodGet, "/session/conversations/:id/messages", h.session(support.ScopeHistory, h.listHistoryMessages)},
		{http.MethodPost, "/session/close", h.session(support.ScopeSupport, h.closeSession)},
		{http.MethodPost, "/session/rating", h.session(support.ScopeSupport, h.rate)},
		{http.MethodPost, "/session/transcript", h.session(support.ScopeSupport, h.sendTranscript)},
	}
	preflight := map[string]bool{}
	for _, route := range visitor {
		g.Add(route.method, route.path, route.handle)
		if !preflight[route.path] {
			preflight[route.path] = true
			g.OPTIONS(route.path, h.preflight)
		}
	}
	return h.wires
}

// team wraps a handler that needs a team member.
func (h *handler) team(next func(httpio.Ctx, auth.TokenUser) error) echo.HandlerFunc {
	return func(c httpio.Ctx) error {
		c.Response().Header().Set("Cache-Control", "no-store")
		user, err := h.auth.AuthenticateToken(c.Request().Context(), httpio.Bearer(c.Request()))
		if err != nil {
			return err
		}
		c.Set(httpio.AccountKey, user.AccountID)
		return next(c, user)
	}
}

// actor is the user in the words of the domain.
func actor(u auth.TokenUser) support.Actor {
	return support.Actor{AccountID: u.AccountID, UserID: u.ID, Name: u.Name, Admin: u.Admin()}
}

// visitor wraps a handler that needs a support token with a scope.
func (h *handler) visitor(scope string, next func(httpio.Ctx, support.TokenAuth) error) echo.HandlerFunc {
	return func(c httpio.Ctx) error {
		req, header := c.Request(), c.Response().Header()
		header.Set("Cache-Control", "no-store")
		header.Set("Vary", "Authorization, Origin")
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
		origin := support.Origin{Values: req.Header.Values("Origin"), Own: httpio.OwnOrigin(req, h.base)}
		token, err := h.support.AuthenticateToken(req.Context(), httpio.Bearer(req), origin, scope)
		if err != nil {
			// With a dead token nobody can say whose page it is. It may read so when it is at least
			// the page of some usable one, as after a regeneration.
			if e := fault.As(err); e != nil && e.Code != "domain_not_whitelisted" {
				if usable, lookup := h.originUsable(c); lookup == nil && usable {
					allowOrigin(c)
				}
			}
			return err
		}
		c.Set(httpio.AccountKey, token.AccountID)
		if len(origin.Values) == 1 {
			allowOrigin(c)
		}
		return next(c, token)
	}
}

// session wraps a handler that needs a visitor's session too.
func (h *handler) session(scope string, next func(httpio.Ctx, support.TokenAuth, support.SessionAuth) error) echo.HandlerFunc {
	return h.visitor(scope, func(c httpio.Ctx, token support.TokenAuth) error {
		req := c.Request()
		session, err := h.support.OpenSession(req.Context(), token,
			httpio.Single(req, "X-Session-Token"), httpio.Single(req, "X-Device-ID"))
		if err != nil {
			return err
		}
		return next(c, token, session)
	})
}

// The headers of the documented cross-origin rules; a day would outlive a deleted token's last
// use for nothing, two hours is the most that Chromium keeps.
const (
	corsRequest = "authorization, content-type, x-device-id, x-session-token, last-event-id"
	corsMethods = "GET, POST, PATCH, DELETE"
	corsExpose  = "Retry-After, ETag, Date"
	corsMaxAge  = "7200"
)

func allowOrigin(c httpio.Ctx) {
	header := c.Response().Header()
	header.Set("Access-Control-Allow-Origin", c.Request().Header.Get("Origin"))
	header.Set("Access-Control-Expose-Headers", corsExpose)
}

func (h *handler) originUsable(c httpio.Ctx) (bool, error) {
	values := c.Request().Header.Values("Origin")
	if len(values) != 1 {
		return false, nil
	}
	return h.support.OriginUsable(c.Request().Context(), values[0])
}

// preflight answers for the domain of any usable token; which one, the request itself shows.
func (h *handler) preflight(c httpio.Ctx) error {
	header := c.Response().Header()
	header.Set("Vary", "Origin")
	header.Set("Cache-Control", "no-store")
	usable, err := h.originUsable(c)
	if err != nil {
		return err
	}
	if !usable {
		return fault.New(fault.Forbidden, "domain_not_whitelisted", "Domain not whitelisted")
	}
	allowOrigin(c)
	header.Set("Access-Control-Allow-Methods", corsMethods)
	header.Set("Access-Control-Allow-Headers", corsRequest)
	header.Set("Access-Control-Max-Age", corsMaxAge)
	return c.NoContent(http.StatusNoContent)
}

type loginBody struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	OTPCode  string `json:"otp_code"`
}

type userJSON struct {
	ID        string `json:"_id"`
	AccountID string `json:"account_id"`
	Email     string `json:"email"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	Owner     bool   `json:"owner"`
}

// login handles POST /api/auth/login.
func (h *handler) login(c httpio.Ctx) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	var in loginBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	bad := fault.Fields{}
	if in.Email == "" {
		bad.Add("email", "email is required")
	}
	if in.Password == "" {
		bad.Add("password", "password is required")
	}
	if err := bad.Err(); err != nil {
		return err
	}
	user, err := h.auth.Login(c.Request().Context(), in.Email, in.Password, in.OTPCode, h.proxies.ClientIP(c.Request()))
	if err != nil {
		return err
	}
	return h.answerLogin(c, user)
}

func (h *handler) answerLogin(c httpio.Ctx, user auth.User) error {
	token, expiresAt, err := h.auth.IssueToken(user)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success   bool        `json:"success"`
		Token     string      `json:"token"`
		ExpiresAt httpio.Time `json:"expires_at"`
		User      userJSON    `json:"user"`
	}{true, token, httpio.Time(expiresAt.UnixMilli()), userJSON{
		ID: user.ID, AccountID: user.AccountID, Email: user.Email, Name: user.Name, Role: user.Role, Owner: user.Owner,
	}})
}
