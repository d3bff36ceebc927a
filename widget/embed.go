// Package widget carries the built chat widget.
package widget

import (
	"embed"
	"io/fs"
	"strings"
)

// Files holds the folder dist: support-widget.js (the launcher, a stable name) and
// panel.<hash>.js (its content never changes under one name), each with .br and .gz
// siblings, and a <tag>.<hash>.json for each language but English. They are built by `go run -C internal/tools ./assets`.
//
//go:embed dist
var Files embed.FS

var words, parts = filesBy("json"), filesBy("js")

// filesBy finds the built files of one kind by the first word of their names.
func filesBy(ending string) map[string]string {
	files, err := fs.Glob(Files, "dist/*."+ending)
	if err != nil {
		panic(err)
	}
	found := map[string]string{}
	for _, file := range files {
		name := strings.TrimPrefix(file, "dist/")
		first, _, _ := strings.Cut(name, ".")
		found[first] = name
	}
	return found
}

// Part returns the name of the file below /widget/ that holds a part which is loaded on demand.
func Part(name string) string { return parts[name] }

// Words returns the name of the file below /widget/ with the texts of a language; "" for English,
// which the widget brings along.
func Words(tag string) string { return words[tag] }
