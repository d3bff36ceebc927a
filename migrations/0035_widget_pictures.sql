-- +goose Up

-- The pictures of the team that the widget shows, small squares. The settings name the one that holds; the
-- address needs no login, so the id is random.
CREATE TABLE widget_pictures (
	_id          TEXT PRIMARY KEY,
	account_id   TEXT NOT NULL REFERENCES accounts(_id) ON DELETE CASCADE,
	created_at   BIGINT NOT NULL,
	content_type TEXT NOT NULL,
	content      BLOB NOT NULL
);
CREATE INDEX widget_pictures_account ON widget_pictures(account_id, created_at);

-- +goose Down
DROP TABLE widget_pictures;
