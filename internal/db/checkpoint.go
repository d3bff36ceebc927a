package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"deskbell/internal/contain"
)

const (
	// checkpointPages is from which length on, in pages of 4 KiB, the log is copied back into the
	// database file: 16 MiB, a quarter of what it may have at most. Counting writes in place of
	// pages let it pass that on a slow machine: with few writes in a batch, each takes 100 KiB.
	checkpointPages = 4096
	// copyAgain is how many pages are added before it is tried again, when somebody who reads has kept
	// the log from starting over.
	copyAgain = 256
	// readersWait is how long the writer waits for readers of the old log, in milliseconds, so
	// that it can start over. Requests read for less; whoever reads longer is waited for again.
	readersWait = 10
	busyWait    = 5000
	// fewPages is what a background copy may leave for the writer, in pages. Each pass takes what was added during the
	// one before it (measured at 1,000 messages a second: 4,100 pages, then 15 to 35, and 50 that the writer copies in
	// 1 to 5 ms); mostCopies is for a disk that can't keep up.
	fewPages   = 128
	mostCopies = 4
)

// checkpointer keeps the write-ahead log short without stopping the writer for long. Most pages
// are copied in the background on a connection of its own; the writer then copies the few that
// were added meanwhile, between two batches, so that the log starts over. A background copy
// alone would never reach the end of a log that keeps growing (measured: 2 GiB in 12 s). Nor
// would a log start over by itself while there is always somebody reading in it (measured: 98 MiB
// in a minute): the writer waits a moment until nobody does.
type checkpointer struct {
	pool *sql.DB
	log  *slog.Logger
	wake chan struct{}
	// state says whose turn it is: idle, then copying in the background, then copied: the writer's.
	state atomic.Int32
	ended chan struct{}
}

const (
	idle int32 = iota
	copying
	copied
)

func newCheckpointer(pool *sql.DB, log *slog.Logger) *checkpointer {
	c := &checkpointer{pool: pool, log: log, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go c.run()
	return c
}

// The three ways to deal with the log: passive copies what no reader still needs, without blocking
// anybody; restart waits for readers, copies the rest and has the log start over; noop only tells.
const (
	passive = "PRAGMA wal_checkpoint(PASSIVE)"
	restart = "PRAGMA wal_checkpoint(RESTART)"
	noop    = "PRAGMA wal_checkpoint(NOOP)"
)

func (c *checkpointer) run() {
	defer close(c.ended)
	for range c.wake {
		if err := contain.Call(c.log, "a checkpoint", c.copy); err != nil {
			c.log.Warn("checkpoint failed", "error", err)
			c.state.Store(idle)
			continue
		}
		c.state.Store(copied)
	}
}

// copy copies the log until little is added to it meanwhile.
func (c *checkpointer) copy() error {
	done := 0
	for range mostCopies {
		var busy, length, copied int
		if err := c.pool.QueryRowContext(context.Background(), passive).Scan(&busy, &length, &copied); err != nil {
			return err
		}
		if length-done <= fewPages {
			return nil
		}
		done = copied
	}
	return nil
}

// due asks for a background copy, unless one is under way. It never blocks.
func (c *checkpointer) due() {
	if c.state.CompareAndSwap(idle, copying) {
		c.wake <- struct{}{}
	}
}

func (c *checkpointer) close() error {
	close(c.wake)
	<-c.ended
	return c.pool.Close()
}

// shorten keeps the log bounded; the writer calls it between two batches.
func (w *writer) shorten() error {
	switch {
	case w.check.state.CompareAndSwap(copied, idle):
		return w.startOver()
	case w.shared.pages < checkpointPages:
		w.copyAt = checkpointPages
	case w.shared.pages >= w.copyAt:
		w.check.due()
	}
	return nil
}

// startOver goes back to the usual patience even when there was somebody who kept on reading.
func (w *writer) startOver() error {
	w.copyAt = w.shared.pages + copyAgain
	if err := w.waitAtMost(readersWait); err != nil {
		return err
	}
	return errors.Join(w.exec(context.Background(), restart), w.waitAtMost(busyWait))
}

// waitAtMost must not be a prepared statement: this pragma acts when it is compiled.
func (w *writer) waitAtMost(ms int) error {
	_, err := w.conn.ExecContext(context.Background(), fmt.Sprintf("PRAGMA busy_timeout = %d", ms))
	return err
}
