package db_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"deskbell/internal/db"
	"deskbell/internal/db/dbtest"
	"deskbell/internal/fault"
)

func insertAccount(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `INSERT INTO accounts (_id, name, created_at) VALUES (?, ?, 0)`, id, id)
	return err
}

func accounts(t *testing.T, d *db.DB) int {
	t.Helper()
	var n int
	if err := d.Read().QueryRow(t.Context(), `SELECT COUNT(*) FROM accounts`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWriteIsolatesCallers(t *testing.T) {
	d := dbtest.New(t)
	ctx := t.Context()
	refused := errors.New("refused")
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			id := "a" + string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))
			err := d.Write(ctx, func(tx *db.Tx) error {
				if err := insertAccount(ctx, tx, id); err != nil {
					return err
				}
				switch i % 3 {
				case 1:
					return refused
				case 2:
					panic("a bug in one request")
				}
				return nil
			})
			if ok := i%3 == 0; ok != (err == nil) || (i%3 == 1 && !errors.Is(err, refused)) {
				t.Errorf("write %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if n := accounts(t, d); n != 100 {
		t.Errorf("%d rows, want the 100 of the writes that succeeded", n)
	}
}

func TestWriteAnnouncesAfterCommitInOrder(t *testing.T) {
	d := dbtest.New(t)
	ctx := t.Context()
	var seen []int
	next := 0
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			err := d.Write(ctx, func(tx *db.Tx) error {
				mine := next
				next++
				tx.AfterCommit(func() { seen = append(seen, mine) })
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i, n := range seen {
		if i != n {
			t.Fatalf("announcement %d came at place %d", n, i)
		}
	}
	if len(seen) != 100 {
		t.Errorf("%d announcements, want 100", len(seen))
	}
}

func TestWriteDoesNotAnnounceWhatFailed(t *testing.T) {
	d := dbtest.New(t)
	announced := false
	_ = d.Write(t.Context(), func(tx *db.Tx) error {
		tx.AfterCommit(func() { announced = true })
		return errors.New("refused")
	})
	if announced {
		t.Error("a write that was undone was announced")
	}
}

func TestWriteOfACallerWhoLeft(t *testing.T) {
	d := dbtest.New(t)
	started, release := make(chan struct{}), make(chan struct{})
	go func() {
		_ = d.Write(context.Background(), func(*db.Tx) error {
			close(started)
			<-release
			return nil
		})
	}()
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- d.Write(ctx, func(tx *db.Tx) error { return insertAccount(ctx, tx, "late") }) }()
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the caller's own error", err)
	}
	close(release)
	if err := d.Write(t.Context(), func(*db.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if n := accounts(t, d); n != 0 {
		t.Error("a write ran although its caller was told that it did not")
	}
}

func TestWriteAfterClose(t *testing.T) {
	d, err := db.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(*db.Tx) error { return nil }); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want Unavailable", err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	d := dbtest.New(t)
	rows, err := d.Read().Query(t.Context(), `INSERT INTO accounts (_id, name, created_at) VALUES ('x', 'x', 0) RETURNING _id`)
	if err == nil {
		rows.Next()
		err = errors.Join(rows.Err(), rows.Close())
	}
	if err == nil || accounts(t, d) != 0 {
		t.Errorf("a reader wrote: %v", err)
	}
}

func TestReady(t *testing.T) {
	for name, tt := range map[string]struct {
		harm  func(path string) error
		ready bool
	}{
		"fresh":   {func(string) error { return nil }, true},
		"removed": {os.Remove, false},
		"replaced": {func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, nil, 0o600))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d, err := db.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			if err := tt.harm(filepath.Join(dir, db.FileName)); err != nil {
				t.Fatal(err)
			}
			if err := d.Ready(t.Context()); (err == nil) != tt.ready {
				t.Errorf("ready: %v", err)
			}
		})
	}
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	dir := t.TempDir()
	d, err := db.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
		return err
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(t.Context(), dir, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("got %v, want a refusal that says what to do", err)
	}
}

func TestLockDir(t *testing.T) {
	dir := t.TempDir()
	release, err := db.LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var locked *db.ErrDirLocked
	if _, err := db.LockDir(dir); !errors.As(err, &locked) {
		t.Errorf("second lock: %v", err)
	}
	release()
	again, err := db.LockDir(dir)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	again()
}

func TestLikeIsLiteral(t *testing.T) {
	d := dbtest.New(t)
	for text, want := range map[string]bool{"50%_x": true, "50%": true, "5_%": false, "50": true, `0%\`: false} {
		var found bool
		err := d.Read().QueryRow(t.Context(), `SELECT lower('A 50%_X B') LIKE ? ESCAPE '\'`, db.Like(text)).Scan(&found)
		if err != nil || found != want {
			t.Errorf("Like(%q): %v, %v; want %v", text, found, err, want)
		}
	}
}

// TestLogStaysShort writes without a pause and holds that the log never grows beyond what the
// checkpoints are there to keep.
func TestLogStaysShort(t *testing.T) {
	dir := t.TempDir()
	d, err := db.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	const writers, each, most = 16, 1000, 64 << 20
	padding := strings.Repeat("x", 2000)
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for j := range each {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					id := strconv.Itoa(i) + "-" + strconv.Itoa(j)
					_, err := tx.Exec(t.Context(), `INSERT INTO accounts (_id, name, created_at) VALUES (?, ?, 0)`, id, id+padding)
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	log, err := os.Stat(filepath.Join(dir, db.FileName+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Stat(filepath.Join(dir, db.FileName))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("log %d KiB, database %d KiB", log.Size()>>10, file.Size()>>10)
	if log.Size() > most || file.Size() < most {
		t.Errorf("log %d bytes, database %d bytes: the log is not copied back", log.Size(), file.Size())
	}
}
