package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/web/httpio"
)

type tagJSON struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
	More  bool   `json:"more"`
}

// listTags handles GET /tags.
func (h *handler) listTags(c httpio.Ctx, u auth.TokenUser) error {
	list, err := h.support.Tags(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	out := make([]tagJSON, len(list))
	for i, t := range list {
		out[i] = tagJSON{t.Name, t.N, t.More}
	}
	return c.JSON(http.StatusOK, struct {
		Success bool      `json:"success"`
		Tags    []tagJSON `json:"tags"`
	}{true, out})
}

type tagBody struct {
	Tag   string `json:"tag"`
	To    string `json:"to"`
	Merge bool   `json:"merge"`
}

// renameTag handles PATCH /tags.
func (h *handler) renameTag(c httpio.Ctx, u auth.TokenUser) error {
	var in tagBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	return noContent(c, h.support.RenameTag(c.Request().Context(), actor(u), in.Tag, in.To, in.Merge))
}

// deleteTag handles DELETE /tags.
func (h *handler) deleteTag(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.DeleteTag(c.Request().Context(), actor(u), c.QueryParam("tag")))
}
