package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"deskbell/internal/realtime"
	"deskbell/internal/support"
	"deskbell/views/inbox"
	"deskbell/views/settings"
	"deskbell/views/ui"
	"deskbell/web/httpio"
)

var alertsPage = page{title: "Alerts", active: "alerts"}

var alertLabels = map[string]string{"scope": "The choice", "email_after": "The time", "timezone": "The time zone"}

// ringEvery is how soon an alert rings again while nobody has answered.
const ringEvery = 30 * time.Second

func (h *Handler) showAlerts(c httpio.Ctx) error {
	in, err := h.Support.AlertSettings(c.Request().Context(), actor(loginOf(c)))
	if err != nil {
		return err
	}
	return h.renderAlerts(c, http.StatusOK, settings.AlertsProps{Settings: in})
}

func (h *Handler) renderAlerts(c httpio.Ctx, status int, p settings.AlertsProps) (err error) {
	if p.Browsers, err = h.Support.PushBrowsers(c.Request().Context(), actor(loginOf(c))); err != nil {
		return err
	}
	p.PushKey = h.PushKey
	hours := p.Settings.Hours
	if hours == nil {
		hours = &support.AlertHours{
			Timezone: ui.Zone(c.Request().Context()).String(), Days: []string{"monday", "tuesday", "wednesday", "thursday", "friday"}, Start: "09:00", End: "17:00",
		}
	}
	p.Hours, p.Zones = *hours, zonesWith(hours.Timezone)
	return h.render(c, status, alertsPage, settings.Alerts(p))
}

func (h *Handler) saveAlerts(c httpio.Ctx) error {
	values, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	in := support.AlertSettings{
		Scope: values.Get("scope"), Sound: values.Get("sound") != "", Repeat: values.Get("repeat") != "", Desktop: values.Get("desktop") != "",
		PushText: values.Get("push_text") != "",
	}
	if values.Get("hours") == "chosen" {
		in.Hours = &support.AlertHours{Timezone: values.Get("timezone"), Days: values["days"], Start: values.Get("start"), End: values.Get("end")}
	}
	// What is no number is refused like one out of range.
	if in.EmailAfter, err = strconv.ParseInt(cmp.Or(values.Get("email_after"), "0"), 10, 64); err != nil {
		in.EmailAfter = -1
	}
	err = h.Support.SaveAlertSettings(c.Request().Context(), actor(loginOf(c)), in)
	if message, fields, ok := refusal(err, alertLabels); ok {
		return h.renderAlerts(c, http.StatusUnprocessableEntity, settings.AlertsProps{Settings: in, Message: message, Fields: fields})
	}
	if err != nil {
		return err
	}
	return h.backToAlerts(c, "Saved.")
}

func (h *Handler) backToAlerts(c httpio.Ctx, flash string) error {
	return h.leadBack(c, "/settings/alerts", flash)
}

// alertJSON is what a page needs to tell its reader of a visitor's message.
type alertJSON struct {
	URL     string `json:"url"`
	Title   string `json:"title"`
	Text    string `json:"text"`
	Sound   bool   `json:"sound"`
	Desktop bool   `json:"desktop"`
}

// alertStream is one page that listens for alerts.
type alertStream struct {
	h   *Handler
	out *httpio.Stream
	who support.Actor
	// rang is when it told of something last.
	rang time.Time
}

// streamAlerts handles GET /alerts/events: what the reader is told of, and reminders of those that wait.
func (h *Handler) streamAlerts(c httpio.Ctx) error {
	ctx, login := c.Request().Context(), loginOf(c)
	s := &alertStream{h: h, who: actor(login), rang: h.Now()}
	sub := h.Hub.Subscribe(realtime.AccountTopic(login.AccountID))
	defer sub.Close()
	var err error
	if s.out, err = httpio.StartStream(c); err != nil {
		return err
	}
	leave := h.Support.EnterAlerts(s.who)
	defer leave()
	live := func(ctx context.Context) error {
		if err := h.Auth.LoginLive(ctx, login); err != nil {
			return err
		}
		return s.remind(ctx)
	}
	return s.out.Follow(ctx, sub, live, func(events []realtime.Event) error { return s.on(ctx, events) })
}

// atOnce is how many alerts a page is sent together; more would be one noise.
const atOnce = 3

// on tells of the newest of each conversation.
func (s *alertStream) on(ctx context.Context, events []realtime.Event) error {
	told := map[string]bool{}
	for _, e := range slices.Backward(events) {
		if told[e.ConversationID] || len(told) >= atOnce {
			continue
		}
		alert, err := s.h.Support.AlertOf(ctx, s.who, e)
		if err != nil {
			return err
		}
		if alert == nil {
			continue
		}
		told[e.ConversationID] = true
		s.rang = s.h.Now()
		if err := s.out.Send("alert", 0, alertJSON{
			URL: "/inbox/" + e.ConversationID, Title: inbox.Name(alert.Conversation), Text: alert.Text,
			Sound: alert.Settings.Sound, Desktop: alert.Settings.Desktop,
		}); err != nil {
			return err
		}
	}
	return nil
}

// remind rings again while somebody waits.
func (s *alertStream) remind(ctx context.Context) error {
	if s.h.Now().Sub(s.rang) < ringEvery {
		return nil
	}
	s.rang = s.h.Now()
	must, err := s.h.Support.MustRing(ctx, s.who, ringEvery)
	if err != nil || !must {
		return err
	}
	return s.out.Send("alert", 0, alertJSON{Sound: true})
}
