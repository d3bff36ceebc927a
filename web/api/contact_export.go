package api

import (
	"encoding/json"
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type exportedConversationJSON struct {
	conversationJSON
	Messages []messageJSON   `json:"messages"`
	Events   []pastEventJSON `json:"events"`
}

type exportJSON struct {
	ExportedAt    httpio.Time                `json:"exported_at"`
	Contact       teamContactJSON            `json:"contact"`
	Notes         []contactNoteJSON          `json:"notes"`
	Sessions      []contactSessionJSON       `json:"sessions"`
	Conversations []exportedConversationJSON `json:"conversations"`
}

type contactSessionJSON struct {
	shownSessionJSON
	ConversationID string          `json:"conversation_id"`
	AuthAttr       json.RawMessage `json:"auth_attr"`
	VerifiedEmail  *string         `json:"verified_email"`
	VerifiedPhone  *string         `json:"verified_phone"`
	ExternalID     *string         `json:"external_id"`
}

func showContactSession(v support.Session) contactSessionJSON {
	return contactSessionJSON{
		shownSessionJSON: showTeamSession(v), ConversationID: v.ConversationID, AuthAttr: v.AuthAttr,
		VerifiedEmail: httpio.Optional(v.ProvenEmail), VerifiedPhone: httpio.Optional(v.ProvenPhone), ExternalID: httpio.Optional(v.ExternalID),
	}
}

// exportContact handles GET /contact/:id/export.
func (h *handler) exportContact(c httpio.Ctx, u auth.TokenUser) error {
	e, err := h.support.ExportContact(c.Request().Context(), actor(u), c.Param("id"))
	if err != nil {
		return err
	}
	return WriteContactExport(c, e)
}

// WriteContactExport answers with everything about a person as a file to save; the console offers
// the same one.
func WriteContactExport(c httpio.Ctx, e support.ContactExport) error {
	out := exportJSON{
		ExportedAt: httpio.Time(e.ExportedAt), Contact: showContact(e.Contact), Notes: make([]contactNoteJSON, len(e.Notes)),
		Sessions: make([]contactSessionJSON, len(e.Sessions)), Conversations: make([]exportedConversationJSON, len(e.Conversations)),
	}
	for i, n := range e.Notes {
		out.Notes[i] = showContactNote(n)
	}
	for i, v := range e.Sessions {
		out.Sessions[i] = showContactSession(v)
	}
	for i, conversation := range e.Conversations {
		shown := exportedConversationJSON{
			showConversation(conversation.Conversation), make([]messageJSON, len(conversation.Messages)), make([]pastEventJSON, len(conversation.Events)),
		}
		for j, m := range conversation.Messages {
			shown.Messages[j] = showTeamMessage(m)
		}
		for j, e := range conversation.Events {
			shown.Events[j] = showPastEvent(e)
		}
		out.Conversations[i] = shown
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="contact-`+e.Contact.ID+`.json"`)
	return c.JSON(http.StatusOK, struct {
		Success bool       `json:"success"`
		Export  exportJSON `json:"export"`
	}{true, out})
}
