package support

import (
	"context"
	"fmt"

	"deskbell/internal/db"
)

func addRefusedOrigin(ctx context.Context, tx *db.Tx, accountID string, r RefusedOrigin) error {
	_, err := tx.Exec(ctx, `/* addRefusedOrigin */ INSERT INTO refused_origins (account_id, origin, requests, last_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (account_id, origin) DO UPDATE SET requests = refused_origins.requests + excluded.requests, last_at = excluded.last_at`,
		accountID, r.Origin, r.Requests, r.LastAt)
	return err
}

// dropRefusedOrigins keeps the newest ones of an account.
func dropRefusedOrigins(ctx context.Context, tx *db.Tx, accountID string) error {
	_, err := tx.Exec(ctx, `/* dropRefusedOrigins */ DELETE FROM refused_origins WHERE account_id = ? AND origin NOT IN (
		SELECT origin FROM refused_origins WHERE account_id = ? ORDER BY last_at DESC LIMIT ?)`, accountID, accountID, maxRefusedOrigins)
	return err
}

func deleteRefusedOrigin(ctx context.Context, tx *db.Tx, accountID, origin string) error {
	_, err := tx.Exec(ctx, `/* deleteRefusedOrigin */ DELETE FROM refused_origins WHERE account_id = ? AND origin = ?`, accountID, origin)
	return err
}

func refusedOriginsOf(ctx context.Context, q db.Querier, accountID string) ([]RefusedOrigin, error) {
	rows, err := q.Query(ctx, `/* refusedOriginsOf */ SELECT origin, requests, last_at FROM refused_origins WHERE account_id = ?`, accountID)
	if err != nil {
		return nil, fmt.Errorf("list refused origins: %w", err)
	}
	return collect(rows, func(row db.Scanner) (r RefusedOrigin, err error) {
		return r, row.Scan(&r.Origin, &r.Requests, &r.LastAt)
	})
}

// onlyAccount is the account of an installation that has one, and "" when there are more.
func onlyAccount(ctx context.Context, q db.Querier) (string, error) {
	rows, err := q.Query(ctx, `/* onlyAccount */ SELECT _id FROM accounts LIMIT 2`)
	if err != nil {
		return "", fmt.Errorf("read the only account: %w", err)
	}
	found, err := collect(rows, scanID)
	if err != nil || len(found) != 1 {
		return "", err
	}
	return found[0], nil
}
