package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type contactNoteJSON struct {
	ID        string      `json:"_id"`
	ClientID  string      `json:"client_id"`
	UserID    string      `json:"user_id"`
	UserName  *string     `json:"user_name"`
	Text      string      `json:"text"`
	CreatedAt httpio.Time `json:"created_at"`
	// EditedAt is null while the text is as it was written.
	EditedAt *httpio.Time `json:"edited_at"`
}

func showContactNote(n support.ContactNote) contactNoteJSON {
	return contactNoteJSON{
		ID: n.ID, ClientID: n.ClientID, UserID: n.UserID, UserName: httpio.Optional(n.UserName), Text: n.Text, CreatedAt: httpio.Time(n.CreatedAt),
		EditedAt: httpio.OptionalTime(n.EditedAt),
	}
}

// listContactNotes handles GET /contact/:id/notes.
func (h *handler) listContactNotes(c httpio.Ctx, u auth.TokenUser) error {
	notes, err := h.support.ContactNotes(c.Request().Context(), actor(u), c.Param("id"))
	if err != nil {
		return err
	}
	out := make([]contactNoteJSON, len(notes))
	for i, n := range notes {
		out[i] = showContactNote(n)
	}
	return c.JSON(http.StatusOK, struct {
		Success bool              `json:"success"`
		Notes   []contactNoteJSON `json:"notes"`
	}{true, out})
}

type contactNoteBody struct {
	ClientID string `json:"client_id"`
	Text     string `json:"text"`
}

// addContactNote handles POST /contact/:id/notes.
func (h *handler) addContactNote(c httpio.Ctx, u auth.TokenUser) error {
	var body contactNoteBody
	if err := httpio.BindJSON(c, &body, httpio.MaxMessageBody, false); err != nil {
		return err
	}
	note, again, err := h.support.AddContactNote(c.Request().Context(), actor(u), c.Param("id"), support.NewContactNote(body))
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if again {
		status = http.StatusOK
	}
	return c.JSON(status, struct {
		Success   bool            `json:"success"`
		Note      contactNoteJSON `json:"note"`
		Duplicate bool            `json:"duplicate,omitempty"`
	}{true, showContactNote(note), again})
}

// changeContactNote handles PATCH /contact/:id/notes/:note_id.
func (h *handler) changeContactNote(c httpio.Ctx, u auth.TokenUser) error {
	var body struct {
		Text string `json:"text"`
	}
	if err := httpio.BindJSON(c, &body, httpio.MaxMessageBody, false); err != nil {
		return err
	}
	note, err := h.support.ChangeContactNote(c.Request().Context(), actor(u), c.Param("id"), c.Param("note_id"), body.Text)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success bool            `json:"success"`
		Note    contactNoteJSON `json:"note"`
	}{true, showContactNote(note)})
}

// deleteContactNote handles DELETE /contact/:id/notes/:note_id.
func (h *handler) deleteContactNote(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.DeleteContactNote(c.Request().Context(), actor(u), c.Param("id"), c.Param("note_id")))
}
