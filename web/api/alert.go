package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type alertsJSON struct {
	Scope      string `json:"scope"`
	Sound      bool   `json:"sound"`
	Repeat     bool   `json:"repeat"`
	Desktop    bool   `json:"desktop"`
	EmailAfter int64  `json:"email_after"`
	PushText   bool   `json:"push_text"`
	// Hours is null for always.
	Hours *support.AlertHours `json:"hours"`
}

func answerAlerts(c httpio.Ctx, a support.AlertSettings) error {
	return c.JSON(http.StatusOK, struct {
		Success bool       `json:"success"`
		Alerts  alertsJSON `json:"alerts"`
	}{true, alertsJSON(a)})
}

// getAlerts handles GET /me/alerts.
func (h *handler) getAlerts(c httpio.Ctx, u auth.TokenUser) error {
	a, err := h.support.AlertSettings(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	return answerAlerts(c, a)
}

// putAlerts handles PUT /me/alerts. What is left out is off.
func (h *handler) putAlerts(c httpio.Ctx, u auth.TokenUser) error {
	var in alertsJSON
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	a := support.AlertSettings(in)
	if err := h.support.SaveAlertSettings(c.Request().Context(), actor(u), a); err != nil {
		return err
	}
	return answerAlerts(c, a)
}
