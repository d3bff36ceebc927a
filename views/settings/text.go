package settings

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"deskbell/internal/support"
	"deskbell/views/layout"
	"deskbell/views/ui"
	"deskbell/views/words"
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

// hoursOf are a day's hours as inputs of type time show them, which know no 24:00; a day without
// any proposes office hours.
func hoursOf(p WidgetProps, day string) []support.Range {
	h, ok := p.Settings.BusinessHours.Schedule[day]
	if !ok {
		return []support.Range{{Start: "09:00", End: "17:00"}}
	}
	spans := slices.Clone(h.Spans())
	for i := range spans {
		if spans[i].End == "24:00" {
			spans[i].End = "00:00"
		}
	}
	return spans
}

// iconChoice is a picture for the button and the name of its text.
type iconChoice struct{ value, icon, name string }

var launcherIcons = []iconChoice{
	{"chat", "message-circle", "widget.iconChat"}, {"question", "circle-question-mark", "widget.iconQuestion"},
	{"hand", "hand", "widget.iconHand"}, {"mail", "mail", "widget.iconMail"},
}

// launcherIcon is the icon that is ticked; the usual one is stored as nothing.
func launcherIcon(p WidgetProps) string {
	return cmp.Or(p.Settings.WidgetSettings.LauncherIcon, support.LauncherIcons[0])
}

// localeChoices are values and labels of the language; one of its own that is set stays a choice.
func localeChoices(ctx context.Context, current string) []string {
	out := []string{"", words.Say(ctx, "widget.pageLanguage")}
	tags := languages.Tags()
	if current != "" && !slices.Contains(tags, current) {
		tags = append(tags, current)
	}
	return append(out, named(tags)...)
}

// textsChoices are the languages that texts can be written for.
func textsChoices(ctx context.Context) []string {
	return append([]string{"", words.Say(ctx, "widget.everyLanguage")}, named(languages.Tags())...)
}

func named(tags []string) (out []string) {
	for _, tag := range tags {
		out = append(out, tag, languages.Name(tag))
	}
	return out
}

// TextField is the name of the input, and of the error, of a text in a language; "" is every one.
func TextField(language, name string) string {
	if language == "" {
		return "texts." + name
	}
	return "language_texts." + language + "." + name
}

// language is the one that the texts are written in: when they are for every language, the one the
// widget is set to, else the reader's.
func (p WidgetProps) language(ctx context.Context) string {
	return languages.Choose(p.TextsFor, p.Settings.WidgetSettings.Locale, words.Language(ctx))
}

func (p WidgetProps) direction(ctx context.Context) string { return layout.Direction(p.language(ctx)) }

// usual is the widget's own text in the language of the texts.
func usual(ctx context.Context, p WidgetProps, section, key string) string {
	return languages.Of(p.language(ctx))[section][key]
}

// called names a text of the widget by its words in the reader's language.
func called(ctx context.Context, section, key string) string {
	return strings.NewReplacer("{}.", "…", "{}", "…").Replace(languages.Of(words.Language(ctx))[section][key])
}

// given are the owner's texts of one language.
func given(p WidgetProps, language string) map[string]string {
	if language == "" {
		return p.Settings.WidgetSettings.Texts
	}
	return p.Settings.WidgetSettings.LanguageTexts[language]
}

// hiddenTexts are the owner's texts of the languages that are not shown, by the name of their input:
// without them, going to another language would lose what was typed.
func hiddenTexts(p WidgetProps) map[string]string {
	hidden := map[string]string{}
	for _, language := range append([]string{""}, languages.Tags()...) {
		if language == p.TextsFor {
			continue
		}
		for name, text := range given(p, language) {
			hidden[TextField(language, name)] = text
		}
	}
	return hidden
}

// changed counts the texts of a section that were replaced.
func changed(p WidgetProps, s languages.Section) (n int) {
	for _, key := range s.Keys {
		if given(p, p.TextsFor)[s.Name+"."+key] != "" {
			n++
		}
	}
	return n
}

// troubled reports whether a section has a text with an error, and so must show itself.
func troubled(p WidgetProps, s languages.Section) bool {
	return slices.ContainsFunc(s.Keys, func(key string) bool { return p.Fields[TextField(p.TextsFor, s.Name+"."+key)] != "" })
}

// jobError makes a delivery's last error one readable sentence.
func jobError(s string) string {
	var text string
	if json.Unmarshal([]byte(s), &text) == nil {
		s = text
	}
	return ui.Sentence(s)
}

// alertMinutes are the choices for a mail, with the one that was chosen elsewhere.
func alertMinutes(chosen int64) []int64 {
	choices := []int64{0, 2, 5, 10, 15, 30, 60}
	if chosen > 0 && !slices.Contains(choices, chosen) {
		choices = append(choices, chosen)
		slices.Sort(choices)
	}
	return choices
}

func alertMinutesName(minutes int64) string {
	if minutes == 0 {
		return "Never"
	}
	return "When somebody has waited " + strconv.FormatInt(minutes, 10) + " minutes"
}
