// Package static holds what the console loads in a browser: styles, scripts and the font, under
// names that change with their content, so that browsers may keep them for ever.
package static

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
)

//go:embed dist
var dist embed.FS

var urls = mustReadManifest()

// Files holds the files below /static/ with their .br and .gz siblings.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(fmt.Sprintf("static: %v", err)) // The folder is embedded: only a broken build gets here.
	}
	return sub
}

// URL is the address of a file by its plain name: app.css becomes /static/app.<hash>.css. A name
// that is not in the manifest is a slip a test finds; it yields the plain address.
func URL(name string) string {
	if hashed, ok := urls[name]; ok {
		return "/static/" + hashed
	}
	return "/static/" + name
}

// Content is a file by its plain name, for those that need an address that stays.
func Content(name string) ([]byte, error) { return dist.ReadFile("dist/" + urls[name]) }

func mustReadManifest() map[string]string {
	data, err := dist.ReadFile("dist/manifest.json")
	names := map[string]string{}
	if err == nil {
		err = json.Unmarshal(data, &names)
	}
	if err != nil {
		panic(fmt.Sprintf("static: read manifest: %v", err)) // Embedded: only a broken build gets here.
	}
	return names
}
