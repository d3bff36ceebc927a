package db_test

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"deskbell/internal/db"
	"deskbell/migrations"
)

// olderDatabase makes a directory with a database of an earlier schema, an account in it.
func olderDatabase(t *testing.T, schema int64) (dir string) {
	t.Helper()
	dir = t.TempDir()
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(dir, db.FileName)+"?_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, migrations.Files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	_, err = pool.ExecContext(t.Context(), `INSERT INTO accounts (_id, name, created_at) VALUES ('kept', 'kept', 0)`)
	if err := errors.Join(err, pool.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func schemas(t *testing.T) (all []int64) {
	t.Helper()
	provider, err := goose.NewProvider(goose.DialectSQLite3, &sql.DB{}, migrations.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range provider.ListSources() {
		all = append(all, source.Version)
	}
	return all
}

func keptCopy(dir string, schema int64) string {
	return filepath.Join(dir, fmt.Sprintf("deskbell-schema-%d.db", schema))
}

func TestUpgrade(t *testing.T) {
	all := schemas(t)
	newest := all[len(all)-1]
	for _, schema := range all[:len(all)-1] {
		t.Run(fmt.Sprintf("from schema %d", schema), func(t *testing.T) {
			dir := olderDatabase(t, schema)
			d, err := db.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			if n := accounts(t, d); n != 1 {
				t.Errorf("%d accounts after the upgrade, want the one from before", n)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if got, err := db.Version(t.Context(), filepath.Join(dir, db.FileName)); err != nil || got != newest {
				t.Errorf("schema %d, %v; want %d", got, err, newest)
			}
			if got, err := db.Version(t.Context(), keptCopy(dir, schema)); err != nil || got != schema {
				t.Fatalf("the copy from before has schema %d, %v; want %d", got, err, schema)
			}

			// Going back as docs/operations.md says, and forward again.
			for _, suffix := range []string{"", "-wal", "-shm"} {
				if err := os.Remove(filepath.Join(dir, db.FileName+suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Fatal(err)
				}
			}
			if err := os.Rename(keptCopy(dir, schema), filepath.Join(dir, db.FileName)); err != nil {
				t.Fatal(err)
			}
			if d, err = db.Open(t.Context(), dir, slog.New(slog.DiscardHandler)); err != nil {
				t.Fatal(err)
			}
			if n := accounts(t, d); n != 1 {
				t.Errorf("%d accounts in the copy, want 1", n)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestUpgradeKeepsTwoCopies(t *testing.T) {
	all := schemas(t)
	last := all[len(all)-2]
	dir := olderDatabase(t, last)
	for _, name := range []string{keptCopy(dir, 1), keptCopy(dir, 2), keptCopy(dir, last) + ".part", filepath.Join(dir, "deskbell-schema-mine.db")} {
		if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, err := db.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		keptCopy(dir, 1): false, keptCopy(dir, 2): true, keptCopy(dir, last): true,
		keptCopy(dir, last) + ".part": false, filepath.Join(dir, "deskbell-schema-mine.db"): true,
	} {
		if _, err := os.Stat(name); (err == nil) != want {
			t.Errorf("%s: there is %v, want %v", filepath.Base(name), err == nil, want)
		}
	}
}

// What can't be copied is not upgraded: here the copy's name is taken by a folder.
func TestUpgradeWithoutACopyChangesNothing(t *testing.T) {
	all := schemas(t)
	last := all[len(all)-2]
	dir := olderDatabase(t, last)
	if err := os.MkdirAll(filepath.Join(keptCopy(dir, last), "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if d, err := db.Open(t.Context(), dir, slog.New(slog.DiscardHandler)); err == nil {
		_ = d.Close()
		t.Fatal("upgraded without a copy")
	}
	if got, err := db.Version(t.Context(), filepath.Join(dir, db.FileName)); err != nil || got != last {
		t.Errorf("schema %d, %v; want still %d", got, err, last)
	}
}
