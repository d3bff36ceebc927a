package settings

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"deskbell/internal/support"
	"deskbell/views/ui"
	"deskbell/widget/src/languages"
)

func joined(scopes []string) string { return strings.Join(scopes, ", ") }

func pageSnippet(p SnippetProps) string {
	return fmt.Sprintf(`<script>
  window.supportConfig = { token: '%s', position: 'bottom-right' };
</script>
<script src="%s/support-widget.js" async></script>`, p.Secret, p.BaseURL)
}

func strictSnippet(p SnippetProps) string {
	return fmt.Sprintf(`<script src="%s/support-widget.js" data-token="%s" async></script>`, p.BaseURL, p.Secret)
}

func apiSnippet(p SnippetProps) string {
	return fmt.Sprintf(`const supportToken = '%s';

const answer = await fetch('%s/api/conversation-v2/support/session', {
  method: 'POST',
  headers: {
    Authorization: `+"`Bearer ${supportToken}`"+`,
    'X-Device-ID': deviceId,
  },
  body: JSON.stringify({
    email: user.email,
    name: user.name,
  }),
});`, p.Secret, p.BaseURL)
}

// days are the keys of a schedule in the order of a week.
var days = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

func titled(day string) string { return strings.ToUpper(day[:1]) + day[1:] }

// hoursOf are a day's hours as an input of type time shows them, which knows no 24:00; a day
// without any proposes office hours.
func hoursOf(p WidgetProps, day string) support.DayHours {
	h, ok := p.Settings.BusinessHours.Schedule[day]
	if !ok {
		return support.DayHours{Start: "09:00", End: "17:00"}
	}
	if h.End == "24:00" {
		h.End = "00:00"
	}
	return h
}

type iconChoice struct{ value, icon, label string }

var launcherIcons = []iconChoice{{"chat", "message-circle", "Chat"}, {"question", "circle-question-mark", "Question"}, {"hand", "hand", "Hand"}, {"mail", "mail", "Mail"}}

// launcherIcon is the icon that is ticked; the usual one is stored as nothing.
func launcherIcon(p WidgetProps) string {
	return cmp.Or(p.Settings.WidgetSettings.LauncherIcon, support.LauncherIcons[0])
}

// languageNames are the languages in their own words.
var languageNames = map[string]string{
	"ar": "العربية", "de": "Deutsch", "en": "English", "es": "Español", "fr": "Français", "it": "Italiano", "ja": "日本語",
	"nl": "Nederlands", "pl": "Polski", "pt": "Português", "tr": "Türkçe", "zh": "简体中文",
}

// localeChoices are values and labels of the language; one of its own that is set stays a choice.
func localeChoices(current string) []string {
	out := []string{"", "The page's own language"}
	tags := languages.Tags()
	if current != "" && !slices.Contains(tags, current) {
		tags = append(tags, current)
	}
	for _, tag := range tags {
		out = append(out, tag, cmp.Or(languageNames[tag], tag))
	}
	return out
}

var sectionTitles = map[string]string{
	"launcher": "Button", "panel": "Chat", "forms": "Form and code", "alerts": "Notices", "visit": "Menu, rating and messages left",
}

func sectionTitle(name string) string { return cmp.Or(sectionTitles[name], titled(name)) }

// changed counts the texts of a section that were replaced.
func changed(p WidgetProps, s languages.Section) (n int) {
	for _, key := range s.Keys {
		if p.Settings.WidgetSettings.Texts[s.Name+"."+key] != "" {
			n++
		}
	}
	return n
}

// troubled reports whether a section has a text with an error, and so must show itself.
func troubled(p WidgetProps, s languages.Section) bool {
	return slices.ContainsFunc(s.Keys, func(key string) bool { return p.Fields["texts."+s.Name+"."+key] != "" })
}

// spaced makes a name such as tooManyChats words: "Too many chats".
func spaced(name string) string {
	var out strings.Builder
	for i, r := range name {
		switch {
		case i == 0:
			r = unicode.ToUpper(r)
		case unicode.IsUpper(r):
			out.WriteByte(' ')
			r = unicode.ToLower(r)
		}
		out.WriteRune(r)
	}
	return out.String()
}

// jobError makes a delivery's last error one readable sentence.
func jobError(s string) string {
	var text string
	if json.Unmarshal([]byte(s), &text) == nil {
		s = text
	}
	return ui.Sentence(s)
}
