package support

import (
	"context"
	"errors"
	"fmt"
	"io"

	"deskbell/internal/db"
	"deskbell/internal/id"
)

// MaxPictureSize is how large (bytes) a picture of somebody may come.
const MaxPictureSize = 5 << 20

// PicturePath is where a picture is had, by its id and nothing else.
const PicturePath = "/pictures/"

// SetPicture makes the actor's picture of what r gives, at most MaxPictureSize bytes: the middle of it as a
// square of 128 pixels without metadata. It has another address than the one before, which is gone, and
// the id is returned. Kinds: Invalid.
func (s *Service) SetPicture(ctx context.Context, a Actor, r io.Reader) (string, error) {
	content, contentType, err := s.files.Portrait(ctx, r)
	if err != nil {
		return "", err
	}
	pictureID := id.NewRandom()
	return pictureID, s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `/* upsertPicture */ INSERT INTO user_pictures (_id, user_id, content_type, content) VALUES (?, ?, ?, ?)
			ON CONFLICT (user_id) DO UPDATE SET _id = excluded._id, content_type = excluded.content_type, content = excluded.content`,
			pictureID, a.UserID, contentType, content); err != nil {
			return err
		}
		return setPicture(ctx, tx, a, pictureID)
	})
}

// RemovePicture leaves the actor with their initials; no picture is no error.
func (s *Service) RemovePicture(ctx context.Context, a Actor) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `/* deletePicture */ DELETE FROM user_pictures WHERE user_id = ?`, a.UserID); err != nil {
			return err
		}
		return setPicture(ctx, tx, a, "")
	})
}

func setPicture(ctx context.Context, tx *db.Tx, a Actor, pictureID string) error {
	_, err := tx.Exec(ctx, `/* setPicture */ UPDATE users SET picture = ? WHERE _id = ? AND account_id = ?`, pictureID, a.UserID, a.AccountID)
	return err
}

// Picture returns somebody's picture. Kinds: NotFound.
func (s *Service) Picture(ctx context.Context, pictureID string) (content []byte, contentType string, err error) {
	err = s.db.Read().QueryRow(ctx, `/* picture */ SELECT content, content_type FROM user_pictures WHERE _id = ?`, pictureID).Scan(&content, &contentType)
	if errors.Is(err, db.ErrNoRows) {
		return nil, "", errNotFound
	}
	if err != nil {
		return nil, "", fmt.Errorf("read picture: %w", err)
	}
	return content, contentType, nil
}
