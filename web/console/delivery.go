package console

import (
	"net/http"

	"deskbell/internal/fault"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

var mailPage = page{title: "delivery.title", active: "settings", translated: true}

func (h *Handler) showDelivery(c httpio.Ctx) error {
	return h.renderDelivery(c, http.StatusOK, settings.DeliveryProps{})
}

func (h *Handler) renderDelivery(c httpio.Ctx, status int, p settings.DeliveryProps) (err error) {
	login := loginOf(c)
	if p.Mail, p.SMS, err = h.Support.Carriers(actor(login)); err != nil {
		return err
	}
	p.Email = login.Email
	if p.Today, err = h.Support.SentToday(c.Request().Context(), actor(login)); err != nil {
		return err
	}
	if p.Limits == nil {
		p.Limits = limitsForm(p.Today.Caps)
	}
	if p.Replies == nil {
		rule, err := h.Support.ReplyMailRule(c.Request().Context(), actor(login))
		if err != nil {
			return err
		}
		p.Replies = replyMailsForm(rule)
	}
	return h.render(c, status, mailPage, settings.Delivery(p))
}

func (h *Handler) testMail(c httpio.Ctx) error {
	to, err := h.Support.TestMail(c.Request().Context(), actor(loginOf(c)))
	if e := fault.As(err); e != nil && (e.Kind == fault.Conflict || e.Kind == fault.RateLimited) {
		return h.renderDelivery(c, httpio.Status(err), settings.DeliveryProps{MailFailed: e.Message})
	}
	if err != nil {
		return err
	}
	return h.backToDelivery(c, "The mail server took a mail to "+to+". Look whether it arrives.")
}

func (h *Handler) testSMS(c httpio.Ctx) error {
	if _, err := c.FormParams(); err != nil {
		return badForm(err)
	}
	p := settings.DeliveryProps{To: c.FormValue("to")}
	err := h.Support.TestSMS(c.Request().Context(), actor(loginOf(c)), p.To)
	status := httpio.Status(err)
	switch e := fault.As(err); {
	case e == nil:
	case e.Kind == fault.Invalid:
		_, p.Fields, _ = refusal(err, map[string]string{"to": "The number"})
		return h.renderDelivery(c, http.StatusUnprocessableEntity, p)
	case e.Kind == fault.Conflict || e.Kind == fault.RateLimited:
		p.SMSFailed = e.Message
		return h.renderDelivery(c, status, p)
	}
	if err != nil {
		return err
	}
	return h.backToDelivery(c, "The gateway took the message. Look whether it arrives.")
}

func (h *Handler) backToDelivery(c httpio.Ctx, flash string) error {
	return h.leadBack(c, "/settings/mail", flash)
}
