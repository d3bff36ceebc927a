package support

import (
	"context"
	"fmt"

	"deskbell/internal/db"
)

// addTokenUse adds to what is known of a token's use and drops the days before first. A token that
// was deleted meanwhile is passed over.
func addTokenUse(ctx context.Context, tx *db.Tx, key tokenDay, use tokenUse, first int64) error {
	if _, err := tx.Exec(ctx, `/* updateTokenUsed */ UPDATE support_tokens SET last_used = ? WHERE _id = ? AND COALESCE(last_used, 0) < ?`,
		use.at, key.tokenID, use.at); err != nil {
		return err
	}
	if use.origin != "" {
		if _, err := tx.Exec(ctx, `/* updateTokenSeen */ UPDATE support_tokens SET seen_origin = ?, seen_at = ?
			WHERE _id = ? AND COALESCE(seen_at, 0) < ?`, use.origin, use.seenAt, key.tokenID, use.seenAt); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `/* addTokenDay */ INSERT INTO support_token_days (token_id, day, requests)
		SELECT _id, ?, ? FROM support_tokens WHERE _id = ?
		ON CONFLICT (token_id, day) DO UPDATE SET requests = support_token_days.requests + excluded.requests`,
		key.day, use.requests, key.tokenID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `/* dropTokenDays */ DELETE FROM support_token_days WHERE token_id = ? AND day < ?`, key.tokenID, first)
	return err
}

func tokenDaysOf(ctx context.Context, q db.Querier, accountID string, first int64) (map[tokenDay]int64, error) {
	rows, err := q.Query(ctx, `/* tokenDaysOf */ SELECT d.token_id, d.day, d.requests FROM support_tokens t
		JOIN support_token_days d ON d.token_id = t._id
		WHERE t.account_id = ? AND t.purpose = ? AND d.day >= ?`, accountID, purposeSite, first)
	if err != nil {
		return nil, fmt.Errorf("list token days: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[tokenDay]int64{}
	for rows.Next() {
		var key tokenDay
		var n int64
		if err := rows.Scan(&key.tokenID, &key.day, &n); err != nil {
			return nil, fmt.Errorf("list token days: %w", err)
		}
		out[key] = n
	}
	return out, rows.Err()
}
