package jobs

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/db/dbtest"
)

// TestPanicInAJob is one try of one job that failed: the others run, it is tried again, and the log says where.
func TestPanicInAJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		ctx, stop := context.WithCancel(t.Context())
		d := dbtest.New(t)
		// The clock, which the queue asks outside of every job, fails once as well.
		broken := false
		clock := func() time.Time {
			if broken {
				broken = false
				panic("a bug in the queue")
			}
			return time.Now()
		}
		q := New(d, clock, slog.New(slog.NewTextHandler(&log, nil)))
		var ran []string
		handlers := map[string]Handler{"test": func(_ context.Context, j Job) error {
			if ran = append(ran, j.ID); j.ID == "bad" && len(ran) < 3 {
				panic("a bug in a job")
			}
			return nil
		}}
		enqueue := func(id string) {
			t.Helper()
			err := d.Write(ctx, func(tx *db.Tx) error {
				return q.Enqueue(ctx, tx, Job{ID: id, Kind: "test", GiveUpAt: time.Now().Add(time.Hour).UnixMilli()})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		ended := make(chan error, 1)
		go func() { ended <- q.Run(ctx, handlers) }()
		enqueue("bad")
		time.Sleep(time.Second)
		enqueue("good")
		time.Sleep(time.Minute)
		if got := strings.Join(ran, " "); got != "bad good bad" {
			t.Errorf("ran %s", got)
		}
		synctest.Wait()
		broken = true
		time.Sleep(time.Minute)
		enqueue("after")
		time.Sleep(time.Minute)
		if got := strings.Join(ran, " "); got != "bad good bad after" {
			t.Errorf("ran %s", got)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		for _, said := range []string{`msg="panic in a job" panic="a bug in a job"`, "kind=test", `msg="panic in the job queue" panic="a bug in the queue"`, "jobs_test.go"} {
			if strings.Count(log.String(), said) < 1 {
				t.Errorf("the log lacks %s: %s", said, &log)
			}
		}
	})
}
