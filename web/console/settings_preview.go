package console

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"deskbell/internal/support"
	"deskbell/views/demo"
	"deskbell/views/settings"
	"deskbell/views/words"
	"deskbell/web/api"
	"deskbell/web/httpio"
)

// showPreview answers with the widget as the form would make it; nothing is saved.
func (h *Handler) showPreview(c httpio.Ctx) error {
	e, values, err := h.edited(c)
	if err != nil {
		return err
	}
	p, err := h.preview(c, e.holding(readWidgetForm(values, e.saved), own(values)), values.Get("preview"))
	if err != nil {
		return err
	}
	return httpio.Render(c, http.StatusOK, settings.Preview(p), nil)
}

// copied shares nothing with what the form shows again as it was typed.
func copied(in support.Settings) (out support.Settings, err error) {
	text, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	out = support.DefaultSettings()
	return out, json.Unmarshal(text, &out)
}

// preview puts a widget with these settings, valid or not, into one of its states; "" is an open one.
func (h *Handler) preview(c httpio.Ctx, in support.Settings, state string) (settings.PreviewProps, error) {
	ctx := c.Request().Context()
	if !slices.Contains(api.PreviewStates, state) {
		state = api.PreviewOpen
	}
	// It puts texts in order. What is wrong is told when the form is saved; meanwhile a colour that is half typed is the usual one.
	in, err := copied(in)
	if err != nil {
		return settings.PreviewProps{}, err
	}
	_ = in.Validate()
	if !colourForm.MatchString(in.WidgetSettings.PrimaryColor) {
		in.WidgetSettings.PrimaryColor = support.DefaultSettings().WidgetSettings.PrimaryColor
	}
	example := api.Preview{
		State: state, Settings: in, Language: words.Language(ctx), Now: h.Now(),
		Agent: loginOf(c).Name, Question: words.Say(ctx, "preview.question"), Answer: words.Say(ctx, "preview.answer"),
	}
	play, err := example.Play()
	if err != nil {
		return settings.PreviewProps{}, err
	}
	var page strings.Builder
	if err := demo.Rehearsal(example.Token(), play).Render(ctx, &page); err != nil {
		return settings.PreviewProps{}, err
	}
	p := settings.PreviewProps{State: state, States: api.PreviewStates, Page: page.String()}
	switch {
	case state == api.PreviewForm && !example.Asks():
		p.Hint = "preview.nothingAsked"
	case state == api.PreviewCode && !in.OTPVerificationEnabled:
		p.Hint = "preview.noCode"
	}
	return p, nil
}
