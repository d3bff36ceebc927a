// Package audit writes the log of what a team did. It is read by internal/support.
package audit

import (
	"context"

	"deskbell/internal/db"
)

// Deed is one entry of the log.
type Deed struct {
	ID        string
	AccountID string
	// UserID is who did it, empty for the command line.
	UserID string
	// Action is a word such as "token.create"; TargetID is what it was done to.
	Action   string
	TargetID string
	Detail   string
	// CreatedAt is when, in Unix milliseconds.
	CreatedAt int64
}

// Note adds a deed to the log, in the same write as the deed itself.
func Note(ctx context.Context, tx *db.Tx, d Deed) error {
	_, err := tx.Exec(ctx, `/* insertAudit */ INSERT INTO audit_log (_id, account_id, user_id, action, target_id, detail, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, d.ID, d.AccountID, d.UserID, d.Action, d.TargetID, d.Detail, d.CreatedAt)
	return err
}
