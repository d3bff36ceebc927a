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

// unusedPicture is how long a picture of the team may wait for settings that name it to be saved, in ms.
const unusedPicture = 24 * 60 * 60 * 1000

// AddTeamPicture keeps a picture for the widget, made as SetPicture makes one, and returns its path for
// AvatarURL. It is gone later, unless settings of the account name it. Admins only. Kinds: Forbidden, Invalid.
func (s *Service) AddTeamPicture(ctx context.Context, a Actor, r io.Reader) (string, error) {
	if err := a.mustAdmin(); err != nil {
		return "", err
	}
	content, contentType, err := s.files.Portrait(ctx, r)
	if err != nil {
		return "", err
	}
	pictureID, now := id.NewRandom(), s.millis()
	return PicturePath + pictureID, s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `/* deleteUnusedPictures */ DELETE FROM widget_pictures WHERE account_id = ? AND created_at < ? AND NOT EXISTS (
			SELECT 1 FROM support_configs c WHERE c.account_id = widget_pictures.account_id AND c.settings LIKE '%' || widget_pictures._id || '%')`,
			a.AccountID, now-unusedPicture); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `/* insertTeamPicture */ INSERT INTO widget_pictures (_id, account_id, created_at, content_type, content) VALUES (?, ?, ?, ?, ?)`,
			pictureID, a.AccountID, now, contentType, content)
		return err
	})
}

// Picture returns a picture of somebody or of a team. Kinds: NotFound.
func (s *Service) Picture(ctx context.Context, pictureID string) (content []byte, contentType string, err error) {
	err = s.db.Read().QueryRow(ctx, `/* picture */ SELECT content, content_type FROM user_pictures WHERE _id = ?
		UNION ALL SELECT content, content_type FROM widget_pictures WHERE _id = ?`, pictureID, pictureID).Scan(&content, &contentType)
	if errors.Is(err, db.ErrNoRows) {
		return nil, "", errNotFound
	}
	if err != nil {
		return nil, "", fmt.Errorf("read picture: %w", err)
	}
	return content, contentType, nil
}
