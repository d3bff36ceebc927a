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

var words = wordFiles()

func wordFiles() map[string]string {
	files, err := fs.Glob(Files, "dist/*.json")
	if err != nil {
		panic(err)
	}
	found := map[string]string{}
	for _, file := range files {
		name := strings.TrimPrefix(file, "dist/")
		tag, _, _ := strings.Cut(name, ".")
		found[tag] = name
	}
	return found
}

// Words returns the name of the file below /widget/ with the texts of a language; "" for English,
// which the widget brings along.
func Words(tag string) string { return words[tag] }
