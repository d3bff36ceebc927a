package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	views "deskbell/views/auth"
	"deskbell/web/httpio"
)

// secretAddress is for pages whose address holds a key: what they link to and load learns the
// origin alone. (No referrer at all would also hide where their form comes from.)
func secretAddress(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c httpio.Ctx) error {
		c.Response().Header().Set("Referrer-Policy", "origin")
		return next(c)
	}
}

func deadLink(c httpio.Ctx, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	return renderPlain(c, http.StatusNotFound, "Link", views.DeadLink())
}

func (h *Handler) showInvite(c httpio.Ctx) error {
	return h.renderInvite(c, http.StatusOK, views.InviteProps{Key: c.QueryParam("key")})
}

func (h *Handler) renderInvite(c httpio.Ctx, status int, p views.InviteProps) error {
	invite, account, err := h.Auth.CheckInvite(c.Request().Context(), p.Key)
	if err != nil {
		return deadLink(c, err)
	}
	p.Email, p.Account = invite.Email, account
	return renderPlain(c, status, "Invite", views.Invite(p))
}

func (h *Handler) acceptInvite(c httpio.Ctx) error {
	p := views.InviteProps{Key: c.FormValue("key"), Name: c.FormValue("name")}
	user, err := h.Auth.AcceptInvite(c.Request().Context(), p.Key, p.Name, c.FormValue("password"))
	if message, fields, ok := refusal(err, accountLabels); ok {
		p.Message, p.Fields = message, fields
		return h.renderInvite(c, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return deadLink(c, err)
	}
	if err := h.Logins.Start(c, user, h.Proxies.ClientIP(c.Request()).String()); err != nil {
		return err
	}
	return httpio.SeeOther(c, "/inbox")
}

func (h *Handler) showReset(c httpio.Ctx) error {
	return h.renderReset(c, http.StatusOK, views.ResetProps{Key: c.QueryParam("key")})
}

func (h *Handler) renderReset(c httpio.Ctx, status int, p views.ResetProps) error {
	user, err := h.Auth.CheckReset(c.Request().Context(), p.Key)
	if err != nil {
		return deadLink(c, err)
	}
	p.Email = user.Email
	return renderPlain(c, status, "New password", views.Reset(p))
}

// reset leads to the sign-in page: a link proves that somebody reads mails, not that they have
// the phone with the codes.
func (h *Handler) reset(c httpio.Ctx) error {
	p := views.ResetProps{Key: c.FormValue("key")}
	_, err := h.Auth.ResetPassword(c.Request().Context(), p.Key, c.FormValue("password"))
	if message, fields, ok := refusal(err, accountLabels); ok {
		p.Message, p.Fields = message, fields
		return h.renderReset(c, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return deadLink(c, err)
	}
	return httpio.SeeOther(c, "/login?reset=done")
}

func (h *Handler) showForgot(c httpio.Ctx) error {
	return renderPlain(c, http.StatusOK, "New password", views.Forgot(views.ForgotProps{Mails: h.MailConfigured}))
}

func (h *Handler) forgot(c httpio.Ctx) error {
	if h.MailConfigured {
		err := h.Auth.ForgotPassword(c.Request().Context(), c.FormValue("email"), h.Proxies.ClientIP(c.Request()))
		if err != nil {
			return err
		}
	}
	return renderPlain(c, http.StatusOK, "New password", views.Forgot(views.ForgotProps{Mails: h.MailConfigured, Sent: true}))
}

// finishLogin takes the code that follows a right password.
func (h *Handler) finishLogin(c httpio.Ctx) error {
	p := views.CodeProps{Held: c.FormValue("held"), Next: ownPath(c.FormValue("next"))}
	user, err := h.Auth.FinishLogin(c.Request().Context(), p.Held, c.FormValue("otp_code"))
	if e := fault.As(err); e != nil && e.Kind == fault.Unauthenticated {
		if e.Code == auth.LoginOver {
			return renderLogin(c, http.StatusUnauthorized, views.LoginProps{Next: p.Next, Message: e.Message})
		}
		p.Message = e.Message
		return renderPlain(c, http.StatusUnauthorized, "Sign in", views.Code(p))
	}
	if err != nil {
		return err
	}
	if err := h.Logins.Start(c, user, h.Proxies.ClientIP(c.Request()).String()); err != nil {
		return err
	}
	return httpio.SeeOther(c, p.Next)
}
