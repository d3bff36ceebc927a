-- +goose Up

-- shelf is where a conversation lies in the inbox: open, snoozed, closed or spam. It repeats what
-- status, snooze and spam say together, so that each view is one stretch of one index.
ALTER TABLE support_conversations ADD COLUMN shelf TEXT NOT NULL DEFAULT 'open';
-- When a snoozed conversation comes back; NULL for one that waits for the next message.
ALTER TABLE support_conversations ADD COLUMN snoozed_until BIGINT;
-- 0 none, 1 low, 2 high, 3 urgent.
ALTER TABLE support_conversations ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
-- When the visitor's first message that the team has not answered was written.
ALTER TABLE support_conversations ADD COLUMN waiting_since BIGINT;
ALTER TABLE support_conversations ADD COLUMN team_id TEXT;
UPDATE support_conversations SET shelf = 'closed' WHERE status = 'closed';
UPDATE support_conversations SET waiting_since = (SELECT MIN(m.created_at) FROM support_messages m
	WHERE m.conversation_id = support_conversations._id AND m.sender_type = 'visitor'
		AND m.seq > COALESCE((SELECT MAX(a.seq) FROM support_messages a WHERE a.conversation_id = support_conversations._id
			AND a.sender_type = 'agent' AND a.private = false), 0))
	WHERE status = 'active' AND last_sender = 'visitor';

DROP INDEX support_conversations_status;
DROP INDEX support_conversations_assignee;
DROP INDEX support_conversations_empty;
CREATE INDEX support_conversations_shelf ON support_conversations(account_id, shelf, updated_at, _id) WHERE last_seq > 0;
CREATE INDEX support_conversations_assignee ON support_conversations(account_id, assignee_id, shelf, updated_at, _id) WHERE last_seq > 0;
CREATE INDEX support_conversations_empty ON support_conversations(account_id, shelf, updated_at, _id) WHERE last_seq = 0;
CREATE INDEX support_conversations_team ON support_conversations(account_id, team_id, shelf, updated_at, _id) WHERE team_id IS NOT NULL AND last_seq > 0;
-- Entries come and go with questions and answers, not with each message.
CREATE INDEX support_conversations_waiting ON support_conversations(account_id, shelf, waiting_since, _id) WHERE waiting_since IS NOT NULL;

DROP TRIGGER support_conversations_tagged;
ALTER TABLE support_conversation_tags RENAME COLUMN status TO shelf;
UPDATE support_conversation_tags SET shelf = 'open' WHERE shelf = 'active';
-- +goose StatementBegin
CREATE TRIGGER support_conversations_tagged AFTER UPDATE OF shelf, updated_at ON support_conversations WHEN new.tags <> '[]' BEGIN
	UPDATE support_conversation_tags SET shelf = new.shelf, updated_at = new.updated_at WHERE conversation_id = new._id;
END;
-- +goose StatementEnd

-- What is snoozed or spam does not call for anybody.
DROP TRIGGER support_conversations_unread;
DROP TRIGGER support_conversations_unread_gone;
-- +goose StatementBegin
CREATE TRIGGER support_conversations_unread AFTER UPDATE OF shelf, agent_unread ON support_conversations
	WHEN (old.shelf = 'open' AND old.agent_unread > 0) <> (new.shelf = 'open' AND new.agent_unread > 0) BEGIN
	UPDATE accounts SET unread_conversations = unread_conversations + iif(new.shelf = 'open' AND new.agent_unread > 0, 1, -1)
		WHERE _id = new.account_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_conversations_unread_gone AFTER DELETE ON support_conversations
	WHEN old.shelf = 'open' AND old.agent_unread > 0 BEGIN
	UPDATE accounts SET unread_conversations = unread_conversations - 1 WHERE _id = old.account_id;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER support_conversations_unread_gone;
DROP TRIGGER support_conversations_unread;
DROP TRIGGER support_conversations_tagged;
UPDATE accounts SET unread_conversations =
	(SELECT COUNT(*) FROM support_conversations c WHERE c.account_id = accounts._id AND c.status = 'active' AND c.agent_unread > 0);
ALTER TABLE support_conversation_tags RENAME COLUMN shelf TO status;
UPDATE support_conversation_tags SET status = (SELECT c.status FROM support_conversations c WHERE c._id = conversation_id);
-- +goose StatementBegin
CREATE TRIGGER support_conversations_tagged AFTER UPDATE OF status, updated_at ON support_conversations WHEN new.tags <> '[]' BEGIN
	UPDATE support_conversation_tags SET status = new.status, updated_at = new.updated_at WHERE conversation_id = new._id;
END;
-- +goose StatementEnd
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
DROP INDEX support_conversations_waiting;
DROP INDEX support_conversations_team;
DROP INDEX support_conversations_empty;
DROP INDEX support_conversations_assignee;
DROP INDEX support_conversations_shelf;
ALTER TABLE support_conversations DROP COLUMN team_id;
ALTER TABLE support_conversations DROP COLUMN waiting_since;
ALTER TABLE support_conversations DROP COLUMN priority;
ALTER TABLE support_conversations DROP COLUMN snoozed_until;
ALTER TABLE support_conversations DROP COLUMN shelf;
CREATE INDEX support_conversations_status ON support_conversations(account_id, status, updated_at, _id) WHERE last_seq > 0;
CREATE INDEX support_conversations_assignee ON support_conversations(account_id, assignee_id, status, updated_at, _id) WHERE last_seq > 0;
CREATE INDEX support_conversations_empty ON support_conversations(account_id, status, updated_at, _id) WHERE last_seq = 0;
