package console

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	views "deskbell/views/auth"
	"deskbell/views/words"
	"deskbell/web/httpio"
)

var errAdminOnly = fault.New(fault.Forbidden, "admin_only", "Only admins may open this page. Ask one of yours.")

// loginKey is where a request keeps its login.
const loginKey = "login"

// loginOf is the login behind a request that came through requireLogin.
func loginOf(c httpio.Ctx) auth.LoginSession {
	login, _ := c.Get(loginKey).(auth.LoginSession)
	return login
}

// requireLogin lets members of the team pass and leads everybody else to the sign-in page. A
// script gets a plain 401 with the way there: it would follow a redirect and show that page in
// the middle of another.
func (h *Handler) requireLogin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c httpio.Ctx) error {
		login, err := h.Logins.Login(c)
		if err == nil {
			c.Set(loginKey, login)
			if login.Look.Language != "" {
				c.SetRequest(c.Request().WithContext(words.With(c.Request().Context(), login.Look.Language)))
			}
			return next(c)
		}
		if !fault.Is(err, fault.Unauthenticated) {
			return err
		}
		to := "/login"
		if c.Request().Method == http.MethodGet && !httpio.IsHTMX(c) {
			to += "?next=" + url.QueryEscape(c.Request().URL.RequestURI())
		}
		if httpio.IsHTMX(c) {
			c.Response().Header().Set("HX-Redirect", to)
			return c.NoContent(http.StatusUnauthorized)
		}
		return httpio.SeeOther(c, to)
	}
}

func requireAdmin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c httpio.Ctx) error {
		if !loginOf(c).Admin() {
			return errAdminOnly
		}
		return next(c)
	}
}

// root leads to the inbox; before set-up it says how to begin.
func (h *Handler) root(c httpio.Ctx) error {
	done, err := h.Auth.SetupDone(c.Request().Context())
	if err != nil {
		return err
	}
	if !done {
		return renderPlain(c, http.StatusOK, "Welcome", views.NoAccount())
	}
	return httpio.SeeOther(c, "/inbox")
}

func (h *Handler) showSetup(c httpio.Ctx) error {
	key := c.QueryParam("key")
	if err := h.Auth.CheckSetup(c.Request().Context(), key); err != nil {
		return h.setupClosed(c, err)
	}
	return renderPlain(c, http.StatusOK, "Set-up", views.Setup(views.SetupProps{Key: key}))
}

// setupClosed explains a key that opens nothing.
func (h *Handler) setupClosed(c httpio.Ctx, cause error) error {
	if !fault.Is(cause, fault.NotFound) {
		return cause
	}
	done, err := h.Auth.SetupDone(c.Request().Context())
	if err != nil {
		return err
	}
	return renderPlain(c, http.StatusNotFound, "Set-up", views.SetupClosed(done))
}

var accountLabels = map[string]string{
	"account": "The name", "name": "Your name", "email": "This", "password": "The password",
}

func (h *Handler) setup(c httpio.Ctx) error {
	p := views.SetupProps{Key: c.FormValue("key"), Account: c.FormValue("account"), Name: c.FormValue("name"), Email: c.FormValue("email")}
	ctx := c.Request().Context()
	if err := h.Auth.CheckSetup(ctx, p.Key); err != nil {
		return h.setupClosed(c, err)
	}
	user, err := h.Auth.Setup(ctx, p.Key, auth.NewUser{Account: p.Account, Name: p.Name, Email: p.Email, Password: c.FormValue("password")})
	if message, fields, ok := refusal(err, accountLabels); ok {
		p.Message, p.Fields = message, fields
		return renderPlain(c, http.StatusUnprocessableEntity, "Set-up", views.Setup(p))
	}
	if err != nil {
		return h.setupClosed(c, err)
	}
	if err := h.Logins.Start(c, user, h.Proxies.ClientIP(c.Request()).String()); err != nil {
		return err
	}
	return httpio.SeeOther(c, "/settings/tokens?welcome=1")
}

func (h *Handler) showLogin(c httpio.Ctx) error {
	done, err := h.Auth.SetupDone(c.Request().Context())
	if err != nil {
		return err
	}
	if !done {
		return httpio.SeeOther(c, "/")
	}
	return renderLogin(c, http.StatusOK, views.LoginProps{Next: ownPath(c.QueryParam("next")), Reset: c.QueryParam("reset") != ""})
}

func (h *Handler) login(c httpio.Ctx) error {
	p := views.LoginProps{Next: ownPath(c.FormValue("next")), Email: c.FormValue("email")}
	user, err := h.Auth.CheckPassword(c.Request().Context(), p.Email, c.FormValue("password"), h.Proxies.ClientIP(c.Request()))
	if fault.Is(err, fault.Unauthenticated) {
		p.Message = fault.As(err).Message
		return renderLogin(c, http.StatusUnauthorized, p)
	}
	if err != nil {
		return err
	}
	if user.TwoStep() {
		return renderPlain(c, http.StatusOK, "Sign in", views.Code(views.CodeProps{Held: h.Auth.HoldLogin(user), Next: p.Next}))
	}
	if err := h.Logins.Start(c, user, h.Proxies.ClientIP(c.Request()).String()); err != nil {
		return err
	}
	return httpio.SeeOther(c, p.Next)
}

func (h *Handler) logout(c httpio.Ctx) error {
	login := loginOf(c)
	if err := h.Support.EndPush(c.Request().Context(), actor(login), login.Digest); err != nil {
		return err
	}
	if err := h.Logins.End(c); err != nil {
		return err
	}
	return httpio.SeeOther(c, "/login")
}

// ownPath keeps a path of this site; anything that could lead elsewhere becomes the inbox.
func ownPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/inbox"
	}
	return next
}
