package console

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"deskbell/internal/fault"
	"deskbell/internal/support"
	"deskbell/views/settings"
	"deskbell/web/httpio"
	"deskbell/widget/src/languages"
)

var widgetPage = page{title: "nav.widget", active: "widget", translated: true}

func (h *Handler) showWidget(c httpio.Ctx) error {
	e, _, err := h.edited(c)
	if err != nil {
		return err
	}
	p := h.widgetProps(e.saved)
	p.TextsFor, p.UpdatedAt = textsFor(c.QueryParam("texts")), strconv.FormatInt(e.version, 10)
	if e.site != nil {
		p.Own = e.site.Own
	}
	return h.renderWidget(c, http.StatusOK, e, p)
}

// renderWidget answers with the form, and with what the saved hours say now.
func (h *Handler) renderWidget(c httpio.Ctx, status int, e edited, p settings.WidgetProps) error {
	var err error
	if p.Sites, err = h.Support.Sites(c.Request().Context(), actor(loginOf(c))); err != nil {
		return err
	}
	p.Site, p.TokenID = e.site, e.tokenID
	if p.Preview, err = h.preview(c, e.holding(p.Settings, p.Own), c.FormValue("preview")); err != nil {
		return err
	}
	open, next := e.saved.OpenAt(h.Now())
	if p.IsOpen, p.SavedZone = open, e.saved.BusinessHours.Timezone; next != nil {
		p.NextChange = *next
	}
	return h.render(c, status, widgetPage, settings.Widget(p))
}

// unsaved is a form that was sent to be shown again, changed or not, without being saved.
func (h *Handler) unsaved(c httpio.Ctx) (edited, url.Values, settings.WidgetProps, error) {
	e, values, err := h.edited(c)
	if err != nil {
		return e, nil, settings.WidgetProps{}, err
	}
	return e, values, h.typedProps(values, readWidgetForm(values, e.saved), e.saved), nil
}

func (h *Handler) widgetProps(current support.Settings) settings.WidgetProps {
	p := settings.WidgetProps{
		Settings: current, Zones: zonesWith(current.BusinessHours.Timezone), Open: map[string]bool{}, Picked: current.WidgetSettings.PrimaryColor,
		Holidays: strings.Join(current.BusinessHours.Holidays, "\n"), HideURLs: strings.Join(current.Hide.URLs, "\n"),
		OffsetX: strconv.Itoa(int(current.WidgetSettings.OffsetX)), OffsetY: strconv.Itoa(int(current.WidgetSettings.OffsetY)),
		NoMail: !h.MailConfigured,
	}
	for day := range current.BusinessHours.Schedule {
		p.Open[day] = true
	}
	return withQuestions(p, questionsOf(current.PreChat.Fields))
}

func withQuestions(p settings.WidgetProps, questions []settings.Question) settings.WidgetProps {
	p.Questions, p.More = questions, len(questions) < support.MaxPreChat
	return p
}

// typedProps is the form as it was sent, for a page that shows it again unsaved.
func (h *Handler) typedProps(v url.Values, in, before support.Settings) settings.WidgetProps {
	p := withQuestions(h.widgetProps(in), readQuestions(v))
	p.TextsFor, p.Own, p.UpdatedAt = textsFor(v.Get("texts_for")), own(v), v.Get("updated_at")
	if v.Has("offset_x") {
		p.OffsetX = v.Get("offset_x")
	}
	if v.Has("offset_y") {
		p.OffsetY = v.Get("offset_y")
	}
	if !colourForm.MatchString(p.Picked) {
		p.Picked = before.WidgetSettings.PrimaryColor
	}
	return p
}

// colourForm is what the browser's own picker takes.
var colourForm = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

var widgetLabels = map[string]string{
	"theme": "The theme", "position": "The corner", "primary_color": "The colour", "greeting_message": "The greeting",
	"offline_message": "The away message", "timezone": "The time zone", "holidays": "Holidays", "title": "The title",
	"team_name": "The team", "avatar_url": "The picture", "launcher_icon": "The button", "launcher_text": "The text",
	"offset_x": "The distance", "offset_y": "The distance", "reply_time": "The time", "locale": "The language", "urls": "Pages",
	"desktop": "Computer", "key": "The name", "label": "The question", "type": "The kind", "options": "Choices", "fields": "Questions",
}

// saveWidget saves the form. One that is based on an older version comes back with what is stored
// otherwise now; sent again, it is saved knowingly.
func (h *Handler) saveWidget(c httpio.Ctx) error {
	e, values, err := h.edited(c)
	if err != nil {
		return err
	}
	in := readWidgetForm(values, e.saved)
	// Validating puts the input in order, so what is shown again is a copy from before.
	typed := readWidgetForm(values, e.saved)
	err = h.saveEdited(c, e, values, in)
	if fault.Is(err, fault.Conflict) {
		return h.staleWidget(c, typed)
	}
	if message, fields, ok := refusalBy(err, widgetField, widgetLabels); ok {
		if _, found := fields["otp_verification_enabled"]; found {
			fields["otp_verification_enabled"] = "Tick e-mail or phone too: the code has to go somewhere"
		}
		for i, question := range typed.PreChat.Fields {
			if name := settings.QuestionField(i, "options"); fields[name] != "" && len(question.Options) == 0 {
				fields[name] = "Give at least one choice"
			}
		}
		p := h.typedProps(values, typed, e.saved)
		p.Message, p.Fields = message, fields
		p.TextsFor = troubledTexts(fields, p.TextsFor)
		return h.renderWidget(c, http.StatusUnprocessableEntity, e, p)
	}
	if err != nil {
		return err
	}
	return h.leadBack(c, e.address(textsFor(values.Get("texts_for"))), "Saved. Sites show it within five minutes.")
}

// staleWidget shows the form again beside what somebody else has saved.
func (h *Handler) staleWidget(c httpio.Ctx, typed support.Settings) error {
	e, values, err := h.edited(c)
	if err != nil {
		return err
	}
	p := h.typedProps(values, typed, e.saved)
	p.Message = "Somebody has changed these settings meanwhile. Look at what is stored now, then save yours or leave."
	p.Instead = settings.StoredInstead(c.Request().Context(), e.holding(typed, p.Own), e.saved)
	p.UpdatedAt = strconv.FormatInt(e.version, 10)
	return h.renderWidget(c, http.StatusConflict, e, p)
}

// widgetField is the name on the page of a field of the settings' tree. Texts and questions keep
// where they belong, because many of them have the same last word.
func widgetField(path string) string {
	if strings.HasPrefix(path, "pre_chat.fields.") {
		return path
	}
	for _, tree := range []string{"texts.", "language_texts."} {
		if _, text, found := strings.Cut(path, "."+tree); found {
			return tree + text
		}
	}
	return lastWord(path)
}

// readWidgetForm overlays the form on what is stored, so that what only the API can set stays.
func readWidgetForm(v url.Values, in support.Settings) support.Settings {
	ticked := func(name string) bool { return v.Get(name) != "" }
	w := &in.WidgetSettings
	for name, text := range map[string]*string{
		"theme": &w.Theme, "primary_color": &w.PrimaryColor, "position": &w.Position, "greeting_message": &w.GreetingMessage,
		"offline_message": &w.OfflineMessage, "title": &w.Title, "team_name": &w.TeamName, "avatar_url": &w.AvatarURL,
		"launcher_icon": &w.LauncherIcon, "launcher_text": &w.LauncherText, "reply_time": &w.ReplyTime, "locale": &w.Locale,
		"timezone": &in.BusinessHours.Timezone,
	} {
		if v.Has(name) {
			*text = v.Get(name)
		}
	}
	w.OffsetX, w.OffsetY = offset(v, "offset_x", w.OffsetX), offset(v, "offset_y", w.OffsetY)
	w.Sound = support.Switch(ticked("sound"))
	readTexts(v, w)
	in.Features = support.Features{
		FileUpload: ticked("file_upload"), EmojiPicker: ticked("emoji_picker"),
		TypingIndicators: ticked("typing_indicators"), TypingPreview: ticked("typing_preview"), ReadReceipts: ticked("read_receipts"),
	}
	in.RequiresEmail, in.RequiresPhone = ticked("requires_email"), ticked("requires_phone")
	in.OTPVerificationEnabled = ticked("otp_verification_enabled")
	in.PreChat.Fields = fieldsOf(readQuestions(v))
	in.Hide.OutsideHours, in.Hide.Phone, in.Hide.Desktop = ticked("hide_outside_hours"), ticked("hide_phone"), ticked("hide_desktop")
	if v.Has("hide_urls") {
		in.Hide.URLs = lines(v.Get("hide_urls"))
	}
	in.BusinessHours.Schedule = map[string]support.DayHours{}
	for _, day := range support.Weekdays {
		if ticked(day) {
			in.BusinessHours.Schedule[day] = dayHours(v, day)
		}
	}
	if v.Has("holidays") {
		in.BusinessHours.Holidays = slices.Compact(slices.Sorted(slices.Values(strings.Fields(v.Get("holidays")))))
	}
	return in
}

// readTexts overlays the texts of every language that the form has.
func readTexts(v url.Values, w *support.WidgetSettings) {
	texts, own := maps.Clone(w.Texts), map[string]map[string]string{}
	for language, before := range w.LanguageTexts {
		own[language] = maps.Clone(before)
	}
	for name := range v {
		if text, found := strings.CutPrefix(name, "texts."); found {
			if texts == nil {
				texts = map[string]string{}
			}
			texts[text] = v.Get(name)
		}
		if rest, found := strings.CutPrefix(name, "language_texts."); found {
			language, text, _ := strings.Cut(rest, ".")
			if own[language] == nil {
				own[language] = map[string]string{}
			}
			own[language][text] = v.Get(name)
		}
	}
	w.Texts, w.LanguageTexts = texts, own
}

// showTexts shows the form again with the texts of another language; nothing is saved.
func (h *Handler) showTexts(c httpio.Ctx) error {
	e, _, p, err := h.unsaved(c)
	if err != nil {
		return err
	}
	return h.renderWidget(c, http.StatusOK, e, p)
}

// troubledTexts is the language to show when a form is refused: one with a text that is wrong.
func troubledTexts(fields map[string]string, shown string) string {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if strings.HasPrefix(name, "texts.") {
			return ""
		}
		if rest, found := strings.CutPrefix(name, "language_texts."); found {
			language, _, _ := strings.Cut(rest, ".")
			return textsFor(language)
		}
	}
	return shown
}

// textsFor is the language whose texts the form shows.
func textsFor(language string) string {
	if !slices.Contains(languages.Tags(), language) {
		return ""
	}
	return language
}

// offset reads a distance; what is no number becomes one that is refused.
func offset(v url.Values, name string, before support.Offset) support.Offset {
	if !v.Has(name) {
		return before
	}
	n, err := strconv.Atoi(strings.TrimSpace(v.Get(name)))
	if err != nil {
		return -1
	}
	return support.Offset(n)
}

// lines are the lines of a text field that are not empty.
func lines(text string) (out []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
