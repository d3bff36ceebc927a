package support

import (
	"crypto/sha256"
	"strconv"
	"testing"
	"time"

	"deskbell/internal/keys"
	"deskbell/internal/ratelimit"
)

func TestRushEndsByItself(t *testing.T) {
	r := rush{began: ratelimit.NewWindow(ratelimit.Limit{N: 3, Per: time.Minute}), last: map[string]Rush{}}
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
	r.asked("a")
	if want := (Rush{Began: at.UnixMilli(), Until: at.Add(rushHolds).UnixMilli(), Asked: 1}); r.of("a") != want {
		t.Errorf("the rush: %+v, want %+v", r.of("a"), want)
	}
	if r.on("a", at.Add(rushHolds)) || !r.count("a", at.Add(rushHolds)) {
		t.Error("a rush without an end")
	}
	again := at.Add(2 * rushHolds)
	for r.count("a", again) {
	}
	if want := (Rush{Began: again.UnixMilli(), Until: again.Add(rushHolds).UnixMilli()}); r.of("a") != want {
		t.Errorf("the next rush: %+v, want %+v", r.of("a"), want)
	}
}

func TestWorkGrowsOld(t *testing.T) {
	ring, err := keys.Load(t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{keys: ring}
	asked := time.Unix(1_800_000_000, 0)
	challenge := s.challenge(TokenAuth{}, "device", strconv.FormatInt(asked.Unix(), 10), "random")
	work := challenge + ".0"
	for n := 1; zeroBits(sha256.Sum256([]byte(work))) < workBits; n++ {
		work = challenge + "." + strconv.Itoa(n)
	}
	if _, ok := s.solved(TokenAuth{}, "device", work, asked.Add(workLife)); !ok {
		t.Error("refused within its time")
	}
	if _, ok := s.solved(TokenAuth{}, "device", work, asked.Add(workLife+time.Second)); ok {
		t.Error("taken after its time")
	}
}
