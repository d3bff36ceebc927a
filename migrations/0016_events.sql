-- +goose Up

-- What was done to a conversation and by whom, beside its messages; only the team sees it. number counts
-- up within a conversation, after_seq is the message after which it was done. detail is what kind
-- needs: a user's id, a team, a tag, a priority, a score, an address, or a time in Unix ms.
CREATE TABLE conversation_events (
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	number          BIGINT NOT NULL,
	account_id      TEXT NOT NULL,
	after_seq       BIGINT NOT NULL,
	kind            TEXT NOT NULL,
	done_by         TEXT NOT NULL,
	user_id         TEXT,
	detail          TEXT,
	created_at      BIGINT NOT NULL,
	PRIMARY KEY (conversation_id, number)
);

-- What a member wants to be told of, and how; who has no row has the defaults. scope is mine, unassigned
-- (mine and nobody's) or all, email_after minutes, 0 for never.
CREATE TABLE alert_settings (
	user_id     TEXT PRIMARY KEY REFERENCES users(_id) ON DELETE CASCADE,
	account_id  TEXT NOT NULL,
	scope       TEXT NOT NULL,
	sound       BOOLEAN NOT NULL,
	repeats     BOOLEAN NOT NULL,
	desktop     BOOLEAN NOT NULL,
	push_text   BOOLEAN NOT NULL DEFAULT false,
	email_after BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX alert_settings_email ON alert_settings(account_id, email_after) WHERE email_after > 0;

-- +goose Down
DROP TABLE alert_settings;
DROP TABLE conversation_events;
