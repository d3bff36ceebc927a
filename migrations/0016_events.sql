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

-- Browsers that are told of visitors' messages while no page is open. One ends with the login that
-- made it when somebody signs out, and with all of them when token_version grows.
CREATE TABLE push_subscriptions (
	_id           TEXT PRIMARY KEY,
	account_id    TEXT NOT NULL,
	user_id       TEXT NOT NULL REFERENCES users(_id) ON DELETE CASCADE,
	login         TEXT NOT NULL,
	token_version BIGINT NOT NULL,
	endpoint      TEXT NOT NULL UNIQUE,
	p256dh        TEXT NOT NULL,
	auth          TEXT NOT NULL,
	user_agent    TEXT NOT NULL,
	created_at    BIGINT NOT NULL
);
CREATE INDEX push_subscriptions_user ON push_subscriptions(account_id, user_id);

-- +goose Down
DROP TABLE push_subscriptions;
DROP TABLE alert_settings;
DROP TABLE conversation_events;
