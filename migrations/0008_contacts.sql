-- +goose Up

-- The list of contacts, newest activity first. What it can be filtered by are kinds that exclude
-- each other, so one index serves every filter: a list of several kinds merges theirs.
ALTER TABLE contacts ADD COLUMN kind TEXT GENERATED ALWAYS AS (CASE
	WHEN email_verified = true OR phone_verified = true OR external_id IS NOT NULL
		THEN CASE WHEN email IS NULL THEN 'verified' ELSE 'verified_email' END
	WHEN email IS NOT NULL THEN 'email'
	WHEN name IS NOT NULL OR phone IS NOT NULL THEN 'named'
	ELSE 'anonymous' END) VIRTUAL;
ALTER TABLE contacts ADD COLUMN last_seen BIGINT NOT NULL DEFAULT 0;
UPDATE contacts SET last_seen = COALESCE((SELECT MAX(s.last_activity) FROM support_sessions s WHERE s.contact_id = contacts._id), created_at);
CREATE INDEX contacts_seen ON contacts(account_id, kind, last_seen, _id);
-- To the minute: the list needs no more, and a message then costs nothing here.
-- +goose StatementBegin
CREATE TRIGGER support_sessions_seen AFTER INSERT ON support_sessions BEGIN
	UPDATE contacts SET last_seen = new.last_activity WHERE _id = new.contact_id AND last_seen < new.last_activity;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_sessions_seen_again AFTER UPDATE OF last_activity, contact_id ON support_sessions
	WHEN new.contact_id <> old.contact_id OR new.last_activity / 60000 <> old.last_activity / 60000 BEGIN
	UPDATE contacts SET last_seen = new.last_activity WHERE _id = new.contact_id AND last_seen < new.last_activity;
END;
-- +goose StatementEnd

-- A contact's page shows the newest ones.
DROP INDEX support_sessions_contact;
CREATE INDEX support_sessions_contact ON support_sessions(contact_id, created_at, _id);

-- What the team writes down about a person, as opposed to a conversation.
CREATE TABLE contact_notes (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL,
	contact_id TEXT NOT NULL REFERENCES contacts(_id) ON DELETE CASCADE,
	user_id    TEXT NOT NULL,
	client_id  TEXT NOT NULL,
	text       TEXT NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX contact_notes_contact ON contact_notes(contact_id, created_at, _id);
CREATE UNIQUE INDEX contact_notes_client ON contact_notes(user_id, client_id);

-- The audit log: one index for each way to filter it.
DROP INDEX audit_log_account;
CREATE INDEX audit_log_account ON audit_log(account_id, created_at, _id);
CREATE INDEX audit_log_user ON audit_log(account_id, user_id, created_at, _id);
CREATE INDEX audit_log_action ON audit_log(account_id, action, created_at, _id);
CREATE INDEX audit_log_user_action ON audit_log(account_id, user_id, action, created_at, _id);

-- +goose Down
DROP INDEX audit_log_user_action;
DROP INDEX audit_log_action;
DROP INDEX audit_log_user;
DROP INDEX audit_log_account;
CREATE INDEX audit_log_account ON audit_log(account_id, created_at);
DROP TABLE contact_notes;
DROP INDEX support_sessions_contact;
CREATE INDEX support_sessions_contact ON support_sessions(contact_id);
DROP TRIGGER support_sessions_seen_again;
DROP TRIGGER support_sessions_seen;
DROP INDEX contacts_seen;
ALTER TABLE contacts DROP COLUMN last_seen;
ALTER TABLE contacts DROP COLUMN kind;
