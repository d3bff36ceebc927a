package console

import (
	"net/http"
	"strings"

	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

var blocksPage = page{title: "Blocks", active: "blocks"}

func (h *Handler) showBlocks(c httpio.Ctx) error {
	return h.renderBlocks(c, http.StatusOK, settings.BlockForm{Kind: support.BlockNetwork})
}

func (h *Handler) renderBlocks(c httpio.Ctx, status int, form settings.BlockForm) error {
	list, err := h.Support.ShownBlocks(c.Request().Context(), actor(loginOf(c)))
	if err != nil {
		return err
	}
	rush, on := h.Support.LastRush(actor(loginOf(c)))
	return h.render(c, status, blocksPage, settings.Blocks(settings.BlocksProps{Blocks: list, Rush: rush, Rushing: on, Form: form}))
}

// addBlock blocks what is typed. What is blocked already stays so, and so a second click does nothing.
func (h *Handler) addBlock(c httpio.Ctx) error {
	if _, err := c.FormParams(); err != nil {
		return badForm(err)
	}
	form := settings.BlockForm{Kind: c.FormValue("kind"), Value: strings.TrimSpace(c.FormValue("value"))}
	b, err := h.Support.AddBlock(c.Request().Context(), actor(loginOf(c)), form.Kind, form.Value)
	if message, fields, ok := refusal(err, map[string]string{"value": "This", "kind": "The choice"}); ok {
		form.Message, form.Fields = message, fields
		return h.renderBlocks(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return h.backToBlocks(c, b.Value+" is blocked.")
}

func (h *Handler) liftBlock(c httpio.Ctx) error {
	err := h.Support.DeleteBlock(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	return h.takenAway(c, err, "/settings/blocks", "The block is lifted.")
}

func (h *Handler) backToBlocks(c httpio.Ctx, flash string) error {
	return h.leadBack(c, "/settings/blocks", flash)
}
