package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/web/httpio"
)

type auditJSON struct {
	ID        string      `json:"_id"`
	UserID    *string     `json:"user_id"`
	UserName  *string     `json:"user_name"`
	Action    string      `json:"action"`
	TargetID  *string     `json:"target_id"`
	Detail    *string     `json:"detail"`
	CreatedAt httpio.Time `json:"created_at"`
}

// listAudit handles GET /audit.
func (h *handler) listAudit(c httpio.Ctx, u auth.TokenUser) error {
	size, err := limit(c)
	if err != nil {
		return err
	}
	page, err := h.support.AuditLog(c.Request().Context(), actor(u), c.QueryParam("cursor"), size)
	if err != nil {
		return err
	}
	out := struct {
		Success    bool        `json:"success"`
		Audit      []auditJSON `json:"audit"`
		NextCursor *string     `json:"next_cursor"`
	}{true, make([]auditJSON, len(page.Entries)), httpio.Optional(page.NextCursor)}
	for i, e := range page.Entries {
		out.Audit[i] = auditJSON{
			ID: e.ID, UserID: httpio.Optional(e.UserID), UserName: httpio.Optional(e.UserName), Action: e.Action,
			TargetID: httpio.Optional(e.TargetID), Detail: httpio.Optional(e.Detail), CreatedAt: httpio.Time(e.CreatedAt),
		}
	}
	return c.JSON(http.StatusOK, out)
}
