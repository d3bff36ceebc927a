package db_test

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"deskbell/internal/db"
	"deskbell/migrations"
)

// firstRows is something of what the first version stored, which every later one has to keep.
const firstRows = `
INSERT INTO accounts VALUES ('kept', 'kept', 0);
INSERT INTO users VALUES ('u', 'kept', 'ada@shop.example', 'Ada', 'admin', true, false, '$argon2id$', 0, 0, NULL);
INSERT INTO contacts VALUES ('k', 'kept', 'Vera', 'vera@customer.example', NULL, true, false, 0, 0);
INSERT INTO support_tokens VALUES ('t', 'kept', 'u', 'digest', 'site', 'https://shop.example', '["chat"]', true, 90, 1, 'active', NULL, 0, NULL);
INSERT INTO support_conversations VALUES ('c', 'kept', 'k', 'https://shop.example', 'support', 'active', '{}', true, 2, 2, 0, 1, 1, 1, 'An answer', 'agent', 2, 'u', 1, 2);
INSERT INTO support_conversations VALUES ('d', 'kept', 'k', 'https://shop.example', 'support', 'closed', '{}', true, 1, 1, 0, 1, 0, 0, 'Thank you', 'visitor', 1, NULL, 1, 1);
INSERT INTO support_sessions VALUES ('s', 'kept', 't', 'c', 'k', 'device', '192.0.2.1', 'Browser', 'Vera', 'vera@customer.example', NULL, '{}', NULL, NULL, NULL, 0, true, 'active', 1, 2);
INSERT INTO support_messages VALUES ('m1', 'kept', 'c', 1, 'x1', 'visitor', '', NULL, false, 'Where is my parcel?', 1, NULL);
INSERT INTO support_messages VALUES ('m2', 'kept', 'c', 2, 'x2', 'agent', 'u', 'Ada', false, 'An answer', 2, NULL);
INSERT INTO support_messages VALUES ('m3', 'kept', 'd', 1, 'x3', 'visitor', '', NULL, false, 'Thank you', 1, NULL);
`

// olderDatabase makes a directory with a database of an earlier schema, something in each of its tables.
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
	if _, err := provider.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.ExecContext(t.Context(), firstRows); err != nil {
		t.Fatal(err)
	}
	fillEmpty(t, pool)
	if _, err := provider.UpTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	fillEmpty(t, pool)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// fillEmpty puts a row into each table that has none.
func fillEmpty(t *testing.T, pool *sql.DB) {
	t.Helper()
	rows := rowCounts(t, pool)
	for _, table := range tables(t, pool) {
		if rows[table] > 0 {
			continue
		}
		// What refers to another table refers to a row of the first version.
		columns, err := pool.QueryContext(t.Context(), `SELECT x.name, x.type, f."to", f."table" FROM pragma_table_xinfo(?1) x
			LEFT JOIN pragma_foreign_key_list(?1) f ON f."from" = x.name WHERE x.hidden = 0`, table)
		if err != nil {
			t.Fatal(err)
		}
		var names, values []string
		for columns.Next() {
			var name, kind string
			var to, parent sql.NullString
			if err := columns.Scan(&name, &kind, &to, &parent); err != nil {
				t.Fatal(err)
			}
			value := "'{}'"
			switch {
			case parent.Valid:
				value = fmt.Sprintf(`(SELECT %s FROM %s LIMIT 1)`, to.String, parent.String)
			case name == "account_id":
				value = "'kept'"
			case kind != "TEXT":
				value = "1"
			}
			names, values = append(names, `"`+name+`"`), append(values, value)
		}
		if err := errors.Join(columns.Err(), columns.Close()); err != nil {
			t.Fatal(err)
		}
		query := fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, table, strings.Join(names, ", "), strings.Join(values, ", "))
		if _, err := pool.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if table == "support_conversation_tags" {
			// A conversation says its tags too.
			if _, err := pool.ExecContext(t.Context(), `UPDATE support_conversations SET tags = '["{}"]' WHERE _id = (SELECT conversation_id FROM support_conversation_tags)`); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// tables are those of the product, without the engine's and the search's, the ones that others refer to first.
func tables(t *testing.T, pool *sql.DB) (names []string) {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), `SELECT s.name FROM sqlite_schema s JOIN pragma_table_list l ON l.name = s.name AND l.schema = 'main'
		WHERE l.type = 'table' AND s.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND s.name NOT LIKE 'goose%' ORDER BY s.rowid`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	return names
}

func rowCounts(t *testing.T, pool *sql.DB) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, name := range tables(t, pool) {
		var n int
		if err := pool.QueryRowContext(t.Context(), `SELECT count(*) FROM `+name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[name] = n
	}
	return counts
}

// inspect opens a database that nobody serves.
func inspect(t *testing.T, dir string) *sql.DB {
	t.Helper()
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(dir, db.FileName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return pool
}

// keptAll holds an upgraded database to what there was before.
func keptAll(t *testing.T, dir string, before map[string]int) {
	t.Helper()
	pool := inspect(t, dir)
	after := rowCounts(t, pool)
	for table, n := range before {
		if got, there := after[table]; there && got < n {
			t.Errorf("%s: %d rows, %d before", table, got, n)
		}
	}
	for query, want := range map[string]string{
		`SELECT group_concat(integrity_check) FROM pragma_integrity_check`:                                                              "ok",
		`SELECT count(*) FROM pragma_foreign_key_check`:                                                                                 "0",
		`SELECT group_concat(_id || ' ' || shelf, ', ') FROM (SELECT * FROM support_conversations WHERE contact_id = 'k' ORDER BY _id)`: "c open, d closed",
		`SELECT group_concat(text, ' ') FROM (SELECT * FROM support_messages WHERE conversation_id = 'c' ORDER BY seq)`:                 "Where is my parcel? An answer",
		`SELECT name || ' ' || email || ' ' || email_verified FROM contacts WHERE _id = 'k'`:                                            "Vera vera@customer.example 1",
		`SELECT domain || ' ' || status FROM support_tokens WHERE _id = 't'`:                                                            "https://shop.example active",
		`SELECT role || owner || disabled FROM users WHERE _id = 'u'`:                                                                   "admin10",
	} {
		var got string
		if err := pool.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", query, got, err, want)
		}
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
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
			old := inspect(t, dir)
			before := rowCounts(t, old)
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}
			d, err := db.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			keptAll(t, dir, before)
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
