package support

import (
	"context"
	"fmt"

	"deskbell/internal/db"
)

// sessionsOfContact lists a person's sessions: those labelled with them, and those of their
// conversations.
func sessionsOfContact(ctx context.Context, q db.Querier, accountID, contactID string) ([]Session, error) {
	rows, err := q.Query(ctx, `/* sessionsOfContact */ SELECT `+sessionColumns+` FROM support_sessions s
		WHERE s.account_id = ? AND s._id IN (
			SELECT o._id FROM support_sessions o WHERE o.contact_id = ?
			UNION SELECT o._id FROM support_conversations c JOIN support_sessions o ON o.conversation_id = c._id
				WHERE c.contact_id = ? AND c.account_id = ?)
		ORDER BY s.created_at, s._id`, accountID, contactID, contactID, accountID)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return collect(rows, scanSession)
}

func conversationsOfContact(ctx context.Context, q db.Querier, accountID, contactID string) ([]string, error) {
	rows, err := q.Query(ctx, `/* conversationsOfContact */ SELECT _id FROM support_conversations
		WHERE contact_id = ? AND account_id = ? ORDER BY created_at, _id`, contactID, accountID)
	if err != nil {
		return nil, fmt.Errorf("list conversations: %w", err)
	}
	return collect(rows, scanID)
}

// deleteConversation removes a conversation with its messages and sessions; what hangs on these
// goes with them.
func deleteConversation(ctx context.Context, tx *db.Tx, accountID, convID string) error {
	for _, query := range []string{
		`/* deleteMessages */ DELETE FROM support_messages WHERE conversation_id = ? AND account_id = ?`,
		`/* deleteSessions */ DELETE FROM support_sessions WHERE conversation_id = ? AND account_id = ?`,
		`/* deleteConversation */ DELETE FROM support_conversations WHERE _id = ? AND account_id = ?`,
	} {
		if _, err := tx.Exec(ctx, query, convID, accountID); err != nil {
			return err
		}
	}
	return nil
}

// deleteContact removes a contact, and the sessions that are labelled with it elsewhere.
func deleteContact(ctx context.Context, tx *db.Tx, accountID, contactID string) error {
	if _, err := tx.Exec(ctx, `/* deleteLabelled */ DELETE FROM support_sessions WHERE contact_id = ? AND account_id = ?`,
		contactID, accountID); err != nil {
		return err
	}
	if err := deleteBlockOf(ctx, tx, accountID, contactID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `/* deleteContact */ DELETE FROM contacts WHERE _id = ? AND account_id = ?`, contactID, accountID)
	return err
}

// deleteJobsOfSession removes what is to be sent for a session. Payloads are our own JSON, in
// which the id stands quoted.
func deleteJobsOfSession(ctx context.Context, tx *db.Tx, accountID, sessionID string) error {
	_, err := tx.Exec(ctx, `/* deleteJobsOfSession */ DELETE FROM jobs WHERE account_id = ? AND lower(payload) LIKE ? ESCAPE '\'`,
		accountID, db.Like(`"session_id":"`+sessionID+`"`))
	return err
}

// expireMailsTo lets the next clean-up delete the kept mails to an address.
func expireMailsTo(ctx context.Context, tx *db.Tx, accountID, address string, now int64) error {
	_, err := tx.Exec(ctx, `/* expireMailsTo */ UPDATE kept_mails SET expires_at = ? WHERE account_id = ? AND recipient = ?`,
		now, accountID, address)
	return err
}
