// Package db is the only place that knows which database engine runs underneath. It offers
// Read for queries and Write for changes, migrates the schema, and locks the data directory.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the database driver
)

// FileName is the database's file inside the data directory.
const FileName = "deskbell.db"

// readers is the size of the read pool: the number of cores, at most 4, served readers best
// without starving the writer when measured (16 connections cut writes 6.5 times).
const readers = 4

// ErrNoRows is returned by Row.Scan when the query found nothing.
var ErrNoRows = sql.ErrNoRows

// Rows is the result of a query with many rows.
type Rows = sql.Rows

// Row is the result of a query with at most one row.
type Row = sql.Row

// Scanner is what Rows and Row have in common.
type Scanner interface{ Scan(dest ...any) error }

// Collect scans all rows and closes them.
func Collect[T any](rows *Rows, scan func(Scanner) (T, error)) ([]T, error) {
	defer func() { _ = rows.Close() }()
	list := []T{}
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, rows.Err()
}

// Querier runs queries: the read pool or a transaction.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (*Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *Row
}

// DB is an open database with one writer and a small pool of readers.
type DB struct {
	path   string
	opened os.FileInfo
	log    *slog.Logger
	read   *Reader
	writer *writer

	damaged atomic.Bool
	suspect chan struct{} // asks Watch to look at once

	probe    sync.Mutex
	probed   error
	probedAt time.Time
}

// Exists reports whether dir holds a database.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, FileName))
	return err == nil
}

// Open opens the database inside dir, creating it when absent, and brings its schema up to
// date. It refuses a schema newer than the binary, a damaged file and one of another program,
// each with a sentence that says what to do.
func Open(ctx context.Context, dir string, log *slog.Logger) (*DB, error) {
	path := filepath.Join(dir, FileName)
	if err := migrate(ctx, dir, path); err != nil {
		return nil, err
	}
	writePool, err := openPool(ctx, path, 1, "_txlock=immediate")
	if err != nil {
		return nil, err
	}
	readPool, err := openPool(ctx, path, readers, "_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(err, writePool.Close())
	}
	checkPool, err := openPool(ctx, path, 1, "_txlock=immediate")
	if err != nil {
		return nil, errors.Join(err, writePool.Close(), readPool.Close())
	}
	w, err := newWriter(ctx, writePool, newCheckpointer(checkPool, log), log)
	if err != nil {
		return nil, errors.Join(err, checkPool.Close(), writePool.Close(), readPool.Close())
	}
	opened, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	w.shared.open(path)
	return &DB{path: path, opened: opened, log: log, read: &Reader{pool: readPool}, writer: w, suspect: make(chan struct{}, 1)}, nil
}

// openPool opens a pool of connections with the pragmas of docs/adr/0001-sqlite.md. The order
// matters: the busy time-out must hold before the switch to WAL, which takes a lock. All connections are opened at
// once: later, in a crowd of visitors, the process may have no descriptor left for one.
func openPool(ctx context.Context, path string, size int, extra string) (*sql.DB, error) {
	dsn := uri(path) + "?" + extra +
		"&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=journal_size_limit(67108864)&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)"
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	open := make([]*sql.Conn, 0, size)
	for len(open) < size && err == nil {
		var conn *sql.Conn
		if conn, err = pool.Conn(ctx); err == nil {
			open = append(open, conn)
		}
	}
	for _, conn := range open {
		_ = conn.Close() // goes back into the pool
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), pool.Close())
	}
	return pool, nil
}

// Close finishes queued writes and closes the database.
func (d *DB) Close() error {
	return errors.Join(d.writer.close(), d.read.close(), d.writer.shared.close())
}

// Read returns the read pool. Its queries see everything committed before they began.
func (d *DB) Read() *Reader { return d.read }

// Ready reports whether the database can be read and written, by doing both, and that its file is
// still the one that was opened: writes to a removed file would succeed into nothing. It looks
// at most once a second, because anybody may ask. A failure that people may read is a fault.
func (d *DB) Ready(ctx context.Context) error {
	if d.Damaged() {
		return errDamaged
	}
	d.probe.Lock()
	defer d.probe.Unlock()
	if time.Since(d.probedAt) >= time.Second {
		d.probed, d.probedAt = d.look(context.WithoutCancel(ctx)), time.Now()
	}
	return d.probed
}

func (d *DB) look(ctx context.Context) error {
	var n int
	if err := d.read.QueryRow(ctx, "SELECT 1").Scan(&n); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	file, err := os.Stat(d.path)
	if err != nil {
		return fmt.Errorf("database file: %w", err)
	}
	if !os.SameFile(file, d.opened) {
		return errors.New("database file: it was replaced by another one")
	}
	return d.Write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `/* probe */ INSERT INTO readiness (_id, checked_at) VALUES ('probe', ?)
			ON CONFLICT (_id) DO UPDATE SET checked_at = excluded.checked_at`, time.Now().UnixMilli())
		return err
	})
}

// Reader is the pool of read-only connections. Statements are prepared once and kept.
type Reader struct {
	pool  *sql.DB
	stmts sync.Map // query text → *sql.Stmt
}

// Query runs a query that returns rows.
func (r *Reader) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	stmt, err := r.prepare(query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRow runs a query that returns at most one row.
func (r *Reader) QueryRow(ctx context.Context, query string, args ...any) *Row {
	stmt, err := r.prepare(query)
	if err != nil {
		// Row can't carry our error, so the pool reports the same one from its own attempt.
		return r.pool.QueryRowContext(ctx, query, args...)
	}
	return stmt.QueryRowContext(ctx, args...)
}

func (r *Reader) prepare(query string) (*sql.Stmt, error) {
	if stmt, ok := r.stmts.Load(query); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := r.pool.Prepare(query)
	if err != nil {
		return nil, err
	}
	if kept, loaded := r.stmts.LoadOrStore(query, stmt); loaded {
		_ = stmt.Close()
		return kept.(*sql.Stmt), nil
	}
	return stmt, nil
}

func (r *Reader) close() error {
	r.stmts.Range(func(_, stmt any) bool {
		_ = stmt.(*sql.Stmt).Close()
		return true
	})
	return r.pool.Close()
}
