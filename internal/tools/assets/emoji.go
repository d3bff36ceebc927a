package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// newestEmoji is the Unicode version up to which devices a few years old have pictures.
const newestEmoji = 15

// emoji is one entry of the vendored list, as far as it is read.
type emoji struct {
	Emoji      string   `json:"emoji"`
	Annotation string   `json:"annotation"`
	Tags       []string `json:"tags"`
	Group      int      `json:"group"`
	Order      int      `json:"order"`
	Version    float64  `json:"version"`
}

// emojiText makes of the vendored list what the picker reads: a line "#" and a number opens a
// group, every other line is an emoji, its name, and more words to find it by, with tabs between.
func emojiText(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []emoji
	if err := json.Unmarshal(content, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	slices.SortFunc(list, func(a, b emoji) int { return a.Order - b.Order })
	var text strings.Builder
	group := -1
	for _, e := range list {
		if e.Version > newestEmoji {
			continue
		}
		if e.Group != group {
			group = e.Group
			fmt.Fprintf(&text, "#%d\n", group)
		}
		named := strings.Fields(e.Annotation)
		more := slices.DeleteFunc(e.Tags, func(tag string) bool { return slices.Contains(named, tag) })
		fmt.Fprintf(&text, "%s\t%s\t%s\n", e.Emoji, e.Annotation, strings.Join(more, " "))
	}
	return []byte(text.String()), nil
}
