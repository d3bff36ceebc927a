package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

// liveSession is a session that moves; live says that it has not ended.
type liveSession struct {
	id   string
	live bool
}

// sessionsThatMayRead lists those of the conversation that goes which may read the one that stays, by
// the rules of ownHistory: proven ones what was proven to be the same contact's, others what they
// have left themselves and nobody has proven to be theirs.
func sessionsThatMayRead(ctx context.Context, q db.Querier, m ConversationMerge) ([]liveSession, error) {
	rows, err := q.Query(ctx, `/* sessionsThatMayRead */ SELECT s._id, s.status = 'active' FROM support_sessions s
		WHERE s.conversation_id = ? AND s.account_id = ? AND CASE WHEN s.verified = true THEN ? AND s.contact_id = ?
			ELSE NOT ? AND EXISTS (SELECT 1 FROM support_session_conversations f WHERE f.session_id = s._id AND f.conversation_id = ?) END`,
		m.Gone.ID, m.Gone.AccountID, m.Kept.Verified, m.Kept.Contact.ID, m.Kept.Verified, m.Kept.ID)
	if err != nil {
		return nil, fmt.Errorf("list sessions that may read: %w", err)
	}
	return collect(rows, func(row db.Scanner) (v liveSession, err error) {
		err = row.Scan(&v.id, &v.live)
		return v, err
	})
}

func countLiveSessions(ctx context.Context, q db.Querier, accountID, convID string) (n int64, err error) {
	err = q.QueryRow(ctx, `/* countLiveSessions */ SELECT COUNT(*) FROM support_sessions
		WHERE conversation_id = ? AND account_id = ? AND status = ?`, convID, accountID, SessionActive).Scan(&n)
	return n, err
}

// readsFromTheStart reports whether a session's own secret reads all of its conversation.
func readsFromTheStart(ctx context.Context, q db.Querier, sessionID string) (whole bool, err error) {
	err = q.QueryRow(ctx, `/* readsFromTheStart */ SELECT EXISTS (SELECT 1 FROM support_session_tokens
		WHERE session_id = ? AND original = true AND from_seq = 0)`, sessionID).Scan(&whole)
	return whole, err
}

// keepOwnSecret ends a session's secrets but its own, which reads all of the conversation it is in now.
func keepOwnSecret(ctx context.Context, tx *db.Tx, sessionID string) error {
	if _, err := tx.Exec(ctx, `/* endJoinedSecrets */ DELETE FROM support_session_tokens WHERE session_id = ? AND original = false`, sessionID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `/* readAllWithOwn */ UPDATE support_session_tokens SET from_seq = 0 WHERE session_id = ?`, sessionID)
	return err
}

// linkConversations notes that one conversation goes on in another, and so does what was merged into it.
func linkConversations(ctx context.Context, tx *db.Tx, accountID, keptID, goneID string, now int64) error {
	if _, err := tx.Exec(ctx, `/* unlinkKept */ DELETE FROM conversation_merges WHERE conversation_id = ? AND account_id = ?`, keptID, accountID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `/* relinkParts */ UPDATE conversation_merges SET into_id = ? WHERE into_id = ? AND account_id = ?`, keptID, goneID, accountID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `/* linkGone */ INSERT INTO conversation_merges (conversation_id, into_id, account_id, created_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (conversation_id) DO UPDATE SET into_id = excluded.into_id, created_at = excluded.created_at`, goneID, keptID, accountID, now)
	return err
}

func mergedInto(ctx context.Context, q db.Querier, accountID, convID string) (into string, err error) {
	err = q.QueryRow(ctx, `/* mergedInto */ SELECT into_id FROM conversation_merges WHERE conversation_id = ? AND account_id = ?`, convID, accountID).Scan(&into)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return into, err
}

func mergedParts(ctx context.Context, q db.Querier, accountID, convID string) ([]Conversation, error) {
	rows, err := q.Query(ctx, `/* mergedParts */ SELECT `+conversationColumns+` FROM conversation_merges m
		CROSS JOIN support_conversations c ON c._id = m.conversation_id JOIN contacts k ON k._id = c.contact_id AND k.account_id = c.account_id
		WHERE m.into_id = ? AND m.account_id = ? ORDER BY c.created_at, c._id`, convID, accountID)
	if err != nil {
		return nil, fmt.Errorf("list merged conversations: %w", err)
	}
	return collect(rows, scanConversation)
}
