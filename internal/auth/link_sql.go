package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"deskbell/internal/db"
	"deskbell/internal/keys"
)

func insertLink(ctx context.Context, tx *db.Tx, key string, l link) error {
	_, err := tx.Exec(ctx, `/* insertLink */ INSERT INTO access_links (digest, invite_id, user_id, expires_at) VALUES (?, ?, ?, ?)`,
		keys.Digest(key), sql.NullString{String: l.inviteID, Valid: l.inviteID != ""}, sql.NullString{String: l.userID, Valid: l.userID != ""}, l.expiresAt)
	return err
}

func linkByKey(ctx context.Context, q db.Querier, key string) (link, error) {
	var l link
	err := q.QueryRow(ctx, `/* linkByKey */ SELECT COALESCE(invite_id, ''), COALESCE(user_id, ''), expires_at FROM access_links WHERE digest = ?`,
		keys.Digest(key)).Scan(&l.inviteID, &l.userID, &l.expiresAt)
	if errors.Is(err, db.ErrNoRows) {
		return l, errLink
	}
	if err != nil {
		return l, fmt.Errorf("read link: %w", err)
	}
	return l, nil
}

func deleteUserLinks(ctx context.Context, tx *db.Tx, userID string) error {
	_, err := tx.Exec(ctx, `/* deleteUserLinks */ DELETE FROM access_links WHERE user_id = ?`, userID)
	return err
}

const inviteColumns = `_id, account_id, email, role, created_at, expires_at`

func scanInvite(row db.Scanner) (Invite, error) {
	var i Invite
	err := row.Scan(&i.ID, &i.AccountID, &i.Email, &i.Role, &i.CreatedAt, &i.ExpiresAt)
	if errors.Is(err, db.ErrNoRows) {
		return i, errLink
	}
	if err != nil {
		return i, fmt.Errorf("read invite: %w", err)
	}
	return i, nil
}

func inviteByID(ctx context.Context, q db.Querier, inviteID string) (Invite, error) {
	return scanInvite(q.QueryRow(ctx, `/* inviteByID */ SELECT `+inviteColumns+` FROM invites WHERE _id = ?`, inviteID))
}

func openInvites(ctx context.Context, q db.Querier, accountID string, now int64) ([]Invite, error) {
	rows, err := q.Query(ctx, `/* openInvites */ SELECT `+inviteColumns+` FROM invites WHERE account_id = ? AND expires_at > ? ORDER BY email`,
		accountID, now)
	if err != nil {
		return nil, fmt.Errorf("list invites: %w", err)
	}
	return db.Collect(rows, scanInvite)
}

// replaceInvite stores an invite; links of an earlier one for the same address end with it.
func replaceInvite(ctx context.Context, tx *db.Tx, i Invite) error {
	if _, err := tx.Exec(ctx, `/* endInvite */ DELETE FROM invites WHERE account_id = ? AND email = ?`, i.AccountID, i.Email); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `/* insertInvite */ INSERT INTO invites (`+inviteColumns+`) VALUES (?, ?, ?, ?, ?, ?)`,
		i.ID, i.AccountID, i.Email, i.Role, i.CreatedAt, i.ExpiresAt)
	return err
}

func deleteInvite(ctx context.Context, tx *db.Tx, inviteID string) error {
	_, err := tx.Exec(ctx, `/* deleteInvite */ DELETE FROM invites WHERE _id = ?`, inviteID)
	return err
}

func accountName(ctx context.Context, q db.Querier, accountID string) (name string, err error) {
	if err = q.QueryRow(ctx, `/* accountName */ SELECT name FROM accounts WHERE _id = ?`, accountID).Scan(&name); err != nil {
		err = fmt.Errorf("read account: %w", err)
	}
	return name, err
}

// ExpireLinks removes invites and links that ended.
func (s *Service) ExpireLinks(ctx context.Context) error {
	now := s.now().UnixMilli()
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `/* expireInvites */ DELETE FROM invites WHERE expires_at <= ?`, now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `/* expireLinks */ DELETE FROM access_links WHERE expires_at <= ?`, now)
		return err
	})
}
