// Package widget carries the built chat widget.
package widget

import "embed"

// Files holds the folder dist: support-widget.js (the launcher, a stable name) and
// panel.<hash>.js (its content never changes under one name), each with .br and .gz
// siblings. They are built by `go run -C internal/tools ./assets`.
//
//go:embed dist
var Files embed.FS
