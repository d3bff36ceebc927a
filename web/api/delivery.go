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
	return c.JSON(http.StatusOK, struct {
		Success bool         `json:"success"`
		Mail    *carrierJSON `json:"mail"`
		SMS     *carrierJSON `json:"sms"`
	}{true, showCarrier(mail), showCarrier(sms)})
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
