package db

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"deskbell/internal/fault"
)

// opened returns a database with many accounts, and its directory.
func opened(t *testing.T, log *slog.Logger) (*DB, string) {
	t.Helper()
	dir := t.TempDir()
	d, err := Open(t.Context(), dir, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	for i := range 500 {
		if err := addAccount(d, fmt.Sprint("account ", i, strings.Repeat(" long", 100))); err != nil {
			t.Fatal(err)
		}
	}
	return d, dir
}

func addAccount(d *DB, id string) error {
	return d.Write(context.Background(), func(tx *Tx) error {
		_, err := tx.Exec(context.Background(), `INSERT INTO accounts (_id, name, created_at) VALUES (?, ?, 0)`, id, id)
		return err
	})
}

// TestDamageWhileRunning damages the file under a running process. A write that meets damage has
// the whole looked through, and from then on nothing is stored.
func TestDamageWhileRunning(t *testing.T) {
	var log lockedBuffer
	d, dir := opened(t, slog.New(slog.NewTextHandler(&log, nil)))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- d.Watch(ctx) }()
	await(t, func() bool { return log.count("found no damage") == 1 })
	// What reports itself as damaged and is not, as a search index can be, stops nothing.
	_ = d.Write(ctx, func(*Tx) error { return noDatabase(t) })
	await(t, func() bool { return log.count("found no damage") == 2 })
	if err := d.Ready(ctx); err != nil || d.Damaged() {
		t.Errorf("a whole database is called damaged: %v", err)
	}
	if _, err := d.writer.check.pool.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	ruin(t, filepath.Join(dir, FileName), "account 250 long")
	_ = d.Write(ctx, func(*Tx) error { return noDatabase(t) })
	await(t, d.Damaged)
	for what, err := range map[string]error{"ready": d.Ready(ctx), "write": addAccount(d, "new")} {
		if !fault.Is(err, fault.Unavailable) || fault.As(err).Code != "database_damaged" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if log.count("restore a backup") != 1 {
		t.Errorf("the log does not say once what to do: %s", log.text.String())
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestDailyCheck damages the file where nobody writes or reads: the check of the next day finds it, and
// none does before.
func TestDailyCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		d, dir := opened(t, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Watch(ctx) }()
		for day := 1; day <= 3; day++ {
			time.Sleep(time.Hour)
			if n := log.count("found no damage"); n != day {
				t.Fatalf("%d checks on day %d", n, day)
			}
			time.Sleep(checkDaily - time.Hour)
		}
		time.Sleep(time.Hour)
		if _, err := d.writer.check.pool.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			t.Fatal(err)
		}
		ruin(t, filepath.Join(dir, FileName), "account 250 long")
		time.Sleep(checkDaily - 2*time.Hour)
		if err := errors.Join(d.Ready(ctx), addAccount(d, "in the evening")); err != nil || d.Damaged() {
			t.Errorf("before the check of the day: %v", err)
		}
		time.Sleep(2 * time.Hour)
		for what, err := range map[string]error{"ready": d.Ready(ctx), "write": addAccount(d, "in the morning")} {
			if !fault.Is(err, fault.Unavailable) || fault.As(err).Code != "database_damaged" {
				t.Errorf("%s: %v", what, err)
			}
		}
		if log.count("restore a backup") != 1 {
			t.Errorf("the log does not say once what to do: %s", log.text.String())
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestCheckGivesWay keeps the log from starting over by a long read: the check is not another one.
func TestCheckGivesWay(t *testing.T) {
	d, _ := opened(t, slog.New(slog.DiscardHandler))
	reading, err := d.read.pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := reading.QueryRow("SELECT COUNT(*) FROM accounts").Scan(&n); err != nil {
		t.Fatal(err)
	}
	for i := 0; !longLog(t.Context(), d.read.pool); i++ {
		if i == 100 {
			t.Fatal("the log starts over while somebody reads in it")
		}
		if err := addAccount(d, fmt.Sprint("large ", i, strings.Repeat("x", 1<<20))); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.checkTable(t.Context(), d.read.pool, "accounts"); !errors.Is(err, errInTheWay) {
		t.Errorf("got %v", err)
	}
	if err := reading.Rollback(); err != nil {
		t.Fatal(err)
	}
	// The reader gone, the next writes have the log start over.
	for i := 0; longLog(t.Context(), d.read.pool); i++ {
		if i == 20*copyAgain {
			t.Fatal("the log does not start over")
		}
		if err := addAccount(d, fmt.Sprint("small ", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.checkTable(t.Context(), d.read.pool, "accounts"); err != nil || d.Damaged() {
		t.Errorf("got %v", err)
	}
}

// ruin overwrites the page that holds a text.
func ruin(t *testing.T, path, text string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	place := bytes.Index(content, []byte(text))
	if place < 0 {
		t.Fatal("the text is not in the file")
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, 4096), int64(place-place%4096))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// noDatabase is what SQLite says of a file that is none.
func noDatabase(t *testing.T) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, bytes.Repeat([]byte("text "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := openPool(t.Context(), path, 1, "_txlock=immediate")
	if !isDamage(err) {
		t.Fatalf("got %v", err)
	}
	return err
}

func await(t *testing.T, cond func() bool) {
	t.Helper()
	deadline, tick := time.After(10*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline:
			t.Fatal("not within 10 s")
		case <-tick.C:
		}
	}
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) count(text string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.text.String(), text)
}

// A check must not leave an empty file where somebody has taken the database away.
func TestCheckMakesNoFile(t *testing.T) {
	d, dir := opened(t, slog.New(slog.DiscardHandler))
	path := filepath.Join(dir, FileName)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if err := d.checkAll(t.Context()); err == nil || d.Damaged() {
		t.Errorf("want a check that could not be made, got %v, damaged %v", err, d.Damaged())
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("want no file, got %v", err)
	}
}
