package db

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID ("Desk") marks the file as ours in its header, for us and for file(1).
const applicationID = 0x4465736b

// magic is how every SQLite database begins.
var magic = []byte("SQLite format 3\x00")

// prepareFile creates the database's file when it is absent, and refuses one that is not ours or
// can't be used before anything in it is changed. The caller holds the lock for migrations, so
// that no other process sees a file that is only just being made.
func prepareFile(ctx context.Context, path string) error {
	// The file holds people's messages: it is created unreadable for others before SQLite opens it.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the operator names the data directory
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return unwritable(err, filepath.Dir(path))
	}
	if f, err = os.OpenFile(path, os.O_RDWR, 0); err != nil { //nolint:gosec // as above
		return unwritable(err, path)
	}
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	_ = f.Close()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%s is empty; restore it from your backup, or remove it to start afresh", path)
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read database: %w", err)
	case !bytes.Equal(head[:n], magic):
		return fmt.Errorf("%s is no database; restore it from your backup, or choose another --data-dir", path)
	}
	return identify(ctx, path)
}

// identify tells our database from one of another program. It opens the file for reading only:
// anything else would switch a stranger's file to our journal.
func identify(ctx context.Context, path string) error {
	pool, err := sql.Open("sqlite", uri(path)+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer func() { _ = pool.Close() }()
	var mark int64
	var tables, ours int
	err = pool.QueryRowContext(ctx, `SELECT application_id, (SELECT COUNT(*) FROM sqlite_schema),
		(SELECT COUNT(*) FROM sqlite_schema WHERE name IN ('goose_db_version', 'accounts')) FROM pragma_application_id`).Scan(&mark, &tables, &ours)
	if err != nil {
		return damagedFile(err, path)
	}
	// Without a mark it may be from before marks were set, or from a start that was cut short.
	if mark != applicationID && (mark != 0 || (tables > 0 && ours == 0)) {
		return fmt.Errorf("%s belongs to another program; move it away or choose another --data-dir", path)
	}
	return nil
}

// setMark marks a database that has been migrated.
func setMark(ctx context.Context, pool *sql.DB) error {
	var mark int64
	err := pool.QueryRowContext(ctx, "PRAGMA application_id").Scan(&mark)
	if err == nil && mark != applicationID {
		_, err = pool.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	}
	if err != nil {
		return fmt.Errorf("mark database: %w", err)
	}
	return nil
}

// damagedFile says what to do about a file whose inside makes no sense.
func damagedFile(err error, path string) error {
	if isDamage(err) {
		return fmt.Errorf("%s is damaged; restore it from your backup (%w)", path, err)
	}
	return fmt.Errorf("open database: %w", err)
}

// isDamage reports whether SQLite has met something in the file that can't be.
func isDamage(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// unwritable says what to do about a data directory that this user may not write.
func unwritable(err error, path string) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%s can't be written; give the user that runs deskbell the right to, or choose another --data-dir (%w)", path, err)
	}
	return fmt.Errorf("open database: %w", err)
}
