-- +goose Up

-- Conversations that were merged into another one: their messages stay where they are, only the
-- talk goes on there. into_id is never itself merged.
CREATE TABLE conversation_merges (
	conversation_id TEXT PRIMARY KEY REFERENCES support_conversations(_id) ON DELETE CASCADE,
	into_id         TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	account_id      TEXT NOT NULL,
	created_at      BIGINT NOT NULL
);
CREATE INDEX conversation_merges_into ON conversation_merges(into_id);

-- +goose Down
DROP TABLE conversation_merges;
