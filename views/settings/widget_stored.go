package settings

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"deskbell/internal/support"
	"deskbell/views/words"
	"deskbell/widget/src/languages"
)

// Stored is a setting by the name it has on the page, with a value.
type Stored struct{ name, value string }

// settingValues are all settings in the order of the page.
func settingValues(ctx context.Context, s support.Settings) (list []Stored) {
	add := func(name, value string) { list = append(list, Stored{words.Say(ctx, name), value}) }
	tick := func(name string, on bool) {
		add(name, words.Say(ctx, map[bool]string{true: "widget.yes", false: "widget.no"}[on]))
	}
	w := s.WidgetSettings
	add("widget.theme", words.Say(ctx, "widget."+w.Theme))
	add("widget.colour", w.PrimaryColor)
	icon := cmp.Or(w.LauncherIcon, support.LauncherIcons[0])
	for _, i := range launcherIcons {
		if i.value == icon {
			add("widget.button", words.Say(ctx, i.name))
		}
	}
	add("widget.launcherText", w.LauncherText)
	add("widget.corner", words.Say(ctx, "widget."+strings.TrimPrefix(w.Position, "bottom-")))
	add("widget.offsetX", strconv.Itoa(int(w.OffsetX)))
	add("widget.offsetY", strconv.Itoa(int(w.OffsetY)))
	add("widget.title", w.Title)
	add("widget.team", w.TeamName)
	add("widget.picture", w.AvatarURL)
	add("widget.greeting", w.GreetingMessage)
	add("widget.away", w.OfflineMessage)
	reply := map[string]string{"": "replyNothing", "minutes": "replyMinutes", "hours": "replyHours", "day": "replyDay"}[w.ReplyTime]
	add("widget.reply", words.Say(ctx, "widget."+reply))
	locale := words.Say(ctx, "widget.pageLanguage")
	if w.Locale != "" {
		locale = languages.Name(w.Locale)
	}
	add("widget.language", locale)
	list = append(list, textValues(ctx, "", w.Texts)...)
	for _, language := range languages.Tags() {
		list = append(list, textValues(ctx, language, w.LanguageTexts[language])...)
	}
	tick("widget.filesTitle", s.Features.FileUpload)
	tick("widget.emojiTitle", s.Features.EmojiPicker)
	tick("widget.typingTitle", s.Features.TypingIndicators)
	tick("widget.typingPreviewTitle", s.Features.TypingPreview)
	tick("widget.readTitle", s.Features.ReadReceipts)
	tick("widget.soundTitle", bool(w.Sound))
	tick("question.email", s.RequiresEmail)
	tick("question.phone", s.RequiresPhone)
	tick("question.code", s.OTPVerificationEnabled)
	add("question.all", questionValues(ctx, s.PreChat.Fields))
	add("widget.hideOn", strings.Join(s.Hide.URLs, ", "))
	tick("widget.hideClosed", s.Hide.OutsideHours)
	tick("widget.hidePhone", s.Hide.Phone)
	tick("widget.hideDesktop", s.Hide.Desktop)
	add("widget.zone", s.BusinessHours.Timezone)
	for _, day := range days {
		var spans []string
		if hours, open := s.BusinessHours.Schedule[day]; open {
			for _, r := range hours.Spans() {
				spans = append(spans, r.Start+"–"+r.End)
			}
		}
		add("day."+day, strings.Join(spans, ", "))
	}
	add("widget.holidays", strings.Join(s.BusinessHours.Holidays, ", "))
	return list
}

// textValues are all texts of the widget, own words or none, in a language or, for "", in every one.
func textValues(ctx context.Context, language string, own map[string]string) (list []Stored) {
	in := words.Say(ctx, "widget.everyLanguage")
	if language != "" {
		in = languages.Name(language)
	}
	for _, section := range languages.Sections() {
		for _, key := range section.Keys {
			list = append(list, Stored{called(ctx, section.Name, key) + " (" + in + ")", own[section.Name+"."+key]})
		}
	}
	return list
}

// questionValues are the questions before the chat with all that was set of them.
func questionValues(ctx context.Context, list []support.PreChatField) string {
	var out []string
	for _, f := range list {
		text := cmp.Or(f.Label, f.Key)
		if len(f.Options) > 0 {
			text += " (" + strings.Join(f.Options, ", ") + ")"
		}
		if f.Required {
			text += " – " + words.Say(ctx, "question.required")
		}
		out = append(out, text+" ["+f.Key+", "+f.Type+"]")
	}
	return strings.Join(out, "; ")
}

// StoredInstead are the settings that are stored otherwise than they were typed, as a page of the language
// of ctx says them.
func StoredInstead(ctx context.Context, typed, now support.Settings) []Stored {
	mine := settingValues(ctx, typed)
	theirs := settingValues(ctx, now)
	var out []Stored
	for i, s := range theirs {
		if s.value != mine[i].value {
			s.value = cmp.Or(s.value, "–")
			out = append(out, s)
		}
	}
	return out
}
