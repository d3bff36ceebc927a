package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

func answerMe(c httpio.Ctx, m support.Member) error {
	return c.JSON(http.StatusOK, struct {
		Success bool       `json:"success"`
		Member  memberJSON `json:"member"`
	}{true, memberJSON(m)})
}

// getMe handles GET /me.
func (h *handler) getMe(c httpio.Ctx, u auth.TokenUser) error {
	me, err := h.support.Me(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	return answerMe(c, me)
}

// changeMe handles PATCH /me.
func (h *handler) changeMe(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		Away *bool `json:"away"`
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	if in.Away == nil {
		return fault.Field("away", "away is required")
	}
	me, err := h.support.SetAway(c.Request().Context(), actor(u), *in.Away)
	if err != nil {
		return err
	}
	return answerMe(c, me)
}
