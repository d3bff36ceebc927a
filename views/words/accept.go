package words

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// maxAccepted is how many languages of a header are looked at; people read fewer.
const maxAccepted = 20

// Accepted returns the languages of an Accept-Language header, the most wanted first. What can't
// be read in it, or is not wanted (q=0), is left out.
func Accepted(header string) []string {
	type wish struct {
		tag     string
		quality float64
	}
	var wishes []wish
	for part := range strings.SplitSeq(header, ",") {
		tag, options, _ := strings.Cut(part, ";")
		quality := 1.0
		if value, found := strings.CutPrefix(strings.TrimSpace(options), "q="); found {
			var err error
			if quality, err = strconv.ParseFloat(value, 64); err != nil || quality > 1 {
				quality = 0
			}
		}
		if tag = strings.TrimSpace(tag); isTag(tag) && quality > 0 {
			wishes = append(wishes, wish{tag, quality})
		}
		if len(wishes) == maxAccepted {
			break
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.quality, a.quality) })
	tags := make([]string, len(wishes))
	for i, w := range wishes {
		tags[i] = w.tag
	}
	return tags
}

// maxTag is the length of the longest language tag anybody registered, with room.
const maxTag = 35

func isTag(tag string) bool {
	return tag != "" && len(tag) <= maxTag && !strings.ContainsFunc(tag, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	})
}
