package console

import (
	"net/http"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

// changeTeamPicture handles POST /settings/widget/picture: the form comes back unsaved, with another picture
// or with none.
func (h *Handler) changeTeamPicture(c httpio.Ctx) error {
	// What is a little too large is told beside the field.
	if err := httpio.ReceiveForm(c, 2*support.MaxPictureSize); err != nil {
		return err
	}
	e, values, p, err := h.unsaved(c)
	if err != nil {
		return err
	}
	status, picture := http.StatusOK, &p.Settings.WidgetSettings.AvatarURL
	if values.Has("no_picture") {
		*picture = ""
	} else if path, err := h.teamPicture(c); err == nil {
		*picture = path
	} else if message, fields, ok := refusal(err, nil); ok {
		status, p.Message, p.Fields = http.StatusUnprocessableEntity, message, fields
	} else {
		return err
	}
	return h.renderWidget(c, status, e, p)
}

// teamPicture keeps the picture that a form has sent.
func (h *Handler) teamPicture(c httpio.Ctx) (string, error) {
	sent, err := c.FormFile("file")
	if err != nil {
		return "", fault.Field("file", "Send a PNG, JPEG or WebP picture")
	}
	if sent.Size > support.MaxPictureSize {
		return "", errPictureTooLarge
	}
	file, err := sent.Open()
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	return h.Support.AddTeamPicture(c.Request().Context(), actor(loginOf(c)), file)
}

var errPictureTooLarge = fault.Field("file", "The picture may have at most 5 MB")

// showPicture handles GET /pictures/:id. The address is the only credential, and names nobody.
func (h *Handler) showPicture(c httpio.Ctx) error {
	content, contentType, err := h.Support.Picture(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set("Cache-Control", "private, max-age=86400")
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return c.Blob(http.StatusOK, contentType, content)
}

func (h *Handler) savePicture(c httpio.Ctx) error {
	upload, err := httpio.ReceiveFile(c, support.MaxPictureSize)
	if err == nil {
		_, err = h.Support.SetPicture(c.Request().Context(), actor(loginOf(c)), upload)
		err = upload.End(err)
	}
	if fault.Is(err, fault.TooLarge) {
		err = errPictureTooLarge
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
