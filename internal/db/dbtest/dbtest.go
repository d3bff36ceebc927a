// Package dbtest gives tests a real, migrated database of their own.
package dbtest

import (
	"log/slog"
	"testing"

	"deskbell/internal/db"
)

// New opens an empty database in a directory that goes with the test.
func New(t testing.TB) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open database: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return d
}
