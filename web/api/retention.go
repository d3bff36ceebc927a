package api

import (
	"net/http"
	"strconv"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type retentionJSON struct {
	ConversationDays int64 `json:"conversation_days"`
	FileDays         int64 `json:"file_days"`
	AddressDays      int64 `json:"address_days"`
	Version          int64 `json:"version"`
}

func answerRetention(c httpio.Ctx, r support.Retention, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success   bool          `json:"success"`
		Retention retentionJSON `json:"retention"`
	}{true, retentionJSON(r)})
}

// getRetention handles GET /retention.
func (h *handler) getRetention(c httpio.Ctx, u auth.TokenUser) error {
	r, err := h.support.Retention(c.Request().Context(), actor(u))
	return answerRetention(c, r, err)
}

// putRetention handles PUT /retention.
func (h *handler) putRetention(c httpio.Ctx, u auth.TokenUser) error {
	var in retentionJSON
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	r, err := h.support.SetRetention(c.Request().Context(), actor(u), support.Retention(in))
	return answerRetention(c, r, err)
}

// previewRetention handles GET /retention/preview.
func (h *handler) previewRetention(c httpio.Ctx, u auth.TokenUser) error {
	var r support.Retention
	for name, to := range map[string]*int64{"conversation_days": &r.ConversationDays, "file_days": &r.FileDays, "address_days": &r.AddressDays} {
		if text := c.QueryParam(name); text != "" {
			var err error
			if *to, err = strconv.ParseInt(text, 10, 64); err != nil {
				return fault.Field(name, name+" must be a whole number")
			}
		}
	}
	e, err := h.support.PreviewRetention(c.Request().Context(), actor(u), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success       bool  `json:"success"`
		Conversations int64 `json:"conversations"`
		Files         int64 `json:"files"`
		Sessions      int64 `json:"sessions"`
	}{true, e.Conversations, e.Files, e.Addresses})
}
