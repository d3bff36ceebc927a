// Package ratelimit counts hits in sliding windows: durably in the database for the documented
// limits, which must survive a restart, and in memory for protection. Only allowed hits count,
// so that somebody who keeps trying is not locked out for longer.
package ratelimit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"deskbell/internal/db"
)

// Limit allows N hits in any span of length Per. A zero N switches the limit off.
type Limit struct {
	N   int
	Per time.Duration
}

var units = map[string]time.Duration{"s": time.Second, "min": time.Minute, "h": time.Hour, "d": 24 * time.Hour}

// Parse reads "10/h", "30/min", "5/s", "3/d" or "0" (off).
func Parse(s string) (Limit, error) {
	number, unit, found := strings.Cut(strings.TrimSpace(s), "/")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n > 1_000_000 {
		return Limit{}, fmt.Errorf("%q is not a limit; write for example 10/h, 30/min or 0 to switch it off", s)
	}
	if !found {
		if n == 0 {
			return Limit{}, nil
		}
		return Limit{}, fmt.Errorf("%q needs a unit: %d/s, %d/min, %d/h or %d/d", s, n, n, n, n)
	}
	per, ok := units[unit]
	if !ok {
		return Limit{}, fmt.Errorf("%q has an unknown unit; use s, min, h or d", s)
	}
	return Limit{N: n, Per: per}, nil
}

// UnmarshalText makes Limit a flag and environment value.
func (l *Limit) UnmarshalText(text []byte) (err error) {
	*l, err = Parse(string(text))
	return err
}

// prune drops the hits that left the window and reports how long until one more fits.
func (l Limit) prune(hits []int64, now int64) (kept []int64, wait time.Duration) {
	from := now - l.Per.Milliseconds()
	for len(hits) > 0 && hits[0] <= from {
		hits = hits[1:]
	}
	if len(hits) < l.N {
		return hits, 0
	}
	free := hits[len(hits)-l.N] + l.Per.Milliseconds()
	return hits, time.Duration(free-now) * time.Millisecond
}

// Hit counts one hit on key inside tx and returns zero, or, when the limit is reached, counts
// nothing and returns how long to wait. An error of the surrounding write undoes the hit.
func Hit(ctx context.Context, tx *db.Tx, key string, l Limit, now int64) (time.Duration, error) {
	if l.N == 0 {
		return 0, nil
	}
	hits, wait, err := read(ctx, tx, key, l, now)
	if err != nil || wait > 0 {
		return wait, err
	}
	kept, err := json.Marshal(append(hits, now))
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `/* countHit */ INSERT INTO rate_limits (key, hits, expires_at) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET hits = excluded.hits, expires_at = excluded.expires_at`,
		key, string(kept), now+l.Per.Milliseconds())
	if err != nil {
		return 0, fmt.Errorf("count hit: %w", err)
	}
	return 0, nil
}

// Wait returns what Hit would return, and counts nothing.
func Wait(ctx context.Context, tx *db.Tx, key string, l Limit, now int64) (time.Duration, error) {
	if l.N == 0 {
		return 0, nil
	}
	_, wait, err := read(ctx, tx, key, l, now)
	return wait, err
}

func read(ctx context.Context, tx *db.Tx, key string, l Limit, now int64) (hits []int64, wait time.Duration, err error) {
	var text string
	err = tx.QueryRow(ctx, `/* rateHits */ SELECT hits FROM rate_limits WHERE key = ?`, key).Scan(&text)
	if err == nil {
		err = json.Unmarshal([]byte(text), &hits)
	}
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return nil, 0, fmt.Errorf("read limit: %w", err)
	}
	hits, wait = l.prune(hits, now)
	return hits, wait, nil
}

// Network is what a limit counts as one address: an IPv4 address, or an IPv6 /64, which is the
// least that one customer of a provider gets.
func Network(ip netip.Addr) string {
	ip = ip.Unmap()
	if ip.Is6() {
		if prefix, err := ip.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return ip.String()
}

// Forget drops every hit on key, for somebody who turned out to be right.
func Forget(ctx context.Context, tx *db.Tx, key string) error {
	_, err := tx.Exec(ctx, `/* forgetHits */ DELETE FROM rate_limits WHERE key = ?`, key)
	return err
}

// Expire removes the windows that ended.
func Expire(ctx context.Context, tx *db.Tx, now int64) error {
	_, err := tx.Exec(ctx, `/* expireLimits */ DELETE FROM rate_limits WHERE expires_at <= ?`, now)
	return err
}

// Window counts hits in memory. It is for protection: a restart forgets.
type Window struct {
	limit Limit
	mu    sync.Mutex
	hits  map[string][]int64
	swept int64
}

// NewWindow returns an empty window with the given limit.
func NewWindow(l Limit) *Window { return &Window{limit: l, hits: map[string][]int64{}} }

// Hit counts one hit on key and returns zero, or, when the limit is reached, how long to wait.
func (w *Window) Hit(key string, now time.Time) time.Duration {
	if w.limit.N == 0 {
		return 0
	}
	ms := now.UnixMilli()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sweep(ms)
	hits, wait := w.limit.prune(w.hits[key], ms)
	if wait == 0 {
		hits = append(hits, ms)
	}
	w.hits[key] = hits
	return wait
}

// Undo takes back the newest hit on key, for something that turned out not to count.
func (w *Window) Undo(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if hits := w.hits[key]; len(hits) > 0 {
		w.hits[key] = hits[:len(hits)-1]
	}
}

// sweep forgets keys whose window is empty, at most once a window's length.
func (w *Window) sweep(now int64) {
	if now-w.swept < w.limit.Per.Milliseconds() {
		return
	}
	w.swept = now
	for key, hits := range w.hits {
		if kept, _ := w.limit.prune(hits, now); len(kept) == 0 {
			delete(w.hits, key)
		}
	}
}
