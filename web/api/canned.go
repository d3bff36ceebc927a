package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type cannedJSON struct {
	ID       string `json:"_id"`
	Shared   bool   `json:"shared"`
	Title    string `json:"title"`
	Shortcut string `json:"shortcut"`
	Text     string `json:"text"`
	// Filled is there when a conversation was named.
	Filled    *string     `json:"filled,omitempty"`
	CreatedAt httpio.Time `json:"created_at"`
	UpdatedAt httpio.Time `json:"updated_at"`
}

func showCanned(r support.CannedReply) cannedJSON {
	return cannedJSON{
		ID: r.ID, Shared: r.Shared, Title: r.Title, Shortcut: r.Shortcut, Text: r.Text, Filled: httpio.Optional(r.Filled),
		CreatedAt: httpio.Time(r.CreatedAt), UpdatedAt: httpio.Time(r.UpdatedAt),
	}
}

// listCanned handles GET /canned-replies.
func (h *handler) listCanned(c httpio.Ctx, u auth.TokenUser) error {
	list, err := h.support.CannedReplies(c.Request().Context(), actor(u), c.QueryParam("q"), c.QueryParam("conversation_id"))
	if err != nil {
		return err
	}
	out := make([]cannedJSON, len(list))
	for i, r := range list {
		out[i] = showCanned(r)
	}
	return c.JSON(http.StatusOK, struct {
		Success       bool         `json:"success"`
		CannedReplies []cannedJSON `json:"canned_replies"`
	}{true, out})
}

type cannedBody struct {
	Title    *string `json:"title"`
	Shortcut *string `json:"shortcut"`
	Text     *string `json:"text"`
	Shared   *bool   `json:"shared"`
}

func (b cannedBody) change() support.CannedChange {
	return support.CannedChange{Title: b.Title, Shortcut: b.Shortcut, Text: b.Text, Shared: b.Shared}
}

func answerCanned(c httpio.Ctx, status int, r support.CannedReply, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(status, struct {
		Success     bool       `json:"success"`
		CannedReply cannedJSON `json:"canned_reply"`
	}{true, showCanned(r)})
}

// createCanned handles POST /canned-replies.
func (h *handler) createCanned(c httpio.Ctx, u auth.TokenUser) error {
	var in cannedBody
	if err := httpio.BindJSON(c, &in, httpio.MaxMessageBody, false); err != nil {
		return err
	}
	r, err := h.support.CreateCannedReply(c.Request().Context(), actor(u), in.change())
	return answerCanned(c, http.StatusCreated, r, err)
}

// changeCanned handles PATCH /canned-replies/:id.
func (h *handler) changeCanned(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		cannedBody
		version
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxMessageBody, false); err != nil {
		return err
	}
	change, err := in.change(), error(nil)
	if change.UpdatedAt, err = in.version.millis(); err != nil {
		return err
	}
	r, err := h.support.ChangeCannedReply(c.Request().Context(), actor(u), c.Param("id"), change)
	return answerCanned(c, http.StatusOK, r, err)
}

// deleteCanned handles DELETE /canned-replies/:id.
func (h *handler) deleteCanned(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.DeleteCannedReply(c.Request().Context(), actor(u), c.Param("id")))
}
