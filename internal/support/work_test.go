package support

import (
	"testing"
	"time"

	"deskbell/internal/ratelimit"
)

func TestRushEndsByItself(t *testing.T) {
	r := rush{began: ratelimit.NewWindow(ratelimit.Limit{N: 3, Per: time.Minute}), until: map[string]time.Time{}}
	at := time.Unix(1_800_000_000, 0)
	for range 3 {
		if r.on("a", at) || !r.count("a", at) {
			t.Fatal("a rush before the limit")
		}
	}
	if r.count("a", at) || !r.on("a", at) {
		t.Fatal("no rush over the limit")
	}
	if r.on("b", at) {
		t.Error("another account's rush")
	}
	if !r.on("a", at.Add(rushHolds-time.Second)) {
		t.Error("over before its time")
	}
	if r.on("a", at.Add(rushHolds)) || !r.count("a", at.Add(rushHolds)) || len(r.until) != 0 {
		t.Error("a rush without an end")
	}
}
