package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

// replyMailRuleOf returns an account's rule; before the first change there are no mails.
func replyMailRuleOf(ctx context.Context, q db.Querier, accountID string) (r ReplyMailRule, err error) {
	err = q.QueryRow(ctx, `/* replyMailRuleOf */ SELECT minutes, version FROM reply_mail_rules WHERE account_id = ?`, accountID).Scan(&r.Minutes, &r.Version)
	if errors.Is(err, db.ErrNoRows) {
		return ReplyMailRule{}, nil
	}
	if err != nil {
		return r, fmt.Errorf("read rule of mails about replies: %w", err)
	}
	return r, nil
}

func upsertReplyMailRule(ctx context.Context, tx *db.Tx, accountID string, r ReplyMailRule) error {
	_, err := tx.Exec(ctx, `/* upsertReplyMailRule */ INSERT INTO reply_mail_rules (account_id, minutes, version) VALUES (?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET minutes = excluded.minutes, version = excluded.version`, accountID, r.Minutes, r.Version)
	return err
}

// unreadReplies is how far a conversation's visitor has read, and where mails for them go.
type unreadReplies struct {
	shelf                       string
	lastSeq, readSeq, mailedSeq int64
	siteID, name, email         string
}

// unreadRepliesOf reads a conversation for its mails. One that was proven to be somebody's has their proven address,
// others have what their newest session has said. Kinds: NotFound.
func unreadRepliesOf(ctx context.Context, q db.Querier, accountID, convID string) (u unreadReplies, err error) {
	var proven bool
	var verified string
	err = q.QueryRow(ctx, `/* unreadRepliesOf */ SELECT c.shelf, c.visitor_seq, c.visitor_read_seq, c.reply_mailed_seq, c.verified,
			iif(k.email_verified = true, k.email, NULL), s.token_id, s.name, s.email
		FROM support_conversations c JOIN contacts k ON k._id = c.contact_id
		LEFT JOIN support_sessions s ON s._id = (SELECT n._id FROM support_sessions n
			WHERE n.conversation_id = c._id AND n.account_id = c.account_id ORDER BY n.created_at DESC, n._id DESC LIMIT 1)
		WHERE c._id = ? AND c.account_id = ?`, convID, accountID).
		Scan(&u.shelf, &u.lastSeq, &u.readSeq, &u.mailedSeq, &proven, text{&verified}, text{&u.siteID}, text{&u.name}, text{&u.email})
	if errors.Is(err, db.ErrNoRows) {
		return u, errNotFound
	}
	if err != nil {
		return u, fmt.Errorf("read what is unread: %w", err)
	}
	if proven {
		u.email = verified
	}
	return u, nil
}

// countReplies counts the team's answers in a part of a conversation that were not taken back; after is none of them.
func countReplies(ctx context.Context, q db.Querier, accountID, convID string, after, upTo int64) (n int64, err error) {
	err = q.QueryRow(ctx, `/* countReplies */ SELECT COUNT(*) FROM support_messages WHERE conversation_id = ? AND account_id = ?
		AND seq > ? AND seq <= ? AND sender_type = 'agent' AND private = false AND deleted_at IS NULL`, convID, accountID, after, upTo).Scan(&n)
	return n, err
}

func updateReplyMailed(ctx context.Context, tx *db.Tx, accountID, convID string, seq int64) error {
	_, err := tx.Exec(ctx, `/* updateReplyMailed */ UPDATE support_conversations SET reply_mailed_seq = ? WHERE _id = ? AND account_id = ?`, seq, convID, accountID)
	return err
}

func hasStoppedReplyMails(ctx context.Context, q db.Querier, accountID, address string) (stopped bool, err error) {
	err = q.QueryRow(ctx, `/* hasStoppedReplyMails */ SELECT EXISTS (SELECT 1 FROM reply_mail_stops WHERE account_id = ? AND address = ?)`,
		accountID, address).Scan(&stopped)
	return stopped, err
}

func insertReplyMailStop(ctx context.Context, tx *db.Tx, accountID, address string, now int64) error {
	_, err := tx.Exec(ctx, `/* insertReplyMailStop */ INSERT INTO reply_mail_stops (account_id, address, created_at) VALUES (?, ?, ?)
		ON CONFLICT DO NOTHING`, accountID, address, now)
	return err
}

// workingToken returns the newest token of a site that works. Kinds: NotFound.
func workingToken(ctx context.Context, q db.Querier, accountID, siteID string, now int64) (Token, error) {
	return scanToken(q.QueryRow(ctx, `/* workingToken */ SELECT `+tokenRow+` FROM support_tokens
		WHERE COALESCE(first_id, _id) = ? AND account_id = ? AND status = ? AND expires_at > ? ORDER BY created_at DESC, _id DESC LIMIT 1`,
		siteID, accountID, TokenActive, now))
}
