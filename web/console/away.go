package console

import (
	"net/http"

	"deskbell/views/layout"
	"deskbell/web/httpio"
)

// setAway takes the reader out of the turn, or back in.
func (h *Handler) setAway(c httpio.Ctx) error {
	me, err := h.Support.SetAway(c.Request().Context(), actor(loginOf(c)), c.FormValue("away") == "true")
	if err != nil {
		return err
	}
	next := ownPath(c.FormValue("next"))
	if httpio.IsFragment(c) {
		return httpio.Render(c, http.StatusOK, layout.Away(me.Away, next), nil)
	}
	return httpio.SeeOther(c, next)
}
