package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type conversationMergeJSON struct {
	Conversation conversationJSON `json:"conversation"`
	Merged       conversationJSON `json:"merged"`
	Sessions     int64            `json:"sessions"`
	Moving       int64            `json:"moving"`
}

func writeConversationMerge(c httpio.Ctx, m support.ConversationMerge) error {
	return c.JSON(http.StatusOK, struct {
		Success bool                  `json:"success"`
		Merge   conversationMergeJSON `json:"merge"`
	}{true, conversationMergeJSON{showConversation(m.Kept), showConversation(m.Gone), m.Sessions, m.Moving}})
}

// previewConversationMerge handles GET /conversation/:conv_id/merge.
func (h *handler) previewConversationMerge(c httpio.Ctx, u auth.TokenUser) error {
	m, err := h.support.PreviewConversationMerge(c.Request().Context(), actor(u), c.Param("conv_id"), c.QueryParam("conversation_id"))
	if err != nil {
		return err
	}
	return writeConversationMerge(c, m)
}

// mergeConversations handles POST /conversation/:conv_id/merge.
func (h *handler) mergeConversations(c httpio.Ctx, u auth.TokenUser) error {
	var body struct {
		ConversationID string `json:"conversation_id"`
	}
	if err := httpio.BindJSON(c, &body, httpio.MaxBody, false); err != nil {
		return err
	}
	m, err := h.support.MergeConversations(c.Request().Context(), actor(u), c.Param("conv_id"), body.ConversationID)
	if err != nil {
		return err
	}
	return writeConversationMerge(c, m)
}

// getMerged handles GET /conversation/:conv_id/merged.
func (h *handler) getMerged(c httpio.Ctx, u auth.TokenUser) error {
	found, err := h.support.Merged(c.Request().Context(), actor(u), c.Param("conv_id"))
	if err != nil {
		return err
	}
	out := struct {
		Success bool               `json:"success"`
		Into    *string            `json:"into"`
		Parts   []conversationJSON `json:"parts"`
	}{true, httpio.Optional(found.Into), make([]conversationJSON, len(found.Parts))}
	for i, part := range found.Parts {
		out.Parts[i] = showConversation(part)
	}
	return c.JSON(http.StatusOK, out)
}
