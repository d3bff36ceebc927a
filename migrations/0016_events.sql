-- +goose Up

-- What was done to a conversation and by whom, beside its messages; only the team sees it. number counts
-- up within a conversation, after_seq is the message after which it was done. detail is what kind
-- needs: a user's id, a team, a tag, a priority, a score, an address, or a time in Unix ms.
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

-- +goose Down
DROP TABLE conversation_events;
