package support

import (
	"context"
	"errors"
	"fmt"

	"deskbell/internal/db"
)

const fileColumns = `_id, account_id, conversation_id, uploader_type, uploader_id, COALESCE(message_seq, 0), name, content_type, size,
	width, height, thumbnail_type, created_at`

func scanFile(row db.Scanner) (File, error) {
	var f File
	err := row.Scan(&f.ID, &f.AccountID, &f.ConversationID, &f.uploaderType, &f.uploaderID, &f.seq, &f.Name, &f.ContentType, &f.Size,
		&f.Width, &f.Height, text{&f.thumbnailType}, &f.CreatedAt)
	if errors.Is(err, db.ErrNoRows) {
		return f, errNotFound
	}
	if err != nil {
		return f, fmt.Errorf("read file: %w", err)
	}
	return f, nil
}

func insertFile(ctx context.Context, tx *db.Tx, f File) error {
	_, err := tx.Exec(ctx, `/* insertFile */ INSERT INTO support_files
		(_id, account_id, conversation_id, uploader_type, uploader_id, name, content_type, size, width, height, thumbnail_type, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, f.ID, f.AccountID, f.ConversationID, f.uploaderType, f.uploaderID, f.Name, f.ContentType,
		f.Size, f.Width, f.Height, nullable(f.thumbnailType), f.CreatedAt)
	return err
}

// linkedFile reads the file that a signed link names: the signature stands for the account's
// permission, so this is the one read without an account.
func linkedFile(ctx context.Context, q db.Querier, fileID string) (File, error) {
	return scanFile(q.QueryRow(ctx, `/* linkedFile */ SELECT `+fileColumns+` FROM support_files WHERE _id = ?`, fileID))
}

func uploadOf(ctx context.Context, q db.Querier, a Actor, fileID string) (File, error) {
	return scanFile(q.QueryRow(ctx, `/* uploadOf */ SELECT `+fileColumns+` FROM support_files
		WHERE _id = ? AND account_id = ? AND uploader_type = ? AND uploader_id = ?`, fileID, a.AccountID, byAgent, a.UserID))
}

func fileExists(ctx context.Context, q db.Querier, fileID string) (found bool, err error) {
	err = q.QueryRow(ctx, `/* fileExists */ SELECT EXISTS (SELECT 1 FROM support_files WHERE _id = ?)`, fileID).Scan(&found)
	return found, err
}

// filesBetween lists the files of a conversation's messages from one position to another.
func filesBetween(ctx context.Context, q db.Querier, accountID, convID string, first, last int64) ([]File, error) {
	rows, err := q.Query(ctx, `/* filesBetween */ SELECT `+fileColumns+` FROM support_files
		WHERE conversation_id = ? AND message_seq >= ? AND message_seq <= ? AND account_id = ? ORDER BY message_seq, position`,
		convID, first, last, accountID)
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return collect(rows, scanFile)
}

// attachFile shows an unattached upload in a message and reports whether there was such a one of
// this uploader in this conversation.
func attachFile(ctx context.Context, tx *db.Tx, accountID, fileID string, m Message, uploaderID string, position int) (bool, error) {
	n, err := tx.Exec(ctx, `/* attachFile */ UPDATE support_files SET message_seq = ?, position = ?
		WHERE _id = ? AND account_id = ? AND conversation_id = ? AND uploader_type = ? AND uploader_id = ? AND message_seq IS NULL`,
		m.Seq, position, fileID, accountID, m.ConversationID, m.SenderType, uploaderID)
	return n == 1, err
}

// uploadedSince adds up what a session has uploaded, and tells when the oldest of it was.
func uploadedSince(ctx context.Context, q db.Querier, accountID, sessionID string, since int64) (n, bytes, oldest int64, err error) {
	err = q.QueryRow(ctx, `/* uploadedSince */ SELECT COUNT(*), COALESCE(SUM(size), 0), COALESCE(MIN(created_at), 0) FROM support_files
		WHERE uploader_id = ? AND created_at > ? AND account_id = ?`, sessionID, since, accountID).Scan(&n, &bytes, &oldest)
	return n, bytes, oldest, err
}

// unattachedFiles lists some uploads of a time that no message has.
func unattachedFiles(ctx context.Context, q db.Querier, until int64) ([]string, error) {
	rows, err := q.Query(ctx, `/* unattachedFiles */ SELECT _id FROM support_files
		WHERE message_seq IS NULL AND created_at <= ? ORDER BY created_at LIMIT 100`, until)
	if err != nil {
		return nil, fmt.Errorf("list unattached files: %w", err)
	}
	return collect(rows, scanID)
}

// deleteUnattached reports false for a file that a message got meanwhile.
func deleteUnattached(ctx context.Context, tx *db.Tx, fileID string) (bool, error) {
	n, err := tx.Exec(ctx, `/* deleteUnattached */ DELETE FROM support_files WHERE _id = ? AND message_seq IS NULL`, fileID)
	return n == 1, err
}

// deleteFilesOfMessage forgets the files of one message and returns their ids.
func deleteFilesOfMessage(ctx context.Context, tx *db.Tx, accountID, convID string, seq int64) ([]string, error) {
	rows, err := tx.Query(ctx, `/* deleteFilesOfMessage */ DELETE FROM support_files
		WHERE conversation_id = ? AND message_seq = ? AND account_id = ? RETURNING _id`, convID, seq, accountID)
	if err != nil {
		return nil, fmt.Errorf("delete files: %w", err)
	}
	return collect(rows, scanID)
}

// deleteFilesOfConversation forgets all files of a conversation and returns their ids.
func deleteFilesOfConversation(ctx context.Context, tx *db.Tx, accountID, convID string) ([]string, error) {
	rows, err := tx.Query(ctx, `/* deleteFilesOfConversation */ DELETE FROM support_files
		WHERE conversation_id = ? AND account_id = ? RETURNING _id`, convID, accountID)
	if err != nil {
		return nil, fmt.Errorf("delete files: %w", err)
	}
	return collect(rows, scanID)
}
