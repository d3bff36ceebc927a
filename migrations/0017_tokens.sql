-- +goose Up

-- The website that a token was last used on, and when (Unix ms).
ALTER TABLE support_tokens ADD COLUMN seen_origin TEXT;
ALTER TABLE support_tokens ADD COLUMN seen_at BIGINT;

-- When a token that was replaced is to be deleted (Unix ms).
ALTER TABLE support_tokens ADD COLUMN delete_at BIGINT;

-- How many requests came with a token on a day, counted in days since 1970 in UTC.
CREATE TABLE support_token_days (
	token_id TEXT NOT NULL REFERENCES support_tokens(_id) ON DELETE CASCADE,
	day      BIGINT NOT NULL,
	requests BIGINT NOT NULL,
	PRIMARY KEY (token_id, day)
);

-- Websites that were refused, the newest few of each account.
CREATE TABLE refused_origins (
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	origin     TEXT NOT NULL,
	requests   BIGINT NOT NULL,
	last_at    BIGINT NOT NULL,
	PRIMARY KEY (account_id, origin)
);

-- +goose Down
DROP TABLE refused_origins;
DROP TABLE support_token_days;
ALTER TABLE support_tokens DROP COLUMN delete_at;
ALTER TABLE support_tokens DROP COLUMN seen_at;
ALTER TABLE support_tokens DROP COLUMN seen_origin;
