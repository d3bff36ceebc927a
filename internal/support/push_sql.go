package support

import (
	"context"
	"fmt"

	"deskbell/internal/db"
)

func upsertPush(ctx context.Context, tx *db.Tx, a Actor, login string, b PushBrowser) error {
	if _, err := tx.Exec(ctx, `/* upsertPush */ INSERT INTO push_subscriptions
		(_id, account_id, user_id, login, token_version, endpoint, p256dh, auth, user_agent, created_at)
		SELECT ?, u.account_id, u._id, ?, u.token_version, ?, ?, ?, ?, ? FROM users u WHERE u._id = ? AND u.account_id = ?
		ON CONFLICT (endpoint) DO UPDATE SET account_id = excluded.account_id, user_id = excluded.user_id, login = excluded.login,
			token_version = excluded.token_version, p256dh = excluded.p256dh, auth = excluded.auth, user_agent = excluded.user_agent`,
		b.ID, login, b.Endpoint, b.P256DH, b.Auth, b.UserAgent, b.CreatedAt, a.UserID, a.AccountID); err != nil {
		return fmt.Errorf("keep push: %w", err)
	}
	_, err := tx.Exec(ctx, `/* trimPush */ DELETE FROM push_subscriptions WHERE account_id = ? AND user_id = ? AND _id NOT IN (
		SELECT _id FROM push_subscriptions WHERE account_id = ? AND user_id = ? ORDER BY created_at DESC, _id DESC LIMIT ?)`,
		a.AccountID, a.UserID, a.AccountID, a.UserID, maxPushBrowsers)
	return err
}

// listPush lists the browsers of a member, or of all members when userID is empty: those whose
// login, when it has not ended by itself, would still hold.
func listPush(ctx context.Context, q db.Querier, accountID, userID string) ([]PushBrowser, error) {
	query := `/* listPush */ SELECT p._id, p.user_id, p.endpoint, p.p256dh, p.auth, p.user_agent, p.created_at
		FROM push_subscriptions p JOIN users u ON u._id = p.user_id AND u.token_version = p.token_version
		WHERE p.account_id = ? AND u.disabled = false`
	args := []any{accountID}
	if userID != "" {
		query += ` AND p.user_id = ?`
		args = append(args, userID)
	}
	rows, err := q.Query(ctx, query+` ORDER BY p.created_at DESC, p._id DESC`, args...)
	if err != nil {
		return nil, fmt.Errorf("list push browsers: %w", err)
	}
	return collect(rows, func(row db.Scanner) (b PushBrowser, err error) {
		err = row.Scan(&b.ID, &b.userID, &b.Endpoint, &b.P256DH, &b.Auth, &b.UserAgent, &b.CreatedAt)
		return b, err
	})
}

func anyPush(ctx context.Context, q db.Querier, accountID string) (found bool, err error) {
	err = q.QueryRow(ctx, `/* anyPush */ SELECT EXISTS (SELECT 1 FROM push_subscriptions WHERE account_id = ?)`, accountID).Scan(&found)
	return found, err
}

func deletePush(ctx context.Context, tx *db.Tx, accountID, userID, browserID string) (int64, error) {
	return tx.Exec(ctx, `/* deletePush */ DELETE FROM push_subscriptions WHERE _id = ? AND user_id = ? AND account_id = ?`, browserID, userID, accountID)
}

func deletePushOf(ctx context.Context, tx *db.Tx, a Actor, login string) error {
	_, err := tx.Exec(ctx, `/* deletePushOf */ DELETE FROM push_subscriptions WHERE account_id = ? AND user_id = ? AND login = ?`, a.AccountID, a.UserID, login)
	return err
}

func deleteOtherPush(ctx context.Context, tx *db.Tx, a Actor, login string) error {
	_, err := tx.Exec(ctx, `/* deleteOtherPush */ DELETE FROM push_subscriptions WHERE account_id = ? AND user_id = ? AND login <> ?`, a.AccountID, a.UserID, login)
	return err
}
