package console

import (
	"net/http"
	"strconv"
	"strings"

	"deskbell/internal/support"
	"deskbell/views/contacts"
	"deskbell/views/inbox"
	"deskbell/web/api"
	"deskbell/web/httpio"
)

// readContactFilter takes the list's filter from an address; unknown values become the default.
func readContactFilter(c httpio.Ctx) contacts.Filter {
	f := contacts.Filter{Show: c.QueryParam("show"), Query: readQuery(c)}
	switch f.Show {
	case support.ContactsVerified, support.ContactsWithEmail, support.ContactsAnonymous:
	default:
		f.Show = support.ContactsKnown
	}
	return f
}

// showContacts is the list: as a page, or as the answer to a search or another page.
func (h *Handler) showContacts(c httpio.Ctx) error {
	ctx, who, f := c.Request().Context(), actor(loginOf(c)), readContactFilter(c)
	cursor := c.QueryParam("cursor")
	found, err := h.Support.Contacts(ctx, who, support.ContactFilter{Query: f.Query, Show: f.Show, Cursor: cursor, Limit: rowsPerPage})
	if err != nil {
		return err
	}
	p := contacts.ListProps{Filter: f, Contacts: found.Contacts, NextCursor: found.NextCursor, Older: cursor != "", Admin: who.Admin}
	if len(p.Contacts) == 0 && f.Query == "" {
		ever, err := h.Support.Contacts(ctx, who, support.ContactFilter{Limit: 1})
		if err != nil {
			return err
		}
		p.Fresh = len(ever.Contacts) == 0
	}
	if httpio.Target(c) == "contacts-body" && httpio.IsFragment(c) {
		return httpio.Render(c, http.StatusOK, contacts.Body(p), nil)
	}
	return h.render(c, http.StatusOK, page{title: "Contacts", active: "contacts"}, contacts.List(p))
}

// exportContacts saves the list, all pages of it.
func (h *Handler) exportContacts(c httpio.Ctx) error {
	f := readContactFilter(c)
	var table *httpio.CSV
	rows := func(list []support.ListedContact) (err error) {
		if table == nil {
			if table, err = httpio.StartCSV(c, "contacts.csv", append(contactHead, "open_conversations")...); err != nil {
				return err
			}
		}
		for _, k := range list {
			if err := table.Row(append(contactCells(k.Contact), strconv.FormatInt(k.OpenConversations, 10))...); err != nil {
				return err
			}
		}
		return table.Flush()
	}
	err := h.Support.EachContact(c.Request().Context(), actor(loginOf(c)), support.ContactFilter{Query: f.Query, Show: f.Show}, rows)
	switch {
	case err == nil && table == nil:
		return rows(nil) // a table without rows is one too
	case err != nil && table != nil:
		table.Abort()
	}
	return err
}

// contactHead names the columns of contactCells.
var contactHead = []string{
	"contact_id", "name", "email", "email_verified", "phone", "phone_verified", "external_id", "first_seen", "last_seen",
}

func contactCells(k support.Contact) []string {
	return []string{
		k.ID, k.Name, k.Email, strconv.FormatBool(k.EmailVerified), k.Phone, strconv.FormatBool(k.PhoneVerified), k.ExternalID,
		httpio.CSVTime(k.CreatedAt), httpio.CSVTime(k.LastSeen),
	}
}

func (h *Handler) showContact(c httpio.Ctx) error {
	return h.renderContact(c, http.StatusOK, inbox.NoteForm{})
}

func (h *Handler) renderContact(c httpio.Ctx, status int, note inbox.NoteForm) error {
	ctx, login := c.Request().Context(), loginOf(c)
	who, contactID, cursor := actor(login), c.Param("id"), c.QueryParam("cursor")
	p := contacts.ContactProps{Notes: h.notes(who, "/contacts/"+contactID, note), Older: cursor != "", Admin: who.Admin}
	var err error
	if p.Contact, err = h.Support.Contact(ctx, who, contactID); err != nil {
		return err
	}
	found, err := h.Support.ContactConversations(ctx, who, contactID, cursor, conversationsPerPage)
	if err != nil {
		return err
	}
	p.Conversations, p.NextCursor = found.Conversations, found.NextCursor
	if p.Sessions, err = h.Support.ContactSessions(ctx, who, contactID); err != nil {
		return err
	}
	if p.Notes.Notes, err = h.Support.ContactNotes(ctx, who, contactID); err != nil {
		return err
	}
	return h.render(c, status, page{title: inbox.ContactName(p.Contact), active: "contacts"}, contacts.Contact(p))
}

// conversationsPerPage is how many a contact's page shows at once.
const conversationsPerPage = 20

// exportContact saves everything about a person, as the JSON API does.
func (h *Handler) exportContact(c httpio.Ctx) error {
	e, err := h.Support.ExportContact(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return api.WriteContactExport(c, e)
}

// exportContactCSV saves a person's messages, one in a row, with who the person is in each.
func (h *Handler) exportContactCSV(c httpio.Ctx) error {
	e, err := h.Support.ExportContact(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	head := append(contactHead[:len(contactHead):len(contactHead)], "conversation_id", "site", "status", "verified", "time", "from", "private", "text")
	table, err := httpio.StartCSV(c, "contact-"+e.Contact.ID+".csv", head...)
	if err != nil {
		return err
	}
	rows := 0
	for _, conversation := range e.Conversations {
		for _, m := range conversation.Messages {
			rows++
			err = table.Row(append(contactCells(e.Contact), conversation.ID, conversation.Site, conversation.Status,
				strconv.FormatBool(conversation.Verified), httpio.CSVTime(m.CreatedAt), m.SenderType, strconv.FormatBool(m.Private), m.Text)...)
			if err != nil {
				return err
			}
		}
	}
	if rows == 0 {
		if err := table.Row(append(contactCells(e.Contact), make([]string, len(head)-len(contactHead))...)...); err != nil {
			return err
		}
	}
	return table.Flush()
}

func (h *Handler) showEditContact(c httpio.Ctx) error {
	k, err := h.Support.Contact(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return h.renderEditContact(c, http.StatusOK, contacts.EditProps{
		ContactID: k.ID, Name: k.Name, Email: k.Email, Phone: k.Phone, EmailVerified: k.EmailVerified, PhoneVerified: k.PhoneVerified,
		UpdatedAt: strconv.FormatInt(k.UpdatedAt, 10),
	})
}

func (h *Handler) renderEditContact(c httpio.Ctx, status int, p contacts.EditProps) error {
	return h.render(c, status, page{title: "Edit contact", active: "contacts"}, contacts.Edit(p))
}

var contactLabels = map[string]string{"name": "The name", "email": "This", "phone": "The number"}

// editContact saves a form. One that is based on an older version comes back with what is stored
// now; sent again, it is saved knowingly.
func (h *Handler) editContact(c httpio.Ctx) error {
	if _, err := c.FormParams(); err != nil {
		return badForm(err)
	}
	ctx, who := c.Request().Context(), actor(loginOf(c))
	p := contacts.EditProps{
		ContactID: c.Param("id"), Name: c.FormValue("name"), Email: c.FormValue("email"), Phone: c.FormValue("phone"), UpdatedAt: c.FormValue("updated_at"),
	}
	version, err := formInt(c, "updated_at")
	if err != nil {
		return err
	}
	_, err = h.Support.ChangeContact(ctx, who, p.ContactID, support.ContactChange{Name: &p.Name, Email: &p.Email, Phone: &p.Phone, UpdatedAt: version})
	if message, fields, ok := refusal(err, contactLabels); ok {
		p.Message, p.Fields = message, fields
		now, err := h.Support.Contact(ctx, who, p.ContactID)
		if err != nil {
			return err
		}
		p.EmailVerified, p.PhoneVerified = now.EmailVerified, now.PhoneVerified
		status := http.StatusUnprocessableEntity
		if len(fields) == 0 {
			status = http.StatusConflict
			p.Message += ". Look at what is stored now, then save yours or cancel."
			p.Now, p.UpdatedAt = &now, strconv.FormatInt(now.UpdatedAt, 10)
		}
		return h.renderEditContact(c, status, p)
	}
	if err != nil {
		return err
	}
	return h.backToContact(c, "Saved.")
}

func (h *Handler) backToContact(c httpio.Ctx, flash string) error {
	return h.leadBack(c, "/contacts/"+c.Param("id"), flash)
}

// eraseWord is what somebody types who means it.
const eraseWord = "erase"

func (h *Handler) confirmErase(c httpio.Ctx) error { return h.renderErase(c, http.StatusOK, "") }

func (h *Handler) renderErase(c httpio.Ctx, status int, problem string) error {
	k, err := h.Support.Contact(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return h.render(c, status, page{title: "Erase contact", active: "contacts"}, contacts.Erase(k, problem))
}

func (h *Handler) eraseContact(c httpio.Ctx) error {
	if !strings.EqualFold(strings.TrimSpace(c.FormValue("confirm")), eraseWord) {
		return h.renderErase(c, http.StatusUnprocessableEntity, "Type the word "+eraseWord+" here")
	}
	err := h.Support.EraseContact(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	return h.takenAway(c, err, "/contacts", "The contact is erased, with everything that belonged to it.")
}
