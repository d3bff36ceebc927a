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

var retentionPage = page{title: "retention.title", active: "retention", translated: true}

var retentionLabels = map[string]string{"conversation_days": "This", "file_days": "This", "address_days": "This"}

func (h *Handler) showRetention(c httpio.Ctx) error {
	r, err := h.Support.Retention(c.Request().Context(), actor(loginOf(c)))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, retentionPage, settings.Retention(retentionForm(r)))
}

func retentionForm(r support.Retention) settings.RetentionForm {
	days := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	return settings.RetentionForm{Conversations: days(r.ConversationDays), Files: days(r.FileDays), Addresses: days(r.AddressDays), Version: r.Version}
}

// saveRetention shows first what the rules would erase, and saves what was shown.
func (h *Handler) saveRetention(c httpio.Ctx) error {
	if _, err := c.FormParams(); err != nil {
		return badForm(err)
	}
	ctx, who := c.Request().Context(), actor(loginOf(c))
	f, r, err := readRetention(c)
	if err != nil {
		return err
	}
	again := func(status int) error { return h.render(c, status, retentionPage, settings.Retention(f)) }
	if len(f.Fields) > 0 {
		f.Message = "Please check the marked fields"
		return again(http.StatusUnprocessableEntity)
	}
	would, err := h.Support.PreviewRetention(ctx, who, r)
	if message, fields, ok := refusal(err, retentionLabels); ok {
		f.Message, f.Fields = message, fields
		return again(http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	if c.FormValue("seen") != f.Rules() {
		f.Preview = &would
		return again(http.StatusOK)
	}
	_, err = h.Support.SetRetention(ctx, who, r)
	if errors.Is(err, support.ErrRetentionStale) {
		now, err := h.Support.Retention(ctx, who)
		if err != nil {
			return err
		}
		f.Message = "Somebody has changed these rules meanwhile. Look at what holds now, then save yours or leave."
		f.Now, f.Version, f.Preview = &now, now.Version, &would
		return again(http.StatusConflict)
	}
	if err != nil {
		return err
	}
	return h.leadBack(c, "/settings/retention", "Saved. Erasing runs in the background, now and every hour.")
}

// readRetention reads the form; an empty field keeps everything.
func readRetention(c httpio.Ctx) (f settings.RetentionForm, r support.Retention, err error) {
	f.Fields = map[string]string{}
	for _, field := range []struct {
		name  string
		typed *string
		days  *int64
	}{
		{"conversation_days", &f.Conversations, &r.ConversationDays}, {"file_days", &f.Files, &r.FileDays}, {"address_days", &f.Addresses, &r.AddressDays},
	} {
		*field.typed = strings.TrimSpace(c.FormValue(field.name))
		if *field.typed == "" {
			continue
		}
		if *field.days, err = formInt(c, field.name); err != nil || *field.days == 0 {
			f.Fields[field.name] = "Write 1 to 3650 days, or nothing to keep everything"
		}
	}
	r.Version, err = formInt(c, "version")
	f.Version = r.Version
	return f, r, err
}
