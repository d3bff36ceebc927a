package db_test

import (
	"database/sql"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"deskbell/internal/db"
	"deskbell/migrations"
)

var update = flag.Bool("update", false, "write schema.sql instead of comparing with it")

// migrated is the whole schema that the migrations make one after the other.
func migrated(t *testing.T) string {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "migrated.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, migrations.Files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	return dump(t, pool)
}

// dump is what makes the same tables again, and the rows in them.
func dump(t *testing.T, pool *sql.DB) string {
	t.Helper()
	own := ` AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name <> 'goose_db_version' AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')`
	all := column(t, pool, `SELECT sql || ';' || char(10) FROM sqlite_schema WHERE sql IS NOT NULL`+own+` ORDER BY rowid`)
	for _, table := range strings.Fields(column(t, pool, `SELECT name FROM sqlite_schema WHERE type = 'table'`+own+` ORDER BY name`)) {
		values := column(t, pool, `SELECT group_concat('quote(' || name || ')', ' || '', '' || ') FROM pragma_table_info('`+table+`')`)
		all += column(t, pool, `SELECT 'INSERT INTO `+table+` VALUES (' || `+values+` || ');' FROM `+table)
	}
	return all
}

// column is the first column of all rows, a line each.
func column(t *testing.T, pool *sql.DB, query string) string {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all.WriteString(s + "\n")
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// A new database is made in one step; it must be the one that an old database becomes by its upgrades.
func TestSchemaIsWhatTheMigrationsMake(t *testing.T) {
	want := "-- What all migrations together make; `make generate` writes this file. A new database is made from it in one step.\n\n" + migrated(t)
	if *update {
		if err := os.WriteFile("schema.sql", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile("schema.sql"); err != nil || string(got) != want {
		t.Fatalf("schema.sql is not what the migrations make (%v): run make generate and commit", err)
	}

	dir := t.TempDir()
	d, err := db.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(dir, db.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	if dump(t, pool) != migrated(t) {
		t.Error("a new database is not what the migrations make")
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, migrations.Files)
	if err != nil {
		t.Fatal(err)
	}
	if pending, err := provider.HasPending(t.Context()); err != nil || pending {
		t.Errorf("a new database waits for migrations: %v, %v", pending, err)
	}
}
