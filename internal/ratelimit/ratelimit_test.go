package ratelimit_test

import (
	"testing"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/db/dbtest"
	"deskbell/internal/ratelimit"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]ratelimit.Limit{
		"10/h": {N: 10, Per: time.Hour}, "30/min": {N: 30, Per: time.Minute}, "5/s": {N: 5, Per: time.Second}, "0": {}, "1/d": {N: 1, Per: 24 * time.Hour},
	} {
		if got, err := ratelimit.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "10", "-1/h", "x/h", "10/week", "10/", "1e3/h"} {
		if _, err := ratelimit.Parse(text); err == nil {
			t.Errorf("Parse(%q) succeeded", text)
		}
	}
}

// TestHitSlides holds that no span of an hour sees more than the limit, wherever it begins.
func TestHitSlides(t *testing.T) {
	d := dbtest.New(t)
	limit := ratelimit.Limit{N: 3, Per: time.Hour}
	hit := func(minute int64) (wait time.Duration) {
		err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
			wait, err = ratelimit.Hit(t.Context(), tx, "k", limit, minute*60_000)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	for _, step := range []struct {
		minute int64
		wait   time.Duration
	}{
		{0, 0}, {50, 0}, {55, 0},
		{59, time.Minute}, {59, time.Minute},
		{60, 0},
		{61, 49 * time.Minute},
		{110, 0}, {115, 0}, {116, 4 * time.Minute},
	} {
		if got := hit(step.minute); got != step.wait {
			t.Fatalf("at minute %d: wait %v, want %v", step.minute, got, step.wait)
		}
	}
}

func TestWindow(t *testing.T) {
	w := ratelimit.NewWindow(ratelimit.Limit{N: 2, Per: time.Minute})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if w.Hit("a", now) != 0 || w.Hit("a", now) != 0 || w.Hit("a", now) == 0 {
		t.Fatal("two of three hits should pass")
	}
	if w.Hit("b", now) != 0 {
		t.Error("another key was refused")
	}
	w.Undo("a")
	if w.Hit("a", now) != 0 {
		t.Error("a hit that was taken back still counts")
	}
	if w.Hit("a", now) == 0 || w.Hit("a", now.Add(time.Minute)) != 0 {
		t.Error("the window must be full now and empty a minute later")
	}
}
