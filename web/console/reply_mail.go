package console

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

func replyMailsForm(r support.ReplyMailRule) *settings.ReplyMailsForm {
	f := &settings.ReplyMailsForm{Version: r.Version}
	if r.Minutes > 0 {
		f.Minutes = strconv.FormatInt(r.Minutes, 10)
	}
	return f
}

// saveReplyMails says when visitors get a mail about unread replies; an empty field is never.
func (h *Handler) saveReplyMails(c httpio.Ctx) error {
	if _, err := c.FormParams(); err != nil {
		return badForm(err)
	}
	ctx, who := c.Request().Context(), actor(loginOf(c))
	f := &settings.ReplyMailsForm{Minutes: strings.TrimSpace(c.FormValue("minutes"))}
	var r support.ReplyMailRule
	var err error
	if r.Version, err = formInt(c, "rule_version"); err != nil {
		return err
	}
	f.Version = r.Version
	if f.Minutes != "" {
		if r.Minutes, err = formInt(c, "minutes"); err != nil || r.Minutes < 1 || r.Minutes > support.MaxReplyMinutes {
			f.Message, f.Problem = "Please check the marked fields", "Write 1 to 1440 minutes, or nothing for no mails"
			return h.renderDelivery(c, http.StatusUnprocessableEntity, settings.DeliveryProps{Replies: f})
		}
	}
	_, err = h.Support.SetReplyMailRule(ctx, who, r)
	if errors.Is(err, support.ErrReplyMailsStale) {
		now, err := h.Support.ReplyMailRule(ctx, who)
		if err != nil {
			return err
		}
		f.Message = "Somebody has changed these rules meanwhile. Look at what holds now, then save yours or leave."
		f.Now, f.Version = &now, now.Version
		return h.renderDelivery(c, http.StatusConflict, settings.DeliveryProps{Replies: f})
	}
	if err != nil {
		return err
	}
	return h.backToDelivery(c, "Saved.")
}
