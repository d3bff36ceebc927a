package support

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

const tokenColumns = `_id, account_id, user_id, token, purpose, domain, scopes, require_origin, expiry_time, expires_at,
	status, last_used, created_at, regenerated_at, first_id`

// tokenRow adds what a token gains with time.
const tokenRow = tokenColumns + `, COALESCE(seen_origin, ''), COALESCE(seen_at, 0), delete_at`

func scanToken(row db.Scanner) (Token, error) {
	var t Token
	var createdBy *string
	var scopes string
	err := row.Scan(&t.ID, &t.AccountID, &createdBy, &t.digest, &t.purpose, &t.Domain, &scopes, &t.RequireOrigin, &t.ExpiryTime,
		&t.ExpiresAt, &t.Status, &t.LastUsed, &t.CreatedAt, &t.RegeneratedAt, text{&t.firstID}, &t.SeenOrigin, &t.SeenAt, &t.DeleteAt)
	if errors.Is(err, db.ErrNoRows) {
		return t, errNotFound
	}
	if err == nil {
		err = json.Unmarshal([]byte(scopes), &t.Scopes)
	}
	if err != nil {
		return t, fmt.Errorf("read token: %w", err)
	}
	if createdBy != nil {
		t.CreatedBy = *createdBy
	}
	return t, nil
}

func insertToken(ctx context.Context, tx *db.Tx, t Token) error {
	scopes, err := json.Marshal(t.Scopes)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `/* insertToken */ INSERT INTO support_tokens (`+tokenColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.ID, t.AccountID, nullable(t.CreatedBy), t.digest, t.purpose, t.Domain, string(scopes), t.RequireOrigin, t.ExpiryTime,
		t.ExpiresAt, t.Status, t.LastUsed, t.CreatedAt, t.RegeneratedAt, nullable(t.firstID))
	return err
}

func updateTokenString(ctx context.Context, tx *db.Tx, t Token) error {
	_, err := tx.Exec(ctx, `/* updateTokenString */ UPDATE support_tokens
		SET token = ?, expires_at = ?, status = ?, regenerated_at = ?, delete_at = NULL, warned_days = 0 WHERE _id = ? AND account_id = ?`,
		t.digest, t.ExpiresAt, t.Status, t.RegeneratedAt, t.ID, t.AccountID)
	return err
}

func updateTokenDeleteAt(ctx context.Context, tx *db.Tx, tokenID string, at *int64) error {
	_, err := tx.Exec(ctx, `/* updateTokenDeleteAt */ UPDATE support_tokens SET delete_at = ? WHERE _id = ?`, at, tokenID)
	return err
}

func revokeAllTokens(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `/* revokeAllTokens */ UPDATE support_tokens SET status = ?`, TokenRevoked)
	return err
}

// deleteToken deletes a token, with its site's own settings when it was the last one of that site.
func deleteToken(ctx context.Context, tx *db.Tx, t Token) error {
	if _, err := tx.Exec(ctx, `/* deleteToken */ DELETE FROM support_tokens WHERE _id = ? AND account_id = ?`, t.ID, t.AccountID); err != nil {
		return err
	}
	return forgetSite(ctx, tx, t.AccountID, t.sessionsID())
}

// tokenOf reads a token that the account's admins may manage; the demo's is not among them.
func tokenOf(ctx context.Context, q db.Querier, accountID, tokenID string) (Token, error) {
	return scanToken(q.QueryRow(ctx, `/* tokenOf */ SELECT `+tokenRow+` FROM support_tokens
		WHERE _id = ? AND account_id = ? AND purpose = ?`, tokenID, accountID, purposeSite))
}

func tokensOf(ctx context.Context, q db.Querier, accountID string) ([]Token, error) {
	rows, err := q.Query(ctx, `/* tokensOf */ SELECT `+tokenRow+` FROM support_tokens
		WHERE account_id = ? AND purpose = ? ORDER BY created_at DESC, _id DESC`, accountID, purposeSite)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return collect(rows, scanToken)
}

// sitesOf lists where the account's conversations can begin, the demo included.
func sitesOf(ctx context.Context, q db.Querier, accountID string) ([]string, error) {
	rows, err := q.Query(ctx, `/* sitesOf */ SELECT DISTINCT domain FROM support_tokens WHERE account_id = ? ORDER BY domain`, accountID)
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	return collect(rows, scanID)
}

// tokenByID reads a token by what its JWT says; the row then says which account it belongs to.
func tokenByID(ctx context.Context, q db.Querier, tokenID string) (Token, error) {
	return scanToken(q.QueryRow(ctx, `/* tokenByID */ SELECT `+tokenRow+` FROM support_tokens WHERE _id = ?`, tokenID))
}

func domainUsable(ctx context.Context, q db.Querier, domain string, now int64) (bool, error) {
	var found bool
	err := q.QueryRow(ctx, `/* domainUsable */ SELECT EXISTS (SELECT 1 FROM support_tokens
		WHERE domain = ? AND status = ? AND expires_at > ?)`, domain, TokenActive, now).Scan(&found)
	return found, err
}

func demoTokenID(ctx context.Context, q db.Querier, accountID string) (string, error) {
	var tokenID string
	err := q.QueryRow(ctx, `/* demoTokenID */ SELECT _id FROM support_tokens
		WHERE account_id = ? AND status = ? AND purpose = ?`, accountID, TokenActive, purposeDemo).Scan(&tokenID)
	return tokenID, err
}
