package db

import (
	"context"
	"log/slog"
	"testing"

	"deskbell/internal/fault"
)

// trap is an error that panics when somebody looks into it, which the writer does outside of the function
// that has returned it.
type trap struct{}

func (trap) Error() string { return "a trap" }
func (trap) As(any) bool   { panic("a bug in the writer") }

// TestPanicInTheWriter has a function panic, an announcement, and the writer itself. Who wrote is told, and
// the next write is stored.
func TestPanicInTheWriter(t *testing.T) {
	var log lockedBuffer
	d, _ := opened(t, slog.New(slog.NewTextHandler(&log, nil)))
	ctx := t.Context()
	write := func(id string, then func(*Tx) error) error {
		return d.Write(ctx, func(tx *Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO accounts (_id, name, created_at) VALUES (?, ?, 0)`, id, id); err != nil {
				return err
			}
			return then(tx)
		})
	}
	stored := func(id string) bool {
		t.Helper()
		var n int
		if err := d.Read().QueryRow(ctx, `SELECT COUNT(*) FROM accounts WHERE _id = ?`, id).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n == 1
	}
	if err := write("one", func(*Tx) error { panic("a bug in a write") }); err == nil || fault.Is(err, fault.Unavailable) || stored("one") {
		t.Errorf("a function that panicked: %v, stored %v", err, stored("one"))
	}
	err := write("two", func(tx *Tx) error {
		tx.AfterCommit(func() { panic("a bug in an announcement") })
		return nil
	})
	if err != nil || !stored("two") {
		t.Errorf("an announcement that panicked: %v, stored %v", err, stored("two"))
	}
	if err := write("three", func(*Tx) error { return trap{} }); !fault.Is(err, fault.Unavailable) || stored("three") {
		t.Errorf("a writer that panicked: %v, stored %v", err, stored("three"))
	}
	if err := addAccount(d, "four"); err != nil || !stored("four") {
		t.Errorf("the next write: %v", err)
	}
	for _, said := range []string{
		`msg="panic in a write" panic="a bug in a write"`, `msg="panic in an announcement" panic="a bug in an announcement"`,
		`msg="panic in the writer" panic="a bug in the writer"`,
	} {
		if log.count(said) != 1 {
			t.Errorf("the log does not say once %s: %s", said, log.text.String())
		}
	}
	if log.count("panic_test.go") < 3 {
		t.Errorf("the log does not say where: %s", log.text.String())
	}
	if err := d.Ready(context.Background()); err != nil {
		t.Errorf("not ready: %v", err)
	}
}
