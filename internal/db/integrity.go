package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"deskbell/internal/contain"
	"deskbell/internal/fault"
)

const (
	// checkDaily is how often the whole database is looked through.
	checkDaily = 24 * time.Hour
	// checkAgain is how long a check that was in the way of writers waits before it goes on.
	checkAgain = time.Minute
	// checkRoom is how long, in pages, the write-ahead log may get while a check keeps it from
	// being shortened: 32 MiB, half of what it may have at most.
	checkRoom = 8192
	// checkLook is how often a running check looks at the log's length.
	checkLook = 100 * time.Millisecond
)

// errDamaged is what Write and Ready return once the database is known to be damaged.
var errDamaged = fault.New(fault.Unavailable, "database_damaged", "The database is damaged, so nothing is stored until it is restored")

// errInTheWay means that a check has given way to writers.
var errInTheWay = errors.New("the log grew too long")

// Damaged reports whether damage was found. Then every Write fails with Unavailable, Ready says
// so, and Read goes on as far as it can.
func (d *DB) Damaged() bool { return d.damaged.Load() }

// Watch looks through the whole database at once, daily, and whenever a write meets damage, until
// ctx ends. Where it finds damage, writing stops for good: another hour of messages on top of a
// broken file would be lost with it when a backup is restored.
func (d *DB) Watch(ctx context.Context) error {
	daily := time.NewTicker(checkDaily)
	defer daily.Stop()
	for !d.Damaged() {
		if err := d.checkAll(ctx); err != nil && ctx.Err() == nil {
			d.log.WarnContext(ctx, "integrity check could not finish", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-daily.C:
		case <-d.suspect:
		}
	}
	<-ctx.Done()
	return nil
}

// suspected asks for a check when a write has met damage. The check decides, not the one error:
// a search index that is out of step also reports itself as damaged, and can be built anew.
func (d *DB) suspected(err error) {
	if err != nil && isDamage(err) {
		select {
		case d.suspect <- struct{}{}:
		default:
		}
	}
}

// checkAll looks through one table with its indexes after the other. A check of all in one go
// would keep the log from being shortened for as long as it runs (15 s for a million conversations);
// in pieces, the longest takes 4 s, and one that comes in the way of many writes is put off.
// The search indexes are checked as the tables they are stored in: FTS5's own check can't be
// interrupted, and what it finds beyond that can be built anew.
func (d *DB) checkAll(ctx context.Context) error {
	began := time.Now()
	pool, err := sql.Open("sqlite", uri(d.path)+"?mode=rw&_pragma=busy_timeout(5000)&_pragma=query_only(1)&_pragma=cache_size(-256)")
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }()
	pool.SetMaxOpenConns(2) // one looks at the log meanwhile
	tables, err := tablesOf(ctx, pool)
	if err != nil {
		return d.judge(ctx, "list of tables", err)
	}
	for _, table := range tables {
		err := d.checkTable(ctx, pool, table)
		for errors.Is(err, errInTheWay) {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(checkAgain):
			}
			err = d.checkTable(ctx, pool, table)
		}
		if err != nil || d.Damaged() {
			return err
		}
	}
	d.log.InfoContext(ctx, "integrity check found no damage", "duration_ms", time.Since(began).Milliseconds())
	return nil
}

func tablesOf(ctx context.Context, pool *sql.DB) (names []string, err error) {
	rows, err := pool.QueryContext(ctx, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// checkTable gives way, with errInTheWay, when the log is long or gets long meanwhile.
func (d *DB) checkTable(ctx context.Context, pool *sql.DB, table string) error {
	if longLog(ctx, pool) {
		return errInTheWay
	}
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		_ = contain.Call(d.log, "the integrity check", func() error {
			tick := time.NewTicker(checkLook)
			defer tick.Stop()
			for {
				select {
				case <-running.Done():
					return nil
				case <-tick.C:
					if longLog(running, pool) {
						stop(errInTheWay)
					}
				}
			}
		})
	}()
	var found string
	err := pool.QueryRowContext(running, fmt.Sprintf("PRAGMA quick_check(%q)", table)).Scan(&found)
	if cause := context.Cause(running); err != nil && cause != nil {
		return cause
	}
	if err == nil && found != "ok" {
		err = &damage{found}
	}
	return d.judge(ctx, table, err)
}

// longLog asks SQLite, because the file keeps its length when the log starts over.
func longLog(ctx context.Context, pool *sql.DB) bool {
	var busy, pages, copied int
	return pool.QueryRowContext(ctx, noop).Scan(&busy, &pages, &copied) == nil && pages > checkRoom
}

// damage is what a check has found.
type damage struct{ found string }

func (d *damage) Error() string { return d.found }

// judge stops writing when err means damage; any other error passes.
func (d *DB) judge(ctx context.Context, table string, err error) error {
	if found := (*damage)(nil); err == nil || (!errors.As(err, &found) && !isDamage(err)) {
		return err
	}
	// Said first: whoever is refused because of it finds the reason in the log.
	d.log.ErrorContext(ctx, "the database is damaged: nothing is stored any more; stop deskbell and restore a backup", "table", table, "found", err)
	d.damaged.Store(true)
	return nil
}
