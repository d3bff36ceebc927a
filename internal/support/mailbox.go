package support

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/jobs"
)

// KeptMail is a mail that was written to the data directory because no mail server is set.
type KeptMail struct {
	ID        string
	AccountID string
	// File is its name within the mail directory.
	File      string
	Recipient string
	Subject   string
	CreatedAt int64
	// ExpiresAt is when it is deleted (Unix ms), because the code in it ends; nil when never.
	ExpiresAt *int64
}

// NoteKeptMail lists a mail for the admins of its account.
func (s *Service) NoteKeptMail(ctx context.Context, m KeptMail) error {
	m.ID, m.CreatedAt = s.newID(), s.millis()
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `/* insertKeptMail */ INSERT INTO kept_mails
			(_id, account_id, file, recipient, subject, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			m.ID, m.AccountID, m.File, m.Recipient, m.Subject, m.CreatedAt, m.ExpiresAt)
		return err
	})
}

const keptMailColumns = `_id, account_id, file, recipient, subject, created_at, expires_at`

func scanKeptMail(row db.Scanner) (KeptMail, error) {
	var m KeptMail
	err := row.Scan(&m.ID, &m.AccountID, &m.File, &m.Recipient, &m.Subject, &m.CreatedAt, &m.ExpiresAt)
	if errors.Is(err, db.ErrNoRows) {
		return m, errNotFound
	}
	if err != nil {
		return m, fmt.Errorf("read kept mail: %w", err)
	}
	return m, nil
}

// KeptMails lists the newest 100 mails that were not sent. Admins only.
func (s *Service) KeptMails(ctx context.Context, a Actor) ([]KeptMail, error) {
	if err := a.mustAdmin(); err != nil {
		return nil, err
	}
	rows, err := s.db.Read().Query(ctx, `/* keptMails */ SELECT `+keptMailColumns+` FROM kept_mails
		WHERE account_id = ? AND COALESCE(expires_at, ?) > ? ORDER BY created_at DESC, _id DESC LIMIT 100`,
		a.AccountID, s.millis()+1, s.millis())
	if err != nil {
		return nil, fmt.Errorf("list kept mails: %w", err)
	}
	return collect(rows, scanKeptMail)
}

func (s *Service) keptMail(ctx context.Context, a Actor, mailID string) (KeptMail, error) {
	if err := a.mustAdmin(); err != nil {
		return KeptMail{}, err
	}
	return scanKeptMail(s.db.Read().QueryRow(ctx, `/* keptMail */ SELECT `+keptMailColumns+` FROM kept_mails
		WHERE _id = ? AND account_id = ? AND COALESCE(expires_at, ?) > ?`, mailID, a.AccountID, s.millis()+1, s.millis()))
}

// ReadKeptMail returns one mail that was not sent with its text, which read gives for a file's name.
// Admins only. Kinds: Forbidden, NotFound.
func (s *Service) ReadKeptMail(ctx context.Context, a Actor, mailID string, read func(file string) (string, error)) (KeptMail, string, error) {
	m, err := s.keptMail(ctx, a, mailID)
	if err != nil {
		return m, "", err
	}
	text, err := read(m.File)
	if errors.Is(err, fs.ErrNotExist) {
		err = fault.Wrap(fault.NotFound, "not_found", "This mail was deleted", err)
	}
	return m, text, err
}

// FailedDeliveries lists what could not be sent although a server is set. Admins only.
func (s *Service) FailedDeliveries(ctx context.Context, a Actor) ([]jobs.Job, error) {
	if err := a.mustAdmin(); err != nil {
		return nil, err
	}
	return s.jobs.Dead(ctx, a.AccountID)
}

// RetryDelivery tries to send something again that was given up, for as long as the first time. What it
// sends is made anew. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) RetryDelivery(ctx context.Context, a Actor, jobID string) error {
	if err := a.mustAdmin(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		found, err := s.jobs.Retry(ctx, tx, a.AccountID, jobID)
		if err != nil || !found {
			return orElse(err, errNotFound)
		}
		return s.audit(ctx, tx, a, "outbox.retry", jobID, "")
	})
}

// ExpireKeptMails forgets mails whose code has ended and returns their files, to be deleted.
func (s *Service) ExpireKeptMails(ctx context.Context) (files []string, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `/* expireKeptMails */ DELETE FROM kept_mails WHERE expires_at <= ? RETURNING file`, s.millis())
		if err != nil {
			return err
		}
		files, err = collect(rows, func(row db.Scanner) (file string, err error) {
			err = row.Scan(&file)
			return file, err
		})
		return err
	})
	return files, err
}
