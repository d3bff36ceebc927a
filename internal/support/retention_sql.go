package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

// retentionOf returns an account's rules; before the first change everything is kept.
func retentionOf(ctx context.Context, q db.Querier, accountID string) (r Retention, err error) {
	err = q.QueryRow(ctx, `/* retentionOf */ SELECT conversation_days, file_days, address_days, version FROM retention_rules WHERE account_id = ?`, accountID).
		Scan(&r.ConversationDays, &r.FileDays, &r.AddressDays, &r.Version)
	if errors.Is(err, db.ErrNoRows) {
		return Retention{}, nil
	}
	return r, err
}

func upsertRetention(ctx context.Context, tx *db.Tx, accountID string, r Retention) error {
	_, err := tx.Exec(ctx, `/* upsertRetention */ INSERT INTO retention_rules (account_id, conversation_days, file_days, address_days, version)
		VALUES (?, ?, ?, ?, ?) ON CONFLICT (account_id) DO UPDATE SET conversation_days = excluded.conversation_days, file_days = excluded.file_days,
			address_days = excluded.address_days, version = excluded.version`, accountID, r.ConversationDays, r.FileDays, r.AddressDays, r.Version)
	return err
}

// retainingAccounts are those with a rule, or with something erased that the audit log does not know yet.
func retainingAccounts(ctx context.Context, q db.Querier) ([]string, error) {
	rows, err := q.Query(ctx, `/* retainingAccounts */ SELECT account_id FROM retention_rules
		WHERE conversation_days + file_days + address_days + erased_conversations + erased_files + erased_addresses > 0`)
	if err != nil {
		return nil, fmt.Errorf("list rules: %w", err)
	}
	return collect(rows, scanID)
}

func addErased(ctx context.Context, tx *db.Tx, accountID string, e Erasable) error {
	_, err := tx.Exec(ctx, `/* addErased */ UPDATE retention_rules SET erased_conversations = erased_conversations + ?,
		erased_files = erased_files + ?, erased_addresses = erased_addresses + ? WHERE account_id = ?`, e.Conversations, e.Files, e.Addresses, accountID)
	return err
}

// takeErased returns what was erased since it was last taken.
func takeErased(ctx context.Context, tx *db.Tx, accountID string) (e Erasable, err error) {
	err = tx.QueryRow(ctx, `/* erasedSoFar */ SELECT erased_conversations, erased_files, erased_addresses FROM retention_rules WHERE account_id = ?`, accountID).
		Scan(&e.Conversations, &e.Files, &e.Addresses)
	if err != nil || e == (Erasable{}) {
		return e, err
	}
	_, err = tx.Exec(ctx, `/* takeErased */ UPDATE retention_rules SET erased_conversations = 0, erased_files = 0, erased_addresses = 0 WHERE account_id = ?`, accountID)
	return e, err
}

// idleWhere is a conversation in which nothing has happened: nobody has it snoozed, no session of it was used, and it
// was not merged into one that goes on. It takes: before, now, before, before.
const idleWhere = `c.updated_at < ? AND (c.snoozed_until IS NULL OR c.snoozed_until < ?)
	AND NOT EXISTS (SELECT 1 FROM support_sessions s WHERE s.conversation_id = c._id AND s.last_activity >= ?)
	AND NOT EXISTS (SELECT 1 FROM conversation_merges m JOIN support_conversations k ON k._id = m.into_id
		WHERE m.conversation_id = c._id AND k.updated_at >= ?)`

// idleQuery finds idle conversations on every shelf, by the inbox's own indexes, which know empty ones apart.
const idleQuery = `SELECT c._id, c.contact_id FROM support_conversations c
		WHERE c.account_id = ? AND c.shelf IN ('open', 'snoozed', 'closed', 'spam') AND c.last_seq > 0 AND ` + idleWhere + `
	UNION ALL SELECT c._id, c.contact_id FROM support_conversations c
		WHERE c.account_id = ? AND c.shelf IN ('open', 'snoozed', 'closed', 'spam') AND c.last_seq = 0 AND ` + idleWhere

func idleArgs(accountID string, before, now int64) []any {
	half := []any{accountID, before, now, before, before}
	return append(half, half...)
}

type idleConversation struct{ id, contactID string }

func idleConversations(ctx context.Context, tx *db.Tx, accountID string, before, now, most int64) ([]idleConversation, error) {
	if before == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `/* idleConversations */ `+idleQuery+` LIMIT ?`, append(idleArgs(accountID, before, now), most)...)
	if err != nil {
		return nil, fmt.Errorf("list idle conversations: %w", err)
	}
	return collect(rows, func(row db.Scanner) (c idleConversation, err error) {
		err = row.Scan(&c.id, &c.contactID)
		return c, err
	})
}

func deleteOldestMessages(ctx context.Context, tx *db.Tx, accountID, convID string, most int64) (int64, error) {
	return tx.Exec(ctx, `/* deleteOldestMessages */ DELETE FROM support_messages WHERE rowid IN (
		SELECT rowid FROM support_messages WHERE conversation_id = ? AND account_id = ? ORDER BY seq LIMIT ?)`, convID, accountID, most)
}

// deleteNobody removes a contact of whom nothing is left: no name, no address, no conversation, no note, no block.
func deleteNobody(ctx context.Context, tx *db.Tx, accountID, contactID string) error {
	_, err := tx.Exec(ctx, `/* deleteNobody */ DELETE FROM contacts WHERE _id = ? AND account_id = ? AND kind = 'anonymous'
		AND NOT EXISTS (SELECT 1 FROM support_conversations c WHERE c.contact_id = contacts._id)
		AND NOT EXISTS (SELECT 1 FROM support_sessions s WHERE s.contact_id = contacts._id)
		AND NOT EXISTS (SELECT 1 FROM contact_notes n WHERE n.contact_id = contacts._id)
		AND NOT EXISTS (SELECT 1 FROM support_blocks b WHERE b.account_id = contacts.account_id AND b.kind = 'contact' AND b.value = contacts._id)`,
		contactID, accountID)
	return err
}

// messagePlace is where a message stands.
type messagePlace struct {
	conversationID string
	seq            int64
}

const oldFilesWhere = `account_id = ? AND created_at < ? AND message_seq IS NOT NULL`

func oldFiles(ctx context.Context, tx *db.Tx, accountID string, before, most int64) ([]messagePlace, error) {
	rows, err := tx.Query(ctx, `/* oldFiles */ SELECT conversation_id, message_seq FROM support_files WHERE `+oldFilesWhere+` ORDER BY created_at LIMIT ?`, accountID, before, most)
	if err != nil {
		return nil, fmt.Errorf("list old files: %w", err)
	}
	return collect(rows, func(row db.Scanner) (m messagePlace, err error) {
		err = row.Scan(&m.conversationID, &m.seq)
		return m, err
	})
}

// forgetFiles lets a message have no files; one without a text is then one that was removed.
func forgetFiles(ctx context.Context, tx *db.Tx, accountID string, m messagePlace, now int64) error {
	_, err := tx.Exec(ctx, `/* forgetFiles */ UPDATE support_messages SET files = 0, deleted_at = iif(text = '', COALESCE(deleted_at, ?), deleted_at)
		WHERE conversation_id = ? AND seq = ? AND account_id = ?`, now, m.conversationID, m.seq, accountID)
	return err
}

const addressesWhere = `account_id = ? AND ip <> '' AND created_at < ? AND last_activity < ?`

func emptyAddresses(ctx context.Context, tx *db.Tx, accountID string, before, most int64) (int64, error) {
	return tx.Exec(ctx, `/* emptyAddresses */ UPDATE support_sessions SET ip = '', user_agent = '' WHERE rowid IN (
		SELECT rowid FROM support_sessions WHERE `+addressesWhere+` LIMIT ?)`, accountID, before, before, most)
}

// expirePost lets the next clean-up delete kept mails, and forgets failed deliveries; it returns how many.
func expirePost(ctx context.Context, tx *db.Tx, accountID string, before, now, most int64) (int64, error) {
	mails, err := tx.Exec(ctx, `/* expireOldMails */ UPDATE kept_mails SET expires_at = ? WHERE _id IN (
		SELECT _id FROM kept_mails WHERE account_id = ? AND created_at < ? AND expires_at IS NULL LIMIT ?)`, now, accountID, before, most)
	if err != nil {
		return 0, err
	}
	dead, err := tx.Exec(ctx, `/* deleteOldFailures */ DELETE FROM jobs WHERE _id IN (
		SELECT _id FROM jobs WHERE account_id = ? AND status = 'dead' AND created_at < ? LIMIT ?)`, accountID, before, most)
	return max(mails, dead), err
}

// countErasable counts what would be erased, each up to the reach of a preview.
func countErasable(ctx context.Context, q db.Querier, accountID string, conversations, files, addresses, now int64) (e Erasable, err error) {
	for _, c := range []struct {
		to    *int64
		query string
		args  []any
	}{
		{&e.Conversations, idleQuery, idleArgs(accountID, conversations, now)},
		{&e.Files, `SELECT 1 FROM support_files WHERE ` + oldFilesWhere, []any{accountID, files}},
		{&e.Addresses, `SELECT 1 FROM support_sessions WHERE ` + addressesWhere, []any{accountID, addresses, addresses}},
	} {
		query := `/* countErasable */ SELECT COUNT(*) FROM (` + c.query + ` LIMIT ?)`
		if err := q.QueryRow(ctx, query, append(c.args, PreviewReach)...).Scan(c.to); err != nil {
			return e, fmt.Errorf("count what is old: %w", err)
		}
	}
	return e, nil
}
