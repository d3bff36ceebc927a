package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type auditJSON struct {
	ID         string      `json:"_id"`
	UserID     *string     `json:"user_id"`
	UserName   *string     `json:"user_name"`
	Action     string      `json:"action"`
	TargetID   *string     `json:"target_id"`
	TargetName *string     `json:"target_name"`
	Detail     *string     `json:"detail"`
	CreatedAt  httpio.Time `json:"created_at"`
}

// listAudit handles GET /audit.
func (h *handler) listAudit(c httpio.Ctx, u auth.TokenUser) error {
	f, err := auditFilter(c)
	if err != nil {
		return err
	}
	page, err := h.support.AuditLog(c.Request().Context(), actor(u), f)
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
			TargetID: httpio.Optional(e.TargetID), TargetName: httpio.Optional(e.TargetName), Detail: httpio.Optional(e.Detail), CreatedAt: httpio.Time(e.CreatedAt),
		}
	}
	return c.JSON(http.StatusOK, out)
}

func auditFilter(c httpio.Ctx) (f support.AuditFilter, err error) {
	f = support.AuditFilter{UserID: c.QueryParam("user_id"), Action: c.QueryParam("action"), Cursor: c.QueryParam("cursor")}
	for _, bound := range []struct {
		field string
		to    *int64
	}{{"from", &f.From}, {"to", &f.To}} {
		if value := c.QueryParam(bound.field); value != "" {
			if *bound.to, err = millis(bound.field, value); err != nil {
				return f, err
			}
		}
	}
	f.Limit, err = limit(c)
	return f, err
}
