package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

// ownHistory says which conversations a session may look back at.
func ownHistory(v SessionAuth) (clause string, args []any) {
	if !v.Verified {
		return `c._id = ? AND c.account_id = ?`, []any{v.ConversationID, v.AccountID}
	}
	return `c.contact_id = ? AND c.account_id = ? AND c.verified = true`, []any{v.ContactID, v.AccountID}
}

func scanPast(row db.Scanner) (PastConversation, error) {
	var p PastConversation
	var score, ratedAt *int64
	var comment string
	err := row.Scan(&p.ID, &p.Status, &p.LastSeq, &p.UnreadCount, text{&p.LastMessage}, text{&p.LastSender}, &p.LastMessageAt,
		&score, text{&comment}, &ratedAt, &p.CreatedAt)
	if err != nil {
		return p, fmt.Errorf("read history: %w", err)
	}
	if score != nil && ratedAt != nil {
		p.Rating = &Rating{Score: *score, Comment: comment, CreatedAt: *ratedAt}
	}
	return p, nil
}

// listHistory returns up to one more than the limit.
func listHistory(ctx context.Context, q db.Querier, v SessionAuth, cursorText string, limit int) ([]PastConversation, error) {
	clause, args := ownHistory(v)
	if cursorText != "" {
		at, convID, err := parseCursor(cursorText)
		if err != nil {
			return nil, err
		}
		clause += ` AND (COALESCE(c.last_message_at, c.created_at), c._id) < (?, ?)`
		args = append(args, at, convID)
	}
	rows, err := q.Query(ctx, `/* listHistory */ SELECT c._id, c.status, c.visitor_seq, c.visitor_unread, c.last_message, c.last_sender,
		c.last_message_at, c.rating_score, c.rating_comment, c.rated_at, c.created_at
		FROM support_conversations c WHERE `+clause+`
		ORDER BY COALESCE(c.last_message_at, c.created_at) DESC, c._id DESC LIMIT ?`, append(args, limit+1)...)
	if err != nil {
		return nil, fmt.Errorf("list history: %w", err)
	}
	return collect(rows, scanPast)
}

func inHistory(ctx context.Context, q db.Querier, v SessionAuth, convID string) (found bool, err error) {
	clause, args := ownHistory(v)
	err = q.QueryRow(ctx, `/* inHistory */ SELECT true FROM support_conversations c WHERE `+clause+` AND c._id = ?`,
		append(args, convID)...).Scan(&found)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	return found, err
}
