package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

// ownHistory says which conversations a session may look back at.
func ownHistory(v SessionAuth) (clause string, args []any) {
	switch {
	case v.Verified:
	case v.Original:
		return `(c._id = ? OR (c.verified = false AND c._id IN
			(SELECT conversation_id FROM support_session_conversations WHERE session_id = ?))) AND c.account_id = ?`,
			[]any{v.ConversationID, v.ID, v.AccountID}
	default:
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

func insertFormer(ctx context.Context, tx *db.Tx, sessionID, convID string) error {
	_, err := tx.Exec(ctx, `/* insertFormer */ INSERT INTO support_session_conversations (session_id, conversation_id) VALUES (?, ?)
		ON CONFLICT DO NOTHING`, sessionID, convID)
	return err
}

// copyFormer lets a session that continues an expired one look back as far as that one did.
func copyFormer(ctx context.Context, tx *db.Tx, fromSession, toSession string) error {
	_, err := tx.Exec(ctx, `/* copyFormer */ INSERT INTO support_session_conversations (session_id, conversation_id)
		SELECT ?, conversation_id FROM support_session_conversations WHERE session_id = ?`, toSession, fromSession)
	return err
}

func unprovenFormer(ctx context.Context, q db.Querier, v Session) ([]string, error) {
	rows, err := q.Query(ctx, `/* unprovenFormer */ SELECT c._id FROM support_session_conversations f
		JOIN support_conversations c ON c._id = f.conversation_id
		WHERE f.session_id = ? AND c.account_id = ? AND c.verified = false`, v.ID, v.AccountID)
	if err != nil {
		return nil, fmt.Errorf("list former conversations: %w", err)
	}
	return collect(rows, func(row db.Scanner) (convID string, err error) {
		err = row.Scan(&convID)
		return convID, err
	})
}

func updateSessionConversation(ctx context.Context, tx *db.Tx, v Session) error {
	_, err := tx.Exec(ctx, `/* updateSessionConversation */ UPDATE support_sessions SET conversation_id = ? WHERE _id = ? AND account_id = ?`,
		v.ConversationID, v.ID, v.AccountID)
	return err
}
