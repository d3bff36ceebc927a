package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

const contactNotes = `SELECT n._id, n.contact_id, n.user_id, u.name, n.client_id, n.text, n.created_at, n.edited_at
	FROM contact_notes n LEFT JOIN users u ON u._id = n.user_id AND u.account_id = n.account_id `

func scanContactNote(row db.Scanner) (n ContactNote, err error) {
	err = row.Scan(&n.ID, &n.ContactID, &n.UserID, text{&n.UserName}, &n.ClientID, &n.Text, &n.CreatedAt, &n.EditedAt)
	if errors.Is(err, db.ErrNoRows) {
		return n, errNotFound
	}
	if err != nil {
		return n, fmt.Errorf("read note: %w", err)
	}
	return n, nil
}

func notesOn(ctx context.Context, q db.Querier, accountID, contactID string, most int) ([]ContactNote, error) {
	rows, err := q.Query(ctx, `/* notesOn */ `+contactNotes+`WHERE n.contact_id = ? AND n.account_id = ?
		ORDER BY n.created_at DESC, n._id DESC LIMIT ?`, contactID, accountID, most)
	if err != nil {
		return nil, fmt.Errorf("list notes: %w", err)
	}
	return collect(rows, scanContactNote)
}

func noteByClientID(ctx context.Context, q db.Querier, accountID, userID, clientID string) (ContactNote, error) {
	return scanContactNote(q.QueryRow(ctx, `/* noteByClientID */ `+contactNotes+`WHERE n.user_id = ? AND n.client_id = ? AND n.account_id = ?`,
		userID, clientID, accountID))
}

func contactNoteOf(ctx context.Context, q db.Querier, accountID, contactID, noteID string) (ContactNote, error) {
	return scanContactNote(q.QueryRow(ctx, `/* contactNoteOf */ `+contactNotes+`WHERE n._id = ? AND n.contact_id = ? AND n.account_id = ?`,
		noteID, contactID, accountID))
}

func insertContactNote(ctx context.Context, tx *db.Tx, accountID string, n ContactNote) error {
	_, err := tx.Exec(ctx, `/* insertContactNote */ INSERT INTO contact_notes (_id, account_id, contact_id, user_id, client_id, text, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, n.ID, accountID, n.ContactID, n.UserID, n.ClientID, n.Text, n.CreatedAt)
	return err
}

func updateContactNote(ctx context.Context, tx *db.Tx, accountID string, n ContactNote) error {
	_, err := tx.Exec(ctx, `/* updateContactNote */ UPDATE contact_notes SET text = ?, edited_at = ? WHERE _id = ? AND account_id = ?`,
		n.Text, n.EditedAt, n.ID, accountID)
	return err
}

func deleteContactNote(ctx context.Context, tx *db.Tx, accountID, noteID string) error {
	_, err := tx.Exec(ctx, `/* deleteContactNote */ DELETE FROM contact_notes WHERE _id = ? AND account_id = ?`, noteID, accountID)
	return err
}
