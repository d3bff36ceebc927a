package console

import (
	"context"
	"net/http"

	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/web/httpio"
)

// messageAt reads the message at a position and the one above it, if any.
func (h *Handler) messageAt(ctx context.Context, who support.Actor, convID string, seq int64) (support.Message, *support.Message, error) {
	m, err := h.Support.MessageAt(ctx, who, convID, seq)
	if err != nil {
		return m, nil, err
	}
	above, err := h.Support.Messages(ctx, who, convID, support.MessageRange{BeforeSeq: seq, Limit: 1})
	if err != nil || len(above.Messages) == 0 {
		return m, nil, err
	}
	return m, &above.Messages[0], nil
}

// showMessage answers with a message of the thread as it stands.
func (h *Handler) showMessage(c httpio.Ctx, m support.Message) error {
	if !httpio.IsFragment(c) {
		return backToThread(c)
	}
	who := actor(loginOf(c))
	m, above, err := h.messageAt(c.Request().Context(), who, m.ConversationID, m.Seq)
	if err != nil {
		return err
	}
	return httpio.Render(c, http.StatusOK, inbox.MessageItem(m, above, who.UserID), nil)
}

// showChange shows the form that changes a message of one's own, or the message again.
func (h *Handler) showChange(c httpio.Ctx) error {
	m, err := h.Support.OwnMessage(c.Request().Context(), actor(loginOf(c)), c.Param("id"), c.Param("message_id"))
	if err != nil {
		return err
	}
	if c.QueryParam("cancel") != "" || m.DeletedAt != nil {
		return h.showMessage(c, m)
	}
	return h.renderChange(c, http.StatusOK, inbox.ChangeProps{Message: m, Text: m.Text})
}

func (h *Handler) renderChange(c httpio.Ctx, status int, p inbox.ChangeProps) error {
	if httpio.IsFragment(c) {
		return httpio.Render(c, status, inbox.Change(p), nil)
	}
	return h.render(c, status, page{title: "Change a message", active: "inbox"}, inbox.ChangePage(p))
}

// changeMessage edits or removes a message; the stream shows it to everybody else.
func (h *Handler) changeMessage(c httpio.Ctx) error {
	values, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	ctx, who, convID, messageID := c.Request().Context(), actor(loginOf(c)), c.Param("id"), c.Param("message_id")
	if values.Get("remove") != "" {
		m, err := h.Support.DeleteMessage(ctx, who, convID, messageID)
		if err != nil {
			return err
		}
		return h.showMessage(c, m)
	}
	text := values.Get("text")
	m, err := h.Support.EditMessage(ctx, who, convID, messageID, text)
	if message, fields, ok := refusal(err, map[string]string{"text": "A message"}); ok {
		if m, err = h.Support.OwnMessage(ctx, who, convID, messageID); err != nil {
			return err
		}
		if fields["text"] != "" {
			message = fields["text"]
		}
		return h.renderChange(c, http.StatusUnprocessableEntity, inbox.ChangeProps{Message: m, Text: text, Error: message})
	}
	if err != nil {
		return err
	}
	return h.showMessage(c, m)
}
