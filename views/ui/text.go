package ui

import (
	"fmt"
	"hash/fnv"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/a-h/templ"
)

// Describe ties an input to its hint and its error for screen readers. The page opens at the
// first input with an error, which may be far below the top.
func Describe(name, hint, problem string) templ.Attributes {
	var ids []string
	attrs := templ.Attributes{}
	if hint != "" {
		ids = append(ids, name+"-hint")
	}
	if problem != "" {
		ids = append(ids, name+"-error")
		attrs["aria-invalid"] = "true"
		attrs["autofocus"] = true
	}
	if len(ids) > 0 {
		attrs["aria-describedby"] = strings.Join(ids, " ")
	}
	return attrs
}

type part struct {
	text string
	link bool
}

// address finds what becomes a link: no quotes, no signs that turn the direction of writing, and not
// the punctuation of the sentence around it.
var address = regexp.MustCompile(`(?i)\b(?:https?://[^` + noAddress + `]*[^` + noAddress + `.,;:!?)\]}*_~]|mailto:[\w.+%-]+@[\w-]+(?:\.[\w-]+)+)`)

const noAddress = `\s<>"'` + "`" + `\x{61c}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{feff}`

// harmless leaves out addresses that pretend to be another: https://bank.example@elsewhere.example.
func harmless(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.User == nil && (u.Host != "" || strings.EqualFold(u.Scheme, "mailto"))
}

// split cuts text into plain parts and web addresses.
func split(text string) []part {
	var parts []part
	at := 0
	for _, m := range address.FindAllStringIndex(text, -1) {
		if !harmless(text[m[0]:m[1]]) {
			continue
		}
		if m[0] > at {
			parts = append(parts, part{text: text[at:m[0]]})
		}
		parts = append(parts, part{text: text[m[0]:m[1]], link: true})
		at = m[1]
	}
	if at < len(text) {
		parts = append(parts, part{text: text[at:]})
	}
	return parts
}

// Size writes a number of bytes for people: 900 B, 12 KB, 3.4 MB.
func Size(bytes int64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 999_500:
		return fmt.Sprintf("%.0f KB", float64(bytes)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

// hues is how many avatar colours the style sheet knows.
const hues = 6

func hue(key string) string {
	h := fnv.New32a()
	h.Write([]byte(key))
	return strconv.Itoa(int(h.Sum32() % hues))
}

// initials are the first letters of the first and the last word.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var out []rune
	for i, w := range words {
		if i == 0 || i == len(words)-1 {
			out = append(out, unicode.ToUpper([]rune(w)[0]))
		}
	}
	if len(out) == 0 {
		return "?"
	}
	return string(out)
}
