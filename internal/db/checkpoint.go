package db

import (
	"context"
	"database/sql"
	"log/slog"
	"sync/atomic"
)

// checkpointEvery is after how many writes the log is copied back into the database file.
const checkpointEvery = 1000

// checkpointer keeps the write-ahead log short without stopping the writer for long. Most pages
// are copied in the background on a connection of its own; the writer then copies the few that
// were added meanwhile, between two batches, so that the log starts over. A background copy
// alone would never reach the end of a log that keeps growing (measured: 2 GiB in 12 s).
type checkpointer struct {
	pool *sql.DB
	log  *slog.Logger
	wake chan struct{}
	// tail asks the writer to copy the rest.
	tail  atomic.Bool
	ended chan struct{}
}

func newCheckpointer(pool *sql.DB, log *slog.Logger) *checkpointer {
	c := &checkpointer{pool: pool, log: log, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go c.run()
	return c
}

// passive copies what no reader still needs, without blocking anybody.
const passive = "PRAGMA wal_checkpoint(PASSIVE)"

func (c *checkpointer) run() {
	defer close(c.ended)
	for range c.wake {
		if _, err := c.pool.ExecContext(context.Background(), passive); err != nil {
			c.log.Warn("checkpoint failed", "error", err)
			continue
		}
		c.tail.Store(true)
	}
}

// due asks for a background copy; one that runs already is enough.
func (c *checkpointer) due() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *checkpointer) close() error {
	close(c.wake)
	<-c.ended
	return c.pool.Close()
}
