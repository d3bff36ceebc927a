package api

import (
	"maps"
	"net/url"
	"regexp"
	"strings"

	"deskbell/internal/colour"
	"deskbell/internal/support"
	"deskbell/web/httpio"
	"deskbell/widget"
	"deskbell/widget/src/languages"
)

// launcherJSON is what the widget must know before anybody opens it, worked out here so that its
// script stays small.
type launcherJSON struct {
	// Language is the one the widget speaks on this page.
	Language string `json:"language"`
	RTL      bool   `json:"rtl,omitempty"`
	// Words is the file with all other texts in it.
	Words string `json:"words,omitempty"`
	// Texts are those of the launcher's part.
	Texts map[string]string `json:"texts"`
	// Icon is the path of the launcher's picture.
	Icon string `json:"icon"`
	// Colours are the fill, what is written on it, and the brand's colour as text on light and on dark.
	Colours [4]string `json:"colours"`
	// HiddenAt is a regular expression for the whole addresses of pages without a launcher.
	HiddenAt string `json:"hidden_at,omitempty"`
}

// spoken is the language of a widget, which says by `lang` what its page is written in and by
// `locale` what the page asks for; "" for everybody else.
func spoken(c httpio.Ctx, s support.Settings) string {
	query := c.QueryParams()
	if !query.Has("locale") && !query.Has("lang") {
		return ""
	}
	return languages.Choose(query.Get("locale"), s.WidgetSettings.Locale, query.Get("lang"))
}

// launcher answers for a widget that speaks a language; nil for what is no widget. Texts are those
// of the settings in that language.
func launcher(language string, s support.Settings) *launcherJSON {
	if language == "" {
		return nil
	}
	w := s.WidgetSettings
	texts := maps.Clone(languages.Of(language)["launcher"])
	for key := range texts {
		if own := w.Texts["launcher."+key]; own != "" {
			texts[key] = own
		}
	}
	brand := colour.Of(w.PrimaryColor)
	return &launcherJSON{
		Language: language,
		RTL:      languages.RightToLeft(language),
		Words:    widget.Words(language),
		Texts:    texts,
		Icon:     widget.Icon(w.LauncherIcon),
		Colours:  [4]string{brand.Fill, brand.OnFill, brand.Ink, brand.InkDark},
		HiddenAt: addresses(s.Hide.URLs),
	}
}

var stars = regexp.MustCompile(`(\\\*)+`)

// addresses turns patterns with * into a regular expression of JavaScript for location.href. A
// pattern without a host is for every host, and one without a # for every place in a page.
func addresses(patterns []string) string {
	var all []string
	for _, pattern := range patterns {
		before, after := "", ""
		if strings.HasPrefix(pattern, "/") {
			before = `https?://[^/]+`
		}
		if !strings.Contains(pattern, "#") {
			after = "(#.*)?"
		}
		all = append(all, before+stars.ReplaceAllString(regexp.QuoteMeta(asAddress(pattern)), ".*")+after)
	}
	if all == nil {
		return ""
	}
	return "^(" + strings.Join(all, "|") + ")$"
}

// asAddress writes a pattern as browsers write addresses: other letters as escapes.
func asAddress(pattern string) string {
	var b strings.Builder
	for _, r := range pattern {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			b.WriteString(url.PathEscape(string(r)))
		}
	}
	return b.String()
}
