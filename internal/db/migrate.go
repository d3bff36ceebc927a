package db

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	if err := migratePool(ctx, pool, migrations.Files); err != nil {
		if isDamage(err) {
			return damagedFile(err, path)
		}
		return err
	}
	return setMark(ctx, pool)
}

func migratePool(ctx context.Context, pool *sql.DB, files fs.FS) error {
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, files)
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
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// likeEscaper makes user text literal inside a LIKE pattern with ESCAPE '\'.
var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Like returns a pattern that finds s anywhere, for `lower(column) LIKE ? ESCAPE '\'`.
func Like(s string) string { return "%" + likeEscaper.Replace(strings.ToLower(s)) + "%" }
