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

func contactByExternalID(ctx context.Context, q db.Querier, accountID, externalID string) (string, error) {
	return optionalID(q.QueryRow(ctx, `/* contactByExternalID */ SELECT _id FROM contacts WHERE account_id = ? AND external_id = ?`,
		accountID, externalID))
}

const contactColumns = `k._id, k.name, k.email, k.phone, k.email_verified, k.phone_verified, k.external_id, k.created_at, k.updated_at,
	k.last_seen`

func (c *Contact) fields() []any {
	return []any{
		&c.ID, text{&c.Name}, text{&c.Email}, text{&c.Phone}, &c.EmailVerified, &c.PhoneVerified, text{&c.ExternalID},
		&c.CreatedAt, &c.UpdatedAt, &c.LastSeen,
	}
}

func scanContact(row db.Scanner) (Contact, error) {
	var c Contact
	err := row.Scan(c.fields()...)
	if errors.Is(err, db.ErrNoRows) {
		return c, errNotFound
	}
	if err != nil {
		return c, fmt.Errorf("read contact: %w", err)
	}
	return c, nil
}

func contactOf(ctx context.Context, q db.Querier, accountID, contactID string) (Contact, error) {
	return scanContact(q.QueryRow(ctx, `/* contactOf */ SELECT `+contactColumns+` FROM contacts k
		WHERE k._id = ? AND k.account_id = ?`, contactID, accountID))
}

func insertContact(ctx context.Context, tx *db.Tx, accountID string, c Contact, now int64) error {
	_, err := tx.Exec(ctx, `/* insertContact */ INSERT INTO contacts
		(_id, account_id, name, email, phone, email_verified, phone_verified, external_id, created_at, updated_at, last_seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.ID, accountID, nullable(c.Name), nullable(c.Email), nullable(c.Phone),
		c.EmailVerified, c.PhoneVerified, nullable(c.ExternalID), now, now, now)
	return err
}

func updateContact(ctx context.Context, tx *db.Tx, accountID string, c Contact, now int64) error {
	_, err := tx.Exec(ctx, `/* updateContact */ UPDATE contacts
		SET name = ?, email = ?, phone = ?, email_verified = ?, phone_verified = ?, external_id = ?, updated_at = ?
		WHERE _id = ? AND account_id = ?`, nullable(c.Name), nullable(c.Email), nullable(c.Phone), c.EmailVerified, c.PhoneVerified,
		nullable(c.ExternalID), now, c.ID, accountID)
	return err
}

// deleteIfAnonymous removes a contact that nothing is known about and nothing belongs to.
func deleteIfAnonymous(ctx context.Context, tx *db.Tx, accountID, contactID string) error {
	_, err := tx.Exec(ctx, `/* deleteIfAnonymous */ DELETE FROM contacts
		WHERE _id = ? AND account_id = ? AND email IS NULL AND phone IS NULL AND external_id IS NULL
			AND NOT EXISTS (SELECT 1 FROM support_sessions s WHERE s.contact_id = contacts._id)
			AND NOT EXISTS (SELECT 1 FROM support_conversations c WHERE c.contact_id = contacts._id)`, contactID, accountID)
	return err
}
