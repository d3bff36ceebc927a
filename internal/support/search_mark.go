package support

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Span is a part of a text, in bytes from its beginning.
type Span struct{ From, To int }

// Marks says which words of a text a search finds it by, in order: those that the query has, by the
// index's rules for accents and capitals, and those that begin like its last word.
func Marks(text, query string) []Span {
	words := strings.FieldsFunc(query, outsideToken)
	if len(words) == 0 {
		return nil
	}
	for i := range words {
		words[i] = fold(words[i])
	}
	// A sign after the last word ends it for the reader, yet the index takes no notice of signs.
	last := words[len(words)-1]
	found := func(token string) bool {
		token = fold(token)
		return slices.Contains(words, token) || utf8.RuneCountInString(last) >= minBeginning && strings.HasPrefix(token, last)
	}
	var marks []Span
	start := -1
	for i, r := range text {
		switch {
		case !outsideToken(r) && start < 0:
			start = i
		case outsideToken(r) && start >= 0:
			if found(text[start:i]) {
				marks = append(marks, Span{start, i})
			}
			start = -1
		}
	}
	if start >= 0 && found(text[start:]) {
		marks = append(marks, Span{start, len(text)})
	}
	return marks
}
