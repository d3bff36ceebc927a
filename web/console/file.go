package console

import (
	"net/http"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/web/httpio"
)

// uploadFile takes a file for the message being written and answers with what the composer shows
// of it. Without script the file is sent as a message of its own.
func (h *Handler) uploadFile(c httpio.Ctx) error {
	upload, err := httpio.ReceiveFile(c, h.Support.MaxFileSize())
	if err != nil {
		return err
	}
	ctx, who, convID := c.Request().Context(), actor(loginOf(c)), c.Param("id")
	f, err := h.Support.UploadAgentFile(ctx, who, convID, upload.Name, upload)
	if err = upload.End(err); err != nil {
		return err
	}
	if httpio.IsFragment(c) {
		return httpio.Render(c, http.StatusCreated, inbox.Attachment(inbox.AttachmentProps{ID: f.ID, Name: f.Name}), nil)
	}
	in := support.PostMessage{ClientID: c.QueryParam("client_id"), Attachments: []string{f.ID}}
	// The same form sent twice has sent its file already; the second upload is swept.
	if _, _, err = h.Support.PostAgentMessage(ctx, who, convID, in); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return httpio.SeeOther(c, "/inbox/"+convID)
}

// attachments are the files that a composer's form names.
func attachments(ids, names []string) []inbox.AttachmentProps {
	list := make([]inbox.AttachmentProps, len(ids))
	for i, fileID := range ids {
		list[i].ID = fileID
		if i < len(names) {
			list[i].Name = names[i]
		}
	}
	return list
}
