package api

import (
	"net/http"
	"time"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type pendingJSON struct {
	ID             string      `json:"_id"`
	ConversationID string      `json:"conversation_id"`
	ClientID       string      `json:"client_id"`
	Text           string      `json:"text"`
	Private        bool        `json:"private"`
	Attachments    []string    `json:"attachments"`
	Close          bool        `json:"close"`
	SendAt         httpio.Time `json:"send_at"`
}

func showPending(p support.PendingMessage) pendingJSON {
	out := pendingJSON{
		ID: p.ID, ConversationID: p.ConversationID, ClientID: p.ClientID, Text: p.Text, Private: p.Private, Attachments: p.Attachments,
		Close: p.Close, SendAt: httpio.Time(p.SendAt),
	}
	if out.Attachments == nil {
		out.Attachments = []string{}
	}
	return out
}

// holdMessage answers a message that is to wait before it is sent.
func (h *handler) holdMessage(c httpio.Ctx, u auth.TokenUser, in support.PostMessage, holdMS int64) error {
	p, err := h.support.HoldAgentMessage(c.Request().Context(), actor(u), c.Param("conv_id"), in, time.Duration(min(holdMS, 1<<31))*time.Millisecond)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusAccepted, struct {
		Success bool        `json:"success"`
		Pending pendingJSON `json:"pending"`
	}{true, showPending(p)})
}

// listPending handles GET /conversation/:conv_id/pending.
func (h *handler) listPending(c httpio.Ctx, u auth.TokenUser) error {
	list, err := h.support.PendingMessages(c.Request().Context(), actor(u), c.Param("conv_id"))
	if err != nil {
		return err
	}
	out := make([]pendingJSON, len(list))
	for i, p := range list {
		out[i] = showPending(p)
	}
	return c.JSON(http.StatusOK, struct {
		Success bool          `json:"success"`
		Pending []pendingJSON `json:"pending"`
	}{true, out})
}

// cancelPending handles DELETE /conversation/:conv_id/pending/:pending_id.
func (h *handler) cancelPending(c httpio.Ctx, u auth.TokenUser) error {
	d, err := h.support.CancelPending(c.Request().Context(), actor(u), c.Param("conv_id"), c.Param("pending_id"))
	return answerDraft(c, d, err)
}

type draftJSON struct {
	Text      string       `json:"text"`
	Private   bool         `json:"private"`
	UpdatedAt *httpio.Time `json:"updated_at"`
}

func answerDraft(c httpio.Ctx, d support.Draft, err error) error {
	if err != nil {
		return err
	}
	out := struct {
		Success bool      `json:"success"`
		Draft   draftJSON `json:"draft"`
	}{true, draftJSON{Text: d.Text, Private: d.Private}}
	if d.UpdatedAt > 0 {
		out.Draft.UpdatedAt = httpio.OptionalTime(&d.UpdatedAt)
	}
	return c.JSON(http.StatusOK, out)
}

// getDraft handles GET /conversation/:conv_id/draft.
func (h *handler) getDraft(c httpio.Ctx, u auth.TokenUser) error {
	d, err := h.support.Draft(c.Request().Context(), actor(u), c.Param("conv_id"))
	return answerDraft(c, d, err)
}

type draftBody struct {
	Text    string `json:"text"`
	Private bool   `json:"private"`
}

// putDraft handles PUT /conversation/:conv_id/draft.
func (h *handler) putDraft(c httpio.Ctx, u auth.TokenUser) error {
	var in draftBody
	if err := httpio.BindJSON(c, &in, httpio.MaxMessageBody, false); err != nil {
		return err
	}
	d, err := h.support.SaveDraft(c.Request().Context(), actor(u), c.Param("conv_id"), support.Draft{Text: in.Text, Private: in.Private})
	return answerDraft(c, d, err)
}

type presentJSON struct {
	ID       string `json:"_id"`
	Name     string `json:"name"`
	Replying bool   `json:"replying"`
}

// presenceEvent is who has a conversation open.
type presenceEvent struct {
	ConversationID string        `json:"conversation_id"`
	Present        []presentJSON `json:"present"`
}

func showPresence(convID string, list []support.Presence) presenceEvent {
	out := presenceEvent{ConversationID: convID, Present: make([]presentJSON, len(list))}
	for i, p := range list {
		out.Present[i] = presentJSON{ID: p.UserID, Name: p.Name, Replying: p.Replying}
	}
	return out
}

type presenceBody struct {
	Viewing  bool `json:"viewing"`
	Replying bool `json:"replying"`
}

// setPresence handles POST /conversation/:conv_id/presence.
func (h *handler) setPresence(c httpio.Ctx, u auth.TokenUser) error {
	var in presenceBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	return noContent(c, h.support.SetPresence(c.Request().Context(), actor(u), c.Param("conv_id"), in.Viewing, in.Replying))
}

// getPresence handles GET /conversation/:conv_id/presence.
func (h *handler) getPresence(c httpio.Ctx, u auth.TokenUser) error {
	list, err := h.support.Present(c.Request().Context(), actor(u), c.Param("conv_id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success bool `json:"success"`
		presenceEvent
	}{true, showPresence(c.Param("conv_id"), list)})
}
