package support

import (
	"context"
	"fmt"
	"strings"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// maxRetention is the longest rule in days.
const maxRetention = 3650

// PreviewReach is how far a preview counts of each kind.
const PreviewReach = 10_000

// ErrRetentionStale tells of rules that somebody else has changed since they were read.
var ErrRetentionStale = fault.New(fault.Conflict, "retention_changed", "Somebody has changed these rules meanwhile")

// Retention says after how many days an account's data is erased by itself; 0 keeps it.
type Retention struct {
	// ConversationDays counts from a conversation's last activity.
	ConversationDays int64
	// FileDays counts from when a file was sent.
	FileDays int64
	// AddressDays is for IP addresses and user agents of sessions, and counts from a session's last activity.
	AddressDays int64
	// Version counts the changes; 0 before the first.
	Version int64
}

func (r Retention) validate() error {
	bad := fault.Fields{}
	for name, days := range map[string]int64{"conversation_days": r.ConversationDays, "file_days": r.FileDays, "address_days": r.AddressDays} {
		if days < 0 || days > maxRetention {
			bad.Add(name, name+" must be 1 to 3650 days, or 0 to keep everything")
		}
	}
	return bad.Err()
}

// String is the rules in words, for the audit log.
func (r Retention) String() string {
	rule := func(what string, days int64) string {
		if days == 0 {
			return what + " kept"
		}
		return fmt.Sprintf("%s for %d days", what, days)
	}
	return strings.Join([]string{rule("conversations", r.ConversationDays), rule("files", r.FileDays), rule("addresses", r.AddressDays)}, ", ")
}

// before is the time (Unix ms) up to which a rule erases; none when it keeps everything.
func (s *Service) before(days int64) int64 {
	if days == 0 {
		return 0
	}
	return s.now().Add(-time.Duration(days) * 24 * time.Hour).UnixMilli()
}

// Erasable is what rules would erase, or have erased. A preview counts to 10,000 of each.
type Erasable struct{ Conversations, Files, Addresses int64 }

func (e Erasable) String() string {
	return fmt.Sprintf("%d conversations, %d files, addresses of %d sessions", e.Conversations, e.Files, e.Addresses)
}

// Retention returns the account's rules. Admins only. Kinds: Forbidden.
func (s *Service) Retention(ctx context.Context, a Actor) (Retention, error) {
	if err := a.mustAdmin(); err != nil {
		return Retention{}, err
	}
	return retentionOf(ctx, s.db.Read(), a.AccountID)
}

// PreviewRetention counts what rules would erase now. Admins only. Kinds: Forbidden, Invalid.
func (s *Service) PreviewRetention(ctx context.Context, a Actor, r Retention) (Erasable, error) {
	if err := a.mustAdmin(); err != nil {
		return Erasable{}, err
	}
	if err := r.validate(); err != nil {
		return Erasable{}, err
	}
	return countErasable(ctx, s.db.Read(), a.AccountID, s.before(r.ConversationDays), s.before(r.FileDays), s.before(r.AddressDays), s.millis())
}

// SetRetention replaces the rules, which must be based on the version that holds unless they are the same; erasing begins at once.
// Admins only. Kinds: Forbidden, Invalid, Conflict.
func (s *Service) SetRetention(ctx context.Context, a Actor, r Retention) (Retention, error) {
	if err := a.mustAdmin(); err != nil {
		return Retention{}, err
	}
	if err := r.validate(); err != nil {
		return Retention{}, err
	}
	var saved Retention
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		now, err := retentionOf(ctx, tx, a.AccountID)
		if err != nil {
			return err
		}
		if saved = now; now == (Retention{r.ConversationDays, r.FileDays, r.AddressDays, now.Version}) {
			return nil
		}
		if now.Version != r.Version {
			return ErrRetentionStale
		}
		saved = r
		saved.Version++
		if err := upsertRetention(ctx, tx, a.AccountID, saved); err != nil {
			return err
		}
		tx.AfterCommit(func() {
			select {
			case s.retain <- struct{}{}:
			default: // it is woken already
			}
		})
		return s.audit(ctx, tx, a, "retention.change", a.AccountID, saved.String())
	})
	return saved, err
}
