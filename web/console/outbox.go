package console

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/fault"
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
		p.Failures = append(p.Failures, settings.Failure{ID: j.ID, Kind: deliveryName(j.Kind), Error: j.LastError, CreatedAt: j.CreatedAt})
	}
	return h.render(c, http.StatusOK, outboxPage, settings.Outbox(p))
}

func (h *Handler) retryDelivery(c httpio.Ctx) error {
	err := h.Support.RetryDelivery(c.Request().Context(), actor(loginOf(c)), c.Param("id"))
	flash := "It is being sent again. If it fails once more, it comes back here."
	if fault.Is(err, fault.NotFound) {
		flash, err = "That was sent again already.", nil
	}
	if err != nil {
		return err
	}
	return h.leadBack(c, "/settings/outbox", flash)
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

var deliveryNames = map[string]string{
	support.JobSendOTP: "Verification code", support.JobSendTranscript: "Transcript", support.JobAlertMail: "Alert", support.JobTokenMail: "Token that ends", support.JobCapMail: "Daily limit", support.JobReplyMail: "Unread replies",
	support.JobSendPending: "Message", auth.JobSendInvite: "Invitation", auth.JobSendReset: "New password",
}

func deliveryName(kind string) string {
	if name := deliveryNames[kind]; name != "" {
		return name
	}
	return kind
}
