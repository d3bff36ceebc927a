package db

import (
	"context"
	"database/sql"
	_ "embed" // for the schema
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"

	"deskbell/migrations"
)

// ErrDirLocked is returned by LockDir when another process serves the directory.
type ErrDirLocked struct{ Dir string }

// Error says what to do in one sentence.
func (e *ErrDirLocked) Error() string {
	return fmt.Sprintf("another deskbell is already serving %s; stop it first or choose another --data-dir", e.Dir)
}

// LockDir makes the data directory when needed and takes the lock that only one serving process may hold on a data directory. Release
// it by the returned function; the system releases it when the process dies.
func LockDir(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(err, dir)
	}
	lock := flock.New(filepath.Join(dir, "deskbell.lock"), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, unwritable(err, dir)
	}
	if !ok {
		return nil, &ErrDirLocked{Dir: dir}
	}
	return func() { _ = lock.Unlock() }, nil
}

// migrate brings the schema up to date. A short lock of its own lets `user create` and a
// starting server meet on an empty directory.
func migrate(ctx context.Context, dir, path string) error {
	lock := flock.New(filepath.Join(dir, "migrate.lock"), flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return unwritable(err, dir)
	}
	defer func() { _ = lock.Unlock() }()

	if err := prepareFile(ctx, path); err != nil {
		return err
	}
	pool, err := openPool(ctx, path, 1, "_txlock=immediate")
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }()
	keep := func(schema int64) error { return keepBefore(ctx, dir, schema) }
	if err := migratePool(ctx, pool, keep); err != nil {
		if isDamage(err) {
			return damagedFile(err, path)
		}
		return fmt.Errorf("%s: %w", path, err)
	}
	return setMark(ctx, pool)
}

// migratePool runs the migrations that are missing, each in a transaction of its own; an empty database gets
// the whole schema at once. before hears of the
// schema of a database that is about to be changed; when it fails, nothing is.
func migratePool(ctx context.Context, pool *sql.DB, before func(schema int64) error) error {
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, migrations.Files)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	newest := int64(0)
	for _, s := range provider.ListSources() {
		newest = max(newest, s.Version)
	}
	if current > newest {
		return fmt.Errorf("this database has schema %d, but this deskbell only knows up to %d; start the newer version again", current, newest)
	}
	if current > 0 && current < newest {
		if err := before(current); err != nil {
			return fmt.Errorf("keep a copy of the database before the upgrade (nothing was changed): %w", err)
		}
	}
	if current == 0 {
		return create(ctx, pool, provider.ListSources())
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// schema is what all migrations together make.
//
//go:embed schema.sql
var schema string

// create makes an empty database what the migrations would make it. One after the other they take five times as long.
func create(ctx context.Context, pool *sql.DB, done []*goose.Source) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("create tables: %w", err)
	}
	_, err = tx.ExecContext(ctx, schema)
	for _, migration := range done {
		if err != nil {
			break
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, true)`, migration.Version)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("create tables: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("create tables: %w", err)
	}
	return nil
}

// keptName is the copy of a database from before an upgrade, by the schema it has.
const keptName = "deskbell-schema-%d.db"

// keptCopies is how many copies stay: an upgrade of several migrations that was cut short goes on from
// a later schema, and must not take the copy of the schema it began with.
const keptCopies = 2

// keepBefore copies the database as it is before an upgrade, so that the older version can be gone back to.
// The copy has its name only once it is whole; older ones go after that.
func keepBefore(ctx context.Context, dir string, schema int64) error {
	kept := filepath.Join(dir, fmt.Sprintf(keptName, schema))
	unfinished := kept + ".part"
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := Snapshot(ctx, dir, unfinished); err != nil {
		return err
	}
	if err := os.Rename(unfinished, kept); err != nil {
		return err
	}
	return removeKept(dir)
}

// removeKept removes all copies but the newest.
func removeKept(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var schemas []int64
	for _, entry := range entries {
		var schema int64
		if _, err := fmt.Sscanf(entry.Name(), keptName, &schema); err == nil && entry.Name() == fmt.Sprintf(keptName, schema) {
			schemas = append(schemas, schema)
		}
	}
	slices.Sort(schemas)
	for _, schema := range schemas[:max(0, len(schemas)-keptCopies)] {
		if err := os.Remove(filepath.Join(dir, fmt.Sprintf(keptName, schema))); err != nil {
			return err
		}
	}
	return nil
}

// likeEscaper makes user text literal inside a LIKE pattern with ESCAPE '\'.
var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Like returns a pattern that finds s anywhere, for `lower(column) LIKE ? ESCAPE '\'`.
func Like(s string) string { return "%" + likeEscaper.Replace(strings.ToLower(s)) + "%" }
