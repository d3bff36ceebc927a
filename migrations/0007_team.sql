-- +goose Up

-- Who is named by @name in a conversation's notes, once each: message_seq and created_at are those
-- of the newest such note, read_at is when they saw it.
CREATE TABLE support_mentions (
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	account_id      TEXT NOT NULL,
	user_id         TEXT NOT NULL REFERENCES users(_id) ON DELETE CASCADE,
	message_seq     BIGINT NOT NULL,
	created_at      BIGINT NOT NULL,
	read_at         BIGINT,
	PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX support_mentions_user ON support_mentions(account_id, user_id, created_at, conversation_id);
CREATE INDEX support_mentions_unread ON support_mentions(account_id, user_id) WHERE read_at IS NULL;

-- user_id is NULL for those that the whole team shares.
CREATE TABLE canned_replies (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	user_id    TEXT REFERENCES users(_id) ON DELETE CASCADE,
	title      TEXT NOT NULL,
	shortcut   TEXT NOT NULL,
	text       TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX canned_replies_shortcut ON canned_replies(account_id, shortcut, COALESCE(user_id, ''));

CREATE TABLE teams (
	_id         TEXT PRIMARY KEY,
	account_id  TEXT NOT NULL REFERENCES accounts(_id),
	name        TEXT NOT NULL,
	auto_assign BOOLEAN NOT NULL,
	created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX teams_name ON teams(account_id, name);
CREATE TABLE team_members (
	team_id TEXT NOT NULL REFERENCES teams(_id) ON DELETE CASCADE,
	user_id TEXT NOT NULL REFERENCES users(_id) ON DELETE CASCADE,
	PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_user ON team_members(user_id);
-- Who was given a conversation last, in turn: the lowest is next.
ALTER TABLE users ADD COLUMN assign_turn BIGINT NOT NULL DEFAULT 0;
-- Whether a new conversation goes to whoever is next.
ALTER TABLE accounts ADD COLUMN auto_assign BOOLEAN NOT NULL DEFAULT false;

-- user_id is NULL for those that the whole team shares; filters is the query of GET /conversations as JSON.
CREATE TABLE saved_views (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	user_id    TEXT REFERENCES users(_id) ON DELETE CASCADE,
	name       TEXT NOT NULL,
	filters    TEXT NOT NULL,
	position   BIGINT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX saved_views_account ON saved_views(account_id, position, _id);

-- What a member has begun to write in a conversation.
CREATE TABLE support_drafts (
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	user_id         TEXT NOT NULL REFERENCES users(_id) ON DELETE CASCADE,
	account_id      TEXT NOT NULL,
	text            TEXT NOT NULL,
	private         BOOLEAN NOT NULL,
	updated_at      BIGINT NOT NULL,
	PRIMARY KEY (conversation_id, user_id)
);

-- Messages that wait a few seconds, so that their writer can take them back.
CREATE TABLE support_pending_messages (
	_id             TEXT PRIMARY KEY,
	account_id      TEXT NOT NULL,
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	user_id         TEXT NOT NULL REFERENCES users(_id) ON DELETE CASCADE,
	client_id       TEXT NOT NULL,
	message         TEXT NOT NULL,
	send_at         BIGINT NOT NULL,
	created_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX support_pending_messages_client ON support_pending_messages(conversation_id, user_id, client_id);

-- Whom the team does not want to hear from: kind is contact, device or network.
CREATE TABLE support_blocks (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	kind       TEXT NOT NULL,
	value      TEXT NOT NULL,
	created_by TEXT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX support_blocks_value ON support_blocks(account_id, kind, value);

-- +goose Down
DROP TABLE support_blocks;
DROP TABLE support_pending_messages;
DROP TABLE support_drafts;
DROP TABLE saved_views;
ALTER TABLE accounts DROP COLUMN auto_assign;
ALTER TABLE users DROP COLUMN assign_turn;
DROP TABLE team_members;
DROP TABLE teams;
DROP TABLE canned_replies;
DROP TABLE support_mentions;
