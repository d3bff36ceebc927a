package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"deskbell/internal/db"
	"deskbell/internal/db/dbtest"
	"deskbell/internal/fault"
)

func change(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// What a memo answers must never be older than the last change, whoever made it.
func TestMemoFollowsEveryChange(t *testing.T) {
	dir := t.TempDir()
	d, err := db.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	other, err := sql.Open("sqlite", "file:"+filepath.Join(dir, db.FileName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	change(t, d, `INSERT INTO accounts (_id, name, created_at) VALUES ('a', 'first', 0)`)

	reads := 0
	load := func(ctx context.Context) (name string, err error) {
		reads++
		err = d.Read().QueryRow(ctx, `SELECT name FROM accounts WHERE _id = 'a'`).Scan(&name)
		return name, err
	}
	all, rows := db.NewMemo[string](d, 10, "accounts"), db.NewRowMemo[string](d, 10, "accounts")
	want := func(after, name string, fresh int) {
		t.Helper()
		reads = 0
		for range 3 {
			for _, memo := range []*db.Memo[string]{all, rows} {
				if got, err := memo.Get(t.Context(), "a", load); err != nil || got != name {
					t.Fatalf("after %s: %q, %v, want %q", after, got, err, name)
				}
			}
		}
		if reads != fresh {
			t.Errorf("after %s: %d reads, want %d", after, reads, fresh)
		}
	}
	want("the first read", "first", 2)
	change(t, d, `/* rename */ UPDATE accounts SET name = ? WHERE _id = 'a'`, "second")
	want("a change", "second", 2)
	change(t, d, `INSERT INTO accounts (_id, name, created_at) VALUES ('b', 'another', 0)`)
	want("a new row", "second", 1)
	change(t, d, `INSERT INTO accounts (_id, name, created_at) VALUES ('a', 'third', 0) ON CONFLICT (_id) DO UPDATE SET name = excluded.name`)
	want("a replaced row", "third", 2)
	change(t, d, `INSERT INTO readiness (_id, checked_at) VALUES ('probe', 0)`)
	want("a change elsewhere", "third", 0)
	if _, err := other.Exec(`UPDATE accounts SET name = 'fourth' WHERE _id = 'a'`); err != nil {
		t.Fatal(err)
	}
	want("somebody else's change", "fourth", 6)
	change(t, d, `UPDATE readiness SET checked_at = 1`)
	want("a change elsewhere that follows it", "fourth", 2)
	if _, err := other.Exec(`UPDATE accounts SET name = 'fifth' WHERE _id = 'a'`); err != nil {
		t.Fatal(err)
	}
	change(t, d, `UPDATE readiness SET checked_at = 2`)
	want("somebody else's change right before a change elsewhere", "fifth", 2)
	if _, err := other.Exec(`UPDATE accounts SET name = 'sixth' WHERE _id = 'a'`); err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		var id string
		err := tx.QueryRow(t.Context(), `UPDATE readiness SET checked_at = 3 WHERE _id = 'none' RETURNING _id`).Scan(&id)
		if !errors.Is(err, db.ErrNoRows) {
			return fmt.Errorf("want no row: %w", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want("somebody else's change right before a write that changes no row", "sixth", 2)
}

// A write that said it is certain has no undo point: when it fails all the same, nothing of it may
// stay, and its neighbours hear that they have to try again.
func TestCertainWriteThatFailsLosesItsBatch(t *testing.T) {
	d := dbtest.New(t)
	ctx := t.Context()
	err := d.Write(ctx, func(tx *db.Tx) error {
		tx.Certain()
		if err := insertAccount(ctx, tx, "a"); err != nil {
			return err
		}
		return errors.New("not so certain")
	})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("want unavailable, got %v", err)
	}
	refused := errors.New("refused")
	err = d.Write(ctx, func(tx *db.Tx) error {
		tx.Certain()
		return refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("a refusal before any change: %v", err)
	}
	if err := d.Write(ctx, func(tx *db.Tx) error { return insertAccount(ctx, tx, "b") }); err != nil {
		t.Fatal(err)
	}
	if n := accounts(t, d); n != 1 {
		t.Errorf("%d accounts, want 1", n)
	}
}
