package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"deskbell/internal/contain"
	"deskbell/internal/fault"
)

// maxBatch bounds how many writes share one commit; between 128 and 512 throughput is flat.
const maxBatch = 256

// errClosed is what Write returns after Close.
var errClosed = fault.New(fault.Unavailable, "shutting_down", "The server is shutting down")

// Tx is a running write. It is valid only inside the function given to Write.
type Tx struct {
	w     *writer
	after []func()
	// saved says that there is an undo point, changed that something was changed.
	saved, certain, changed bool
	touched                 []*atomic.Uint64
}

// Certain says that fn has checked everything, and from here on only the store itself can fail. What
// fn changes then needs no undo point of its own, for which SQLite copies every page that is changed.
// Should fn fail all the same, every write of the batch is undone and answered with Unavailable.
func (t *Tx) Certain() { t.certain = true }

// AfterCommit runs fn once the write is durable, in commit order. It must not block: every
// other write waits for it.
func (t *Tx) AfterCommit(fn func()) { t.after = append(t.after, fn) }

// Exec runs a statement and returns the number of rows it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, err := t.statement(ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(context.WithoutCancel(ctx), args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	if n > 0 {
		t.touch(stmt)
	}
	return n, err
}

// statement prepares a query; before the first one that may change something it sets the undo point.
func (t *Tx) statement(ctx context.Context, query string) (statement, error) {
	stmt, err := t.w.prepare(ctx, query)
	if err == nil && !stmt.reads && !t.saved && !t.certain {
		err = t.w.exec(ctx, "SAVEPOINT w")
		t.saved = err == nil
	}
	return stmt, err
}

// touch notes that a statement has changed, or may have changed, its table.
func (t *Tx) touch(stmt statement) {
	if !stmt.reads {
		t.changed = true
		t.touched = append(t.touched, stmt.version)
	}
}

// Query runs a query that returns rows. They must be closed before the next statement.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	stmt, err := t.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	t.touch(stmt)
	return stmt.QueryContext(context.WithoutCancel(ctx), args...)
}

// QueryRow runs a query that returns at most one row, as statements with RETURNING do.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	stmt, err := t.statement(ctx, query)
	if err != nil {
		// A Row can't carry our error. One that was asked for too late carries that it never ran, and
		// the next statement meets the same failure.
		late, cancel := context.WithCancelCause(ctx)
		cancel(err)
		return t.w.conn.QueryRowContext(late, query, args...)
	}
	t.touch(stmt)
	return stmt.QueryRowContext(context.WithoutCancel(ctx), args...)
}

// write is one caller's function on its way through the writer.
type write struct {
	ctx   context.Context //nolint:containedctx // handed to the writer with the function it belongs to
	fn    func(*Tx) error
	tx    Tx
	err   error
	taken atomic.Bool
	done  chan struct{}
}

// writer owns the one write connection. It drains the queue without a timer, runs one function
// after the other, each with an undo point of its own, and commits them together: with synchronous=FULL that is
// several times the throughput of a transaction for each caller.
type writer struct {
	pool   *sql.DB
	conn   *sql.Conn
	stmts  map[string]statement
	queue  chan *write
	batch  []*write // those that share the transaction
	log    *slog.Logger
	check  *checkpointer
	copyAt uint32       // the log's length in pages from which on it is copied back
	mu     sync.RWMutex // guards closed against a send on the closed queue
	closed bool
	ended  chan struct{}

	versions versions
	shared   sharedIndex
	figures  figures
}

func newWriter(ctx context.Context, pool *sql.DB, check *checkpointer, log *slog.Logger) (*writer, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	w := &writer{
		pool: pool, conn: conn, stmts: map[string]statement{}, check: check,
		queue: make(chan *write, maxBatch), log: log, ended: make(chan struct{}), figures: newFigures(),
	}
	// The checkpointer replaces the automatic checkpoint, which stops the writer for a whole one.
	if err := w.exec(ctx, "PRAGMA wal_autocheckpoint = 0"); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), conn.Close())
	}
	go w.run()
	return w, nil
}

// Write runs fn in a transaction and returns once it is durable on disk. An error of fn undoes
// only what fn did. fn touches nothing but tx and its own variables, makes no network call, and
// never calls Write. When ctx ends before fn was started, Write returns its error and fn never
// runs; once started it is finished. Failures of the disk, and damage found by Watch, are of kind Unavailable.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if d.Damaged() {
		return errDamaged
	}
	w := d.writer
	job := &write{ctx: ctx, fn: fn, done: make(chan struct{})}
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return errClosed
	}
	select {
	case w.queue <- job:
		w.mu.RUnlock()
	case <-ctx.Done():
		w.mu.RUnlock()
		return ctx.Err()
	}
	select {
	case <-job.done:
	case <-ctx.Done():
		if job.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		<-job.done
	}
	d.suspected(job.err)
	return job.err
}

func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.ended
	for _, stmt := range w.stmts {
		_ = stmt.Close()
	}
	return errors.Join(w.check.close(), w.conn.Close(), w.pool.Close())
}

func (w *writer) run() {
	defer close(w.ended)
	w.batch = make([]*write, 0, maxBatch)
	for first := range w.queue {
		w.commit(first)
		if err := contain.Call(w.log, "the writer", w.shorten); err != nil {
			w.log.Warn("checkpoint failed", "error", err)
		}
	}
}

// next is a write that waits already, nil when there is none.
func (w *writer) next() *write {
	select {
	case job := <-w.queue: // nil once the queue is closed and empty
		return job
	default:
		return nil
	}
}

// commit runs the functions of a batch and answers each caller. What comes in while it runs them joins
// it: the larger a batch, the less of the commit falls to each.
func (w *writer) commit(first *write) {
	ctx := context.Background()
	err := contain.Call(w.log, "the writer", func() error { return w.runAll(ctx, first) })
	ran := w.batch
	if err != nil {
		w.figures.failed.Inc()
		// SQLite may have rolled back by itself already, then this reports that nothing is open.
		_ = w.exec(ctx, "ROLLBACK")
		w.log.Error("write failed", "error", err, "writes", len(ran))
	}
	if err == nil {
		w.figures.commits.Inc()
		w.figures.batch.Observe(float64(len(ran)))
	}
	w.announce(ran, err == nil)
	for _, job := range ran {
		if err != nil {
			job.err = unavailable(err)
		}
		if job.err == nil {
			for _, fn := range job.tx.after {
				w.announceTo(fn)
			}
		}
		close(job.done)
	}
}

// runAll runs the functions of a batch in one transaction. Whose turn it was stands in w.batch, whatever happens.
func (w *writer) runAll(ctx context.Context, first *write) error {
	w.batch = w.batch[:0]
	err := w.exec(ctx, "BEGIN IMMEDIATE")
	w.shared.begin()
	for job := first; job != nil; job = w.next() {
		if !job.taken.CompareAndSwap(false, true) {
			continue // its caller gave up waiting
		}
		w.batch = append(w.batch, job)
		if err == nil {
			job.err, err = w.runOne(ctx, job)
		}
		if err != nil || len(w.batch) == maxBatch {
			break
		}
	}
	if err == nil {
		begun := time.Now()
		err = w.exec(ctx, "COMMIT")
		w.figures.took.Observe(time.Since(begun).Seconds())
	}
	return err
}

// announce lets go of what memos hold of the tables that a batch has changed, before anybody
// learns that it was committed.
func (w *writer) announce(batch []*write, committed bool) {
	wrote := false
	for _, job := range batch {
		for _, version := range job.tx.touched {
			version.Add(1)
			wrote = committed
		}
	}
	w.shared.settle(wrote, w.versions.bumpAll)
}

// runOne runs one function. The first error is the caller's own, the second one means that the
// whole batch is lost.
func (w *writer) runOne(ctx context.Context, job *write) (own, whole error) {
	job.tx.w = w
	own = storeError(w.call(job))
	switch {
	case !job.tx.saved && own != nil && (job.tx.changed || job.tx.certain && fault.Is(own, fault.Unavailable)):
		return own, unavailable(own)
	case !job.tx.saved:
		return own, nil
	case own != nil:
		if err := w.exec(ctx, "ROLLBACK TO w"); err != nil {
			return own, err
		}
	}
	return own, w.exec(ctx, "RELEASE w")
}

// call runs the function, of whose panic only its own caller hears.
func (w *writer) call(job *write) error {
	return contain.Call(w.log, "a write", func() error { return job.fn(&job.tx) })
}

func (w *writer) announceTo(fn func()) {
	_ = contain.Call(w.log, "an announcement", func() error {
		fn()
		return nil
	})
}

func (w *writer) exec(ctx context.Context, query string) error {
	stmt, err := w.prepare(ctx, query)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return err
}

// statement is a prepared one that is kept; reads says that it can't change anything, version
// counts the changes of the table that it changes.
type statement struct {
	*sql.Stmt
	reads   bool
	version *atomic.Uint64
}

var (
	readingForm = regexp.MustCompile(`^\s*(/\*.*?\*/\s*)?SELECT\b`)
	changeForm  = regexp.MustCompile(`^\s*(?:/\*.*?\*/\s*)?(INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)`)
	replaceForm = regexp.MustCompile(`\bON CONFLICT\b[^;]*\bDO UPDATE\b`)
)

func (w *writer) prepare(ctx context.Context, query string) (statement, error) {
	if stmt, ok := w.stmts[query]; ok {
		return stmt, nil
	}
	prepared, err := w.conn.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return statement{}, err
	}
	stmt := statement{Stmt: prepared, reads: readingForm.MatchString(query)}
	if form := changeForm.FindStringSubmatch(query); form != nil {
		stmt.version = w.versions.of(form[2], form[1] == "INSERT INTO" && !replaceForm.MatchString(query))
	} else {
		stmt.version = w.versions.of("", false)
	}
	w.stmts[query] = stmt
	return stmt, nil
}

// storeError turns a failure of the disk into Unavailable: the caller may try again later, and
// with the same client_id nothing is stored twice. Other errors pass unchanged.
func storeError(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY,
		sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return unavailable(err)
	}
	return err
}

func unavailable(err error) error {
	return fault.Wrap(fault.Unavailable, "storage_unavailable", "Can't store this right now, please try again", err)
}
