// Package jobs is a durable queue in the same database: a job is enqueued in the transaction
// of the change that wants it, and runs at least once after that has committed.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"deskbell/internal/contain"
	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// The status values of a job. Done jobs are deleted, dead ones kept for people to see.
const (
	waiting = "waiting"
	dead    = "dead"
)

const (
	// workers is how many jobs run at once; they mostly wait for mail servers.
	workers = 4
	// poll is how soon a retry is noticed after it has become due.
	poll = 2 * time.Second
	// lease is after how long a job whose process died runs again.
	lease = time.Minute
	// The wait before a retry doubles from firstRetry up to maxRetry.
	firstRetry = 5 * time.Second
	maxRetry   = time.Hour
)

// Job is one piece of work.
type Job struct {
	ID        string
	AccountID string
	Kind      string
	Payload   []byte
	Attempts  int64
	LastError string
	// RunAt is when it may next run, GiveUpAt when trying again no longer makes sense (Unix ms).
	RunAt     int64
	GiveUpAt  int64
	CreatedAt int64
}

// Handler does the work of one kind. An error of kind NotFound says that there is nothing left
// to do; other errors are tried again until GiveUpAt.
type Handler func(ctx context.Context, job Job) error

// Queue is the durable queue.
type Queue struct {
	db    *db.DB
	log   *slog.Logger
	now   func() time.Time
	woken chan struct{}
}

// New returns the queue of a database.
func New(d *db.DB, now func() time.Time, log *slog.Logger) *Queue {
	return &Queue{db: d, log: log, now: now, woken: make(chan struct{}, workers)}
}

const jobColumns = `_id, account_id, kind, payload, attempts, COALESCE(last_error, ''), run_at, give_up_at, created_at`

func scanJob(row db.Scanner) (Job, error) {
	var j Job
	err := row.Scan(&j.ID, &j.AccountID, &j.Kind, &j.Payload, &j.Attempts, &j.LastError, &j.RunAt, &j.GiveUpAt, &j.CreatedAt)
	return j, err
}

// Enqueue stores a job within tx; it runs as soon as tx has committed and RunAt has come.
func (q *Queue) Enqueue(ctx context.Context, tx *db.Tx, j Job) error {
	_, err := tx.Exec(ctx, `/* enqueueJob */ INSERT INTO jobs
		(_id, account_id, kind, payload, status, attempts, run_at, give_up_at, locked_until, created_at)
		VALUES (?, ?, ?, ?, ?, 0, ?, ?, 0, ?)`,
		j.ID, j.AccountID, j.Kind, string(j.Payload), waiting, j.RunAt, j.GiveUpAt, q.now().UnixMilli())
	if err != nil {
		return fmt.Errorf("enqueue job: %w", err)
	}
	tx.AfterCommit(q.wake)
	return nil
}

// Dead lists the account's jobs that were given up, newest first, at most 100.
func (q *Queue) Dead(ctx context.Context, accountID string) ([]Job, error) {
	rows, err := q.db.Read().Query(ctx, `/* deadJobs */ SELECT `+jobColumns+` FROM jobs
		WHERE account_id = ? AND status = ? ORDER BY created_at DESC LIMIT 100`, accountID, dead)
	if err != nil {
		return nil, fmt.Errorf("list dead jobs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []Job
	for rows.Next() {
		j, err := scanJob(rows)
		if err != nil {
			return nil, fmt.Errorf("list dead jobs: %w", err)
		}
		list = append(list, j)
	}
	return list, rows.Err()
}

// Retry gives a dead job of the account its time over again, from now on, within tx. found is false when
// there is no such job, or it is not dead.
func (q *Queue) Retry(ctx context.Context, tx *db.Tx, accountID, jobID string) (found bool, err error) {
	now := q.now().UnixMilli()
	n, err := tx.Exec(ctx, `/* retryJob */ UPDATE jobs SET status = ?, attempts = 0, run_at = ?, give_up_at = ? + give_up_at - created_at, created_at = ?
		WHERE _id = ? AND account_id = ? AND status = ?`, waiting, now, now, now, jobID, accountID, dead)
	if err != nil {
		return false, fmt.Errorf("retry job: %w", err)
	}
	tx.AfterCommit(q.wake)
	return n > 0, nil
}

// wake lets a worker look at once.
func (q *Queue) wake() {
	select {
	case q.woken <- struct{}{}:
	default: // every worker is awake already
	}
}

// Run works until ctx ends and returns once running jobs have finished. Only one process may
// run a database's queue, so what an earlier one left claimed is free again at once.
func (q *Queue) Run(ctx context.Context, handlers map[string]Handler) error {
	for q.free(ctx) != nil {
		// A disk that is full just now must not end the server, which can still show what it has.
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(poll):
		}
	}
	var group errgroup.Group
	for range workers {
		group.Go(func() error {
			return contain.Keep(ctx, q.log, "the job queue", func(ctx context.Context) error { return q.work(ctx, handlers) })
		})
	}
	return group.Wait()
}

// free gives back what an earlier process has claimed.
func (q *Queue) free(ctx context.Context) error {
	err := q.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `/* freeJobs */ UPDATE jobs SET locked_until = 0 WHERE locked_until > 0`)
		return err
	})
	if err != nil && ctx.Err() == nil {
		q.log.Error("job queue", "error", err)
	}
	return err
}

func (q *Queue) work(ctx context.Context, handlers map[string]Handler) error {
	timer := time.NewTicker(poll)
	defer timer.Stop()
	for {
		ran, err := q.runOne(ctx, handlers)
		if err != nil && ctx.Err() == nil {
			q.log.Error("job queue", "error", err)
		}
		if ran && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-q.woken:
		case <-timer.C:
		}
	}
}

// runOne claims and runs the next due job; ran says whether there was one.
func (q *Queue) runOne(ctx context.Context, handlers map[string]Handler) (ran bool, err error) {
	due, err := q.due(ctx)
	if err != nil || !due {
		return false, err
	}
	var j Job
	err = q.db.Write(ctx, func(tx *db.Tx) error {
		now := q.now().UnixMilli()
		j, err = scanJob(tx.QueryRow(ctx, `/* claimJob */ UPDATE jobs SET locked_until = ?, attempts = attempts + 1
			WHERE _id = (SELECT _id FROM jobs WHERE status = ? AND run_at <= ? AND locked_until < ? ORDER BY run_at LIMIT 1)
				AND locked_until < ?
			RETURNING `+jobColumns, now+lease.Milliseconds(), waiting, now, now, now))
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("claim job: %w", err)
	}
	// A job that was begun is finished even while shutting down, within its lease.
	jobCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease)
	defer cancel()
	return true, q.settle(jobCtx, j, q.call(jobCtx, handlers[j.Kind], j))
}

// due looks without a write whether there is anything to claim, because workers poll.
func (q *Queue) due(ctx context.Context) (due bool, err error) {
	now := q.now().UnixMilli()
	err = q.db.Read().QueryRow(ctx, `/* dueJob */ SELECT EXISTS (SELECT 1 FROM jobs
		WHERE status = ? AND run_at <= ? AND locked_until < ?)`, waiting, now, now).Scan(&due)
	return due, err
}

func (q *Queue) call(ctx context.Context, handle Handler, j Job) error {
	if handle == nil {
		return fmt.Errorf("no handler for %s", j.Kind)
	}
	return contain.Call(q.log, "a job", func() error { return handle(ctx, j) }, "kind", j.Kind)
}

// settle removes a job that is done, plans the next try, or gives up.
func (q *Queue) settle(ctx context.Context, j Job, failure error) error {
	if failure == nil || fault.Is(failure, fault.NotFound) {
		return q.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `/* jobDone */ DELETE FROM jobs WHERE _id = ?`, j.ID)
			return err
		})
	}
	now := q.now().UnixMilli()
	next := now + backoff(j.Attempts).Milliseconds()
	status := waiting
	if next >= j.GiveUpAt {
		status = dead
	}
	// The cause may name an address, so it goes to the admins' list and not into the log.
	q.log.Warn("job failed", "kind", j.Kind, "job_id", j.ID, "attempt", j.Attempts, "given_up", status == dead)
	return q.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `/* jobFailed */ UPDATE jobs SET status = ?, run_at = ?, locked_until = 0, last_error = ? WHERE _id = ?`,
			status, next, failure.Error(), j.ID)
		return err
	})
}

func backoff(attempts int64) time.Duration {
	wait := firstRetry
	for ; attempts > 1 && wait < maxRetry; attempts-- {
		wait *= 2
	}
	return min(wait, maxRetry)
}
