package console

import (
	"net/http"

	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

var outboxPage = page{title: "Outbox", active: "outbox"}

func (h *Handler) showOutbox(c httpio.Ctx) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	mails, err := h.Support.KeptMails(ctx, who)
	if err != nil {
		return err
	}
	failed, err := h.Support.FailedDeliveries(ctx, who)
	if err != nil {
		return err
	}
	p := settings.OutboxProps{NoMail: !h.MailConfigured}
	for _, m := range mails {
		p.Mails = append(p.Mails, shownMail(m))
	}
	for _, j := range failed {
		p.Failures = append(p.Failures, settings.Failure{Kind: deliveryName(j.Kind), Error: j.LastError, CreatedAt: j.CreatedAt})
	}
	return h.render(c, http.StatusOK, outboxPage, settings.Outbox(p))
}

func (h *Handler) showMail(c httpio.Ctx) error {
	m, text, err := h.Support.ReadKeptMail(c.Request().Context(), actor(loginOf(c)), c.Param("id"), h.ReadMail)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, outboxPage, settings.OutboxMail(shownMail(m), text))
}

func shownMail(m support.KeptMail) settings.Mail {
	mail := settings.Mail{ID: m.ID, To: m.Recipient, Subject: m.Subject, CreatedAt: m.CreatedAt}
	if m.ExpiresAt != nil {
		mail.ExpiresAt = *m.ExpiresAt
	}
	return mail
}

func deliveryName(kind string) string {
	if kind == support.JobSendOTP {
		return "Verification code"
	}
	return kind
}
