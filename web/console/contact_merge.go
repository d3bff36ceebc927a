package console

import (
	"net/http"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/views/contacts"
	"deskbell/web/httpio"
)

var mergePage = page{title: "Merge contacts", active: "contacts"}

// pickable is how many contacts are offered for a merge; a longer search finds the right one.
const pickable = 20

// showMerge finds the other contact, or shows what merging it does.
func (h *Handler) showMerge(c httpio.Ctx) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	if other := c.QueryParam("with"); other != "" {
		m, err := h.Support.PreviewContactMerge(ctx, who, c.Param("id"), other)
		if reason, ok := whyApart(err); ok {
			return h.unmergeable(c, reason)
		}
		if err != nil {
			return err
		}
		return h.render(c, http.StatusOK, mergePage, contacts.Merge(m))
	}
	p := contacts.PickProps{Query: readQuery(c)}
	var err error
	if p.Kept, err = h.Support.Contact(ctx, who, c.Param("id")); err != nil {
		return err
	}
	if p.Query != "" {
		found, err := h.Support.Contacts(ctx, who, support.ContactFilter{Query: p.Query, Limit: pickable})
		if err != nil {
			return err
		}
		for _, k := range found.Contacts {
			if k.ID != p.Kept.ID {
				p.Found = append(p.Found, k)
			}
		}
	}
	return h.render(c, http.StatusOK, mergePage, contacts.Pick(p))
}

// whyApart tells why two contacts, or conversations, can't be merged.
func whyApart(err error) (reason string, ok bool) {
	message, fields, ok := refusal(err, map[string]string{"contact_id": "The other one", "conversation_id": "The other one"})
	for _, problem := range fields {
		message = problem
	}
	return message, ok
}

func (h *Handler) unmergeable(c httpio.Ctx, reason string) error {
	return h.render(c, http.StatusConflict, mergePage, contacts.Unmergeable(c.Param("id"), reason))
}

func (h *Handler) mergeContacts(c httpio.Ctx) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	_, err := h.Support.MergeContacts(ctx, who, c.Param("id"), c.FormValue("with"))
	if reason, ok := whyApart(err); ok {
		return h.unmergeable(c, reason)
	}
	if fault.Is(err, fault.NotFound) {
		// Pressed twice, the other one is gone as wanted; when this one is, its page says so.
		return httpio.SeeOther(c, "/contacts/"+c.Param("id"))
	}
	if err != nil {
		return err
	}
	return h.backToContact(c, "Merged. Everything of the other contact is here now.")
}
