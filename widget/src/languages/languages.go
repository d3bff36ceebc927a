// Package languages carries the texts that the widget brings along, one JSON file for each
// language: part of the widget, name, text.
package languages

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Texts are one language's texts by part of the widget and name; "{}" is the gap for a value.
type Texts map[string]map[string]string

//go:embed *.json
var files embed.FS

var all = load()

// load panics on a broken file: the build of the widget refuses it long before.
func load() map[string]Texts {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	found := map[string]Texts{}
	for _, entry := range entries {
		content, err := files.ReadFile(entry.Name())
		if err != nil {
			panic(err)
		}
		var texts Texts
		if err := json.Unmarshal(content, &texts); err != nil {
			panic(fmt.Sprintf("%s: %v", entry.Name(), err))
		}
		found[strings.TrimSuffix(entry.Name(), ".json")] = texts
	}
	return found
}

// English returns the texts every other language has too. They must not be changed.
func English() Texts { return all["en"] }

// Tags returns the languages there are, sorted.
func Tags() []string { return slices.Sorted(maps.Keys(all)) }

// Match returns the language for a tag such as "de-AT", or false when there is none. A longer tag
// of its own ("zh-TW") goes before the plain language.
func Match(tag string) (string, bool) {
	for tag = strings.ToLower(tag); tag != ""; {
		for known := range all {
			if strings.ToLower(known) == tag {
				return known, true
			}
		}
		tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)]
	}
	return "", false
}

// Choose returns the first of the wishes that there are texts for, English when there are for none.
func Choose(wishes ...string) string {
	for _, wish := range wishes {
		if tag, found := Match(strings.ReplaceAll(wish, "_", "-")); found {
			return tag
		}
	}
	return "en"
}

// names are the languages in their own words.
var names = map[string]string{
	"ar": "العربية", "de": "Deutsch", "en": "English", "es": "Español", "fr": "Français", "it": "Italiano", "ja": "日本語",
	"nl": "Nederlands", "pl": "Polski", "pt": "Português", "tr": "Türkçe", "zh": "简体中文",
}

// Name returns what a language calls itself, the tag when it is none of ours.
func Name(tag string) string { return cmp.Or(names[tag], tag) }

// RightToLeft reports whether a language of ours is written from right to left.
func RightToLeft(tag string) bool { return tag == "ar" }

// Of returns the texts of a tag that Match answered. They must not be changed.
func Of(tag string) Texts { return all[tag] }

// Has reports whether there is a text of a dotted name such as "panel.title".
func Has(name string) bool {
	part, key, _ := strings.Cut(name, ".")
	_, found := English()[part][key]
	return found
}
