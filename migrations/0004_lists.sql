-- +goose Up

-- The inbox, one index for each filter. A list of all statuses merges that of the open ones and
-- that of the closed ones, so it needs none of its own: every index here moves with each message.
-- Conversations nobody has written in are apart, so that opening a panel costs one entry and no
-- list has to step over them.
DROP INDEX support_conversations_inbox;
DROP INDEX support_conversations_status;
CREATE INDEX support_conversations_status ON support_conversations(account_id, status, updated_at, _id) WHERE last_seq > 0;
CREATE INDEX support_conversations_assignee ON support_conversations(account_id, assignee_id, status, updated_at, _id) WHERE last_seq > 0;
CREATE INDEX support_conversations_empty ON support_conversations(account_id, status, updated_at, _id) WHERE last_seq = 0;

-- Its condition is none that a query compares with a parameter: SQLite would plan such a query anew
-- each time it runs, which took a quarter of starting a session.
DROP INDEX support_sessions_activity;
CREATE INDEX support_sessions_activity ON support_sessions(last_activity) WHERE status <> 'inactive';

-- A tag is listed like a status, so it repeats what its conversation is sorted by.
DROP TABLE support_conversation_tags;
CREATE TABLE support_conversation_tags (
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	account_id      TEXT NOT NULL,
	tag             TEXT NOT NULL,
	status          TEXT NOT NULL,
	updated_at      BIGINT NOT NULL,
	PRIMARY KEY (conversation_id, tag)
);
INSERT INTO support_conversation_tags (conversation_id, account_id, tag, status, updated_at)
	SELECT c._id, c.account_id, t.value, c.status, c.updated_at FROM support_conversations c, json_each(c.tags) t;
CREATE INDEX support_conversation_tags_tag ON support_conversation_tags(account_id, tag, status, updated_at, conversation_id);
-- +goose StatementBegin
CREATE TRIGGER support_conversations_tagged AFTER UPDATE OF status, updated_at ON support_conversations WHEN new.tags <> '[]' BEGIN
	UPDATE support_conversation_tags SET status = new.status, updated_at = new.updated_at WHERE conversation_id = new._id;
END;
-- +goose StatementEnd

-- What a conversation's newest session calls itself, which every row of a list shows.
ALTER TABLE support_conversations ADD COLUMN claimed_name TEXT;
UPDATE support_conversations SET claimed_name = (SELECT COALESCE(s.name, s.email, s.phone) FROM support_sessions s
	WHERE s.conversation_id = support_conversations._id ORDER BY s.created_at DESC LIMIT 1);
-- +goose StatementBegin
CREATE TRIGGER support_sessions_named AFTER INSERT ON support_sessions BEGIN
	UPDATE support_conversations SET claimed_name = COALESCE(new.name, new.email, new.phone) WHERE _id = new.conversation_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_sessions_renamed AFTER UPDATE OF name, email, phone, conversation_id ON support_sessions
	WHEN COALESCE(old.name, old.email, old.phone) IS NOT COALESCE(new.name, new.email, new.phone)
		OR old.conversation_id <> new.conversation_id BEGIN
	UPDATE support_conversations SET claimed_name = (SELECT COALESCE(s.name, s.email, s.phone) FROM support_sessions s
		WHERE s.conversation_id = support_conversations._id ORDER BY s.created_at DESC LIMIT 1)
		WHERE _id IN (old.conversation_id, new.conversation_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_sessions_unnamed AFTER DELETE ON support_sessions BEGIN
	UPDATE support_conversations SET claimed_name = (SELECT COALESCE(s.name, s.email, s.phone) FROM support_sessions s
		WHERE s.conversation_id = support_conversations._id ORDER BY s.created_at DESC LIMIT 1)
		WHERE _id = old.conversation_id;
END;
-- +goose StatementEnd

-- How many open conversations have something unread by the team: every page of the console shows
-- it, so it is counted when it changes.
ALTER TABLE accounts ADD COLUMN unread_conversations BIGINT NOT NULL DEFAULT 0;
UPDATE accounts SET unread_conversations =
	(SELECT COUNT(*) FROM support_conversations c WHERE c.account_id = accounts._id AND c.status = 'active' AND c.agent_unread > 0);
-- +goose StatementBegin
CREATE TRIGGER support_conversations_unread AFTER UPDATE OF status, agent_unread ON support_conversations
	WHEN (old.status = 'active' AND old.agent_unread > 0) <> (new.status = 'active' AND new.agent_unread > 0) BEGIN
	UPDATE accounts SET unread_conversations = unread_conversations + iif(new.status = 'active' AND new.agent_unread > 0, 1, -1)
		WHERE _id = new.account_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_conversations_unread_gone AFTER DELETE ON support_conversations
	WHEN old.status = 'active' AND old.agent_unread > 0 BEGIN
	UPDATE accounts SET unread_conversations = unread_conversations - 1 WHERE _id = old.account_id;
END;
-- +goose StatementEnd

-- Search is bounded by parts of 65,536 rows: each row bears one word for its account and part, so
-- that a search can be held to the newest rows. Without it, words that are frequent but never
-- together would be looked for through all messages that there are.
DROP TRIGGER contacts_unsearched;
DROP TRIGGER contacts_researched;
DROP TRIGGER contacts_searched;
DROP TRIGGER support_messages_unsearched;
DROP TRIGGER support_messages_researched;
DROP TRIGGER support_messages_searched;
DROP TABLE contact_search;
DROP TABLE message_search;
CREATE VIEW message_search_rows AS
	SELECT rowid AS row, account_id || 'x' || (rowid >> 16) AS part, text FROM support_messages;
CREATE VIEW contact_search_rows AS
	SELECT rowid AS row, account_id || 'x' || (rowid >> 16) AS part, name, email, phone FROM contacts;
CREATE VIRTUAL TABLE message_search USING fts5(part, text, content = 'message_search_rows', content_rowid = 'row',
	tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
CREATE VIRTUAL TABLE contact_search USING fts5(part, name, email, phone, content = 'contact_search_rows', content_rowid = 'row',
	tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
INSERT INTO message_search(message_search) VALUES ('rebuild');
INSERT INTO contact_search(contact_search) VALUES ('rebuild');
CREATE VIRTUAL TABLE message_words USING fts5vocab(message_search, instance);
CREATE VIRTUAL TABLE contact_words USING fts5vocab(contact_search, instance);
-- New rows are indexed a moment later, many at once: by a trigger, each would go to disk by itself,
-- which took more than twice the time of storing the message. search_progress is the last row that
-- is indexed; a row number that is free again, because the last rows were deleted, must come after it.
-- A deleted row that was not indexed counts for that too: the ones before it may be gone already.
CREATE TABLE search_progress (
	_id TEXT PRIMARY KEY,
	row BIGINT NOT NULL
);
INSERT INTO search_progress (_id, row) SELECT 'message', COALESCE(MAX(rowid), 0) FROM support_messages;
INSERT INTO search_progress (_id, row) SELECT 'contact', COALESCE(MAX(rowid), 0) FROM contacts;
-- +goose StatementBegin
CREATE TRIGGER support_messages_researched AFTER UPDATE OF text ON support_messages WHEN old.rowid <= (SELECT row FROM search_progress WHERE _id = 'message') BEGIN
	INSERT INTO message_search(message_search, rowid, part, text) VALUES ('delete', old.rowid, old.account_id || 'x' || (old.rowid >> 16), old.text);
	INSERT INTO message_search(rowid, part, text) VALUES (new.rowid, new.account_id || 'x' || (new.rowid >> 16), new.text);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_messages_unsearched AFTER DELETE ON support_messages BEGIN
	INSERT INTO message_search(message_search, rowid, part, text) SELECT 'delete', old.rowid, old.account_id || 'x' || (old.rowid >> 16), old.text
		WHERE old.rowid <= (SELECT row FROM search_progress WHERE _id = 'message');
	UPDATE search_progress SET row = (SELECT COALESCE(MAX(rowid), 0) FROM support_messages)
		WHERE _id = 'message' AND row > (SELECT COALESCE(MAX(rowid), 0) FROM support_messages);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contacts_researched AFTER UPDATE OF name, email, phone ON contacts WHEN old.rowid <= (SELECT row FROM search_progress WHERE _id = 'contact') BEGIN
	INSERT INTO contact_search(contact_search, rowid, part, name, email, phone) VALUES ('delete', old.rowid, old.account_id || 'x' || (old.rowid >> 16), old.name, old.email, old.phone);
	INSERT INTO contact_search(rowid, part, name, email, phone) VALUES (new.rowid, new.account_id || 'x' || (new.rowid >> 16), new.name, new.email, new.phone);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contacts_unsearched AFTER DELETE ON contacts BEGIN
	INSERT INTO contact_search(contact_search, rowid, part, name, email, phone)
		SELECT 'delete', old.rowid, old.account_id || 'x' || (old.rowid >> 16), old.name, old.email, old.phone
		WHERE old.rowid <= (SELECT row FROM search_progress WHERE _id = 'contact');
	UPDATE search_progress SET row = (SELECT COALESCE(MAX(rowid), 0) FROM contacts)
		WHERE _id = 'contact' AND row > (SELECT COALESCE(MAX(rowid), 0) FROM contacts);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER contacts_unsearched;
DROP TRIGGER contacts_researched;
DROP TRIGGER support_messages_unsearched;
DROP TRIGGER support_messages_researched;
DROP TABLE search_progress;
DROP TABLE contact_words;
DROP TABLE message_words;
DROP TABLE contact_search;
DROP TABLE message_search;
DROP VIEW contact_search_rows;
DROP VIEW message_search_rows;
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
DROP TRIGGER support_conversations_unread_gone;
DROP TRIGGER support_conversations_unread;
DROP TRIGGER support_sessions_unnamed;
DROP TRIGGER support_sessions_renamed;
DROP TRIGGER support_sessions_named;
ALTER TABLE support_conversations DROP COLUMN claimed_name;
ALTER TABLE accounts DROP COLUMN unread_conversations;
DROP TRIGGER support_conversations_tagged;
DROP TABLE support_conversation_tags;
CREATE TABLE support_conversation_tags (
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	account_id      TEXT NOT NULL,
	tag             TEXT NOT NULL,
	PRIMARY KEY (conversation_id, tag)
);
INSERT INTO support_conversation_tags (conversation_id, account_id, tag)
	SELECT c._id, c.account_id, t.value FROM support_conversations c, json_each(c.tags) t;
CREATE INDEX support_conversation_tags_tag ON support_conversation_tags(account_id, tag, conversation_id);
DROP INDEX support_sessions_activity;
CREATE INDEX support_sessions_activity ON support_sessions(last_activity) WHERE status = 'active';
DROP INDEX support_conversations_empty;
DROP INDEX support_conversations_assignee;
DROP INDEX support_conversations_status;
CREATE INDEX support_conversations_inbox ON support_conversations(account_id, updated_at, _id);
CREATE INDEX support_conversations_status ON support_conversations(account_id, status, updated_at, _id);
