package console

import (
	"net/http"
	"slices"

	"deskbell/internal/fault"
	"deskbell/internal/id"
	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

var tagsPage = page{title: "tags.title", active: "settings", translated: true}

func (h *Handler) showTags(c httpio.Ctx) error {
	list, err := h.Support.Tags(c.Request().Context(), actor(loginOf(c)))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, tagsPage, settings.Tags(list, ""))
}

func (h *Handler) showTag(c httpio.Ctx) error {
	name := c.QueryParam("tag")
	return h.renderTag(c, http.StatusOK, settings.TagForm{To: name, FormID: id.Secret()}, name)
}

// renderTag shows the list, and says so, for a tag that nothing bears any more.
func (h *Handler) renderTag(c httpio.Ctx, status int, f settings.TagForm, name string) error {
	list, err := h.Support.Tags(c.Request().Context(), actor(loginOf(c)))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(t support.Tag) bool { return t.Name == name })
	if i < 0 {
		if status == http.StatusOK {
			status = http.StatusNotFound
		}
		return h.render(c, status, tagsPage, settings.Tags(list, name))
	}
	f.Tag = list[i]
	return h.render(c, status, tagsPage, settings.EditTag(f))
}

func (h *Handler) renameTag(c httpio.Ctx) error {
	if _, err := c.FormParams(); err != nil {
		return badForm(err)
	}
	name, f := c.FormValue("tag"), settings.TagForm{To: c.FormValue("to"), FormID: c.FormValue("form_id")}
	if !h.forms.use(f.FormID, h.Now()) {
		return h.backToTags(c, "That tag is renamed already.")
	}
	err := h.Support.RenameTag(c.Request().Context(), actor(loginOf(c)), name, f.To, c.FormValue("merge") == "true")
	if err != nil {
		h.forms.release(f.FormID)
	}
	if e := fault.As(err); e != nil && e.Code == "tag_taken" {
		f.Taken = true
		return h.renderTag(c, http.StatusConflict, f, name)
	}
	if fault.Is(err, fault.NotFound) {
		return h.renderTag(c, http.StatusConflict, f, name)
	}
	message, fields, ok := refusal(err, map[string]string{"to": "The name"})
	if ok {
		f.Message, f.Fields = message, fields
		return h.renderTag(c, http.StatusUnprocessableEntity, f, name)
	}
	if err != nil {
		return err
	}
	return h.backToTags(c, "Saved on every conversation.")
}

func (h *Handler) deleteTag(c httpio.Ctx) error {
	if _, err := c.FormParams(); err != nil {
		return badForm(err)
	}
	err := h.Support.DeleteTag(c.Request().Context(), actor(loginOf(c)), c.FormValue("tag"))
	return h.takenAway(c, err, "/settings/tags", "The tag is deleted.")
}

func (h *Handler) backToTags(c httpio.Ctx, flash string) error {
	return h.leadBack(c, "/settings/tags", flash)
}
