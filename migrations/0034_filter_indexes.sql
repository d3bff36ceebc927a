-- +goose Up
-- What the inbox is filtered by has an index each, in the order of the list. Few have a priority, and few wait.
CREATE INDEX support_conversations_site ON support_conversations(account_id, site, shelf, updated_at, _id) WHERE last_seq > 0;
CREATE INDEX support_conversations_verified ON support_conversations(account_id, verified, shelf, updated_at, _id) WHERE last_seq > 0;
CREATE INDEX support_conversations_priority ON support_conversations(account_id, priority, shelf, updated_at, _id) WHERE priority <> 0 AND last_seq > 0;
CREATE INDEX support_conversations_unanswered ON support_conversations(account_id, shelf, updated_at, _id) WHERE waiting_since IS NOT NULL AND last_seq > 0;

-- +goose Down
DROP INDEX support_conversations_unanswered;
DROP INDEX support_conversations_priority;
DROP INDEX support_conversations_verified;
DROP INDEX support_conversations_site;
