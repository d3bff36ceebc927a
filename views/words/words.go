// Package words holds the console's own texts in every language it speaks: one JSON file for each,
// page, name, text. A text may have gaps such as {domain}; one that counts has a form for each of
// the plurals its language knows.
package words

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// Fallback is the language that every text was written in first.
const Fallback = "en"

//go:embed *.json
var files embed.FS

// forms are one text by plural form; one that does not count has the form "other" alone.
type forms map[string]string

// UnmarshalJSON reads a plain text or an object of plural forms.
func (f *forms) UnmarshalJSON(content []byte) error {
	var text string
	if json.Unmarshal(content, &text) == nil {
		*f = forms{other: text}
		return nil
	}
	return json.Unmarshal(content, (*map[string]string)(f))
}

// all are the texts by language and dotted name.
var all = load()

// load panics on a broken file: no test would pass with one.
func load() map[string]map[string]forms {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	found := map[string]map[string]forms{}
	for _, entry := range entries {
		content, err := files.ReadFile(entry.Name())
		if err != nil {
			panic(err)
		}
		var pages map[string]map[string]forms
		if err := json.Unmarshal(content, &pages); err != nil {
			panic(fmt.Sprintf("%s: %v", entry.Name(), err))
		}
		texts := map[string]forms{}
		for page, named := range pages {
			for name, text := range named {
				texts[page+"."+name] = text
			}
		}
		found[strings.TrimSuffix(entry.Name(), ".json")] = texts
	}
	return found
}

// Languages returns the languages there are, sorted.
func Languages() []string { return slices.Sorted(maps.Keys(all)) }

// Known reports whether the console speaks a language.
func Known(language string) bool { return all[language] != nil }

type languageKey struct{}

// With makes the components rendered with ctx speak a language; one there is none of is English.
func With(ctx context.Context, language string) context.Context {
	if !Known(language) {
		language = Fallback
	}
	return context.WithValue(ctx, languageKey{}, language)
}

// Language is what the components rendered with ctx speak.
func Language(ctx context.Context) string {
	if language, ok := ctx.Value(languageKey{}).(string); ok {
		return language
	}
	return Fallback
}

// Say returns a text in the language of ctx. Pairs of gap and value fill its gaps. A name that no
// file has is returned itself; the tests find it before anybody reads it.
func Say(ctx context.Context, name string, gaps ...string) string {
	return fill(find(ctx, name).get(other), gaps)
}

// Count returns a text in the form that n takes in the language of ctx, with n in its gap {n}.
func Count(ctx context.Context, name string, n int) string {
	return fill(find(ctx, name).get(plural(Language(ctx), n)), []string{"n", strconv.Itoa(n)})
}

func find(ctx context.Context, name string) forms {
	if found, ok := all[Language(ctx)][name]; ok {
		return found
	}
	if found, ok := all[Fallback][name]; ok {
		return found
	}
	return forms{other: name}
}

func (f forms) get(form string) string {
	if text, ok := f[form]; ok {
		return text
	}
	return f[other]
}

// fill puts values into gaps; what a value holds is never taken for a gap.
func fill(text string, gaps []string) string {
	if len(gaps) == 0 {
		return text
	}
	pairs := make([]string, 0, len(gaps))
	for i := 0; i+1 < len(gaps); i += 2 {
		pairs = append(pairs, "{"+gaps[i]+"}", gaps[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// In renders a component in a language, whatever the page around it speaks.
func In(language string, body templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return body.Render(With(ctx, language), w)
	})
}
