package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

func insertResumeLink(ctx context.Context, tx *db.Tx, digest string, l resumeLink) error {
	_, err := tx.Exec(ctx, `/* insertResumeLink */ INSERT INTO resume_links (digest, account_id, conversation_id, site_id, name, email, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, digest, l.accountID, l.conversationID, l.siteID, nullable(l.name), l.email, l.createdAt)
	return err
}

// resumeLinkOf returns the link with a key's digest. Kinds: NotFound.
func resumeLinkOf(ctx context.Context, q db.Querier, digest string) (l resumeLink, err error) {
	err = q.QueryRow(ctx, `/* resumeLinkOf */ SELECT digest, account_id, conversation_id, session_id, site_id, name, email, used_at, created_at
		FROM resume_links WHERE digest = ?`, digest).
		Scan(&l.digest, &l.accountID, &l.conversationID, text{&l.sessionID}, &l.siteID, text{&l.name}, &l.email, &l.usedAt, &l.createdAt)
	if errors.Is(err, db.ErrNoRows) {
		return l, errNotFound
	}
	if err != nil {
		return l, fmt.Errorf("read link: %w", err)
	}
	return l, nil
}

func updateResumeSession(ctx context.Context, tx *db.Tx, digest, sessionID string) error {
	_, err := tx.Exec(ctx, `/* updateResumeSession */ UPDATE resume_links SET session_id = ? WHERE digest = ?`, sessionID, digest)
	return err
}

func updateResumeUsed(ctx context.Context, tx *db.Tx, digest string, now int64) error {
	_, err := tx.Exec(ctx, `/* updateResumeUsed */ UPDATE resume_links SET used_at = COALESCE(used_at, ?) WHERE digest = ?`, now, digest)
	return err
}

// moveResumeLinks lets the links of a conversation that was merged lead to the one it goes on in.
func moveResumeLinks(ctx context.Context, tx *db.Tx, accountID, goneID, keptID string) error {
	_, err := tx.Exec(ctx, `/* moveResumeLinks */ UPDATE resume_links SET conversation_id = ? WHERE conversation_id = ? AND account_id = ?`, keptID, goneID, accountID)
	return err
}

func deleteResumeLinks(ctx context.Context, tx *db.Tx, before int64) error {
	_, err := tx.Exec(ctx, `/* deleteResumeLinks */ DELETE FROM resume_links WHERE created_at < ?`, before)
	return err
}
