package support

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/jobs"
)

// MaxHold is how long a message may wait for its writer to take it back.
const MaxHold = 5 * time.Second

// JobSendPending is the kind of the job that sends a held message when nothing else did, as after
// a restart.
const JobSendPending = "message.send"

// lateBy is how much later than the message's own time that job looks.
const lateBy = time.Second

// PendingJob is the payload of JobSendPending.
type PendingJob struct {
	PendingID string `json:"pending_id"`
}

// PendingMessage is a message of the team that waits, so that its writer can take it back.
type PendingMessage struct {
	ID             string
	ConversationID string
	PostMessage
	// SendAt is when it is sent (Unix ms).
	SendAt int64
	// Files are its attachments; PendingMessages alone fills them in.
	Files []File

	accountID, userID, userName string
}

// heldMessage is how a table keeps what waits.
type heldMessage struct {
	Text        string   `json:"text"`
	Private     bool     `json:"private"`
	Attachments []string `json:"attachments"`
	Close       bool     `json:"close"`
}

// HoldAgentMessage keeps a message on disk and sends it after the given time, at most MaxHold,
// unless CancelPending takes it back. Repeating a client_id returns what waits already. When it was
// sent meanwhile, PostAgentMessage returns it. Kinds: Invalid, NotFound, Conflict (sent).
func (s *Service) HoldAgentMessage(ctx context.Context, a Actor, convID string, in PostMessage, hold time.Duration) (PendingMessage, error) {
	if hold <= 0 || hold > MaxHold {
		return PendingMessage{}, fault.Field("hold_ms", "hold_ms must be 1 to 5000")
	}
	if err := in.validate(); err != nil {
		return PendingMessage{}, err
	}
	var p PendingMessage
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := conversationOf(ctx, tx, a.AccountID, convID); err != nil {
			return err
		}
		m := Message{ConversationID: convID, SenderType: byAgent, SenderID: a.UserID}
		if _, err := s.firstMessage(ctx, tx, a.AccountID, m, in); !fault.Is(err, fault.NotFound) {
			return orElse(err, errSent)
		}
		var err error
		if p, err = pendingBy(ctx, tx, a, convID, in.ClientID); err == nil || !errors.Is(err, db.ErrNoRows) {
			return err
		}
		for _, fileID := range in.Attachments {
			if free, err := unattached(ctx, tx, a, convID, fileID); err != nil || !free {
				return orElse(err, errAttachments)
			}
		}
		p = PendingMessage{
			ID: s.newID(), ConversationID: convID, PostMessage: in, SendAt: s.millis() + hold.Milliseconds(),
			accountID: a.AccountID, userID: a.UserID, userName: a.Name,
		}
		if err := insertPending(ctx, tx, p, s.millis()); err != nil {
			return err
		}
		if err := deleteDraft(ctx, tx, a.AccountID, convID, a.UserID); err != nil {
			return err
		}
		payload, err := json.Marshal(PendingJob{PendingID: p.ID})
		if err != nil {
			return err
		}
		tx.AfterCommit(func() { s.sendLater(p.ID, hold) })
		runAt := p.SendAt + lateBy.Milliseconds()
		return s.jobs.Enqueue(ctx, tx, jobs.Job{
			ID: s.newID(), AccountID: a.AccountID, Kind: JobSendPending, Payload: payload, RunAt: runAt, GiveUpAt: runAt + (24 * time.Hour).Milliseconds(),
		})
	})
	return p, err
}

var errSent = fault.New(fault.Conflict, "already_sent", "This message was already sent")

// sendLater sends a held message on time; should that fail, its job sends it.
func (s *Service) sendLater(pendingID string, after time.Duration) {
	time.AfterFunc(after, func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.SendPending(ctx, PendingJob{PendingID: pendingID}); err != nil && !fault.Is(err, fault.NotFound) {
			s.log.Warn("held message not sent yet", "error", err)
		}
	})
}

// SendPending sends a held message, once. Kinds: NotFound when it was sent or taken back.
func (s *Service) SendPending(ctx context.Context, job PendingJob) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := scanPending(tx.QueryRow(ctx, `/* pendingToSend */ SELECT `+pendingColumns+pendingTables+` WHERE p._id = ?`, job.PendingID))
		if errors.Is(err, db.ErrNoRows) {
			return errNotFound
		}
		if err != nil {
			return err
		}
		in := p.PostMessage
		in.uploader = p.userID
		m := Message{ConversationID: p.ConversationID, SenderType: byAgent, SenderID: p.userID, SenderName: p.userName}
		if _, _, err := s.appendIn(ctx, tx, p.accountID, m, in); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `/* sentPending */ DELETE FROM support_pending_messages WHERE _id = ?`, p.ID)
		return err
	})
}

// PendingMessages lists the actor's own messages that wait in a conversation, in the order in which
// they will be sent. Kinds: NotFound.
func (s *Service) PendingMessages(ctx context.Context, a Actor, convID string) ([]PendingMessage, error) {
	if _, err := conversationOf(ctx, s.db.Read(), a.AccountID, convID); err != nil {
		return nil, err
	}
	rows, err := s.db.Read().Query(ctx, `/* pendingMessages */ SELECT `+pendingColumns+pendingTables+`
		WHERE p.conversation_id = ? AND p.user_id = ? AND p.account_id = ? ORDER BY p.send_at, p._id`, convID, a.UserID, a.AccountID)
	if err != nil {
		return nil, fmt.Errorf("list held messages: %w", err)
	}
	list, err := collect(rows, scanPending)
	for i := range list {
		if err != nil {
			break
		}
		list[i].Files, err = s.uploadsOf(ctx, a, list[i].Attachments)
	}
	return list, err
}

// uploadsOf reads files of the actor's own by their ids, in this order.
func (s *Service) uploadsOf(ctx context.Context, a Actor, ids []string) (files []File, err error) {
	for _, fileID := range ids {
		f, err := uploadOf(ctx, s.db.Read(), a, fileID)
		if err != nil {
			return nil, err
		}
		s.link(&f)
		files = append(files, f)
	}
	return files, nil
}

// CancelPending takes a held message back; its text becomes the actor's draft again.
// Kinds: NotFound, also when it was sent already.
func (s *Service) CancelPending(ctx context.Context, a Actor, convID, pendingID string) (Draft, error) {
	var d Draft
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := scanPending(tx.QueryRow(ctx, `/* pendingToCancel */ SELECT `+pendingColumns+pendingTables+`
			WHERE p._id = ? AND p.conversation_id = ? AND p.user_id = ? AND p.account_id = ?`, pendingID, convID, a.UserID, a.AccountID))
		if errors.Is(err, db.ErrNoRows) {
			return errNotFound
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `/* cancelPending */ DELETE FROM support_pending_messages WHERE _id = ? AND account_id = ?`,
			p.ID, a.AccountID); err != nil {
			return err
		}
		d = Draft{Text: p.Text, Private: p.Private, UpdatedAt: s.millis()}
		if d.Text == "" {
			return nil
		}
		return upsertDraft(ctx, tx, a, convID, d)
	})
	return d, err
}

const pendingColumns = `p._id, p.account_id, p.conversation_id, p.user_id, u.name, p.client_id, p.message, p.send_at`

const pendingTables = ` FROM support_pending_messages p JOIN users u ON u._id = p.user_id`

func scanPending(row db.Scanner) (p PendingMessage, err error) {
	var content []byte
	if err = row.Scan(&p.ID, &p.accountID, &p.ConversationID, &p.userID, &p.userName, &p.ClientID, &content, &p.SendAt); err != nil {
		return p, err
	}
	var held heldMessage
	err = json.Unmarshal(content, &held)
	p.Text, p.Private, p.Attachments, p.Close = held.Text, held.Private, held.Attachments, held.Close
	return p, err
}

func pendingBy(ctx context.Context, q db.Querier, a Actor, convID, clientID string) (PendingMessage, error) {
	return scanPending(q.QueryRow(ctx, `/* pendingBy */ SELECT `+pendingColumns+pendingTables+`
		WHERE p.conversation_id = ? AND p.user_id = ? AND p.client_id = ? AND p.account_id = ?`, convID, a.UserID, clientID, a.AccountID))
}

func insertPending(ctx context.Context, tx *db.Tx, p PendingMessage, now int64) error {
	content, err := json.Marshal(heldMessage{p.Text, p.Private, p.Attachments, p.Close})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `/* insertPending */ INSERT INTO support_pending_messages
		(_id, account_id, conversation_id, user_id, client_id, message, send_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.accountID, p.ConversationID, p.userID, p.ClientID, string(content), p.SendAt, now)
	return err
}

// unattached reports whether a file is the actor's own upload in the conversation and in no message,
// nor in one that waits.
func unattached(ctx context.Context, q db.Querier, a Actor, convID, fileID string) (free bool, err error) {
	err = q.QueryRow(ctx, `/* unattached */ SELECT EXISTS (SELECT 1 FROM support_files WHERE _id = ? AND account_id = ? AND conversation_id = ?
		AND uploader_type = ? AND uploader_id = ? AND message_seq IS NULL)
		AND NOT EXISTS (SELECT 1 FROM support_pending_messages p JOIN json_each(p.message, '$.attachments') f
			WHERE p.conversation_id = ? AND p.user_id = ? AND f.value = ?)`,
		fileID, a.AccountID, convID, byAgent, a.UserID, convID, a.UserID, fileID).Scan(&free)
	return free, err
}
