package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// snapshotPages is how many pages of 4 KiB are copied between two looks at ctx.
const snapshotPages = 4096

// Snapshot copies the database of a data directory into a new file, mode 0600, while others may read
// and write it: the copy holds every write that was durable when Snapshot was called, and is whole.
// It is a copy page by page, because the search index depends on row numbers, which only that
// keeps for certain. The copy has been looked through for damage and is on disk.
func Snapshot(ctx context.Context, dir, into string) (err error) {
	path := filepath.Join(dir, FileName)
	if err := identify(ctx, path); err != nil {
		return err
	}
	f, err := os.OpenFile(into, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the caller chooses
	if err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(into)
		}
	}()
	pool, err := sql.Open("sqlite", uri(path)+"?mode=rw&_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	defer func() { _ = pool.Close() }()
	if err := copyInto(ctx, pool, into); err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	if err := CheckFile(ctx, into); err != nil {
		return err
	}
	return f.Sync()
}

func uri(path string) string { return "file:" + (&url.URL{Path: path}).EscapedPath() }

// copyInto copies what one transaction sees, so that a write in between doesn't make it start over.
func copyInto(ctx context.Context, pool *sql.DB, into string) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") }()
	var n int64
	if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_schema").Scan(&n); err != nil {
		return err
	}
	return conn.Raw(func(raw any) error {
		source, ok := raw.(interface {
			NewBackup(dstURI string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("the driver copies no databases")
		}
		backup, err := source.NewBackup(uri(into))
		if err != nil {
			return err
		}
		for more := true; more && err == nil; {
			if more, err = backup.Step(snapshotPages); err == nil {
				err = ctx.Err()
			}
		}
		return errors.Join(err, backup.Finish())
	})
}

// CheckFile looks through a database that nobody has open, and makes it one file without a log beside.
func CheckFile(ctx context.Context, path string) error {
	pool, err := sql.Open("sqlite", uri(path)+"?mode=rw&_pragma=journal_mode(DELETE)")
	if err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	defer func() { _ = pool.Close() }()
	var found string
	if err := pool.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return damagedFile(err, path)
	}
	if found != "ok" {
		return fmt.Errorf("%s is damaged: %s", path, found)
	}
	return nil
}

// Version is the schema version of a database that nobody has to have open.
func Version(ctx context.Context, path string) (n int64, err error) {
	pool, err := sql.Open("sqlite", uri(path)+"?mode=ro")
	if err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	defer func() { _ = pool.Close() }()
	if err := pool.QueryRowContext(ctx, "SELECT MAX(version_id) FROM goose_db_version").Scan(&n); err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return n, nil
}
