-- +goose Up

-- What a session has proven, each by itself: an address, or an identity signed by the site's own
-- backend. verified stays true as long as one of them holds.
ALTER TABLE support_sessions ADD COLUMN verified_email TEXT;
ALTER TABLE support_sessions ADD COLUMN verified_phone TEXT;
ALTER TABLE support_sessions ADD COLUMN external_id TEXT;
UPDATE support_sessions SET verified_email = email WHERE verified = true;
UPDATE support_sessions SET verified_phone = phone WHERE verified = true AND email IS NULL;
CREATE INDEX support_sessions_contact ON support_sessions(contact_id);

-- The person's id in the site's own user list, as its backend signed it.
ALTER TABLE contacts ADD COLUMN external_id TEXT;
CREATE UNIQUE INDEX contacts_external ON contacts(account_id, external_id);
CREATE INDEX contacts_created ON contacts(account_id, created_at, _id);

-- Encrypted under a key derived from the root key: the server must know it to check signatures.
ALTER TABLE support_tokens ADD COLUMN identity_secret TEXT;

ALTER TABLE support_messages ADD COLUMN deleted_at BIGINT;

-- tags is the list that a conversation shows, the table below finds conversations by one.
ALTER TABLE support_conversations ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE support_conversations ADD COLUMN rating_score BIGINT;
ALTER TABLE support_conversations ADD COLUMN rating_comment TEXT;
ALTER TABLE support_conversations ADD COLUMN rated_at BIGINT;
CREATE TABLE support_conversation_tags (
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	account_id      TEXT NOT NULL,
	tag             TEXT NOT NULL,
	PRIMARY KEY (conversation_id, tag)
);
CREATE INDEX support_conversation_tags_tag ON support_conversation_tags(account_id, tag, conversation_id);

-- Search, in SQLite's own words: indexes over columns of the tables, kept by triggers. account_id
-- is indexed too, so that a word which is common elsewhere costs nothing here.
CREATE VIRTUAL TABLE message_search USING fts5(account_id, text, content = 'support_messages', content_rowid = 'rowid',
	tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
CREATE VIRTUAL TABLE contact_search USING fts5(account_id, name, email, phone, content = 'contacts', content_rowid = 'rowid',
	tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
INSERT INTO message_search(message_search) VALUES ('rebuild');
INSERT INTO contact_search(contact_search) VALUES ('rebuild');
-- +goose StatementBegin
CREATE TRIGGER support_messages_searched AFTER INSERT ON support_messages BEGIN
	INSERT INTO message_search(rowid, account_id, text) VALUES (new.rowid, new.account_id, new.text);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_messages_researched AFTER UPDATE OF text ON support_messages BEGIN
	INSERT INTO message_search(message_search, rowid, account_id, text) VALUES ('delete', old.rowid, old.account_id, old.text);
	INSERT INTO message_search(rowid, account_id, text) VALUES (new.rowid, new.account_id, new.text);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_messages_unsearched AFTER DELETE ON support_messages BEGIN
	INSERT INTO message_search(message_search, rowid, account_id, text) VALUES ('delete', old.rowid, old.account_id, old.text);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contacts_searched AFTER INSERT ON contacts BEGIN
	INSERT INTO contact_search(rowid, account_id, name, email, phone) VALUES (new.rowid, new.account_id, new.name, new.email, new.phone);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contacts_researched AFTER UPDATE OF name, email, phone ON contacts BEGIN
	INSERT INTO contact_search(contact_search, rowid, account_id, name, email, phone)
		VALUES ('delete', old.rowid, old.account_id, old.name, old.email, old.phone);
	INSERT INTO contact_search(rowid, account_id, name, email, phone) VALUES (new.rowid, new.account_id, new.name, new.email, new.phone);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contacts_unsearched AFTER DELETE ON contacts BEGIN
	INSERT INTO contact_search(contact_search, rowid, account_id, name, email, phone)
		VALUES ('delete', old.rowid, old.account_id, old.name, old.email, old.phone);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER contacts_unsearched;
DROP TRIGGER contacts_researched;
DROP TRIGGER contacts_searched;
DROP TRIGGER support_messages_unsearched;
DROP TRIGGER support_messages_researched;
DROP TRIGGER support_messages_searched;
DROP TABLE contact_search;
DROP TABLE message_search;
DROP TABLE support_conversation_tags;
ALTER TABLE support_conversations DROP COLUMN rated_at;
ALTER TABLE support_conversations DROP COLUMN rating_comment;
ALTER TABLE support_conversations DROP COLUMN rating_score;
ALTER TABLE support_conversations DROP COLUMN tags;
ALTER TABLE support_messages DROP COLUMN deleted_at;
ALTER TABLE support_tokens DROP COLUMN identity_secret;
DROP INDEX contacts_created;
DROP INDEX contacts_external;
ALTER TABLE contacts DROP COLUMN external_id;
DROP INDEX support_sessions_contact;
ALTER TABLE support_sessions DROP COLUMN external_id;
ALTER TABLE support_sessions DROP COLUMN verified_phone;
ALTER TABLE support_sessions DROP COLUMN verified_email;
