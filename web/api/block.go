package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type blockJSON struct {
	ID        string      `json:"_id"`
	Kind      string      `json:"kind"`
	Value     string      `json:"value"`
	CreatedBy string      `json:"created_by"`
	CreatedAt httpio.Time `json:"created_at"`
}

func showBlock(b support.Block) blockJSON {
	return blockJSON{ID: b.ID, Kind: b.Kind, Value: b.Value, CreatedBy: b.CreatedBy, CreatedAt: httpio.Time(b.CreatedAt)}
}

// listBlocks handles GET /blocks.
func (h *handler) listBlocks(c httpio.Ctx, u auth.TokenUser) error {
	list, err := h.support.Blocks(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	out := make([]blockJSON, len(list))
	for i, b := range list {
		out[i] = showBlock(b)
	}
	return c.JSON(http.StatusOK, struct {
		Success bool        `json:"success"`
		Blocks  []blockJSON `json:"blocks"`
	}{true, out})
}

type blockBody struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// addBlock handles POST /blocks.
func (h *handler) addBlock(c httpio.Ctx, u auth.TokenUser) error {
	var in blockBody
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	b, err := h.support.AddBlock(c.Request().Context(), actor(u), in.Kind, in.Value)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success bool      `json:"success"`
		Block   blockJSON `json:"block"`
	}{true, showBlock(b)})
}

// deleteBlock handles DELETE /blocks/:id.
func (h *handler) deleteBlock(c httpio.Ctx, u auth.TokenUser) error {
	return noContent(c, h.support.DeleteBlock(c.Request().Context(), actor(u), c.Param("id")))
}
