package api

import (
	"mime"
	"net/http"
	"slices"
	"time"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

type fileJSON struct {
	ID           string      `json:"_id"`
	Name         string      `json:"name"`
	Size         int64       `json:"size"`
	ContentType  string      `json:"content_type"`
	URL          string      `json:"url"`
	Width        *int64      `json:"width"`
	Height       *int64      `json:"height"`
	ThumbnailURL *string     `json:"thumbnail_url"`
	CreatedAt    httpio.Time `json:"created_at"`
}

func showFile(f support.File) fileJSON {
	return fileJSON{
		ID: f.ID, Name: f.Name, Size: f.Size, ContentType: f.ContentType, URL: f.URL, Width: f.Width, Height: f.Height,
		ThumbnailURL: httpio.Optional(f.ThumbnailURL), CreatedAt: httpio.Time(f.CreatedAt),
	}
}

func showFiles(list []support.File) []fileJSON {
	out := make([]fileJSON, len(list))
	for i, f := range list {
		out[i] = showFile(f)
	}
	return out
}

func answerFile(c httpio.Ctx, f support.File) error {
	return c.JSON(http.StatusCreated, struct {
		Success bool     `json:"success"`
		File    fileJSON `json:"file"`
	}{true, showFile(f)})
}

// uploadFile handles POST /session/files.
func (h *handler) uploadFile(c httpio.Ctx, _ support.TokenAuth, v support.SessionAuth) error {
	upload, err := httpio.ReceiveFile(c, h.support.MaxFileSize())
	if err != nil {
		return err
	}
	f, err := h.support.UploadVisitorFile(c.Request().Context(), v, upload.Name, upload)
	if err = upload.End(err); err != nil {
		return err
	}
	return answerFile(c, f)
}

// uploadTeamFile handles POST /conversation/:conv_id/files.
func (h *handler) uploadTeamFile(c httpio.Ctx, u auth.TokenUser) error {
	upload, err := httpio.ReceiveFile(c, h.support.MaxFileSize())
	if err != nil {
		return err
	}
	f, err := h.support.UploadAgentFile(c.Request().Context(), actor(u), c.Param("conv_id"), upload.Name, upload)
	if err = upload.End(err); err != nil {
		return err
	}
	return answerFile(c, f)
}

// shownInline are the only types that a browser shows in place of saving them: pictures, which
// can't run anything.
var shownInline = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// filePolicy keeps whatever is in a file from running, loading anything or being framed as ours.
const filePolicy = "sandbox; default-src 'none'"

// getFile handles GET /files/:id. The signature in the address is the only credential.
func (h *handler) getFile(c httpio.Ctx) error {
	f, err := h.support.OpenFile(c.Request().Context(), c.Param("id"), c.QueryParams())
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	// The server's write time-out is for answers of a few kilobytes.
	deadline := time.Now().Add(httpio.TransferTime(info.Size()))
	if err := http.NewResponseController(c.Response()).SetWriteDeadline(deadline); err != nil {
		return err
	}
	disposition := "attachment"
	if slices.Contains(shownInline, f.ContentType) && !c.QueryParams().Has("download") {
		disposition = "inline"
	}
	header := c.Response().Header()
	header.Set("Content-Type", f.ContentType)
	header.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	header.Set("Content-Security-Policy", filePolicy)
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Set("Cache-Control", "private, max-age=3600")
	http.ServeContent(c.Response(), c.Request(), "", time.UnixMilli(f.Stored), f)
	return nil
}
