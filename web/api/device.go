package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/web/httpio"
)

type deviceJSON struct {
	ID        string      `json:"_id"`
	IP        string      `json:"ip"`
	UserAgent string      `json:"user_agent"`
	CreatedAt httpio.Time `json:"created_at"`
	LastSeen  httpio.Time `json:"last_seen_at"`
}

// listDevices handles GET /me/devices.
func (h *handler) listDevices(c httpio.Ctx, u auth.TokenUser) error {
	devices, err := h.auth.Devices(c.Request().Context(), auth.LoginSession{TokenUser: u})
	if err != nil {
		return err
	}
	out := make([]deviceJSON, len(devices))
	for i, d := range devices {
		out[i] = deviceJSON{ID: d.Digest, IP: d.IP, UserAgent: d.UserAgent, CreatedAt: httpio.Time(d.CreatedAt), LastSeen: httpio.Time(d.LastSeen)}
	}
	return c.JSON(http.StatusOK, struct {
		Success bool         `json:"success"`
		Devices []deviceJSON `json:"devices"`
	}{true, out})
}

// endDevice handles DELETE /me/devices/:id.
func (h *handler) endDevice(c httpio.Ctx, u auth.TokenUser) error {
	ctx, device := c.Request().Context(), c.Param("id")
	if err := h.auth.EndDevice(ctx, auth.LoginSession{TokenUser: u}, device); err != nil {
		return err
	}
	return noContent(c, h.support.EndPush(ctx, actor(u), device))
}

// endDevices handles DELETE /me/devices. A team token is no device, so none is left.
func (h *handler) endDevices(c httpio.Ctx, u auth.TokenUser) error {
	ctx, none := c.Request().Context(), auth.LoginSession{TokenUser: u}
	if err := h.auth.EndOtherDevices(ctx, none); err != nil {
		return err
	}
	return noContent(c, h.support.EndOtherPush(ctx, actor(u), none.Digest))
}
