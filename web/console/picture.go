package console

import (
	"net/http"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

// showPicture handles GET /pictures/:id. The address is the only credential, and names nobody.
func (h *Handler) showPicture(c httpio.Ctx) error {
	content, contentType, err := h.Support.Picture(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set("Cache-Control", "private, max-age=86400")
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	return c.Blob(http.StatusOK, contentType, content)
}

func (h *Handler) savePicture(c httpio.Ctx) error {
	upload, err := httpio.ReceiveFile(c, support.MaxPictureSize)
	if err == nil {
		_, err = h.Support.SetPicture(c.Request().Context(), actor(loginOf(c)), upload)
		err = upload.End(err)
	}
	if fault.Is(err, fault.TooLarge) {
		err = fault.Field("file", "The picture may have at most 5 MB")
	}
	if err != nil {
		return h.refuseProfile(c, "picture", err)
	}
	return h.backToProfile(c, "Saved.")
}

func (h *Handler) removePicture(c httpio.Ctx) error {
	if err := h.Support.RemovePicture(c.Request().Context(), actor(loginOf(c))); err != nil {
		return err
	}
	return h.backToProfile(c, "Your picture is removed.")
}
