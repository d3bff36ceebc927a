package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/web/httpio"
)

// askVerification handles POST /conversation/:conv_id/ask-verification.
func (h *handler) askVerification(c httpio.Ctx, u auth.TokenUser) error {
	asked, err := h.support.AskVerification(c.Request().Context(), actor(u), c.Param("conv_id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, oneConversation{true, showConversation(asked)})
}
