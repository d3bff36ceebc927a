package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

const cannedColumns = `r._id, r.user_id, r.title, r.shortcut, r.text, r.created_at, r.updated_at`

func scanCanned(row db.Scanner) (r CannedReply, err error) {
	err = row.Scan(&r.ID, text{&r.userID}, &r.Title, &r.Shortcut, &r.Text, &r.CreatedAt, &r.UpdatedAt)
	if errors.Is(err, db.ErrNoRows) {
		return r, errNotFound
	}
	r.Shared = r.userID == ""
	return r, err
}

// cannedOf finds a shared one or one of the actor's own.
func cannedOf(ctx context.Context, q db.Querier, a Actor, cannedID string) (CannedReply, error) {
	return scanCanned(q.QueryRow(ctx, `/* cannedOf */ SELECT `+cannedColumns+` FROM canned_replies r
		WHERE r._id = ? AND r.account_id = ? AND (r.user_id IS NULL OR r.user_id = ?)`, cannedID, a.AccountID, a.UserID))
}

func listCanned(ctx context.Context, q db.Querier, a Actor) ([]CannedReply, error) {
	rows, err := q.Query(ctx, `/* listCanned */ SELECT `+cannedColumns+` FROM canned_replies r
		WHERE r.account_id = ? AND (r.user_id IS NULL OR r.user_id = ?) ORDER BY r.shortcut, r.user_id IS NULL, r._id`, a.AccountID, a.UserID)
	if err != nil {
		return nil, fmt.Errorf("list canned replies: %w", err)
	}
	return collect(rows, scanCanned)
}

func countCanned(ctx context.Context, q db.Querier, accountID string) (n int, err error) {
	err = q.QueryRow(ctx, `/* countCanned */ SELECT COUNT(*) FROM canned_replies WHERE account_id = ?`, accountID).Scan(&n)
	return n, err
}

func shortcutTaken(ctx context.Context, q db.Querier, accountID string, r CannedReply) (taken bool, err error) {
	err = q.QueryRow(ctx, `/* shortcutTaken */ SELECT EXISTS (SELECT 1 FROM canned_replies
		WHERE account_id = ? AND shortcut = ? AND COALESCE(user_id, '') = ? AND _id <> ?)`, accountID, r.Shortcut, r.userID, r.ID).Scan(&taken)
	return taken, err
}

func upsertCanned(ctx context.Context, tx *db.Tx, accountID string, r CannedReply) error {
	_, err := tx.Exec(ctx, `/* upsertCanned */ INSERT INTO canned_replies (_id, account_id, user_id, title, shortcut, text, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (_id) DO UPDATE SET user_id = excluded.user_id, title = excluded.title,
			shortcut = excluded.shortcut, text = excluded.text, updated_at = excluded.updated_at`,
		r.ID, accountID, nullable(r.userID), r.Title, r.Shortcut, r.Text, r.CreatedAt, r.UpdatedAt)
	return err
}
