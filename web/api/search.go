package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/web/httpio"
)

type foundJSON struct {
	Message      messageJSON      `json:"message"`
	Conversation conversationJSON `json:"conversation"`
}

// search handles GET /search.
func (h *handler) search(c httpio.Ctx, u auth.TokenUser) error {
	size, err := limit(c)
	if err != nil {
		return err
	}
	page, err := h.support.Search(c.Request().Context(), actor(u), c.QueryParam("q"), c.QueryParam("cursor"), size)
	if err != nil {
		return err
	}
	out := struct {
		Success    bool        `json:"success"`
		Results    []foundJSON `json:"results"`
		NextCursor *string     `json:"next_cursor"`
	}{true, make([]foundJSON, len(page.Results)), httpio.Optional(page.NextCursor)}
	for i, found := range page.Results {
		out.Results[i] = foundJSON{showTeamMessage(found.Message), showConversation(found.Conversation)}
	}
	return c.JSON(http.StatusOK, out)
}
