package console

import (
	"net/http"

	"deskbell/internal/support"
	"deskbell/views/search"
	"deskbell/views/words"
	"deskbell/web/httpio"
)

// jumpedTo is how many conversations, and how many contacts, the jump box offers.
const jumpedTo = 5

// showJump answers what is typed into the jump box; without a script it leads to the search.
func (h *Handler) showJump(c httpio.Ctx) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	p := search.JumpProps{Query: readQuery(c), Admin: who.Admin}
	if !httpio.IsFragment(c) {
		return httpio.SeeOther(c, "/search?"+c.Request().URL.RawQuery)
	}
	if p.Query != "" {
		contacts, err := h.Support.Contacts(ctx, who, support.ContactFilter{Query: p.Query, Limit: jumpedTo})
		if err != nil {
			return err
		}
		conversations, err := h.Support.Conversations(ctx, who, support.ConversationFilter{Query: p.Query, Limit: jumpedTo})
		if err != nil {
			return err
		}
		p.Contacts, p.Conversations = contacts.Contacts, conversations.Conversations
	}
	return httpio.Render(c, http.StatusOK, words.English(search.Jump(p)), nil)
}
