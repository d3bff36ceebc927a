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

type pushJSON struct {
	ID        string      `json:"_id"`
	UserAgent string      `json:"user_agent"`
	CreatedAt httpio.Time `json:"created_at"`
}

// listPush handles GET /me/alerts/push.
func (h *handler) listPush(c httpio.Ctx, u auth.TokenUser) error {
	browsers, err := h.support.PushBrowsers(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	out := make([]pushJSON, len(browsers))
	for i, b := range browsers {
		out[i] = pushJSON{ID: b.ID, UserAgent: b.UserAgent, CreatedAt: httpio.Time(b.CreatedAt)}
	}
	return c.JSON(http.StatusOK, struct {
		Success  bool       `json:"success"`
		Browsers []pushJSON `json:"browsers"`
	}{true, out})
}

// removePush handles DELETE /me/alerts/push/:id.
func (h *handler) removePush(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.RemovePush(c.Request().Context(), actor(u), c.Param("id")))
}
