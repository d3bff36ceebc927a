-- +goose Up
-- After how many days an account's data is erased; 0 keeps it. What was erased in a pass that is under way is counted here, so that the audit log can
-- say it at the end, also after a restart.
CREATE TABLE retention_rules (
	account_id           TEXT PRIMARY KEY REFERENCES accounts(_id),
	conversation_days    BIGINT NOT NULL,
	file_days            BIGINT NOT NULL,
	address_days         BIGINT NOT NULL,
	version              BIGINT NOT NULL,
	erased_conversations BIGINT NOT NULL DEFAULT 0,
	erased_files         BIGINT NOT NULL DEFAULT 0,
	erased_addresses     BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX support_files_age ON support_files(account_id, created_at);
CREATE INDEX support_sessions_addressed ON support_sessions(account_id, created_at) WHERE ip <> '';

-- +goose Down
DROP INDEX support_sessions_addressed;
DROP INDEX support_files_age;
DROP TABLE retention_rules;
