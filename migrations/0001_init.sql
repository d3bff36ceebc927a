-- +goose Up
CREATE TABLE accounts (
	_id        TEXT PRIMARY KEY,
	name       TEXT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL
);

CREATE TABLE users (
	_id           TEXT PRIMARY KEY,
	account_id    TEXT NOT NULL REFERENCES accounts(_id),
	email         TEXT NOT NULL UNIQUE,
	name          TEXT NOT NULL,
	role          TEXT NOT NULL,
	owner         BOOLEAN NOT NULL,
	disabled      BOOLEAN NOT NULL,
	password_hash TEXT NOT NULL,
	token_version BIGINT NOT NULL,
	created_at    BIGINT NOT NULL,
	last_login    BIGINT
);
CREATE INDEX users_account ON users(account_id, _id);

-- Logins of the console: the cookie holds a random secret, the row its digest.
CREATE TABLE login_sessions (
	digest        TEXT PRIMARY KEY,
	user_id       TEXT NOT NULL REFERENCES users(_id) ON DELETE CASCADE,
	token_version BIGINT NOT NULL,
	flash         TEXT NOT NULL,
	ip            TEXT NOT NULL,
	user_agent    TEXT NOT NULL,
	created_at    BIGINT NOT NULL,
	last_seen     BIGINT NOT NULL
);
CREATE INDEX login_sessions_user ON login_sessions(user_id);

CREATE TABLE contacts (
	_id            TEXT PRIMARY KEY,
	account_id     TEXT NOT NULL REFERENCES accounts(_id),
	name           TEXT,
	email          TEXT,
	phone          TEXT,
	email_verified BOOLEAN NOT NULL,
	phone_verified BOOLEAN NOT NULL,
	created_at     BIGINT NOT NULL,
	updated_at     BIGINT NOT NULL
);
CREATE INDEX contacts_email ON contacts(account_id, email);
CREATE INDEX contacts_phone ON contacts(account_id, phone);

-- token is the SHA-256 of the JWT; purpose is 'site' or 'demo' (the built-in demo page).
CREATE TABLE support_tokens (
	_id            TEXT PRIMARY KEY,
	account_id     TEXT NOT NULL REFERENCES accounts(_id),
	user_id        TEXT,
	token          TEXT NOT NULL,
	purpose        TEXT NOT NULL,
	domain         TEXT NOT NULL,
	scopes         TEXT NOT NULL,
	require_origin BOOLEAN NOT NULL,
	expiry_time    BIGINT NOT NULL,
	expires_at     BIGINT NOT NULL,
	status         TEXT NOT NULL,
	last_used      BIGINT,
	created_at     BIGINT NOT NULL,
	regenerated_at BIGINT
);
CREATE INDEX support_tokens_account_status ON support_tokens(account_id, status);
CREATE INDEX support_tokens_domain ON support_tokens(domain);

CREATE TABLE support_conversations (
	_id              TEXT PRIMARY KEY,
	account_id       TEXT NOT NULL REFERENCES accounts(_id),
	contact_id       TEXT NOT NULL REFERENCES contacts(_id),
	site             TEXT NOT NULL,
	type             TEXT NOT NULL,
	status           TEXT NOT NULL,
	auth_attr        TEXT NOT NULL,
	verified         BOOLEAN NOT NULL,
	last_seq         BIGINT NOT NULL,
	visitor_seq      BIGINT NOT NULL,
	visitor_read_seq BIGINT NOT NULL,
	agent_read_seq   BIGINT NOT NULL,
	visitor_unread   BIGINT NOT NULL,
	agent_unread     BIGINT NOT NULL,
	last_message     TEXT,
	last_sender      TEXT,
	last_message_at  BIGINT,
	assignee_id      TEXT,
	created_at       BIGINT NOT NULL,
	updated_at       BIGINT NOT NULL
);
CREATE INDEX support_conversations_contact ON support_conversations(contact_id, account_id);
CREATE INDEX support_conversations_inbox ON support_conversations(account_id, updated_at, _id);
CREATE INDEX support_conversations_status ON support_conversations(account_id, status, updated_at, _id);

CREATE TABLE support_sessions (
	_id             TEXT PRIMARY KEY,
	account_id      TEXT NOT NULL REFERENCES accounts(_id),
	token_id        TEXT NOT NULL,
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id),
	contact_id      TEXT NOT NULL REFERENCES contacts(_id),
	device_id       TEXT NOT NULL,
	ip              TEXT NOT NULL,
	user_agent      TEXT NOT NULL,
	name            TEXT,
	email           TEXT,
	phone           TEXT,
	auth_attr       TEXT NOT NULL,
	otp_code        TEXT,
	otp_address     TEXT,
	otp_expiry      BIGINT,
	otp_attempts    BIGINT NOT NULL,
	verified        BOOLEAN NOT NULL,
	status          TEXT NOT NULL,
	created_at      BIGINT NOT NULL,
	last_activity   BIGINT NOT NULL
);
CREATE INDEX support_sessions_device ON support_sessions(device_id);
CREATE INDEX support_sessions_conversation_device ON support_sessions(conversation_id, device_id);
-- Partial, so that it serves the clean-up alone: a device's sessions must be looked up by device.
CREATE INDEX support_sessions_activity ON support_sessions(last_activity) WHERE status = 'active';

-- The secrets visitors hold: one session may have several, each reading from its own point on.
CREATE TABLE support_session_tokens (
	digest     TEXT PRIMARY KEY,
	session_id TEXT NOT NULL REFERENCES support_sessions(_id) ON DELETE CASCADE,
	from_seq   BIGINT NOT NULL,
	original   BOOLEAN NOT NULL,
	name       TEXT,
	created_at BIGINT NOT NULL
);
CREATE INDEX support_session_tokens_session ON support_session_tokens(session_id);

-- sender_id is a user's id, or '' for the visitor: who that is, the conversation's contact says,
-- also after an address was verified and the conversation moved to another contact.
CREATE TABLE support_messages (
	_id             TEXT PRIMARY KEY,
	account_id      TEXT NOT NULL,
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id),
	seq             BIGINT NOT NULL,
	client_id       TEXT NOT NULL,
	sender_type     TEXT NOT NULL,
	sender_id       TEXT NOT NULL,
	sender_name     TEXT,
	private         BOOLEAN NOT NULL,
	text            TEXT NOT NULL,
	created_at      BIGINT NOT NULL,
	edited_at       BIGINT
);
CREATE UNIQUE INDEX support_messages_seq ON support_messages(conversation_id, seq);
CREATE UNIQUE INDEX support_messages_client ON support_messages(conversation_id, sender_type, sender_id, client_id);

-- One configuration per account (token_id ''), which a token may override.
CREATE TABLE support_configs (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	token_id   TEXT NOT NULL,
	settings   TEXT NOT NULL,
	updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX support_configs_owner ON support_configs(account_id, token_id);

-- One row, written to find out whether writing works.
CREATE TABLE readiness (
	_id        TEXT PRIMARY KEY,
	checked_at BIGINT NOT NULL
);

-- Sliding windows of the documented limits: hits is a JSON list of Unix milliseconds.
CREATE TABLE rate_limits (
	key        TEXT PRIMARY KEY,
	hits       TEXT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX rate_limits_expiry ON rate_limits(expires_at);

CREATE TABLE jobs (
	_id          TEXT PRIMARY KEY,
	account_id   TEXT NOT NULL,
	kind         TEXT NOT NULL,
	payload      TEXT NOT NULL,
	status       TEXT NOT NULL,
	attempts     BIGINT NOT NULL,
	last_error   TEXT,
	run_at       BIGINT NOT NULL,
	give_up_at   BIGINT NOT NULL,
	locked_until BIGINT NOT NULL,
	created_at   BIGINT NOT NULL
);
CREATE INDEX jobs_due ON jobs(status, run_at);
CREATE INDEX jobs_account ON jobs(account_id, status, created_at);

-- Mails kept in the data directory because no mail server is configured.
CREATE TABLE kept_mails (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL,
	file       TEXT NOT NULL,
	recipient  TEXT NOT NULL,
	subject    TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT
);
CREATE INDEX kept_mails_account ON kept_mails(account_id, created_at);
CREATE INDEX kept_mails_expiry ON kept_mails(expires_at);

CREATE TABLE audit_log (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL,
	user_id    TEXT NOT NULL,
	action     TEXT NOT NULL,
	target_id  TEXT NOT NULL,
	detail     TEXT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX audit_log_account ON audit_log(account_id, created_at);

-- +goose Down
DROP TABLE audit_log;
DROP TABLE kept_mails;
DROP TABLE jobs;
DROP TABLE rate_limits;
DROP TABLE readiness;
DROP TABLE support_configs;
DROP TABLE support_messages;
DROP TABLE support_session_tokens;
DROP TABLE support_sessions;
DROP TABLE support_conversations;
DROP TABLE support_tokens;
DROP TABLE contacts;
DROP TABLE login_sessions;
DROP TABLE users;
DROP TABLE accounts;
