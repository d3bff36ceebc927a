package support

import (
	"context"
	"fmt"

	"deskbell/internal/db"
)

const eventColumns = `e.conversation_id, e.number, e.after_seq, e.kind, e.done_by, e.user_id, (SELECT u.name FROM users u WHERE u._id = e.user_id),
	e.detail, CASE WHEN e.kind = 'assigned' THEN (SELECT u.name FROM users u WHERE u._id = e.detail) END, e.created_at`

func scanEvent(row db.Scanner) (e ConversationEvent, err error) {
	err = row.Scan(&e.ConversationID, &e.Number, &e.AfterSeq, &e.Kind, &e.By, text{&e.UserID}, text{&e.UserName},
		text{&e.Detail}, text{&e.AssigneeName}, &e.CreatedAt)
	return e, err
}

// insertEvent adds an event after the conversation's newest message as it stands in tx.
func insertEvent(ctx context.Context, tx *db.Tx, accountID string, e ConversationEvent) error {
	_, err := tx.Exec(ctx, `/* insertEvent */ INSERT INTO conversation_events
		(conversation_id, number, account_id, after_seq, kind, done_by, user_id, detail, created_at)
		SELECT ?, COALESCE(MAX(number), 0) + 1, ?, (SELECT last_seq FROM support_conversations WHERE _id = ?), ?, ?, ?, ?, ?
		FROM conversation_events WHERE conversation_id = ?`,
		e.ConversationID, accountID, e.ConversationID, e.Kind, e.By, nullable(e.UserID), nullable(e.Detail), e.CreatedAt, e.ConversationID)
	if err != nil {
		return fmt.Errorf("note %s: %w", e.Kind, err)
	}
	return nil
}

func eventsAfter(ctx context.Context, q db.Querier, accountID, convID string, after int64, limit int) ([]ConversationEvent, error) {
	rows, err := q.Query(ctx, `/* eventsAfter */ SELECT `+eventColumns+` FROM conversation_events e
		WHERE e.conversation_id = ? AND e.number > ? AND e.account_id = ? ORDER BY e.number LIMIT ?`, convID, after, accountID, limit)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return collect(rows, scanEvent)
}

// eventsBetween lists the newest first.
func eventsBetween(ctx context.Context, q db.Querier, accountID, convID string, fromSeq, toSeq int64, limit int) ([]ConversationEvent, error) {
	rows, err := q.Query(ctx, `/* eventsBetween */ SELECT `+eventColumns+` FROM conversation_events e
		WHERE e.conversation_id = ? AND e.account_id = ? AND e.after_seq BETWEEN ? AND ? ORDER BY e.number DESC LIMIT ?`,
		convID, accountID, fromSeq, toSeq, limit)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return collect(rows, scanEvent)
}

func newestEvent(ctx context.Context, q db.Querier, accountID, convID string) (number int64, err error) {
	err = q.QueryRow(ctx, `/* newestEvent */ SELECT COALESCE(MAX(number), 0) FROM conversation_events
		WHERE conversation_id = ? AND account_id = ?`, convID, accountID).Scan(&number)
	if err != nil {
		return 0, fmt.Errorf("find newest event: %w", err)
	}
	return number, nil
}
