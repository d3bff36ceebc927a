package console

import (
	"context"
	"net/http"
	"strings"

	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/web/httpio"
)

// notesBeside is how many notes stand beside a thread; the contact's page has all.
const notesBeside = 5

// notes is what a page says around the notes on a person; below is the page's own address.
func (h *Handler) notes(who support.Actor, below string, form inbox.NoteForm) inbox.NotesProps {
	if form.ClientID == "" {
		form.ClientID = id.New(h.Now())
	}
	return inbox.NotesProps{Base: below + "/notes", Form: form, Live: strings.HasPrefix(below, "/inbox/"), Me: who.UserID, Admin: who.Admin}
}

// notesBesideThread are the newest ones on a conversation's contact.
func (h *Handler) notesBesideThread(ctx context.Context, who support.Actor, c support.Conversation, form inbox.NoteForm) (inbox.NotesProps, error) {
	p := h.notes(who, "/inbox/"+c.ID, form)
	list, more, err := h.Support.NewestContactNotes(ctx, who, c.Contact.ID, notesBeside)
	if p.Notes = list; more {
		p.All = "/contacts/" + c.Contact.ID
	}
	return p, err
}

// noted is the person whom a form's note is on, and how the page that has the form is shown again.
type noted struct {
	contactID string
	page      string
	again     func(status int, form inbox.NoteForm) error
}

// notedContact is the one whose page the form is on.
func (h *Handler) notedContact(c httpio.Ctx) (noted, error) {
	return noted{c.Param("id"), "/contacts/" + c.Param("id"), func(status int, form inbox.NoteForm) error { return h.renderContact(c, status, form) }}, nil
}

// notedBesideThread is the conversation's contact of now, whoever it was when the page was made.
func (h *Handler) notedBesideThread(c httpio.Ctx) (noted, error) {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	found, err := h.Support.Conversation(ctx, who, c.Param("id"))
	return noted{found.Contact.ID, "/inbox/" + c.Param("id"), func(status int, form inbox.NoteForm) error {
		if !httpio.IsFragment(c) {
			return h.renderThread(c, status, 0, threadForms{composer: h.composer(c), note: form})
		}
		p := h.notes(who, "/inbox/"+c.Param("id"), form)
		if form.NoteID == "" {
			return httpio.Render(c, status, inbox.NewNote(p), nil)
		}
		note, err := h.Support.ContactNote(ctx, who, found.Contact.ID, form.NoteID)
		if err != nil {
			return err
		}
		return httpio.Render(c, status, inbox.NoteUpdate(p, note, false), nil)
	}}, err
}

// whose finds out for a handler whom the note is on.
type whose func(httpio.Ctx) (noted, error)

// saveNote writes a note, or changes one of the writer's own. Beside a thread it shows by the stream.
func (h *Handler) saveNote(find whose) func(httpio.Ctx) error {
	return func(c httpio.Ctx) error {
		if _, err := c.FormParams(); err != nil {
			return badForm(err)
		}
		on, err := find(c)
		if err != nil {
			return err
		}
		ctx, who := c.Request().Context(), actor(loginOf(c))
		form := inbox.NoteForm{NoteID: c.Param("note_id"), ClientID: c.FormValue("client_id"), Text: c.FormValue("text")}
		if form.NoteID == "" {
			_, _, err = h.Support.AddContactNote(ctx, who, on.contactID, support.NewContactNote{ClientID: form.ClientID, Text: form.Text})
		} else {
			_, err = h.Support.ChangeContactNote(ctx, who, on.contactID, form.NoteID, form.Text)
		}
		if message, fields, ok := refusal(err, map[string]string{"text": "A note"}); ok {
			if form.Error = message; fields["text"] != "" {
				form.Error = fields["text"]
			}
			form.ClientID = "" // what was sent with it before stands already
			return on.again(http.StatusUnprocessableEntity, form)
		}
		if err != nil {
			return err
		}
		switch {
		case httpio.IsFragment(c) && form.NoteID == "":
			return on.again(http.StatusOK, inbox.NoteForm{})
		case httpio.IsFragment(c):
			return c.NoContent(http.StatusNoContent)
		}
		return httpio.SeeOther(c, on.page+"#notes")
	}
}

// deleteNote deletes a note; pressed twice, it is gone as wanted.
func (h *Handler) deleteNote(find whose) func(httpio.Ctx) error {
	return func(c httpio.Ctx) error {
		on, err := find(c)
		if err != nil {
			return err
		}
		err = h.Support.DeleteContactNote(c.Request().Context(), actor(loginOf(c)), on.contactID, c.Param("note_id"))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if httpio.IsFragment(c) {
			return c.NoContent(http.StatusNoContent)
		}
		return httpio.SeeOther(c, on.page+"#notes")
	}
}
