-- What all migrations together make; `make generate` writes this file. A new database is made from it in one step.

CREATE TABLE accounts (
	_id        TEXT PRIMARY KEY,
	name       TEXT NOT NULL UNIQUE,
	created_at BIGINT NOT NULL
, unread_conversations BIGINT NOT NULL DEFAULT 0, auto_assign BOOLEAN NOT NULL DEFAULT false);

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
, assign_turn BIGINT NOT NULL DEFAULT 0, theme TEXT NOT NULL DEFAULT 'auto', density TEXT NOT NULL DEFAULT 'comfortable', language TEXT NOT NULL DEFAULT '', totp_secret TEXT NOT NULL DEFAULT '', totp_step BIGINT NOT NULL DEFAULT 0, away BOOLEAN NOT NULL DEFAULT false, picture TEXT NOT NULL DEFAULT '');

CREATE INDEX users_account ON users(account_id, _id);

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
, external_id TEXT, kind TEXT GENERATED ALWAYS AS (CASE
	WHEN email_verified = true OR phone_verified = true OR external_id IS NOT NULL
		THEN CASE WHEN email IS NULL THEN 'verified' ELSE 'verified_email' END
	WHEN email IS NOT NULL THEN 'email'
	WHEN name IS NOT NULL OR phone IS NOT NULL THEN 'named'
	ELSE 'anonymous' END) VIRTUAL, last_seen BIGINT NOT NULL DEFAULT 0);

CREATE INDEX contacts_email ON contacts(account_id, email);

CREATE INDEX contacts_phone ON contacts(account_id, phone);

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
, identity_secret TEXT, seen_origin TEXT, seen_at BIGINT, delete_at BIGINT, first_id TEXT, warned_days BIGINT NOT NULL DEFAULT 0);

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
, tags TEXT NOT NULL DEFAULT '[]', rating_score BIGINT, rating_comment TEXT, rated_at BIGINT, claimed_name TEXT, shelf TEXT NOT NULL DEFAULT 'open', snoozed_until BIGINT, priority BIGINT NOT NULL DEFAULT 0, waiting_since BIGINT, team_id TEXT, verification_asked_at BIGINT, awaits_turn BOOLEAN NOT NULL DEFAULT false, reply_mailed_seq BIGINT NOT NULL DEFAULT 0);

CREATE INDEX support_conversations_contact ON support_conversations(contact_id, account_id);

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
, verified_email TEXT, verified_phone TEXT, external_id TEXT);

CREATE INDEX support_sessions_device ON support_sessions(device_id);

CREATE INDEX support_sessions_conversation_device ON support_sessions(conversation_id, device_id);

CREATE TABLE support_session_tokens (
	digest     TEXT PRIMARY KEY,
	session_id TEXT NOT NULL REFERENCES support_sessions(_id) ON DELETE CASCADE,
	from_seq   BIGINT NOT NULL,
	original   BOOLEAN NOT NULL,
	name       TEXT,
	created_at BIGINT NOT NULL
);

CREATE INDEX support_session_tokens_session ON support_session_tokens(session_id);

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
, deleted_at BIGINT, files BIGINT NOT NULL DEFAULT 0);

CREATE UNIQUE INDEX support_messages_seq ON support_messages(conversation_id, seq);

CREATE UNIQUE INDEX support_messages_client ON support_messages(conversation_id, sender_type, sender_id, client_id);

CREATE TABLE support_configs (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	token_id   TEXT NOT NULL,
	settings   TEXT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX support_configs_owner ON support_configs(account_id, token_id);

CREATE TABLE readiness (
	_id        TEXT PRIMARY KEY,
	checked_at BIGINT NOT NULL
);

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

CREATE UNIQUE INDEX contacts_external ON contacts(account_id, external_id);

CREATE INDEX contacts_created ON contacts(account_id, created_at, _id);

CREATE TABLE support_files (
	_id             TEXT PRIMARY KEY,
	account_id      TEXT NOT NULL,
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	uploader_type   TEXT NOT NULL,
	uploader_id     TEXT NOT NULL,
	message_seq     BIGINT,
	position        BIGINT,
	name            TEXT NOT NULL,
	content_type    TEXT NOT NULL,
	size            BIGINT NOT NULL,
	width           BIGINT,
	height          BIGINT,
	thumbnail_type  TEXT,
	created_at      BIGINT NOT NULL
);

CREATE INDEX support_files_message ON support_files(conversation_id, message_seq);

CREATE INDEX support_files_unattached ON support_files(message_seq, created_at);

CREATE INDEX support_files_uploader ON support_files(uploader_id, created_at);

CREATE INDEX support_sessions_activity ON support_sessions(last_activity) WHERE status <> 'inactive';

CREATE TABLE support_conversation_tags (
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	account_id      TEXT NOT NULL,
	tag             TEXT NOT NULL,
	shelf          TEXT NOT NULL,
	updated_at      BIGINT NOT NULL,
	PRIMARY KEY (conversation_id, tag)
);

CREATE INDEX support_conversation_tags_tag ON support_conversation_tags(account_id, tag, shelf, updated_at, conversation_id);

CREATE TRIGGER support_sessions_named AFTER INSERT ON support_sessions BEGIN
	UPDATE support_conversations SET claimed_name = COALESCE(new.name, new.email, new.phone) WHERE _id = new.conversation_id;
END;

CREATE TRIGGER support_sessions_renamed AFTER UPDATE OF name, email, phone, conversation_id ON support_sessions
	WHEN COALESCE(old.name, old.email, old.phone) IS NOT COALESCE(new.name, new.email, new.phone)
		OR old.conversation_id <> new.conversation_id BEGIN
	UPDATE support_conversations SET claimed_name = (SELECT COALESCE(s.name, s.email, s.phone) FROM support_sessions s
		WHERE s.conversation_id = support_conversations._id ORDER BY s.created_at DESC LIMIT 1)
		WHERE _id IN (old.conversation_id, new.conversation_id);
END;

CREATE TRIGGER support_sessions_unnamed AFTER DELETE ON support_sessions BEGIN
	UPDATE support_conversations SET claimed_name = (SELECT COALESCE(s.name, s.email, s.phone) FROM support_sessions s
		WHERE s.conversation_id = support_conversations._id ORDER BY s.created_at DESC LIMIT 1)
		WHERE _id = old.conversation_id;
END;

CREATE VIEW message_search_rows AS
	SELECT rowid AS row, account_id || 'x' || (rowid >> 16) AS part, text FROM support_messages;

CREATE VIEW contact_search_rows AS
	SELECT rowid AS row, account_id || 'x' || (rowid >> 16) AS part, name, email, phone FROM contacts;

CREATE VIRTUAL TABLE message_search USING fts5(part, text, content = 'message_search_rows', content_rowid = 'row',
	tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');

CREATE VIRTUAL TABLE contact_search USING fts5(part, name, email, phone, content = 'contact_search_rows', content_rowid = 'row',
	tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');

CREATE VIRTUAL TABLE message_words USING fts5vocab(message_search, instance);

CREATE VIRTUAL TABLE contact_words USING fts5vocab(contact_search, instance);

CREATE TABLE search_progress (
	_id TEXT PRIMARY KEY,
	row BIGINT NOT NULL
);

CREATE TRIGGER support_messages_researched AFTER UPDATE OF text ON support_messages WHEN old.rowid <= (SELECT row FROM search_progress WHERE _id = 'message') BEGIN
	INSERT INTO message_search(message_search, rowid, part, text) VALUES ('delete', old.rowid, old.account_id || 'x' || (old.rowid >> 16), old.text);
	INSERT INTO message_search(rowid, part, text) VALUES (new.rowid, new.account_id || 'x' || (new.rowid >> 16), new.text);
END;

CREATE TRIGGER support_messages_unsearched AFTER DELETE ON support_messages BEGIN
	INSERT INTO message_search(message_search, rowid, part, text) SELECT 'delete', old.rowid, old.account_id || 'x' || (old.rowid >> 16), old.text
		WHERE old.rowid <= (SELECT row FROM search_progress WHERE _id = 'message');
	UPDATE search_progress SET row = (SELECT COALESCE(MAX(rowid), 0) FROM support_messages)
		WHERE _id = 'message' AND row > (SELECT COALESCE(MAX(rowid), 0) FROM support_messages);
END;

CREATE TRIGGER contacts_researched AFTER UPDATE OF name, email, phone ON contacts WHEN old.rowid <= (SELECT row FROM search_progress WHERE _id = 'contact') BEGIN
	INSERT INTO contact_search(contact_search, rowid, part, name, email, phone) VALUES ('delete', old.rowid, old.account_id || 'x' || (old.rowid >> 16), old.name, old.email, old.phone);
	INSERT INTO contact_search(rowid, part, name, email, phone) VALUES (new.rowid, new.account_id || 'x' || (new.rowid >> 16), new.name, new.email, new.phone);
END;

CREATE TRIGGER contacts_unsearched AFTER DELETE ON contacts BEGIN
	INSERT INTO contact_search(contact_search, rowid, part, name, email, phone)
		SELECT 'delete', old.rowid, old.account_id || 'x' || (old.rowid >> 16), old.name, old.email, old.phone
		WHERE old.rowid <= (SELECT row FROM search_progress WHERE _id = 'contact');
	UPDATE search_progress SET row = (SELECT COALESCE(MAX(rowid), 0) FROM contacts)
		WHERE _id = 'contact' AND row > (SELECT COALESCE(MAX(rowid), 0) FROM contacts);
END;

CREATE TABLE support_session_conversations (
	session_id      TEXT NOT NULL REFERENCES support_sessions(_id) ON DELETE CASCADE,
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	PRIMARY KEY (session_id, conversation_id)
);

CREATE INDEX support_session_conversations_conversation ON support_session_conversations(conversation_id);

CREATE INDEX support_conversations_shelf ON support_conversations(account_id, shelf, updated_at, _id) WHERE last_seq > 0;

CREATE INDEX support_conversations_assignee ON support_conversations(account_id, assignee_id, shelf, updated_at, _id) WHERE last_seq > 0;

CREATE INDEX support_conversations_empty ON support_conversations(account_id, shelf, updated_at, _id) WHERE last_seq = 0;

CREATE INDEX support_conversations_team ON support_conversations(account_id, team_id, shelf, updated_at, _id) WHERE team_id IS NOT NULL AND last_seq > 0;

CREATE INDEX support_conversations_waiting ON support_conversations(account_id, shelf, waiting_since, _id) WHERE waiting_since IS NOT NULL;

CREATE TRIGGER support_conversations_tagged AFTER UPDATE OF shelf, updated_at ON support_conversations WHEN new.tags <> '[]' BEGIN
	UPDATE support_conversation_tags SET shelf = new.shelf, updated_at = new.updated_at WHERE conversation_id = new._id;
END;

CREATE TRIGGER support_conversations_unread AFTER UPDATE OF shelf, agent_unread ON support_conversations
	WHEN (old.shelf = 'open' AND old.agent_unread > 0) <> (new.shelf = 'open' AND new.agent_unread > 0) BEGIN
	UPDATE accounts SET unread_conversations = unread_conversations + iif(new.shelf = 'open' AND new.agent_unread > 0, 1, -1)
		WHERE _id = new.account_id;
END;

CREATE TRIGGER support_conversations_unread_gone AFTER DELETE ON support_conversations
	WHEN old.shelf = 'open' AND old.agent_unread > 0 BEGIN
	UPDATE accounts SET unread_conversations = unread_conversations - 1 WHERE _id = old.account_id;
END;

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
, updated_at BIGINT NOT NULL DEFAULT 0);

CREATE UNIQUE INDEX teams_name ON teams(account_id, name);

CREATE TABLE team_members (
	team_id TEXT NOT NULL REFERENCES teams(_id) ON DELETE CASCADE,
	user_id TEXT NOT NULL REFERENCES users(_id) ON DELETE CASCADE,
	PRIMARY KEY (team_id, user_id)
);

CREATE INDEX team_members_user ON team_members(user_id);

CREATE TABLE saved_views (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	user_id    TEXT REFERENCES users(_id) ON DELETE CASCADE,
	name       TEXT NOT NULL,
	filters    TEXT NOT NULL,
	position   BIGINT NOT NULL,
	created_at BIGINT NOT NULL
, updated_at BIGINT NOT NULL DEFAULT 0);

CREATE INDEX saved_views_account ON saved_views(account_id, position, _id);

CREATE TABLE support_drafts (
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	user_id         TEXT NOT NULL REFERENCES users(_id) ON DELETE CASCADE,
	account_id      TEXT NOT NULL,
	text            TEXT NOT NULL,
	private         BOOLEAN NOT NULL,
	updated_at      BIGINT NOT NULL,
	PRIMARY KEY (conversation_id, user_id)
);

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

CREATE TABLE support_blocks (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	kind       TEXT NOT NULL,
	value      TEXT NOT NULL,
	created_by TEXT NOT NULL,
	created_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX support_blocks_value ON support_blocks(account_id, kind, value);

CREATE INDEX contacts_seen ON contacts(account_id, kind, last_seen, _id);

CREATE TRIGGER support_sessions_seen AFTER INSERT ON support_sessions BEGIN
	UPDATE contacts SET last_seen = new.last_activity WHERE _id = new.contact_id AND last_seen < new.last_activity;
END;

CREATE TRIGGER support_sessions_seen_again AFTER UPDATE OF last_activity, contact_id ON support_sessions
	WHEN new.contact_id <> old.contact_id OR new.last_activity / 60000 <> old.last_activity / 60000 BEGIN
	UPDATE contacts SET last_seen = new.last_activity WHERE _id = new.contact_id AND last_seen < new.last_activity;
END;

CREATE INDEX support_sessions_contact ON support_sessions(contact_id, created_at, _id);

CREATE TABLE contact_notes (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL,
	contact_id TEXT NOT NULL REFERENCES contacts(_id) ON DELETE CASCADE,
	user_id    TEXT NOT NULL,
	client_id  TEXT NOT NULL,
	text       TEXT NOT NULL,
	created_at BIGINT NOT NULL
, edited_at BIGINT);

CREATE INDEX contact_notes_contact ON contact_notes(contact_id, created_at, _id);

CREATE UNIQUE INDEX contact_notes_client ON contact_notes(user_id, client_id);

CREATE INDEX audit_log_account ON audit_log(account_id, created_at, _id);

CREATE INDEX audit_log_user ON audit_log(account_id, user_id, created_at, _id);

CREATE INDEX audit_log_action ON audit_log(account_id, action, created_at, _id);

CREATE INDEX audit_log_user_action ON audit_log(account_id, user_id, action, created_at, _id);

CREATE TABLE recovery_codes (
	user_id TEXT NOT NULL REFERENCES users(_id) ON DELETE CASCADE,
	digest  TEXT NOT NULL,
	PRIMARY KEY (user_id, digest)
);

CREATE TABLE invites (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	email      TEXT NOT NULL,
	role       TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	UNIQUE (account_id, email)
);

CREATE INDEX invites_expiry ON invites(expires_at);

CREATE TABLE access_links (
	digest     TEXT PRIMARY KEY,
	invite_id  TEXT REFERENCES invites(_id) ON DELETE CASCADE,
	user_id    TEXT REFERENCES users(_id) ON DELETE CASCADE,
	expires_at BIGINT NOT NULL
);

CREATE INDEX access_links_invite ON access_links(invite_id);

CREATE INDEX access_links_user ON access_links(user_id);

CREATE INDEX access_links_expiry ON access_links(expires_at);

CREATE INDEX support_conversations_turn ON support_conversations(account_id, created_at, _id) WHERE awaits_turn = true;

CREATE TABLE report_days (
	account_id TEXT NOT NULL,
	part       TEXT NOT NULL,
	value      TEXT NOT NULL,
	day        BIGINT NOT NULL,
	counts     BLOB NOT NULL,
	totals     BLOB NOT NULL,
	spread     BLOB NOT NULL,
	PRIMARY KEY (account_id, part, value, day)
);

CREATE TABLE report_conversations (
	conversation_id TEXT PRIMARY KEY REFERENCES support_conversations(_id) ON DELETE CASCADE,
	tags            TEXT NOT NULL,
	spam            BOOLEAN NOT NULL,
	asked_at        BIGINT,
	closed_seq      BIGINT NOT NULL,
	facts           TEXT NOT NULL
);

CREATE TABLE report_progress (
	_id TEXT PRIMARY KEY,
	row BIGINT NOT NULL
);

CREATE TRIGGER support_messages_uncounted AFTER DELETE ON support_messages BEGIN
	UPDATE report_progress SET row = (SELECT COALESCE(MAX(rowid), 0) FROM support_messages)
		WHERE row > (SELECT COALESCE(MAX(rowid), 0) FROM support_messages);
END;

CREATE TABLE report_changes (
	conversation_id TEXT NOT NULL,
	kind            TEXT NOT NULL,
	at              BIGINT NOT NULL,
	seq             BIGINT,
	score           BIGINT,
	agent_id        TEXT
);

CREATE INDEX report_changes_conversation ON report_changes(conversation_id);

CREATE TRIGGER support_conversations_closed AFTER UPDATE OF shelf ON support_conversations WHEN new.shelf = 'closed' AND old.shelf <> 'closed' BEGIN
	INSERT INTO report_changes (conversation_id, kind, at, seq, agent_id) VALUES (new._id, 'closed', new.updated_at, new.last_seq,
		COALESCE(new.assignee_id, (SELECT m.sender_id FROM support_messages m WHERE m.conversation_id = new._id
			AND m.sender_type = 'agent' AND m.private = false ORDER BY m.seq DESC LIMIT 1)));
END;

CREATE TRIGGER support_conversations_rated AFTER UPDATE OF rated_at ON support_conversations WHEN new.rated_at IS NOT NULL BEGIN
	INSERT INTO report_changes (conversation_id, kind, at, score, agent_id) VALUES (new._id, 'rated', new.rated_at, new.rating_score,
		COALESCE(new.assignee_id, (SELECT m.sender_id FROM support_messages m WHERE m.conversation_id = new._id
			AND m.sender_type = 'agent' AND m.private = false ORDER BY m.seq DESC LIMIT 1)));
END;

CREATE TRIGGER support_conversations_retagged AFTER UPDATE OF tags ON support_conversations WHEN new.tags <> old.tags BEGIN
	INSERT INTO report_changes (conversation_id, kind, at) VALUES (new._id, 'changed', new.updated_at);
END;

CREATE TRIGGER support_conversations_spammed AFTER UPDATE OF shelf ON support_conversations WHEN (new.shelf = 'spam') <> (old.shelf = 'spam') BEGIN
	INSERT INTO report_changes (conversation_id, kind, at) VALUES (new._id, 'changed', new.updated_at);
END;

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

CREATE TABLE alert_settings (
	user_id     TEXT PRIMARY KEY REFERENCES users(_id) ON DELETE CASCADE,
	account_id  TEXT NOT NULL,
	scope       TEXT NOT NULL,
	sound       BOOLEAN NOT NULL,
	repeats     BOOLEAN NOT NULL,
	desktop     BOOLEAN NOT NULL,
	push_text   BOOLEAN NOT NULL DEFAULT false,
	email_after BIGINT NOT NULL DEFAULT 0
, hours TEXT NOT NULL DEFAULT '');

CREATE INDEX alert_settings_email ON alert_settings(account_id, email_after) WHERE email_after > 0;

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

CREATE TABLE support_token_days (
	token_id TEXT NOT NULL REFERENCES support_tokens(_id) ON DELETE CASCADE,
	day      BIGINT NOT NULL,
	requests BIGINT NOT NULL,
	PRIMARY KEY (token_id, day)
);

CREATE TABLE refused_origins (
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	origin     TEXT NOT NULL,
	requests   BIGINT NOT NULL,
	last_at    BIGINT NOT NULL,
	PRIMARY KEY (account_id, origin)
);

CREATE TABLE webhooks (
	_id           TEXT PRIMARY KEY,
	account_id    TEXT NOT NULL REFERENCES accounts(_id),
	url           TEXT NOT NULL,
	events        TEXT NOT NULL,
	secret        TEXT NOT NULL,
	created_at    BIGINT NOT NULL,
	failing_since BIGINT,
	disabled_at   BIGINT
, version BIGINT NOT NULL DEFAULT 0);

CREATE INDEX webhooks_account ON webhooks(account_id);

CREATE TABLE webhook_deliveries (
	_id             TEXT PRIMARY KEY,
	webhook_id      TEXT NOT NULL REFERENCES webhooks(_id) ON DELETE CASCADE,
	account_id      TEXT NOT NULL,
	event           TEXT NOT NULL,
	conversation_id TEXT NOT NULL,
	seq             BIGINT NOT NULL,
	status          TEXT NOT NULL,
	attempts        BIGINT NOT NULL,
	answer          BIGINT NOT NULL,
	error           TEXT NOT NULL,
	next_at         BIGINT NOT NULL,
	give_up_at      BIGINT NOT NULL,
	created_at      BIGINT NOT NULL
, contact_id TEXT NOT NULL DEFAULT '');

CREATE INDEX webhook_deliveries_list ON webhook_deliveries(webhook_id, created_at);

CREATE INDEX webhook_deliveries_due ON webhook_deliveries(webhook_id, next_at) WHERE status = 'waiting';

CREATE INDEX webhook_deliveries_age ON webhook_deliveries(created_at);

CREATE TABLE conversation_merges (
	conversation_id TEXT PRIMARY KEY REFERENCES support_conversations(_id) ON DELETE CASCADE,
	into_id         TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	account_id      TEXT NOT NULL,
	created_at      BIGINT NOT NULL
);

CREATE INDEX conversation_merges_into ON conversation_merges(into_id);

CREATE TABLE retention_rules (
	account_id           TEXT PRIMARY KEY REFERENCES accounts(_id),
	conversation_days    BIGINT NOT NULL,
	file_days            BIGINT NOT NULL,
	address_days         BIGINT NOT NULL,
	version              BIGINT NOT NULL,
	erased_conversations BIGINT NOT NULL DEFAULT 0,
	erased_files         BIGINT NOT NULL DEFAULT 0,
	erased_addresses     BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX support_files_age ON support_files(account_id, created_at);

CREATE INDEX support_sessions_addressed ON support_sessions(account_id, created_at) WHERE ip <> '';

CREATE TABLE user_pictures (
	_id          TEXT PRIMARY KEY,
	user_id      TEXT NOT NULL UNIQUE REFERENCES users(_id) ON DELETE CASCADE,
	content_type TEXT NOT NULL,
	content      BLOB NOT NULL
);

CREATE TABLE send_caps (
	account_id TEXT PRIMARY KEY REFERENCES accounts(_id),
	mails      BIGINT NOT NULL,
	site_mails BIGINT NOT NULL,
	sms        BIGINT NOT NULL,
	site_sms   BIGINT NOT NULL,
	version    BIGINT NOT NULL
);

CREATE TABLE send_counts (
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	day        BIGINT NOT NULL,
	site_id    TEXT NOT NULL,
	mails      BIGINT NOT NULL,
	sms        BIGINT NOT NULL,
	PRIMARY KEY (account_id, day, site_id)
) WITHOUT ROWID;

CREATE TABLE reply_mail_rules (
	account_id TEXT PRIMARY KEY REFERENCES accounts(_id),
	minutes    BIGINT NOT NULL,
	version    BIGINT NOT NULL
);

CREATE TABLE reply_mail_stops (
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	address    TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (account_id, address)
) WITHOUT ROWID;

CREATE TABLE resume_links (
	digest          TEXT PRIMARY KEY,
	account_id      TEXT NOT NULL REFERENCES accounts(_id),
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	session_id      TEXT REFERENCES support_sessions(_id) ON DELETE SET NULL,
	site_id         TEXT NOT NULL,
	name            TEXT,
	email           TEXT NOT NULL,
	used_at         BIGINT,
	created_at      BIGINT NOT NULL
);

CREATE INDEX resume_links_conversation ON resume_links(conversation_id);

CREATE INDEX resume_links_session ON resume_links(session_id);

CREATE INDEX resume_links_created ON resume_links(created_at);

CREATE INDEX support_conversations_site ON support_conversations(account_id, site, shelf, updated_at, _id) WHERE last_seq > 0;

CREATE INDEX support_conversations_verified ON support_conversations(account_id, verified, shelf, updated_at, _id) WHERE last_seq > 0;

CREATE INDEX support_conversations_priority ON support_conversations(account_id, priority, shelf, updated_at, _id) WHERE priority <> 0 AND last_seq > 0;

CREATE INDEX support_conversations_unanswered ON support_conversations(account_id, shelf, updated_at, _id) WHERE waiting_since IS NOT NULL AND last_seq > 0;

CREATE TABLE widget_pictures (
	_id          TEXT PRIMARY KEY,
	account_id   TEXT NOT NULL REFERENCES accounts(_id) ON DELETE CASCADE,
	created_at   BIGINT NOT NULL,
	content_type TEXT NOT NULL,
	content      BLOB NOT NULL
);

CREATE INDEX widget_pictures_account ON widget_pictures(account_id, created_at);

INSERT INTO report_progress VALUES ('message', 0);
INSERT INTO search_progress VALUES ('message', 0);
INSERT INTO search_progress VALUES ('contact', 0);
