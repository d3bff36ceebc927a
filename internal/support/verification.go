package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

// AskVerification asks the visitor of a conversation to prove the address that they claim: their
// widget shows the form for a code, which is sent when they see it and is limited as every code is.
// Asking again changes nothing. Kinds: Invalid (nothing claimed, or proven already), NotFound.
func (s *Service) AskVerification(ctx context.Context, a Actor, convID string) (Conversation, error) {
	var c Conversation
	err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
		if c, err = conversationOf(ctx, tx, a.AccountID, convID); err != nil || c.VerificationAsked {
			return err
		}
		claimed, err := unprovenSession(ctx, tx, a.AccountID, convID)
		if err != nil {
			return err
		}
		to, _ := s.destination(claimed)
		switch {
		case to == "" && c.Verified:
			return fault.New(fault.Invalid, "already_verified", "This visitor is verified already")
		case to == "":
			return fault.New(fault.Invalid, "nothing_to_verify", "This visitor has given no address that a code can be sent to")
		}
		if err := updateVerificationAsked(ctx, tx, a.AccountID, convID, s.millis()); err != nil {
			return err
		}
		asked := a.event()
		asked.ConversationID, asked.Kind, asked.Detail = convID, EventVerificationAsked, to
		if err := s.note(ctx, tx, a.AccountID, asked); err != nil {
			return err
		}
		s.publishAfter(tx, realtime.Event{Kind: realtime.Conversation, AccountID: a.AccountID, ConversationID: convID})
		c, err = conversationOf(ctx, tx, a.AccountID, convID)
		return err
	})
	return c, err
}

// unprovenSession is the newest session of a conversation that claims an address and has not
// proven one; an empty one when there is none.
func unprovenSession(ctx context.Context, q db.Querier, accountID, convID string) (Session, error) {
	v, err := scanSession(q.QueryRow(ctx, `/* unprovenSession */ SELECT `+sessionColumns+` FROM support_sessions s
		WHERE s.conversation_id = ? AND s.account_id = ? AND s.verified = false AND (s.email IS NOT NULL OR s.phone IS NOT NULL)
		ORDER BY s.created_at DESC, s._id DESC LIMIT 1`, convID, accountID))
	if errors.Is(err, db.ErrNoRows) {
		return Session{}, nil
	}
	return v, err
}

func updateVerificationAsked(ctx context.Context, tx *db.Tx, accountID, convID string, at int64) error {
	_, err := tx.Exec(ctx, `/* updateVerificationAsked */ UPDATE support_conversations SET verification_asked_at = ?, updated_at = ?
		WHERE _id = ? AND account_id = ?`, at, at, convID, accountID)
	if err != nil {
		return fmt.Errorf("ask for verification: %w", err)
	}
	return nil
}
