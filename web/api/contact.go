package api

import (
	"encoding/json"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type teamContactJSON struct {
	contactJSON
	EmailVerified bool        `json:"email_verified"`
	PhoneVerified bool        `json:"phone_verified"`
	ExternalID    *string     `json:"external_id"`
	CreatedAt     httpio.Time `json:"created_at"`
	UpdatedAt     httpio.Time `json:"updated_at"`
}

func showContact(k support.Contact) teamContactJSON {
	return teamContactJSON{
		contactJSON:   contactJSON{ID: k.ID, Name: httpio.Optional(k.Name), Email: httpio.Optional(k.Email), Phone: httpio.Optional(k.Phone)},
		EmailVerified: k.EmailVerified, PhoneVerified: k.PhoneVerified, ExternalID: httpio.Optional(k.ExternalID),
		CreatedAt: httpio.Time(k.CreatedAt), UpdatedAt: httpio.Time(k.UpdatedAt),
	}
}

type oneContact struct {
	Success bool            `json:"success"`
	Contact teamContactJSON `json:"contact"`
}

// listContacts handles GET /contacts.
func (h *handler) listContacts(c httpio.Ctx, u auth.TokenUser) error {
	f := support.ContactFilter{Query: c.QueryParam("q"), Cursor: c.QueryParam("cursor")}
	var err error
	if f.Limit, err = limit(c); err != nil {
		return err
	}
	page, err := h.support.Contacts(c.Request().Context(), actor(u), f)
	if err != nil {
		return err
	}
	out := struct {
		Success    bool              `json:"success"`
		Contacts   []teamContactJSON `json:"contacts"`
		NextCursor *string           `json:"next_cursor"`
	}{true, make([]teamContactJSON, len(page.Contacts)), httpio.Optional(page.NextCursor)}
	for i, k := range page.Contacts {
		out.Contacts[i] = showContact(k)
	}
	return c.JSON(http.StatusOK, out)
}

// getContact handles GET /contact/:id.
func (h *handler) getContact(c httpio.Ctx, u auth.TokenUser) error {
	k, err := h.support.Contact(c.Request().Context(), actor(u), c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, oneContact{true, showContact(k)})
}

type contactBody struct {
	Name  jsontext.Value `json:"name"`
	Email jsontext.Value `json:"email"`
	Phone jsontext.Value `json:"phone"`
}

// changeContact handles PATCH /contact/:id.
func (h *handler) changeContact(c httpio.Ctx, u auth.TokenUser) error {
	var body contactBody
	if err := httpio.BindJSON(c, &body, httpio.MaxBody, false); err != nil {
		return err
	}
	in := support.ContactChange{}
	err := textChanges(change{"name", body.Name, &in.Name}, change{"email", body.Email, &in.Email}, change{"phone", body.Phone, &in.Phone})
	if err != nil {
		return err
	}
	k, err := h.support.ChangeContact(c.Request().Context(), actor(u), c.Param("id"), in)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, oneContact{true, showContact(k)})
}

// eraseContact handles DELETE /contact/:id.
func (h *handler) eraseContact(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.EraseContact(c.Request().Context(), actor(u), c.Param("id")))
}

type exportedConversationJSON struct {
	conversationJSON
	Messages []messageJSON `json:"messages"`
}

type exportJSON struct {
	ExportedAt    httpio.Time                `json:"exported_at"`
	Contact       teamContactJSON            `json:"contact"`
	Sessions      []exportedSessionJSON      `json:"sessions"`
	Conversations []exportedConversationJSON `json:"conversations"`
}

type exportedSessionJSON struct {
	shownSessionJSON
	ConversationID string          `json:"conversation_id"`
	AuthAttr       json.RawMessage `json:"auth_attr"`
	VerifiedEmail  *string         `json:"verified_email"`
	VerifiedPhone  *string         `json:"verified_phone"`
	ExternalID     *string         `json:"external_id"`
}

// exportContact handles GET /contact/:id/export.
func (h *handler) exportContact(c httpio.Ctx, u auth.TokenUser) error {
	e, err := h.support.ExportContact(c.Request().Context(), actor(u), c.Param("id"))
	if err != nil {
		return err
	}
	out := exportJSON{
		ExportedAt: httpio.Time(e.ExportedAt), Contact: showContact(e.Contact), Sessions: make([]exportedSessionJSON, len(e.Sessions)),
		Conversations: make([]exportedConversationJSON, len(e.Conversations)),
	}
	for i, v := range e.Sessions {
		out.Sessions[i] = exportedSessionJSON{
			shownSessionJSON: showTeamSession(v), ConversationID: v.ConversationID, AuthAttr: v.AuthAttr,
			VerifiedEmail: httpio.Optional(v.ProvenEmail), VerifiedPhone: httpio.Optional(v.ProvenPhone), ExternalID: httpio.Optional(v.ExternalID),
		}
	}
	for i, conversation := range e.Conversations {
		shown := exportedConversationJSON{showConversation(conversation.Conversation), make([]messageJSON, len(conversation.Messages))}
		for j, m := range conversation.Messages {
			shown.Messages[j] = showTeamMessage(m)
		}
		out.Conversations[i] = shown
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="contact-`+e.Contact.ID+`.json"`)
	return c.JSON(http.StatusOK, struct {
		Success bool       `json:"success"`
		Export  exportJSON `json:"export"`
	}{true, out})
}
