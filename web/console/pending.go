package console

import (
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/web/httpio"
)

// send posts a message. An answer written with script waits for its writer to take it back; one that
// was sent meanwhile counts as sent.
func (h *Handler) send(c httpio.Ctx, in support.PostMessage) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	if in.Private || !httpio.IsFragment(c) {
		_, _, err := h.Support.PostAgentMessage(ctx, who, c.Param("id"), in)
		return err
	}
	_, err := h.Support.HoldAgentMessage(ctx, who, c.Param("id"), in, support.MaxHold)
	if e := fault.As(err); e != nil && e.Code == "already_sent" {
		return nil
	}
	return err
}

// sentAnswer empties the composer and shows what waits.
func (h *Handler) sentAnswer(c httpio.Ctx, composer inbox.ComposerProps) error {
	pending, err := h.Support.PendingMessages(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return httpio.Render(c, http.StatusOK, templ.Join(inbox.Composer(composer), inbox.PendingUpdate(pending)), nil)
}

// undo takes a message back that waits, and puts it into the composer before what is there by now.
// Beside a note it becomes part of that note, so that nothing private is sent by mistake.
func (h *Handler) undo(c httpio.Ctx) error {
	values, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	ctx, who, convID := c.Request().Context(), actor(loginOf(c)), c.Param("id")
	pending, err := h.Support.PendingMessages(ctx, who, convID)
	if err != nil {
		return err
	}
	composer := h.composer(c)
	composer.Text, composer.Private = values.Get("text"), values.Get("private") != ""
	composer.Attachments = attachments(values["attachments"], values["attachment_names"])
	i := slices.IndexFunc(pending, func(p support.PendingMessage) bool { return p.ID == c.Param("pending_id") })
	if i < 0 {
		return h.tooLate(c, composer)
	}
	_, err = h.Support.CancelPending(ctx, who, convID, pending[i].ID)
	if fault.Is(err, fault.NotFound) {
		return h.tooLate(c, composer)
	}
	if err != nil {
		return err
	}
	taken := pending[i]
	if composer.Text == "" {
		composer.Text, composer.Private = taken.Text, false
	} else {
		composer.Text = taken.Text + "\n\n" + composer.Text
		draft := support.Draft{Text: composer.Text, Private: composer.Private}
		if _, err := h.Support.SaveDraft(ctx, who, convID, draft); err != nil {
			return err
		}
	}
	for _, f := range slices.Backward(taken.Files) {
		composer.Attachments = slices.Insert(composer.Attachments, 0, inbox.AttachmentProps{ID: f.ID, Name: f.Name})
	}
	if !httpio.IsFragment(c) {
		return backToThread(c)
	}
	return httpio.Render(c, http.StatusOK, templ.Join(inbox.Composer(composer), inbox.PendingUpdate(slices.Delete(pending, i, i+1))), nil)
}

// tooLate says that a message was sent before it was taken back.
func (h *Handler) tooLate(c httpio.Ctx, composer inbox.ComposerProps) error {
	composer.Error = "It was already sent"
	if !httpio.IsFragment(c) {
		return h.renderThread(c, http.StatusConflict, 0, threadForms{composer: composer})
	}
	pending, err := h.Support.PendingMessages(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	if err != nil {
		return err
	}
	return httpio.Render(c, http.StatusConflict, templ.Join(inbox.Composer(composer), inbox.PendingUpdate(pending)), nil)
}
