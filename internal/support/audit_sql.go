package support

import (
	"context"
	"fmt"

	"deskbell/internal/db"
)

func insertAudit(ctx context.Context, tx *db.Tx, accountID string, e AuditEntry) error {
	_, err := tx.Exec(ctx, `/* insertAudit */ INSERT INTO audit_log (_id, account_id, user_id, action, target_id, detail, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, e.ID, accountID, e.UserID, e.Action, e.TargetID, e.Detail, e.CreatedAt)
	return err
}

// listAudit returns up to one more than the limit.
func listAudit(ctx context.Context, q db.Querier, accountID, cursorText string, limit int) ([]AuditEntry, error) {
	query := `/* listAudit */ SELECT a._id, a.user_id, u.name, a.action, a.target_id, a.detail, a.created_at
		FROM audit_log a LEFT JOIN users u ON u._id = a.user_id AND u.account_id = a.account_id WHERE a.account_id = ?`
	args := []any{accountID}
	if cursorText != "" {
		at, entryID, err := parseCursor(cursorText)
		if err != nil {
			return nil, err
		}
		query, args = query+` AND (a.created_at, a._id) < (?, ?)`, append(args, at, entryID)
	}
	rows, err := q.Query(ctx, query+` ORDER BY a.created_at DESC, a._id DESC LIMIT ?`, append(args, limit+1)...)
	if err != nil {
		return nil, fmt.Errorf("list audit log: %w", err)
	}
	return collect(rows, func(row db.Scanner) (e AuditEntry, err error) {
		err = row.Scan(&e.ID, &e.UserID, text{&e.UserName}, &e.Action, &e.TargetID, &e.Detail, &e.CreatedAt)
		return e, err
	})
}
