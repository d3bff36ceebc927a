package console

import (
	"net/http"
	"strings"

	"deskbell/internal/auth"
	"deskbell/views/settings"
	"deskbell/views/words"
	"deskbell/web/httpio"
)

var profilePage = page{title: "Your profile", active: "profile"}

var profileLabels = map[string]string{"name": "Your name", "password": "The password", "file": "The picture"}

func (h *Handler) showProfile(c httpio.Ctx) error {
	return h.renderProfile(c, http.StatusOK, settings.ProfileProps{
		Name: loginOf(c).Name, Look: loginOf(c).Look, PasswordSaved: c.QueryParam("saved") == "password",
	})
}

func (h *Handler) renderProfile(c httpio.Ctx, status int, p settings.ProfileProps) error {
	ctx, login := c.Request().Context(), loginOf(c)
	p.User = login.User
	var err error
	if p.Devices, err = h.Auth.Devices(ctx, login); err != nil {
		return err
	}
	if p.RecoveryLeft, err = h.Auth.RecoveryLeft(ctx, login.User); err != nil {
		return err
	}
	return h.render(c, status, profilePage, settings.Profile(p))
}

// refuseProfile shows the page again with what is wrong in one of its forms.
func (h *Handler) refuseProfile(c httpio.Ctx, form string, err error) error {
	message, fields, ok := refusal(err, profileLabels)
	if !ok {
		return err
	}
	if p := (settings.ProfileProps{Name: loginOf(c).Name, Look: loginOf(c).Look, Form: form, Message: message, Fields: fields}); form != "profile" {
		return h.renderProfile(c, http.StatusUnprocessableEntity, p)
	}
	return h.renderProfile(c, http.StatusUnprocessableEntity, settings.ProfileProps{
		Name: c.FormValue("name"), Look: readLook(c), Form: form, Message: message, Fields: fields,
	})
}

func readLook(c httpio.Ctx) auth.Look {
	look := auth.Look{Theme: c.FormValue("theme"), Density: c.FormValue("density"), Language: c.FormValue("language")}
	if !words.Known(look.Language) {
		look.Language = ""
	}
	return look
}

func (h *Handler) saveProfile(c httpio.Ctx) error {
	in := auth.ProfileChange{Name: c.FormValue("name"), Look: readLook(c)}
	if _, err := h.Auth.ChangeProfile(c.Request().Context(), loginOf(c).User, in); err != nil {
		return h.refuseProfile(c, "profile", err)
	}
	httpio.SetLanguage(c, in.Look.Language, strings.HasPrefix(h.BaseURL, "https:"))
	return h.backToProfile(c, "Saved.")
}

func (h *Handler) backToProfile(c httpio.Ctx, flash string) error {
	return h.leadBack(c, "/settings/profile", flash)
}

// changePassword goes on under a new login: the old one ended with the old password.
func (h *Handler) changePassword(c httpio.Ctx) error {
	ip := h.Proxies.ClientIP(c.Request())
	user, err := h.Auth.ChangePassword(c.Request().Context(), loginOf(c).User, c.FormValue("old_password"), c.FormValue("password"), ip)
	if err != nil {
		return h.refuseProfile(c, "password", err)
	}
	if err := h.Logins.Start(c, user, ip.String()); err != nil {
		return err
	}
	return httpio.SeeOther(c, "/settings/profile?saved=password")
}

func (h *Handler) endDevice(c httpio.Ctx) error {
	ctx, login, device := c.Request().Context(), loginOf(c), c.FormValue("device")
	if err := h.Auth.EndDevice(ctx, login, device); err != nil {
		return err
	}
	if err := h.Support.EndPush(ctx, actor(login), device); err != nil {
		return err
	}
	return h.backToProfile(c, "Signed out there.")
}

func (h *Handler) endOtherDevices(c httpio.Ctx) error {
	ctx, login := c.Request().Context(), loginOf(c)
	if err := h.Auth.EndOtherDevices(ctx, login); err != nil {
		return err
	}
	if err := h.Support.EndOtherPush(ctx, actor(login), login.Digest); err != nil {
		return err
	}
	return h.backToProfile(c, "Signed out everywhere else.")
}

func (h *Handler) showTwoStep(c httpio.Ctx) error {
	if loginOf(c).TwoStep() {
		return httpio.SeeOther(c, "/settings/profile#two-step")
	}
	a, err := h.Auth.NewAuthenticator(loginOf(c).User)
	if err != nil {
		return err
	}
	return h.renderTwoStep(c, http.StatusOK, settings.TwoStepProps{Authenticator: a})
}

func (h *Handler) renderTwoStep(c httpio.Ctx, status int, p settings.TwoStepProps) (err error) {
	if p.QR, p.Size, err = settings.QR(p.Authenticator.URL); err != nil {
		return err
	}
	return h.render(c, status, profilePage, settings.TwoStep(p))
}

// turnOnTwoStep answers with the recovery codes themselves: they are shown once.
func (h *Handler) turnOnTwoStep(c httpio.Ctx) error {
	ctx, login, sealed := c.Request().Context(), loginOf(c), c.FormValue("sealed")
	if login.TwoStep() {
		return httpio.SeeOther(c, "/settings/profile#two-step")
	}
	a, err := h.Auth.OpenAuthenticator(login.User, sealed)
	if err != nil {
		return err
	}
	codes, err := h.Auth.TurnOnTwoStep(ctx, login, sealed, c.FormValue("otp_code"), c.FormValue("confirm_password"), h.Proxies.ClientIP(c.Request()))
	if message, fields, ok := refusal(err, nil); ok {
		return h.renderTwoStep(c, http.StatusUnprocessableEntity, settings.TwoStepProps{Authenticator: a, Message: message, Fields: fields})
	}
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, profilePage, settings.RecoveryCodes(codes))
}

func (h *Handler) renewRecoveryCodes(c httpio.Ctx) error {
	codes, err := h.Auth.NewRecoveryCodes(c.Request().Context(), loginOf(c).User, c.FormValue("confirm_password"), h.Proxies.ClientIP(c.Request()))
	if err != nil {
		return h.refuseProfile(c, "two-step", err)
	}
	return h.render(c, http.StatusOK, profilePage, settings.RecoveryCodes(codes))
}

func (h *Handler) turnOffTwoStep(c httpio.Ctx) error {
	err := h.Auth.TurnOffTwoStep(c.Request().Context(), loginOf(c).User, c.FormValue("confirm_password"), h.Proxies.ClientIP(c.Request()))
	if err != nil {
		return h.refuseProfile(c, "two-step", err)
	}
	return h.backToProfile(c, "Two-step sign-in is off.")
}
