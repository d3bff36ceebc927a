package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

// messageColumns shows the conversation's contact as the sender of a visitor's message.
const messageColumns = `m._id, m.conversation_id, m.seq, m.client_id, m.sender_type,
	CASE WHEN m.sender_type = 'visitor' THEN c.contact_id ELSE m.sender_id END, m.sender_name, m.private, m.text, m.files,
	m.created_at, m.edited_at, m.deleted_at`

const messageTables = ` FROM support_messages m JOIN support_conversations c ON c._id = m.conversation_id `

func scanMessage(row db.Scanner) (Message, error) {
	var m Message
	err := row.Scan(&m.ID, &m.ConversationID, &m.Seq, &m.ClientID, &m.SenderType, &m.SenderID, text{&m.SenderName}, &m.Private,
		&m.Text, &m.fileCount, &m.CreatedAt, &m.EditedAt, &m.DeletedAt)
	if errors.Is(err, db.ErrNoRows) {
		return m, errNotFound
	}
	if err != nil {
		return m, fmt.Errorf("read message: %w", err)
	}
	return m, nil
}

// storedSender is the sender as the table keeps it: a visitor is whoever the conversation's
// contact is, so that a retry after a verification still finds its first message.
func storedSender(m Message) string {
	if m.SenderType == byVisitor {
		return ""
	}
	return m.SenderID
}

func messageByClientID(ctx context.Context, q db.Querier, accountID string, m Message, clientID string) (Message, error) {
	return scanMessage(q.QueryRow(ctx, `/* messageByClientID */ SELECT `+messageColumns+messageTables+`
		WHERE m.conversation_id = ? AND m.sender_type = ? AND m.sender_id = ? AND m.client_id = ? AND m.account_id = ?`,
		m.ConversationID, m.SenderType, storedSender(m), clientID, accountID))
}

func messageBySeq(ctx context.Context, q db.Querier, accountID, convID string, seq int64) (Message, error) {
	return scanMessage(q.QueryRow(ctx, `/* messageBySeq */ SELECT `+messageColumns+messageTables+`
		WHERE m.conversation_id = ? AND m.seq = ? AND m.account_id = ?`, convID, seq, accountID))
}

// listMessages returns up to one more than the limit; newest first when reading backwards.
func listMessages(ctx context.Context, q db.Querier, accountID, convID string, r MessageRange, notes bool) ([]Message, error) {
	query := `/* listMessages */ SELECT ` + messageColumns + messageTables + `WHERE m.conversation_id = ? AND m.account_id = ? AND m.seq > ?`
	args := []any{convID, accountID, r.AfterSeq}
	if !notes {
		query += ` AND m.private = false`
	}
	if r.BeforeSeq > 0 {
		query += ` AND m.seq < ? ORDER BY m.seq DESC LIMIT ?`
		args = append(args, r.BeforeSeq, r.Limit+1)
	} else {
		query += ` ORDER BY m.seq LIMIT ?`
		args = append(args, r.Limit+1)
	}
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return collect(rows, scanMessage)
}

// insertMessage reports false, and stores nothing, when the conversation has a message of the same
// sender and client_id.
func insertMessage(ctx context.Context, tx *db.Tx, accountID string, m Message) (bool, error) {
	n, err := tx.Exec(ctx, `/* insertMessage */ INSERT INTO support_messages
		(_id, account_id, conversation_id, seq, client_id, sender_type, sender_id, sender_name, private, text, files, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (conversation_id, sender_type, sender_id, client_id) DO NOTHING`,
		m.ID, accountID, m.ConversationID, m.Seq, m.ClientID, m.SenderType, storedSender(m),
		nullable(m.SenderName), m.Private, m.Text, m.fileCount, m.CreatedAt)
	return n > 0, err
}

// conversationEnd is what the next message of a conversation depends on.
type conversationEnd struct {
	row       int64 // by which it is found again at once, within this write
	lastSeq   int64
	status    string
	shelf     string
	contactID string
	assigned  bool
	waits     bool
}

func endOfConversation(ctx context.Context, tx *db.Tx, accountID, convID string) (conversationEnd, error) {
	var e conversationEnd
	err := tx.QueryRow(ctx, `/* endOfConversation */ SELECT rowid, last_seq, status, shelf, contact_id, assignee_id IS NOT NULL, waiting_since IS NOT NULL
		FROM support_conversations WHERE _id = ? AND account_id = ?`, convID, accountID).
		Scan(&e.row, &e.lastSeq, &e.status, &e.shelf, &e.contactID, &e.assigned, &e.waits)
	if errors.Is(err, db.ErrNoRows) {
		return e, errNotFound
	}
	return e, err
}

// shelfAfter is where a conversation lies after a message that is no note: the team's own does
// not wake a snoozed one, and spam stays spam.
func (e conversationEnd) shelfAfter(m Message) string {
	if e.shelf == shelfSpam || (e.shelf == shelfSnoozed && m.SenderType != byVisitor) {
		return e.shelf
	}
	return shelfOpen
}

func advanceByNote(ctx context.Context, tx *db.Tx, accountID string, m Message) error {
	_, err := tx.Exec(ctx, `/* advanceByNote */ UPDATE support_conversations SET last_seq = ?, updated_at = ? WHERE _id = ? AND account_id = ?`,
		m.Seq, m.CreatedAt, m.ConversationID, accountID)
	return err
}

// What a message changes in its conversation, which it reopens: a visitor's, and an agent's, who has
// read what stood before. Every message runs one of them, so what never differs is no parameter.
const (
	advanceByVisitor = `/* advanceByVisitor */ UPDATE support_conversations
		SET last_seq = ?, visitor_seq = ?, agent_unread = agent_unread + 1, last_message = ?, last_sender = 'visitor',
			last_message_at = ?, updated_at = ?, status = 'active' WHERE rowid = ? AND account_id = ?`
	advanceByAgent = `/* advanceByAgent */ UPDATE support_conversations
		SET last_seq = ?, visitor_seq = ?, visitor_unread = visitor_unread + 1, last_message = ?, last_sender = 'agent',
			last_message_at = ?, updated_at = ?, status = 'active', agent_read_seq = ?, agent_unread = 0 WHERE rowid = ? AND account_id = ?`
)

func advanceByMessage(ctx context.Context, tx *db.Tx, accountID string, m Message, end conversationEnd) error {
	query, args := advanceByVisitor, append(make([]any, 0, 8), m.Seq, m.Seq, clip(previewText(m), preview), m.CreatedAt, m.CreatedAt)
	if m.SenderType == byAgent {
		query, args = advanceByAgent, append(args, m.Seq)
	}
	if _, err := tx.Exec(ctx, query, append(args, end.row, accountID)...); err != nil {
		return err
	}
	return end.move(ctx, tx, accountID, m)
}

// move changes what a message seldom changes: whether somebody waits for an answer, and where in
// the inbox the conversation lies. Apart, because an index is written for each column that a
// statement names, whether or not its value differs.
func (e conversationEnd) move(ctx context.Context, tx *db.Tx, accountID string, m Message) error {
	if visitor := m.SenderType == byVisitor; visitor != e.waits {
		var since *int64
		if visitor {
			since = &m.CreatedAt
		}
		if _, err := tx.Exec(ctx, `/* setWaiting */ UPDATE support_conversations SET waiting_since = ? WHERE _id = ? AND account_id = ?`,
			since, m.ConversationID, accountID); err != nil {
			return err
		}
	}
	shelf := e.shelfAfter(m)
	if shelf == e.shelf {
		return nil
	}
	_, err := tx.Exec(ctx, `/* setShelf */ UPDATE support_conversations SET shelf = ?, snoozed_until = NULL WHERE _id = ? AND account_id = ?`,
		shelf, m.ConversationID, accountID)
	return err
}

func messageOf(ctx context.Context, q db.Querier, accountID, convID, messageID string) (Message, error) {
	return scanMessage(q.QueryRow(ctx, `/* messageOf */ SELECT `+messageColumns+messageTables+`
		WHERE m._id = ? AND m.conversation_id = ? AND m.account_id = ?`, messageID, convID, accountID))
}

func updateMessage(ctx context.Context, tx *db.Tx, accountID string, m Message) error {
	_, err := tx.Exec(ctx, `/* updateMessage */ UPDATE support_messages SET text = ?, files = ?, edited_at = ?, deleted_at = ?
		WHERE _id = ? AND account_id = ?`, m.Text, m.fileCount, m.EditedAt, m.DeletedAt, m.ID, accountID)
	return err
}

// updatePreview renews what lists show when the changed message is the newest one there, and
// lets clients that were away see that something changed.
func updatePreview(ctx context.Context, tx *db.Tx, accountID string, m Message, now int64) error {
	_, err := tx.Exec(ctx, `/* updatePreview */ UPDATE support_conversations
		SET updated_at = ?, last_message = CASE WHEN visitor_seq = ? THEN ? ELSE last_message END WHERE _id = ? AND account_id = ?`,
		now, m.Seq, nullable(clip(previewText(m), preview)), m.ConversationID, accountID)
	return err
}
