package api

import (
	"net/http"
	"strconv"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type pastEventJSON struct {
	Number         int64       `json:"number"`
	ConversationID string      `json:"conversation_id"`
	AfterSeq       int64       `json:"after_seq"`
	Kind           string      `json:"kind"`
	By             doerJSON    `json:"by"`
	Detail         *string     `json:"detail"`
	CreatedAt      httpio.Time `json:"created_at"`
	// Assignee is who it was given to, for the kind assigned.
	Assignee *assigneeJSON `json:"assignee"`
	// Until is when it comes back, for the kind snoozed; null waits for the next message.
	Until *httpio.Time `json:"until"`
}

// doerJSON is whoever did something: an agent has an id and a name.
type doerJSON struct {
	Type string  `json:"type"`
	ID   *string `json:"_id"`
	Name *string `json:"name"`
}

func showPastEvent(e support.ConversationEvent) pastEventJSON {
	out := pastEventJSON{
		Number: e.Number, ConversationID: e.ConversationID, AfterSeq: e.AfterSeq, Kind: e.Kind, CreatedAt: httpio.Time(e.CreatedAt),
		By: doerJSON{Type: e.By, ID: httpio.Optional(e.UserID), Name: httpio.Optional(e.UserName)}, Detail: httpio.Optional(e.Detail),
	}
	switch e.Kind {
	case support.EventAssigned:
		out.Detail = nil
		if e.Detail != "" {
			out.Assignee = &assigneeJSON{ID: e.Detail, Name: e.AssigneeName}
		}
	case support.EventSnoozed:
		if until, err := strconv.ParseInt(e.Detail, 10, 64); err == nil {
			out.Detail, out.Until = nil, httpio.OptionalTime(&until)
		}
	}
	return out
}

// listConversationEvents handles GET /conversation/:conv_id/events.
func (h *handler) listConversationEvents(c httpio.Ctx, u auth.TokenUser) error {
	after, err := httpio.QueryInt(c, "after")
	if err != nil {
		return err
	}
	size, err := limit(c)
	if err != nil {
		return err
	}
	page, err := h.support.ConversationEvents(c.Request().Context(), actor(u), c.Param("conv_id"), after, size)
	if err != nil {
		return err
	}
	out := struct {
		Success bool            `json:"success"`
		Events  []pastEventJSON `json:"events"`
		HasMore bool            `json:"has_more"`
	}{true, make([]pastEventJSON, len(page.Events)), page.HasMore}
	for i, e := range page.Events {
		out.Events[i] = showPastEvent(e)
	}
	return c.JSON(http.StatusOK, out)
}
