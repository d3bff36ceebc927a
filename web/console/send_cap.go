package console

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"deskbell/internal/auth"
	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

// limitWarning is the name of the frame's text about limits of a day, for admins.
func (h *Handler) limitWarning(c httpio.Ctx, login auth.LoginSession) (string, error) {
	if !login.Admin() {
		return "", nil
	}
	today, err := h.Support.SentToday(c.Request().Context(), actor(login))
	switch near, reached := today.Near(); {
	case err != nil || !near:
		return "", err
	case reached:
		return "nav.limitReached", nil
	}
	return "nav.limitNear", nil
}

func limitsForm(c support.SendCaps) *settings.SendCapsForm {
	n := func(limit int64) string {
		if limit == 0 {
			return ""
		}
		return strconv.FormatInt(limit, 10)
	}
	return &settings.SendCapsForm{Mails: n(c.Mails), SiteMails: n(c.SiteMails), SMS: n(c.SMS), SiteSMS: n(c.SiteSMS), Version: c.Version}
}

// saveLimits replaces the limits of a day.
func (h *Handler) saveLimits(c httpio.Ctx) error {
	if _, err := c.FormParams(); err != nil {
		return badForm(err)
	}
	ctx, who := c.Request().Context(), actor(loginOf(c))
	f, caps, err := readLimits(c)
	if err != nil {
		return err
	}
	if len(f.Fields) > 0 {
		f.Message = "Please check the marked fields"
		return h.renderDelivery(c, http.StatusUnprocessableEntity, settings.DeliveryProps{Limits: f})
	}
	_, err = h.Support.SetSendCaps(ctx, who, caps)
	if errors.Is(err, support.ErrSendCapsStale) {
		today, err := h.Support.SentToday(ctx, who)
		if err != nil {
			return err
		}
		f.Message = "Somebody has changed these limits meanwhile. Look at what holds now, then save yours or leave."
		f.Stale, f.Version = true, today.Caps.Version
		return h.renderDelivery(c, http.StatusConflict, settings.DeliveryProps{Limits: f})
	}
	if err != nil {
		return err
	}
	return h.backToDelivery(c, "Saved. What went out today counts.")
}

// readLimits reads the form; an empty field is no limit.
func readLimits(c httpio.Ctx) (f *settings.SendCapsForm, caps support.SendCaps, err error) {
	f = &settings.SendCapsForm{Fields: map[string]string{}}
	for _, field := range []struct {
		name  string
		typed *string
		limit *int64
	}{
		{"mails", &f.Mails, &caps.Mails}, {"site_mails", &f.SiteMails, &caps.SiteMails}, {"sms", &f.SMS, &caps.SMS}, {"site_sms", &f.SiteSMS, &caps.SiteSMS},
	} {
		*field.typed = strings.TrimSpace(c.FormValue(field.name))
		if *field.typed == "" {
			continue
		}
		if *field.limit, err = formInt(c, field.name); err != nil || *field.limit < 1 || *field.limit > support.MaxSendCap {
			f.Fields[field.name] = "Write 1 to 1000000, or nothing for no limit"
		}
	}
	caps.Version, err = formInt(c, "version")
	f.Version = caps.Version
	return f, caps, err
}
