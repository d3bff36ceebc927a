-- +goose Up

-- The conversations that a session has left for another one. Its own secret may look back at them
-- as long as nobody has proven them to be somebody's; after that the contact's history has them.
CREATE TABLE support_session_conversations (
	session_id      TEXT NOT NULL REFERENCES support_sessions(_id) ON DELETE CASCADE,
	conversation_id TEXT NOT NULL REFERENCES support_conversations(_id) ON DELETE CASCADE,
	PRIMARY KEY (session_id, conversation_id)
);
CREATE INDEX support_session_conversations_conversation ON support_session_conversations(conversation_id);

-- +goose Down
DROP TABLE support_session_conversations;
