package support

import (
	"context"
	"encoding/json"
	"fmt"

	"deskbell/internal/db"
)

func tagUsed(ctx context.Context, q db.Querier, accountID, tag string) (used bool, err error) {
	err = q.QueryRow(ctx, `/* tagUsed */ SELECT EXISTS (SELECT 1 FROM support_conversation_tags WHERE account_id = ? AND tag = ?)`,
		accountID, tag).Scan(&used)
	return used, err
}

func conversationsTagged(ctx context.Context, q db.Querier, accountID, tag string, most int) ([]string, error) {
	rows, err := q.Query(ctx, `/* conversationsTagged */ SELECT conversation_id FROM support_conversation_tags
		WHERE account_id = ? AND tag = ? LIMIT ?`, accountID, tag, most)
	if err != nil {
		return nil, fmt.Errorf("find tagged: %w", err)
	}
	return collect(rows, scanID)
}

// updateTags changes nothing but the tags, so that no list is stirred up.
func updateTags(ctx context.Context, tx *db.Tx, c Conversation) error {
	tags, err := json.Marshal(c.Tags)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `/* updateTags */ UPDATE support_conversations SET tags = ? WHERE _id = ? AND account_id = ?`,
		string(tags), c.ID, c.AccountID); err != nil {
		return err
	}
	return replaceTags(ctx, tx, c)
}
