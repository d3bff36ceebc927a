package support

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/jobs"
)

// JobTokenMail mails an admin that a token is about to end.
const JobTokenMail = "token.mail"

// TokenMailJob is the payload of JobTokenMail. It does nothing once the token ends at another time.
type TokenMailJob struct {
	TokenID   string `json:"token_id"`
	UserID    string `json:"user_id"`
	ExpiresAt int64  `json:"expires_at"`
}

// WarnOfTokens orders mails to the admins of every account about tokens that end within 30, 7 or 1 days, one for
// each step. What is ordered and that it was are stored together, so that a crash neither forgets nor repeats it.
func (s *Service) WarnOfTokens(ctx context.Context) error {
	rows, err := s.db.Read().Query(ctx, `/* endingTokens */ SELECT `+tokenRow+` FROM support_tokens
		WHERE purpose = ? AND status = ? AND expires_at BETWEEN ? AND ?`,
		purposeSite, TokenActive, s.millis(), s.millis()+expiryDays[len(expiryDays)-1]*dayMillis)
	if err != nil {
		return fmt.Errorf("list ending tokens: %w", err)
	}
	list, err := collect(rows, scanToken)
	if err != nil {
		return err
	}
	for _, t := range list {
		days := t.Warns(s.now())
		if days == 0 {
			continue
		}
		if err := s.db.Write(ctx, func(tx *db.Tx) error { return s.orderTokenMails(ctx, tx, t, days) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) orderTokenMails(ctx context.Context, tx *db.Tx, t Token, days int) error {
	first, err := tx.Exec(ctx, `/* setWarned */ UPDATE support_tokens SET warned_days = ?
		WHERE _id = ? AND account_id = ? AND expires_at = ? AND (warned_days = 0 OR warned_days > ?)`, days, t.ID, t.AccountID, t.ExpiresAt, days)
	if err != nil || first == 0 {
		return err
	}
	ids, err := activeAdmins(ctx, tx, t.AccountID)
	if err != nil {
		return err
	}
	for _, userID := range ids {
		payload, err := json.Marshal(TokenMailJob{TokenID: t.ID, UserID: userID, ExpiresAt: t.ExpiresAt})
		if err != nil {
			return err
		}
		if err := s.jobs.Enqueue(ctx, tx, jobs.Job{
			ID: s.newID(), AccountID: t.AccountID, Kind: JobTokenMail, Payload: payload, RunAt: s.millis(), GiveUpAt: s.millis() + dayMillis,
		}); err != nil {
			return err
		}
	}
	return nil
}

// MakeTokenMail writes a mail at the moment it is sent. Kinds: NotFound when there is nothing to warn of any more, or
// the member is no active admin any more, which ends the job.
func (s *Service) MakeTokenMail(ctx context.Context, accountID string, job TokenMailJob) (m AdminMail, err error) {
	t, err := tokenByID(ctx, s.db.Read(), job.TokenID)
	if err != nil {
		return m, err
	}
	if t.AccountID != accountID || t.ExpiresAt != job.ExpiresAt || t.Warns(s.now()) == 0 {
		return m, errNotFound
	}
	if m.To, err = adminEmail(ctx, s.db.Read(), accountID, job.UserID); err != nil {
		return m, err
	}
	m.ExpiresAt = t.ExpiresAt
	m.Subject = "The token for " + t.Domain + " ends soon"
	m.Text = "The chat on " + t.Domain + " stops at " + time.UnixMilli(t.ExpiresAt).UTC().Format("15:04 UTC on 2 January 2006") +
		", when its token ends. Replace the token before that, so that visitors notice nothing:\n\n" + s.baseURL + "/settings/tokens\n"
	return m, nil
}
