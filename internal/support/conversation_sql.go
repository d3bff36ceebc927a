package support

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"deskbell/internal/db"
)

const conversationColumns = `c._id, c.account_id, c.site, c.status, c.verified, c.auth_attr, c.last_seq, c.visitor_seq,
	c.visitor_read_seq, c.agent_read_seq, c.visitor_unread, c.agent_unread, c.last_message, c.last_sender, c.last_message_at,
	c.assignee_id, c.tags, c.rating_score, c.rating_comment, c.rated_at, c.created_at, c.updated_at, c.shelf, c.snoozed_until,
	c.priority, c.waiting_since, c.team_id, c.verification_asked_at IS NOT NULL, c.awaits_turn, ` + contactColumns + `,
	c.claimed_name, (SELECT u.name FROM users u WHERE u._id = c.assignee_id), (SELECT g.name FROM teams g WHERE g._id = c.team_id)`

const conversationTables = ` FROM support_conversations c JOIN contacts k ON k._id = c.contact_id AND k.account_id = c.account_id `

func scanConversation(row db.Scanner) (Conversation, error) {
	var c Conversation
	var tags string
	var score, ratedAt *int64
	var comment, shelf string
	var priority int
	fields := append([]any{&c.ID, &c.AccountID, &c.Site, &c.Status, &c.Verified, (*[]byte)(&c.AuthAttr), &c.LastSeq, &c.VisitorSeq,
		&c.VisitorReadSeq, &c.AgentReadSeq, &c.VisitorUnread, &c.AgentUnread, text{&c.LastMessage}, text{&c.LastSender},
		&c.LastMessageAt, text{&c.AssigneeID}, &tags, &score, text{&comment}, &ratedAt, &c.CreatedAt, &c.UpdatedAt,
		&shelf, &c.SnoozedUntil, &priority, &c.WaitingSince, text{&c.TeamID}, &c.VerificationAsked, &c.awaitsTurn,
	}, c.Contact.fields()...)
	err := row.Scan(append(fields, text{&c.ClaimedName}, text{&c.AssigneeName}, text{&c.TeamName})...)
	if errors.Is(err, db.ErrNoRows) {
		return c, errNotFound
	}
	if err != nil {
		return c, fmt.Errorf("read conversation: %w", err)
	}
	if score != nil && ratedAt != nil {
		c.Rating = &Rating{Score: *score, Comment: comment, CreatedAt: *ratedAt}
	}
	c.Spam, c.Snoozed, c.Priority = shelf == shelfSpam, shelf == shelfSnoozed, Priorities[priority]
	c.Tags = []string{}
	if tags == "[]" {
		return c, nil
	}
	if err := json.Unmarshal([]byte(tags), &c.Tags); err != nil {
		return c, fmt.Errorf("read tags: %w", err)
	}
	return c, nil
}

func conversationOf(ctx context.Context, q db.Querier, accountID, convID string) (Conversation, error) {
	return scanConversation(q.QueryRow(ctx, `/* conversationOf */ SELECT `+conversationColumns+conversationTables+`
		WHERE c._id = ? AND c.account_id = ?`, convID, accountID))
}

// conversationsOf returns those conversations of the account that exist, in any order.
func conversationsOf(ctx context.Context, q db.Querier, accountID string, convIDs []string) ([]Conversation, error) {
	wanted, err := json.Marshal(convIDs)
	if err != nil {
		return nil, err
	}
	rows, err := q.Query(ctx, `/* conversationsOf */ SELECT `+conversationColumns+` FROM json_each(?) w
		CROSS JOIN support_conversations c ON c._id = w.value JOIN contacts k ON k._id = c.contact_id AND k.account_id = c.account_id
		WHERE c.account_id = ?`, string(wanted), accountID)
	if err != nil {
		return nil, fmt.Errorf("read conversations: %w", err)
	}
	return collect(rows, scanConversation)
}

// byUpdated is the newest activity first.
func byUpdated(a, b Conversation) int {
	return cmp.Or(cmp.Compare(b.UpdatedAt, a.UpdatedAt), cmp.Compare(b.ID, a.ID))
}

// byListed is the order of lists, the newest first.
func byListed(a, b Conversation) int {
	return cmp.Or(cmp.Compare(b.listedAt, a.listedAt), cmp.Compare(b.ID, a.ID))
}

func insertConversation(ctx context.Context, tx *db.Tx, v Session, site string, now int64) error {
	_, err := tx.Exec(ctx, `/* insertConversation */ INSERT INTO support_conversations
		(_id, account_id, contact_id, site, type, status, auth_attr, verified, last_seq, visitor_seq, visitor_read_seq, agent_read_seq,
		 visitor_unread, agent_unread, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, false, 0, 0, 0, 0, 0, 0, ?, ?)`,
		v.ConversationID, v.AccountID, v.ContactID, site, ConversationType, ConversationActive, string(v.AuthAttr), now, now)
	return err
}

func updateConversation(ctx context.Context, tx *db.Tx, c Conversation) error {
	tags, err := json.Marshal(c.Tags)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `/* updateConversation */ UPDATE support_conversations
		SET status = ?, shelf = ?, snoozed_until = ?, priority = ?, waiting_since = ?, assignee_id = ?, team_id = ?, tags = ?,
			awaits_turn = ?, updated_at = ? WHERE _id = ? AND account_id = ?`,
		c.Status, c.shelf(), c.SnoozedUntil, slices.Index(Priorities, c.Priority), c.WaitingSince, nullable(c.AssigneeID), nullable(c.TeamID),
		string(tags), c.awaitsTurn, c.UpdatedAt, c.ID, c.AccountID)
	return err
}

// replaceTags makes a conversation findable by exactly its tags.
func replaceTags(ctx context.Context, tx *db.Tx, c Conversation) error {
	if _, err := tx.Exec(ctx, `/* deleteTags */ DELETE FROM support_conversation_tags WHERE conversation_id = ? AND account_id = ?`,
		c.ID, c.AccountID); err != nil {
		return err
	}
	for _, tag := range c.Tags {
		if _, err := tx.Exec(ctx, `/* insertTag */ INSERT INTO support_conversation_tags (conversation_id, account_id, tag, shelf, updated_at)
			VALUES (?, ?, ?, ?, ?)`, c.ID, c.AccountID, tag, c.shelf(), c.UpdatedAt); err != nil {
			return err
		}
	}
	return nil
}

// updateConversationContact labels a conversation that nobody has proven to be theirs.
func updateConversationContact(ctx context.Context, tx *db.Tx, accountID, convID, contactID string) error {
	_, err := tx.Exec(ctx, `/* updateConversationContact */ UPDATE support_conversations SET contact_id = ?
		WHERE _id = ? AND account_id = ? AND verified = false`, contactID, convID, accountID)
	return err
}

func updateRating(ctx context.Context, tx *db.Tx, accountID, convID string, r Rating) error {
	_, err := tx.Exec(ctx, `/* updateRating */ UPDATE support_conversations
		SET rating_score = ?, rating_comment = ?, rated_at = ?, updated_at = ? WHERE _id = ? AND account_id = ?`,
		r.Score, nullable(r.Comment), r.CreatedAt, r.CreatedAt, convID, accountID)
	return err
}

func updateAuthAttr(ctx context.Context, tx *db.Tx, accountID, convID string, attr []byte) error {
	_, err := tx.Exec(ctx, `/* updateAuthAttr */ UPDATE support_conversations SET auth_attr = ? WHERE _id = ? AND account_id = ?`,
		string(attr), convID, accountID)
	return err
}

// updateProven gives a conversation to the contact that proved an address.
func updateProven(ctx context.Context, tx *db.Tx, accountID, convID, contactID string) error {
	_, err := tx.Exec(ctx, `/* updateProven */ UPDATE support_conversations SET contact_id = ?, verified = true, verification_asked_at = NULL
		WHERE _id = ? AND account_id = ?`, contactID, convID, accountID)
	return err
}

// openProven finds the newest open conversation, other than one, that a contact itself proved.
// Those that others merely claimed to be the contact's are never joined; empty ones, which devices
// leave behind when they join, come last. A contact has few conversations, so they are sorted here:
// asked to sort, the engine would go through all of the account's instead of through the contact's.
func openProven(ctx context.Context, q db.Querier, accountID, contactID, otherThan string) (string, error) {
	rows, err := q.Query(ctx, `/* openProven */ SELECT _id, status, last_seq, updated_at FROM support_conversations
		WHERE contact_id = ? AND account_id = ? AND verified = true AND _id <> ?`, contactID, accountID, otherThan)
	if err != nil {
		return "", fmt.Errorf("find proven conversation: %w", err)
	}
	list, err := collect(rows, func(row db.Scanner) (c Conversation, err error) {
		err = row.Scan(&c.ID, &c.Status, &c.LastSeq, &c.UpdatedAt)
		return c, err
	})
	list = slices.DeleteFunc(list, func(c Conversation) bool { return c.Status != ConversationActive })
	if err != nil || len(list) == 0 {
		return "", err
	}
	return slices.MaxFunc(list, func(a, b Conversation) int {
		return cmp.Or(cmp.Compare(min(a.LastSeq, 1), min(b.LastSeq, 1)), cmp.Compare(a.UpdatedAt, b.UpdatedAt), cmp.Compare(a.ID, b.ID))
	}).ID, nil
}

func updateRead(ctx context.Context, tx *db.Tx, c Conversation) error {
	_, err := tx.Exec(ctx, `/* updateRead */ UPDATE support_conversations
		SET visitor_read_seq = ?, agent_read_seq = ?, visitor_unread = ?, agent_unread = ? WHERE _id = ? AND account_id = ?`,
		c.VisitorReadSeq, c.AgentReadSeq, c.VisitorUnread, c.AgentUnread, c.ID, c.AccountID)
	return err
}

func lastSeq(ctx context.Context, q db.Querier, accountID, convID string) (seq int64, err error) {
	err = q.QueryRow(ctx, `/* lastSeq */ SELECT last_seq FROM support_conversations WHERE _id = ? AND account_id = ?`,
		convID, accountID).Scan(&seq)
	return seq, err
}

// countUnreadMessages recounts, from the read positions of c, what either side has not read.
func countUnreadMessages(ctx context.Context, q db.Querier, c Conversation) (visitor, agent int64, err error) {
	err = q.QueryRow(ctx, `/* countUnreadMessages */ SELECT
			COUNT(*) FILTER (WHERE sender_type <> ? AND private = false AND seq > ?),
			COUNT(*) FILTER (WHERE sender_type = ? AND seq > ?)
		FROM support_messages WHERE conversation_id = ? AND seq > ? AND account_id = ?`,
		byVisitor, c.VisitorReadSeq, byVisitor, c.AgentReadSeq, c.ID, min(c.VisitorReadSeq, c.AgentReadSeq), c.AccountID).
		Scan(&visitor, &agent)
	return visitor, agent, err
}

func countUnread(ctx context.Context, q db.Querier, accountID string) (n int64, err error) {
	err = q.QueryRow(ctx, `/* countUnread */ SELECT unread_conversations FROM accounts WHERE _id = ?`, accountID).Scan(&n)
	return n, err
}

// memberExists reports whether somebody may be assigned; nobody (”) always may.
func memberExists(ctx context.Context, q db.Querier, accountID, userID string) (found bool, err error) {
	if userID == "" {
		return true, nil
	}
	err = q.QueryRow(ctx, `/* memberExists */ SELECT EXISTS (SELECT 1 FROM users
		WHERE _id = ? AND account_id = ? AND disabled = false)`, userID, accountID).Scan(&found)
	return found, err
}
