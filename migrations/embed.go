// Package migrations embeds the schema, one numbered goose file per step. A file is never
// edited after a release; see docs/adr/0002-schema.md for the column conventions.
package migrations

import "embed"

// Files holds the numbered .sql files.
//
//go:embed *.sql
var Files embed.FS
