-- +goose Up
-- How many mails and text messages go to an account's visitors in a day; 0 is no bound.
CREATE TABLE send_caps (
	account_id TEXT PRIMARY KEY REFERENCES accounts(_id),
	mails      BIGINT NOT NULL,
	site_mails BIGINT NOT NULL,
	sms        BIGINT NOT NULL,
	site_sms   BIGINT NOT NULL,
	version    BIGINT NOT NULL
);
-- How many went. day is when it began (Unix ms, UTC); site_id is the first of the tokens that have replaced one another, empty for the whole account.
CREATE TABLE send_counts (
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	day        BIGINT NOT NULL,
	site_id    TEXT NOT NULL,
	mails      BIGINT NOT NULL,
	sms        BIGINT NOT NULL,
	PRIMARY KEY (account_id, day, site_id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE send_counts;
DROP TABLE send_caps;
