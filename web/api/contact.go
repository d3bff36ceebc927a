package api

import (
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
	LastSeen      httpio.Time `json:"last_seen"`
	CreatedAt     httpio.Time `json:"created_at"`
	UpdatedAt     httpio.Time `json:"updated_at"`
}

func showContact(k support.Contact) teamContactJSON {
	return teamContactJSON{
		contactJSON:   contactJSON{ID: k.ID, Name: httpio.Optional(k.Name), Email: httpio.Optional(k.Email), Phone: httpio.Optional(k.Phone)},
		EmailVerified: k.EmailVerified, PhoneVerified: k.PhoneVerified, ExternalID: httpio.Optional(k.ExternalID),
		LastSeen: httpio.Time(k.LastSeen), CreatedAt: httpio.Time(k.CreatedAt), UpdatedAt: httpio.Time(k.UpdatedAt),
	}
}

type oneContact struct {
	Success bool            `json:"success"`
	Contact teamContactJSON `json:"contact"`
}

type listedContactJSON struct {
	teamContactJSON
	OpenConversations int64 `json:"open_conversations"`
}

// listContacts handles GET /contacts.
func (h *handler) listContacts(c httpio.Ctx, u auth.TokenUser) error {
	f := support.ContactFilter{Query: c.QueryParam("q"), Show: c.QueryParam("show"), Cursor: c.QueryParam("cursor")}
	var err error
	if f.Limit, err = limit(c); err != nil {
		return err
	}
	page, err := h.support.Contacts(c.Request().Context(), actor(u), f)
	if err != nil {
		return err
	}
	out := struct {
		Success    bool                `json:"success"`
		Contacts   []listedContactJSON `json:"contacts"`
		NextCursor *string             `json:"next_cursor"`
	}{true, make([]listedContactJSON, len(page.Contacts)), httpio.Optional(page.NextCursor)}
	for i, k := range page.Contacts {
		out.Contacts[i] = listedContactJSON{showContact(k.Contact), k.OpenConversations}
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
	version
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
	if in.UpdatedAt, err = body.version.millis(); err != nil {
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

// listContactConversations handles GET /contact/:id/conversations.
func (h *handler) listContactConversations(c httpio.Ctx, u auth.TokenUser) error {
	size, err := limit(c)
	if err != nil {
		return err
	}
	page, err := h.support.ContactConversations(c.Request().Context(), actor(u), c.Param("id"), c.QueryParam("cursor"), size)
	if err != nil {
		return err
	}
	return writeConversations(c, page)
}

// listContactSessions handles GET /contact/:id/sessions.
func (h *handler) listContactSessions(c httpio.Ctx, u auth.TokenUser) error {
	sessions, err := h.support.ContactSessions(c.Request().Context(), actor(u), c.Param("id"))
	if err != nil {
		return err
	}
	out := make([]contactSessionJSON, len(sessions))
	for i, v := range sessions {
		out[i] = showContactSession(v)
	}
	return c.JSON(http.StatusOK, struct {
		Success  bool                 `json:"success"`
		Sessions []contactSessionJSON `json:"sessions"`
	}{true, out})
}

type mergeBody struct {
	ContactID string `json:"contact_id"`
}

type mergeJSON struct {
	Contact       teamContactJSON `json:"contact"`
	Dropped       []droppedJSON   `json:"dropped"`
	Conversations int64           `json:"conversations"`
	Sessions      int64           `json:"sessions"`
	Notes         int64           `json:"notes"`
	Joined        bool            `json:"joined"`
}

type droppedJSON struct {
	Field    string `json:"field"`
	Value    string `json:"value"`
	Verified bool   `json:"verified"`
}

func writeMerge(c httpio.Ctx, m support.ContactMerge) error {
	out := mergeJSON{
		Contact: showContact(m.Result), Dropped: make([]droppedJSON, len(m.Dropped)),
		Conversations: m.Conversations, Sessions: m.Sessions, Notes: m.Notes, Joined: m.Joined,
	}
	for i, d := range m.Dropped {
		out.Dropped[i] = droppedJSON(d)
	}
	return c.JSON(http.StatusOK, struct {
		Success bool      `json:"success"`
		Merge   mergeJSON `json:"merge"`
	}{true, out})
}

// previewContactMerge handles GET /contact/:id/merge.
func (h *handler) previewContactMerge(c httpio.Ctx, u auth.TokenUser) error {
	m, err := h.support.PreviewContactMerge(c.Request().Context(), actor(u), c.Param("id"), c.QueryParam("contact_id"))
	if err != nil {
		return err
	}
	return writeMerge(c, m)
}

// mergeContacts handles POST /contact/:id/merge.
func (h *handler) mergeContacts(c httpio.Ctx, u auth.TokenUser) error {
	var body mergeBody
	if err := httpio.BindJSON(c, &body, httpio.MaxBody, false); err != nil {
		return err
	}
	m, err := h.support.MergeContacts(c.Request().Context(), actor(u), c.Param("id"), body.ContactID)
	if err != nil {
		return err
	}
	return writeMerge(c, m)
}
