package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
)

var widgetPage = page{title: "Widget", active: "widget"}

func (h *Handler) showWidget(c httpio.Ctx) error {
	current, err := h.Support.Settings(c.Request().Context(), actor(loginOf(c)))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, widgetPage, settings.Widget(h.widgetProps(current)))
}

func (h *Handler) widgetProps(current support.Settings) settings.WidgetProps {
	p := settings.WidgetProps{
		Settings: current, Zones: zones, Open: map[string]bool{}, Picked: current.WidgetSettings.PrimaryColor,
		Holidays: strings.Join(current.BusinessHours.Holidays, "\n"), NoMail: !h.MailConfigured,
	}
	if zone := current.BusinessHours.Timezone; !slices.Contains(zones, zone) {
		p.Zones = append([]string{zone}, zones...)
	}
	for day := range current.BusinessHours.Schedule {
		p.Open[day] = true
	}
	return p
}

var widgetLabels = map[string]string{
	"theme": "The theme", "position": "The position", "primary_color": "The colour", "greeting_message": "The greeting",
	"offline_message": "The away message", "timezone": "The time zone", "holidays": "Holidays",
}

func (h *Handler) saveWidget(c httpio.Ctx) error {
	ctx, who := c.Request().Context(), actor(loginOf(c))
	before, err := h.Support.Settings(ctx, who)
	if err != nil {
		return err
	}
	values, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	in := readWidgetForm(values, before)
	_, err = h.Support.SaveSettings(ctx, who, in)
	if message, fields, ok := refusal(err, widgetLabels); ok {
		if _, found := fields["otp_verification_enabled"]; found {
			fields["otp_verification_enabled"] = "Tick e-mail or phone too: the code has to go somewhere"
		}
		p := h.widgetProps(in)
		p.Message, p.Fields = message, fields
		if fields["primary_color"] != "" {
			p.Picked = before.WidgetSettings.PrimaryColor
		}
		return h.render(c, http.StatusUnprocessableEntity, widgetPage, settings.Widget(p))
	}
	if err != nil {
		return err
	}
	if err := h.setFlash(c, "Saved. Sites show it within five minutes."); err != nil {
		return err
	}
	return httpio.SeeOther(c, "/settings/widget")
}

// readWidgetForm overlays the form on what is stored, so that what only the API can set stays.
func readWidgetForm(v url.Values, in support.Settings) support.Settings {
	ticked := func(name string) bool { return v.Get(name) != "" }
	in.WidgetSettings = support.WidgetSettings{
		Theme: v.Get("theme"), PrimaryColor: v.Get("primary_color"), Position: v.Get("position"),
		GreetingMessage: v.Get("greeting_message"), OfflineMessage: v.Get("offline_message"),
	}
	in.Features = support.Features{
		FileUpload: ticked("file_upload"), EmojiPicker: ticked("emoji_picker"),
		TypingIndicators: ticked("typing_indicators"), ReadReceipts: ticked("read_receipts"),
	}
	in.RequiresEmail, in.RequiresPhone = ticked("requires_email"), ticked("requires_phone")
	in.OTPVerificationEnabled = ticked("otp_verification_enabled")
	in.BusinessHours.Timezone = v.Get("timezone")
	before := in.BusinessHours.Schedule
	in.BusinessHours.Schedule = map[string]support.DayHours{}
	for _, day := range support.Weekdays {
		if ticked(day) {
			in.BusinessHours.Schedule[day] = dayHours(v.Get(day+"_start"), v.Get(day+"_end"), before[day])
		}
	}
	if v.Has("holidays") {
		in.BusinessHours.Holidays = slices.Compact(slices.Sorted(slices.Values(strings.Fields(v.Get("holidays")))))
	}
	return in
}

// dayHours reads one day. A closing time of 00:00 is the midnight after it. A day that keeps its
// first opening and last closing keeps the breaks between them, which the form does not show.
func dayHours(start, end string, before support.DayHours) support.DayHours {
	if end == "00:00" {
		end = "24:00"
	}
	if start == before.Start && end == before.End {
		return before
	}
	return support.DayHours{Start: start, End: end}
}
