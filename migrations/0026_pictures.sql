-- +goose Up

-- The pictures of people, small squares. The id is random: it stands in the address, which needs no login.
CREATE TABLE user_pictures (
	_id          TEXT PRIMARY KEY,
	user_id      TEXT NOT NULL UNIQUE REFERENCES users(_id) ON DELETE CASCADE,
	content_type TEXT NOT NULL,
	content      BLOB NOT NULL
);
ALTER TABLE users ADD COLUMN picture TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE users DROP COLUMN picture;
DROP TABLE user_pictures;
