package console

import (
	"net/http"

	"deskbell/internal/support"
	"deskbell/views/search"
	"deskbell/web/httpio"
)

// How many hits a page of the search shows, and how many contacts stand above them.
const (
	hitsPerPage   = 30
	contactsAbove = 5
)

// showSearch looks through all messages, and at first through the contacts too.
func (h *Handler) showSearch(c httpio.Ctx) error {
	ctx, who, cursor := c.Request().Context(), actor(loginOf(c)), c.QueryParam("cursor")
	p := search.Props{Query: readQuery(c), Older: cursor != ""}
	if p.Query != "" {
		var err error
		if p.Found, err = h.Support.Search(ctx, who, p.Query, cursor, hitsPerPage); err != nil {
			return err
		}
	}
	if p.Query != "" && cursor == "" {
		found, err := h.Support.Contacts(ctx, who, support.ContactFilter{Query: p.Query, Limit: contactsAbove})
		if err != nil {
			return err
		}
		p.Contacts, p.MoreContacts = found.Contacts, found.NextCursor != ""
	}
	return h.render(c, http.StatusOK, page{title: "Search", active: "search"}, search.Page(p))
}
