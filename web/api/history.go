package api

import (
	"net/http"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type pastConversationJSON struct {
	ID            string       `json:"_id"`
	Status        string       `json:"status"`
	LastSeq       int64        `json:"last_seq"`
	UnreadCount   int64        `json:"unread_count"`
	LastMessage   *string      `json:"last_message"`
	LastSender    *string      `json:"last_sender"`
	LastMessageAt *httpio.Time `json:"last_message_at"`
	Rating        *ratingJSON  `json:"rating"`
	CreatedAt     httpio.Time  `json:"created_at"`
}

// listHistory handles GET /session/conversations.
func (h *handler) listHistory(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	size, err := limit(c)
	if err != nil {
		return err
	}
	page, err := h.support.History(c.Request().Context(), v, c.QueryParam("cursor"), size)
	if err != nil {
		return err
	}
	out := struct {
		Success       bool                   `json:"success"`
		Conversations []pastConversationJSON `json:"conversations"`
		NextCursor    *string                `json:"next_cursor"`
	}{true, make([]pastConversationJSON, len(page.Conversations)), httpio.Optional(page.NextCursor)}
	for i, p := range page.Conversations {
		out.Conversations[i] = pastConversationJSON{
			ID: p.ID, Status: p.Status, LastSeq: p.LastSeq, UnreadCount: p.UnreadCount, LastMessage: httpio.Optional(p.LastMessage),
			LastSender: httpio.Optional(p.LastSender), LastMessageAt: httpio.OptionalTime(p.LastMessageAt), Rating: showRating(p.Rating),
			CreatedAt: httpio.Time(p.CreatedAt),
		}
	}
	return c.JSON(http.StatusOK, out)
}

// listHistoryMessages handles GET /session/conversations/:id/messages.
func (h *handler) listHistoryMessages(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	r, err := messageRange(c)
	if err != nil {
		return err
	}
	page, err := h.support.HistoryMessages(c.Request().Context(), v, c.Param("id"), r)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showMessages(page, showMessage))
}

type moveBody struct {
	ConversationID *string `json:"conversation_id"`
}

// moveSession handles POST /session/conversations.
func (h *handler) moveSession(c httpio.Ctx, t support.TokenAuth, v support.SessionAuth) error {
	var in moveBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, true); err != nil {
		return err
	}
	if in.ConversationID != nil {
		if *in.ConversationID == "" {
			return fault.Field("conversation_id", "conversation_id must not be empty")
		}
		if err := t.Require(support.ScopeHistory); err != nil {
			return err
		}
	}
	moved, err := h.support.MoveSession(c.Request().Context(), v, value(in.ConversationID))
	if err != nil {
		return err
	}
	shown := showSession(moved.Session, false)
	shown.SessionToken = moved.Token
	status := http.StatusOK
	if moved.New {
		status = http.StatusCreated
	}
	return c.JSON(status, struct {
		Success bool        `json:"success"`
		Session sessionJSON `json:"session"`
	}{true, shown})
}
