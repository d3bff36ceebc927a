package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

func optionalID(row *db.Row) (string, error) {
	var found string
	err := row.Scan(&found)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find id: %w", err)
	}
	return found, nil
}

func contactByEmail(ctx context.Context, q db.Querier, accountID, email string) (string, error) {
	return optionalID(q.QueryRow(ctx, `/* contactByEmail */ SELECT _id FROM contacts
		WHERE account_id = ? AND email = ? ORDER BY email_verified DESC, created_at, _id LIMIT 1`, accountID, email))
}

func contactByPhone(ctx context.Context, q db.Querier, accountID, phone string) (string, error) {
	return optionalID(q.QueryRow(ctx, `/* contactByPhone */ SELECT _id FROM contacts
		WHERE account_id = ? AND phone = ? ORDER BY phone_verified DESC, created_at, _id LIMIT 1`, accountID, phone))
}

func verifiedByEmail(ctx context.Context, q db.Querier, accountID, email string) (string, error) {
	return optionalID(q.QueryRow(ctx, `/* verifiedByEmail */ SELECT _id FROM contacts
		WHERE account_id = ? AND email = ? AND email_verified = true`, accountID, email))
}

func verifiedByPhone(ctx context.Context, q db.Querier, accountID, phone string) (string, error) {
	return optionalID(q.QueryRow(ctx, `/* verifiedByPhone */ SELECT _id FROM contacts
		WHERE account_id = ? AND phone = ? AND phone_verified = true`, accountID, phone))
}

func contactOf(ctx context.Context, q db.Querier, accountID, contactID string) (Contact, error) {
	c := Contact{ID: contactID}
	err := q.QueryRow(ctx, `/* contactOf */ SELECT name, email, phone, email_verified, phone_verified FROM contacts
		WHERE _id = ? AND account_id = ?`, contactID, accountID).
		Scan(text{&c.Name}, text{&c.Email}, text{&c.Phone}, &c.EmailVerified, &c.PhoneVerified)
	if errors.Is(err, db.ErrNoRows) {
		return c, errNotFound
	}
	return c, err
}

func insertContact(ctx context.Context, tx *db.Tx, accountID string, c Contact, now int64) error {
	_, err := tx.Exec(ctx, `/* insertContact */ INSERT INTO contacts
		(_id, account_id, name, email, phone, email_verified, phone_verified, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.ID, accountID, nullable(c.Name), nullable(c.Email), nullable(c.Phone),
		c.EmailVerified, c.PhoneVerified, now, now)
	return err
}

func updateContact(ctx context.Context, tx *db.Tx, accountID string, c Contact, now int64) error {
	_, err := tx.Exec(ctx, `/* updateContact */ UPDATE contacts
		SET name = ?, email = ?, phone = ?, email_verified = ?, phone_verified = ?, updated_at = ? WHERE _id = ? AND account_id = ?`,
		nullable(c.Name), nullable(c.Email), nullable(c.Phone), c.EmailVerified, c.PhoneVerified, now, c.ID, accountID)
	return err
}
