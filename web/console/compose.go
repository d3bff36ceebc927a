package console

import (
	"net/http"
	"strings"

	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/web/httpio"
)

// saveDraft keeps what somebody has begun to write.
func (h *Handler) saveDraft(c httpio.Ctx) error {
	values, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	draft := support.Draft{Text: values.Get("text"), Private: values.Get("private") != ""}
	if _, err := h.Support.SaveDraft(c.Request().Context(), actor(loginOf(c)), c.Param("id"), draft); err != nil {
		return err
	}
	return done(c)
}

// showReplies lists the canned replies whose shortcut begins like what is typed; none for anything
// that is no shortcut.
func (h *Handler) showReplies(c httpio.Ctx) error {
	var list []support.CannedReply
	if typed := c.QueryParam("text"); strings.HasPrefix(typed, "/") && !strings.ContainsAny(typed, " \n") {
		var err error
		if list, err = h.Support.CannedReplies(c.Request().Context(), actor(loginOf(c)), typed, c.Param("id")); err != nil {
			return err
		}
		list = list[:min(len(list), 8)]
	}
	return httpio.Render(c, http.StatusOK, inbox.CannedReplies(list), nil)
}

// present notes that somebody has the conversation in sight, and whether they write.
func (h *Handler) present(c httpio.Ctx) error {
	if err := h.Support.SetPresence(c.Request().Context(), actor(loginOf(c)), c.Param("id"), true, c.FormValue("replying") == "true"); err != nil {
		return err
	}
	return done(c)
}
