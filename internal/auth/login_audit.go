package auth

import (
	"context"
	"strings"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/ratelimit"
)

// failuresNoted bounds how often the audit log tells of a user's failed sign-ins: an attack must not fill it.
var failuresNoted = ratelimit.Limit{N: 1, Per: time.Hour}

// noteLogin notes a sign-in that is complete.
func (s *Service) noteLogin(ctx context.Context, tx *db.Tx, u User) error {
	now := s.now().UnixMilli()
	if err := updateLastLogin(ctx, tx, u.ID, now); err != nil {
		return err
	}
	return s.audit(ctx, tx, u, "login.success", u.ID, "")
}

// noteFailure notes that a password was wrong, after the answer: the time it takes must not tell that
// there is such a user.
func (s *Service) noteFailure(ctx context.Context, u User) {
	if s.failures.Hit(u.ID, s.now()) > 0 {
		return
	}
	ctx = context.WithoutCancel(ctx) // for the statements as well: the request may end before them
	go func() {
		_ = s.db.Write(ctx, func(tx *db.Tx) error { return s.audit(ctx, tx, u, "login.failure", u.ID, "") })
	}()
}

// noteDevice notes a browser that the user has not signed in from before. Its versions don't count: they
// change every few weeks.
func (s *Service) noteDevice(ctx context.Context, tx *db.Tx, u User, userAgent string) error {
	device := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, userAgent)
	var known bool
	if err := tx.QueryRow(ctx, `/* knownDevice */ SELECT EXISTS (SELECT 1 FROM audit_log
		WHERE account_id = ? AND user_id = ? AND action = 'login.device' AND detail = ?)`, u.AccountID, u.ID, device).Scan(&known); err != nil || known {
		return err
	}
	return s.audit(ctx, tx, u, "login.device", u.ID, device)
}
