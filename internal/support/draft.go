package support

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// Draft is what a member has begun to write in a conversation. An empty one is none.
type Draft struct {
	Text string
	// Private says that it is to become a note.
	Private   bool
	UpdatedAt int64
}

// Draft returns the actor's own draft; empty when there is none. Kinds: NotFound.
func (s *Service) Draft(ctx context.Context, a Actor, convID string) (d Draft, err error) {
	if _, err := conversationOf(ctx, s.db.Read(), a.AccountID, convID); err != nil {
		return d, err
	}
	err = s.db.Read().QueryRow(ctx, `/* draftOf */ SELECT text, private, updated_at FROM support_drafts
		WHERE conversation_id = ? AND user_id = ? AND account_id = ?`, convID, a.UserID, a.AccountID).Scan(&d.Text, &d.Private, &d.UpdatedAt)
	if errors.Is(err, db.ErrNoRows) {
		return Draft{}, nil
	}
	return d, err
}

// SaveDraft keeps the actor's draft in place of the one before; an empty text takes it away.
// Kinds: Invalid, NotFound.
func (s *Service) SaveDraft(ctx context.Context, a Actor, convID string, d Draft) (Draft, error) {
	if utf8.RuneCountInString(d.Text) > MaxText || strings.ContainsRune(d.Text, 0) {
		return Draft{}, fault.Field("text", "text may have at most 10000 characters")
	}
	d.UpdatedAt = s.millis()
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := conversationOf(ctx, tx, a.AccountID, convID); err != nil {
			return err
		}
		if strings.TrimSpace(d.Text) == "" {
			d = Draft{}
			return deleteDraft(ctx, tx, a.AccountID, convID, a.UserID)
		}
		return upsertDraft(ctx, tx, a, convID, d)
	})
	return d, err
}

func upsertDraft(ctx context.Context, tx *db.Tx, a Actor, convID string, d Draft) error {
	_, err := tx.Exec(ctx, `/* upsertDraft */ INSERT INTO support_drafts (conversation_id, user_id, account_id, text, private, updated_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (conversation_id, user_id)
		DO UPDATE SET text = excluded.text, private = excluded.private, updated_at = excluded.updated_at`,
		convID, a.UserID, a.AccountID, d.Text, d.Private, d.UpdatedAt)
	return err
}

func deleteDraft(ctx context.Context, tx *db.Tx, accountID, convID, userID string) error {
	_, err := tx.Exec(ctx, `/* deleteDraft */ DELETE FROM support_drafts WHERE conversation_id = ? AND user_id = ? AND account_id = ?`,
		convID, userID, accountID)
	return err
}
