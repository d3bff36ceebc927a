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
// shows it. Its files stay. Kinds: Invalid, Forbidden, NotFound, Conflict (deleted).
func (s *Service) EditMessage(ctx context.Context, a Actor, convID, messageID, text string) (Message, error) {
	text = strings.TrimSpace(text)
	return s.changeMessage(ctx, a, convID, messageID, func(_ *db.Tx, m *Message) error {
		bad := fault.Fields{}
		validText(bad, text, m.fileCount)
		if err := bad.Err(); err != nil {
			return err
		}
		if m.DeletedAt != nil {
			return errDeleted
		}
		now := s.millis()
		m.Text, m.EditedAt = text, &now
		return nil
	})
}

// DeleteMessage takes one of the actor's own messages back: its place stays, its text and its
// files are gone for everybody. Kinds: Forbidden, NotFound.
func (s *Service) DeleteMessage(ctx context.Context, a Actor, convID, messageID string) (Message, error) {
	var files []string
	m, err := s.changeMessage(ctx, a, convID, messageID, func(tx *db.Tx, m *Message) error {
		if m.DeletedAt != nil {
			return nil
		}
		now := s.millis()
		m.Text, m.fileCount, m.Files, m.DeletedAt = "", 0, nil, &now
		var err error
		files, err = deleteFilesOfMessage(ctx, tx, a.AccountID, convID, m.Seq)
		return err
	})
	if err == nil {
		s.removeFiles(files)
	}
	return m, err
}

// removeFiles removes from the disk what no table has any more; what fails is left to the sweep.
func (s *Service) removeFiles(ids []string) {
	for _, fileID := range ids {
		if err := s.files.Remove(fileID); err != nil {
			s.log.Warn("file not removed", "file_id", fileID, "error", err)
		}
	}
}

// OwnMessage reads a message that the actor may edit or delete. Kinds: Forbidden, NotFound.
func (s *Service) OwnMessage(ctx context.Context, a Actor, convID, messageID string) (Message, error) {
	m, err := ownMessage(ctx, s.db.Read(), a, convID, messageID)
	if err == nil {
		err = s.fillFiles(ctx, s.db.Read(), a.AccountID, &m)
	}
	return m, err
}

func ownMessage(ctx context.Context, q db.Querier, a Actor, convID, messageID string) (Message, error) {
	m, err := messageOf(ctx, q, a.AccountID, convID, messageID)
	if err == nil && (m.SenderType != byAgent || m.SenderID != a.UserID) {
		err = errNotOwn
	}
	return m, err
}

func (s *Service) changeMessage(ctx context.Context, a Actor, convID, messageID string, change func(*db.Tx, *Message) error) (Message, error) {
	var m Message
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		if m, err = ownMessage(ctx, tx, a, convID, messageID); err != nil {
			return err
		}
		if err := s.fillFiles(ctx, tx, a.AccountID, &m); err != nil {
			return err
		}
		was := m
		if err := change(tx, &m); err != nil {
			return err
		}
		if m.Text == was.Text && (m.DeletedAt == nil) == (was.DeletedAt == nil) {
			m = was // sent twice: nothing to write or to tell
			return nil
		}
		if err := updateMessage(ctx, tx, a.AccountID, m); err != nil {
			return err
		}
		if m.DeletedAt != nil {
			if err := deleteMentions(ctx, tx, a.AccountID, m); err != nil {
				return err
			}
		} else if err := s.mention(ctx, tx, a.AccountID, m); err != nil {
			return err
		}
		if err := updatePreview(ctx, tx, a.AccountID, m, s.millis()); err != nil {
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
// the stream must not show it.
func (s *Service) ChangedMessage(ctx context.Context, a *StreamAuth, seq int64) (Message, bool, error) {
	m, err := messageBySeq(ctx, s.db.Read(), a.AccountID(), a.ConversationID, seq)
	if fault.Is(err, fault.NotFound) || (err == nil && (m.Private || seq <= a.FromSeq)) {
		return Message{}, false, nil
	}
	if err == nil {
		err = s.fillFiles(ctx, s.db.Read(), a.AccountID(), &m)
	}
	return m, err == nil, err
}
