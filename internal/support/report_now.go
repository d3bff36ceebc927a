package support

import (
	"context"
	"fmt"
	"time"
)

// WaitingAge is how many visitors have waited for less than a time, and no less than the one before.
type WaitingAge struct {
	// Below is in seconds; 0 is no bound.
	Below int64
	Count int64
}

// WaitingNow is who waits for an answer at this moment.
type WaitingNow struct {
	// Waiting is how many open conversations have a visitor's message without an answer. Snoozed and
	// spam ones don't count.
	Waiting int64
	// Longest is when the first of them began to wait, in Unix ms; nil when nobody waits.
	Longest *int64
	Ages    []WaitingAge
	// AgentsOnline is how many members have the inbox open.
	AgentsOnline int
}

// waitingBounds are what waiting times are sorted by.
var waitingBounds = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 24 * time.Hour}

// WaitingNow tells how many visitors wait and for how long.
func (s *Service) WaitingNow(ctx context.Context, a Actor) (WaitingNow, error) {
	now := s.millis()
	there, err := s.Availability(ctx, a.AccountID)
	if err != nil {
		return WaitingNow{}, err
	}
	w := WaitingNow{AgentsOnline: there.AgentsOnline}
	after := now
	for _, bound := range append(waitingBounds, 0) {
		since := now - bound.Milliseconds()
		if bound == 0 {
			since = 0
		}
		n, err := countWaiting(ctx, s.db.Read(), a.AccountID, since, after)
		if err != nil {
			return w, fmt.Errorf("count who waits: %w", err)
		}
		w.Waiting += n
		w.Ages = append(w.Ages, WaitingAge{Below: int64(bound.Seconds()), Count: n})
		after = since
	}
	w.Longest, err = longestWaiting(ctx, s.db.Read(), a.AccountID)
	return w, err
}
