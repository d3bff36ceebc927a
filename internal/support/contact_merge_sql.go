package support

import (
	"context"
	"fmt"

	"deskbell/internal/db"
)

// belonging counts what belongs to a contact.
type belonging struct{ conversations, proven, sessions, notes int64 }

func belongings(ctx context.Context, q db.Querier, accountID, contactID string) (b belonging, err error) {
	err = q.QueryRow(ctx, `/* belongings */ SELECT
			(SELECT COUNT(*) FROM support_conversations c WHERE c.contact_id = ?1 AND c.account_id = ?2),
			(SELECT COUNT(*) FILTER (WHERE c.verified = true) FROM support_conversations c WHERE c.contact_id = ?1 AND c.account_id = ?2),
			(SELECT COUNT(*) FROM support_sessions s WHERE s.contact_id = ?1),
			(SELECT COUNT(*) FROM contact_notes n WHERE n.contact_id = ?1)`, contactID, accountID).
		Scan(&b.conversations, &b.proven, &b.sessions, &b.notes)
	if err != nil {
		return b, fmt.Errorf("count what belongs to a contact: %w", err)
	}
	return b, nil
}

// moveToContact gives all that belongs to one contact to another.
func moveToContact(ctx context.Context, tx *db.Tx, accountID, from, to string) error {
	for _, query := range []string{
		`/* moveConversations */ UPDATE support_conversations SET contact_id = ? WHERE contact_id = ? AND account_id = ?`,
		`/* moveSessions */ UPDATE support_sessions SET contact_id = ? WHERE contact_id = ? AND account_id = ?`,
		`/* moveContactNotes */ UPDATE contact_notes SET contact_id = ? WHERE contact_id = ? AND account_id = ?`,
	} {
		if _, err := tx.Exec(ctx, query, to, from, accountID); err != nil {
			return err
		}
	}
	return moveBlock(ctx, tx, accountID, from, to)
}

func updateLastSeen(ctx context.Context, tx *db.Tx, accountID, contactID string, seen int64) error {
	_, err := tx.Exec(ctx, `/* updateLastSeen */ UPDATE contacts SET last_seen = ? WHERE _id = ? AND account_id = ?`, seen, contactID, accountID)
	return err
}
