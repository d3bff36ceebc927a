package support

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"deskbell/internal/fault"
	"deskbell/widget/src/languages"
)

// WidgetSettings is how the widget looks and what it says. Settings that have their default are
// left out of JSON, except the first five, which the documented example shows.
type WidgetSettings struct {
	Theme           string `json:"theme"`
	PrimaryColor    string `json:"primary_color"`
	Position        string `json:"position"`
	GreetingMessage string `json:"greeting_message"`
	OfflineMessage  string `json:"offline_message"`
	// Title heads the panel; empty stands for the text panel.title.
	Title string `json:"title,omitempty"`
	// TeamName is who answers, in place of the text panel.team.
	TeamName string `json:"team_name,omitempty"`
	// AvatarURL is the team's picture: an https address, or a path on this server.
	AvatarURL string `json:"avatar_url,omitempty"`
	// LauncherIcon is one of LauncherIcons; empty stands for the first.
	LauncherIcon string `json:"launcher_icon,omitempty"`
	// LauncherText makes the launcher a pill that says it.
	LauncherText string `json:"launcher_text,omitempty"`
	OffsetX      Offset `json:"offset_x,omitzero"`
	OffsetY      Offset `json:"offset_y,omitzero"`
	// ReplyTime is one of ReplyTimes; empty promises nothing.
	ReplyTime string `json:"reply_time,omitempty"`
	// Locale is the language the widget speaks; empty stands for the page's own.
	Locale string `json:"locale,omitempty"`
	// Texts replaces texts of the widget, by dotted name such as "panel.title".
	Texts map[string]string `json:"texts,omitempty"`
	// LanguageTexts replaces texts in one language alone, by language and name. They go before Texts.
	LanguageTexts map[string]map[string]string `json:"language_texts,omitempty"`
	Sound         Switch                       `json:"sound,omitzero"`
}

// Offset is how far the launcher keeps from an edge of the page, in CSS pixels.
type Offset int

// DefaultOffset is the distance that is left out of JSON.
const DefaultOffset Offset = 20

// IsZero reports whether the distance is the usual one.
func (o Offset) IsZero() bool { return o == DefaultOffset }

// Switch is on unless somebody turned it off; JSON leaves it out while it is on.
type Switch bool

// IsZero reports whether the switch is on, as it is by default.
func (s Switch) IsZero() bool { return bool(s) }

// Hide is where and when the launcher does not show.
type Hide struct {
	// URLs are patterns with * for anything, held against the whole address when they name a
	// host and against path and query when not.
	URLs         []string `json:"urls,omitempty"`
	OutsideHours bool     `json:"outside_hours,omitempty"`
	Phone        bool     `json:"phone,omitempty"`
	Desktop      bool     `json:"desktop,omitempty"`
}

// PreChat is what the widget asks before the first message.
type PreChat struct {
	Fields []PreChatField `json:"fields,omitempty"`
}

// PreChatField is one question. The answers to name, email and phone become the session's claims,
// every other one is kept in its auth_attr under Key.
type PreChatField struct {
	Key string `json:"key"`
	// Label may be empty for name, email and phone: the widget has words for them.
	Label    string `json:"label,omitempty"`
	Type     string `json:"type"`
	Required bool   `json:"required,omitempty"`
	// Options are the choices of a select.
	Options []string `json:"options,omitempty"`
}

// The choices of the widget's settings.
var (
	Themes        = []string{"light", "dark", "auto"}
	Positions     = []string{"bottom-right", "bottom-left"}
	LauncherIcons = []string{"chat", "question", "hand", "mail"}
	ReplyTimes    = []string{"", "minutes", "hours", "day"}
	FieldTypes    = []string{"text", "email", "phone", "select", "checkbox"}
)

// Bounds of the widget's settings; lengths in characters, offsets in CSS pixels.
const (
	MaxWidgetText   = 500
	MaxWidgetName   = 60
	MaxLauncherText = 30
	MaxOffset       = 400
	MaxHideURLs     = 50
	MaxPreChat      = 10
	MaxOptions      = 30
	maxAddress      = 500
	maxLabel        = 100
)

var (
	colorForm    = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	fieldKeyForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	patternForm  = regexp.MustCompile(`^(/|\*|https?://)\S*$`)
	// claimTypes are the types of the fields that are not kept in auth_attr.
	claimTypes = map[string]string{"name": "text", "email": "email", "phone": "phone"}
)

func (w *WidgetSettings) validate(bad fault.Fields) {
	const in = "widget_settings."
	oneOf(bad, in+"theme", w.Theme, Themes)
	oneOf(bad, in+"position", w.Position, Positions)
	w.PrimaryColor = strings.ToLower(strings.TrimSpace(w.PrimaryColor))
	if !colorForm.MatchString(w.PrimaryColor) {
		bad.Add(in+"primary_color", "primary_color must be a colour such as #007bff")
	}
	bounded(bad, in+"greeting_message", &w.GreetingMessage, MaxWidgetText)
	bounded(bad, in+"offline_message", &w.OfflineMessage, MaxWidgetText)
	bounded(bad, in+"title", &w.Title, MaxWidgetName)
	bounded(bad, in+"team_name", &w.TeamName, MaxWidgetName)
	bounded(bad, in+"launcher_text", &w.LauncherText, MaxLauncherText)
	if w.LauncherIcon == LauncherIcons[0] {
		w.LauncherIcon = ""
	}
	if w.LauncherIcon != "" {
		oneOf(bad, in+"launcher_icon", w.LauncherIcon, LauncherIcons)
	}
	if w.ReplyTime != "" {
		oneOf(bad, in+"reply_time", w.ReplyTime, ReplyTimes[1:])
	}
	w.AvatarURL = strings.TrimSpace(w.AvatarURL)
	if !avatarAddress(w.AvatarURL) {
		bad.Add(in+"avatar_url", "avatar_url must be a path on this server, such as /logo.png")
	}
	for name, offset := range map[string]Offset{"offset_x": w.OffsetX, "offset_y": w.OffsetY} {
		if offset < 0 || offset > MaxOffset {
			bad.Add(in+name, fmt.Sprintf("%s must be a number from 0 to %d", name, MaxOffset))
		}
	}
	w.Locale = strings.TrimSpace(w.Locale)
	if _, known := languages.Match(w.Locale); w.Locale != "" && !known {
		bad.Add(in+"locale", "locale must be one of "+strings.Join(languages.Tags(), ", "))
	}
	validateTexts(bad, in+"texts", w.Texts)
	for language, texts := range w.LanguageTexts {
		if !slices.Contains(languages.Tags(), language) {
			bad.Add(in+"language_texts", fmt.Sprintf("language_texts has no language %.60q", language))
			continue
		}
		if validateTexts(bad, in+"language_texts."+language, texts); len(texts) == 0 {
			delete(w.LanguageTexts, language)
		}
	}
}

// validateTexts drops the texts that are empty and notes those there is no such name for.
func validateTexts(bad fault.Fields, in string, texts map[string]string) {
	for name, text := range texts {
		if !languages.Has(name) {
			bad.Add(in, fmt.Sprintf("%s has no text %.60q", lastWord(in), name))
			continue
		}
		if bounded(bad, in+"."+name, &text, MaxWidgetText); text == "" {
			delete(texts, name)
		} else {
			texts[name] = text
		}
	}
}

// In returns the settings as a widget that speaks the language needs them: Texts with those of that
// language over them, and no other ones.
func (w WidgetSettings) In(language string) WidgetSettings {
	if own := w.LanguageTexts[language]; len(own) > 0 {
		texts := maps.Clone(own)
		for name, text := range w.Texts {
			if _, found := texts[name]; !found {
				texts[name] = text
			}
		}
		w.Texts = texts
	}
	w.LanguageTexts = nil
	return w
}

// avatarAddress accepts nothing or a path on this server: the widget asks no other.
func avatarAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || strings.ContainsAny(address, "\\ \"'") {
		return false
	}
	return address == "" || (u.Scheme == "" && u.Host == "" && strings.HasPrefix(address, "/"))
}

// ownPicture forgets a picture on another server, which settings could name once.
func (w *WidgetSettings) ownPicture() {
	if !avatarAddress(w.AvatarURL) {
		w.AvatarURL = ""
	}
}

func (h *Hide) validate(bad fault.Fields) {
	var urls []string
	for _, pattern := range h.URLs {
		if pattern = strings.TrimSpace(pattern); pattern == "" {
			continue
		}
		if !patternForm.MatchString(pattern) || utf8.RuneCountInString(pattern) > maxAddress || hasControl(pattern) {
			bad.Add("hide.urls", "urls must be patterns such as /checkout* or https://shop.example/cart")
		}
		urls = append(urls, pattern)
	}
	if h.URLs = urls; len(urls) > MaxHideURLs {
		bad.Add("hide.urls", fmt.Sprintf("urls may have at most %d patterns", MaxHideURLs))
	}
	if h.Phone && h.Desktop {
		bad.Add("hide.desktop", "desktop and phone together would hide the chat everywhere")
	}
}

func (p *PreChat) validate(bad fault.Fields) {
	if len(p.Fields) == 0 {
		p.Fields = nil
	}
	if len(p.Fields) > MaxPreChat {
		bad.Add("pre_chat.fields", fmt.Sprintf("fields may be at most %d", MaxPreChat))
	}
	seen := map[string]bool{}
	for i := range p.Fields {
		f := &p.Fields[i]
		in := fmt.Sprintf("pre_chat.fields.%d.", i)
		f.Key = strings.TrimSpace(f.Key)
		if !fieldKeyForm.MatchString(f.Key) {
			bad.Add(in+"key", "key must be a name such as order_number")
		} else if seen[f.Key] {
			bad.Add(in+"key", fmt.Sprintf("key %s is there twice", f.Key))
		}
		seen[f.Key] = true
		wanted, claim := claimTypes[f.Key]
		if bounded(bad, in+"label", &f.Label, maxLabel); f.Label == "" && !claim {
			bad.Add(in+"label", "label is required")
		}
		if oneOf(bad, in+"type", f.Type, FieldTypes); claim && f.Type != wanted {
			bad.Add(in+"type", fmt.Sprintf("type of %s must be %s", f.Key, wanted))
		}
		f.validateOptions(bad, in+"options")
	}
}

func (f *PreChatField) validateOptions(bad fault.Fields, name string) {
	var options []string
	for _, option := range f.Options {
		if bounded(bad, name, &option, maxLabel); option != "" && !slices.Contains(options, option) {
			options = append(options, option)
		}
	}
	f.Options = options
	switch {
	case f.Type == "select" && len(options) == 0:
		bad.Add(name, "options are required for a select")
	case f.Type != "select" && len(options) > 0:
		bad.Add(name, "options are for a select only")
	case len(options) > MaxOptions:
		bad.Add(name, fmt.Sprintf("options may be at most %d", MaxOptions))
	}
}

func oneOf(bad fault.Fields, name, value string, choices []string) {
	if !slices.Contains(choices, value) {
		bad.Add(name, lastWord(name)+" must be one of "+strings.Join(choices, ", "))
	}
}

// bounded trims a text and notes when it is longer than max characters or holds control characters
// other than line breaks.
func bounded(bad fault.Fields, name string, value *string, max int) {
	*value = strings.TrimSpace(*value)
	if utf8.RuneCountInString(*value) > max || hasControl(*value) {
		bad.Add(name, fmt.Sprintf("%s may have at most %d characters", lastWord(name), max))
	}
}

func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' })
}

func lastWord(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
