-- +goose Up

-- The website that a token was last used on, and when (Unix ms).
ALTER TABLE support_tokens ADD COLUMN seen_origin TEXT;
ALTER TABLE support_tokens ADD COLUMN seen_at BIGINT;

-- How many requests came with a token on a day, counted in days since 1970 in UTC.
CREATE TABLE support_token_days (
	token_id TEXT NOT NULL REFERENCES support_tokens(_id) ON DELETE CASCADE,
	day      BIGINT NOT NULL,
	requests BIGINT NOT NULL,
	PRIMARY KEY (token_id, day)
);

-- +goose Down
DROP TABLE support_token_days;
ALTER TABLE support_tokens DROP COLUMN seen_at;
ALTER TABLE support_tokens DROP COLUMN seen_origin;
