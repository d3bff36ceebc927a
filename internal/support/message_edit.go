package support

import (
	"context"
	"strings"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/realtime"
)

var (
	errNotOwn  = fault.New(fault.Forbidden, "not_own_message", "You can only change your own messages")
	errDeleted = fault.New(fault.Conflict, "message_deleted", "This message was deleted")
)

// EditMessage replaces the text of one of the actor's own messages and tells every stream that
// shows it. Kinds: Invalid, Forbidden, NotFound, Conflict (deleted).
func (s *Service) EditMessage(ctx context.Context, a Actor, convID, messageID, text string) (Message, error) {
	text = strings.TrimSpace(text)
	bad := fault.Fields{}
	validText(bad, text)
	if err := bad.Err(); err != nil {
		return Message{}, err
	}
	return s.changeMessage(ctx, a, convID, messageID, func(m *Message, now int64) error {
		if m.DeletedAt != nil {
			return errDeleted
		}
		m.Text, m.EditedAt = text, &now
		return nil
	})
}

// DeleteMessage takes one of the actor's own messages back: its place stays, its text is gone
// for everybody. Kinds: Forbidden, NotFound.
func (s *Service) DeleteMessage(ctx context.Context, a Actor, convID, messageID string) (Message, error) {
	return s.changeMessage(ctx, a, convID, messageID, func(m *Message, now int64) error {
		if m.DeletedAt == nil {
			m.Text, m.DeletedAt = "", &now
		}
		return nil
	})
}

func (s *Service) changeMessage(ctx context.Context, a Actor, convID, messageID string, change func(*Message, int64) error) (Message, error) {
	var m Message
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		if m, err = messageOf(ctx, tx, a.AccountID, convID, messageID); err != nil {
			return err
		}
		if m.SenderType != byAgent || m.SenderID != a.UserID {
			return errNotOwn
		}
		now := s.millis()
		if err := change(&m, now); err != nil {
			return err
		}
		if err := updateMessage(ctx, tx, a.AccountID, m); err != nil {
			return err
		}
		if err := updatePreview(ctx, tx, a.AccountID, m, now); err != nil {
			return err
		}
		s.publishAfter(tx, realtime.Event{
			Kind: realtime.Message, AccountID: a.AccountID, ConversationID: convID, UserID: m.SenderID,
			Seq: m.Seq, Private: m.Private, Changed: true,
		})
		return nil
	})
	return m, err
}

// ChangedMessage reads a message that was edited or deleted, for a visitor's stream; false when
// the stream has not come to it yet or must not show it.
func (s *Service) ChangedMessage(ctx context.Context, a *StreamAuth, seq int64) (Message, bool, error) {
	m, err := messageBySeq(ctx, s.db.Read(), a.AccountID(), a.ConversationID, seq)
	if fault.Is(err, fault.NotFound) {
		return m, false, nil
	}
	return m, err == nil && !m.Private && seq > a.FromSeq, err
}
