package api

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/views/words"
	"deskbell/web/httpio"
)

func (h *handler) registerProfile(g *echo.Group) {
	g.GET("/me", h.team(h.getMe))
	g.PATCH("/me", h.team(h.changeMe))
	g.POST("/me/password", h.team(h.changePassword))
	g.POST("/me/picture", h.team(h.setPicture))
	g.DELETE("/me/picture", h.team(h.removePicture))
	g.POST("/me/two-step/begin", h.team(h.beginTwoStep))
	g.POST("/me/two-step", h.team(h.turnOnTwoStep))
	g.POST("/me/two-step/codes", h.team(h.renewRecoveryCodes))
	g.POST("/me/two-step/off", h.team(h.turnOffTwoStep))
	g.GET("/me/devices", h.team(h.listDevices))
	g.DELETE("/me/devices", h.team(h.endDevices))
	g.DELETE("/me/devices/:id", h.team(h.endDevice))
	g.GET("/me/alerts", h.team(h.getAlerts))
	g.PUT("/me/alerts", h.team(h.putAlerts))
	g.GET("/me/alerts/push", h.team(h.listPush))
	g.DELETE("/me/alerts/push/:id", h.team(h.removePush))
}

type profileJSON struct {
	Email    string  `json:"email"`
	Role     string  `json:"role"`
	Owner    bool    `json:"owner"`
	Language *string `json:"language"`
	Theme    string  `json:"theme"`
	Density  string  `json:"density"`
	TwoStep  bool    `json:"two_step"`
	Codes    int     `json:"recovery_codes_left"`
	Picture  *string `json:"picture_url"`
}

func (h *handler) answerMe(c httpio.Ctx, u auth.User) error {
	ctx := c.Request().Context()
	me, err := h.support.Me(ctx, actor(auth.TokenUser{User: u}))
	if err != nil {
		return err
	}
	out := profileJSON{Email: u.Email, Role: u.Role, Owner: u.Owner, Theme: u.Look.Theme, Density: u.Look.Density, TwoStep: u.TwoStep(), Picture: h.pictureURL(u)}
	if u.Look.Language != "" {
		out.Language = &u.Look.Language
	}
	if out.Codes, err = h.auth.RecoveryLeft(ctx, u); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success bool        `json:"success"`
		Member  memberJSON  `json:"member"`
		Profile profileJSON `json:"profile"`
	}{true, memberJSON(me), out})
}

// getMe handles GET /me.
func (h *handler) getMe(c httpio.Ctx, u auth.TokenUser) error { return h.answerMe(c, u.User) }

// changeMe handles PATCH /me.
func (h *handler) changeMe(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		Away     *bool   `json:"away"`
		Name     *string `json:"name"`
		Language *string `json:"language"`
		Theme    *string `json:"theme"`
		Density  *string `json:"density"`
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	looks := cmp.Or(in.Name, in.Language, in.Theme, in.Density) != nil
	if in.Away == nil && !looks {
		return fault.Field("away", "away, name, language, theme or density is required")
	}
	if in.Language != nil && *in.Language != "" && !words.Known(*in.Language) {
		return fault.Field("language", "language must be one of the choices")
	}
	ctx := c.Request().Context()
	if looks {
		or := func(sent *string, now string) string {
			if sent == nil {
				return now
			}
			return *sent
		}
		user, err := h.auth.ChangeProfile(ctx, u.User, auth.ProfileChange{Name: or(in.Name, u.Name), Look: auth.Look{
			Theme: or(in.Theme, u.Look.Theme), Density: or(in.Density, u.Look.Density), Language: or(in.Language, u.Look.Language),
		}})
		if err != nil {
			return err
		}
		u.User = user
	}
	if in.Away != nil {
		if _, err := h.support.SetAway(ctx, actor(u), *in.Away); err != nil {
			return err
		}
	}
	return h.answerMe(c, u.User)
}

// pictureURL is where somebody's picture is had; nil when they have none.
func (h *handler) pictureURL(u auth.User) *string {
	if u.Picture == "" {
		return nil
	}
	address := h.base.String() + support.PicturePath + u.Picture
	return &address
}

// setPicture handles POST /me/picture.
func (h *handler) setPicture(c httpio.Ctx, u auth.TokenUser) error {
	upload, err := httpio.ReceiveFile(c, support.MaxPictureSize)
	if err != nil {
		return err
	}
	u.Picture, err = h.support.SetPicture(c.Request().Context(), actor(u), upload)
	if err = upload.End(err); err != nil {
		return err
	}
	return h.answerMe(c, u.User)
}

// addTeamPicture handles POST /config/picture.
func (h *handler) addTeamPicture(c httpio.Ctx, u auth.TokenUser) error {
	if err := mustAdmin(u); err != nil {
		return err
	}
	upload, err := httpio.ReceiveFile(c, support.MaxPictureSize)
	if err != nil {
		return err
	}
	path, err := h.support.AddTeamPicture(c.Request().Context(), actor(u), upload)
	if err = upload.End(err); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, struct {
		Success bool   `json:"success"`
		Path    string `json:"avatar_url"`
	}{true, path})
}

// removePicture handles DELETE /me/picture.
func (h *handler) removePicture(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.RemovePicture(c.Request().Context(), actor(u)))
}

// changePassword handles POST /me/password. The token of this request ends with the old password.
func (h *handler) changePassword(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		Old      string `json:"old_password"`
		Password string `json:"password"`
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	user, err := h.auth.ChangePassword(c.Request().Context(), u.User, in.Old, in.Password, h.proxies.ClientIP(c.Request()))
	if err != nil {
		return err
	}
	return h.answerLogin(c, user)
}

// beginTwoStep handles POST /me/two-step/begin.
func (h *handler) beginTwoStep(c httpio.Ctx, u auth.TokenUser) error {
	a, err := h.auth.NewAuthenticator(u.User)
	if err != nil {
		return err
	}
	type authenticatorJSON struct {
		Sealed string `json:"sealed"`
		Secret string `json:"secret"`
		URL    string `json:"url"`
	}
	return c.JSON(http.StatusOK, struct {
		Success       bool              `json:"success"`
		Authenticator authenticatorJSON `json:"authenticator"`
	}{true, authenticatorJSON(a)})
}

type confirmBody struct {
	Password string `json:"confirm_password"`
}

func answerRecoveryCodes(c httpio.Ctx, codes []string) error {
	return c.JSON(http.StatusOK, struct {
		Success bool     `json:"success"`
		Codes   []string `json:"recovery_codes"`
	}{true, codes})
}

// turnOnTwoStep handles POST /me/two-step.
func (h *handler) turnOnTwoStep(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		Sealed   string `json:"sealed"`
		Code     string `json:"otp_code"`
		Password string `json:"confirm_password"`
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	codes, err := h.auth.TurnOnTwoStep(c.Request().Context(), auth.LoginSession{TokenUser: u}, in.Sealed, in.Code, in.Password, h.proxies.ClientIP(c.Request()))
	if err != nil {
		return err
	}
	return answerRecoveryCodes(c, codes)
}

// renewRecoveryCodes handles POST /me/two-step/codes.
func (h *handler) renewRecoveryCodes(c httpio.Ctx, u auth.TokenUser) error {
	var in confirmBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	codes, err := h.auth.NewRecoveryCodes(c.Request().Context(), u.User, in.Password, h.proxies.ClientIP(c.Request()))
	if err != nil {
		return err
	}
	return answerRecoveryCodes(c, codes)
}

// turnOffTwoStep handles POST /me/two-step/off.
func (h *handler) turnOffTwoStep(c httpio.Ctx, u auth.TokenUser) error {
	var in confirmBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	return noContent(c, h.auth.TurnOffTwoStep(c.Request().Context(), u.User, in.Password, h.proxies.ClientIP(c.Request())))
}
