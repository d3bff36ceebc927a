-- +goose Up

-- Files of conversations; their bytes lie beside the database under the same id. uploader_id is
-- the session of a visitor or a user's id. message_seq and position say where a file is shown;
-- NULL until a message has it.
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

-- How many files a message has, so that reading messages without any looks nowhere else.
ALTER TABLE support_messages ADD COLUMN files BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE support_messages DROP COLUMN files;
DROP TABLE support_files;
