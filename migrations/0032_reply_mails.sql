-- +goose Up
-- After how many minutes answers that nobody has read are mailed to a visitor who left; 0 is never.
CREATE TABLE reply_mail_rules (
	account_id TEXT PRIMARY KEY REFERENCES accounts(_id),
	minutes    BIGINT NOT NULL,
	version    BIGINT NOT NULL
);
-- Who wants no such mails. The address is a keyed digest.
CREATE TABLE reply_mail_stops (
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	address    TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (account_id, address)
) WITHOUT ROWID;
-- The links in them. session_id is the session that waits for a code; site_id the first of the tokens that have replaced one another.
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
-- Up to which message they have told of what was written.
ALTER TABLE support_conversations ADD COLUMN reply_mailed_seq BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE support_conversations DROP COLUMN reply_mailed_seq;
DROP TABLE resume_links;
DROP TABLE reply_mail_stops;
DROP TABLE reply_mail_rules;
