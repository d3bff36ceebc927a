package api

import (
	"net/http"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/web/httpio"
)

// carrierJSON is null while none is set.
type carrierJSON struct {
	Server string `json:"server"`
	From   string `json:"from"`
}

func showCarrier(c support.Carrier) *carrierJSON {
	if c.Server == "" {
		return nil
	}
	out := carrierJSON(c)
	return &out
}

// getDelivery handles GET /delivery.
func (h *handler) getDelivery(c httpio.Ctx, u auth.TokenUser) error {
	mail, sms, err := h.support.Carriers(actor(u))
	if err != nil {
		return err
	}
	rule, err := h.support.ReplyMailRule(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	today, err := h.support.SentToday(c.Request().Context(), actor(u))
	if err != nil {
		return err
	}
	sent := sentJSON{Mails: today.Sent.Mails, SMS: today.Sent.SMS, Sites: []siteSentJSON{}}
	for _, site := range today.Sites {
		sent.Sites = append(sent.Sites, siteSentJSON{site.Domain, site.Mails, site.SMS})
	}
	return c.JSON(http.StatusOK, struct {
		Success bool         `json:"success"`
		Mail    *carrierJSON `json:"mail"`
		SMS     *carrierJSON `json:"sms"`
		Limits  sendCapsJSON `json:"limits"`
		Today   sentJSON     `json:"today"`

		Replies replyMailsJSON `json:"reply_mails"`
	}{true, showCarrier(mail), showCarrier(sms), sendCapsJSON(today.Caps), sent, replyMailsJSON(rule)})
}

// sendCapsJSON bounds what goes to visitors in a day; 0 is no bound.
type sendCapsJSON struct {
	Mails     int64 `json:"mails"`
	SiteMails int64 `json:"site_mails"`
	SMS       int64 `json:"sms"`
	SiteSMS   int64 `json:"site_sms"`
	Version   int64 `json:"version"`
}

type sentJSON struct {
	Mails int64          `json:"mails"`
	SMS   int64          `json:"sms"`
	Sites []siteSentJSON `json:"sites"`
}

type siteSentJSON struct {
	Site  string `json:"site"`
	Mails int64  `json:"mails"`
	SMS   int64  `json:"sms"`
}

// putSendCaps handles PUT /delivery/limits.
func (h *handler) putSendCaps(c httpio.Ctx, u auth.TokenUser) error {
	var in sendCapsJSON
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	saved, err := h.support.SetSendCaps(c.Request().Context(), actor(u), support.SendCaps(in))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success bool         `json:"success"`
		Limits  sendCapsJSON `json:"limits"`
	}{true, sendCapsJSON(saved)})
}

// replyMailsJSON says after how many minutes visitors get a mail about unread replies; 0 is never.
type replyMailsJSON struct {
	Minutes int64 `json:"minutes"`
	Version int64 `json:"version"`
}

// putReplyMails handles PUT /delivery/reply-mails.
func (h *handler) putReplyMails(c httpio.Ctx, u auth.TokenUser) error {
	var in replyMailsJSON
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	saved, err := h.support.SetReplyMailRule(c.Request().Context(), actor(u), support.ReplyMailRule(in))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, struct {
		Success bool           `json:"success"`
		Replies replyMailsJSON `json:"reply_mails"`
	}{true, replyMailsJSON(saved)})
}

// testMail handles POST /delivery/test-mail.
func (h *handler) testMail(c httpio.Ctx, u auth.TokenUser) error {
	_, err := h.support.TestMail(c.Request().Context(), actor(u))
	return noContent(c, err)
}

// testSMS handles POST /delivery/test-sms.
func (h *handler) testSMS(c httpio.Ctx, u auth.TokenUser) error {
	var in struct {
		To string `json:"to"`
	}
	if err := httpio.BindJSON(c, &in, httpio.MaxBody, false); err != nil {
		return err
	}
	return noContent(c, h.support.TestSMS(c.Request().Context(), actor(u), in.To))
}
