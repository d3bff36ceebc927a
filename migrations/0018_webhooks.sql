-- +goose Up
-- Addresses that are told what happens in an account. The secret that signs is sealed.
CREATE TABLE webhooks (
	_id           TEXT PRIMARY KEY,
	account_id    TEXT NOT NULL REFERENCES accounts(_id),
	url           TEXT NOT NULL,
	events        TEXT NOT NULL,
	secret        TEXT NOT NULL,
	created_at    BIGINT NOT NULL,
	failing_since BIGINT,
	disabled_at   BIGINT
);
CREATE INDEX webhooks_account ON webhooks(account_id);

-- What is told to each, waiting or done. It names what happened; what is said of it is read when it is sent.
CREATE TABLE webhook_deliveries (
	_id             TEXT PRIMARY KEY,
	webhook_id      TEXT NOT NULL REFERENCES webhooks(_id) ON DELETE CASCADE,
	account_id      TEXT NOT NULL,
	event           TEXT NOT NULL,
	conversation_id TEXT NOT NULL,
	seq             BIGINT NOT NULL,
	status          TEXT NOT NULL,
	attempts        BIGINT NOT NULL,
	answer          BIGINT NOT NULL,
	error           TEXT NOT NULL,
	next_at         BIGINT NOT NULL,
	give_up_at      BIGINT NOT NULL,
	created_at      BIGINT NOT NULL
);
CREATE INDEX webhook_deliveries_list ON webhook_deliveries(webhook_id, created_at);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries(webhook_id, next_at) WHERE status = 'waiting';
CREATE INDEX webhook_deliveries_age ON webhook_deliveries(created_at);

-- +goose Down
DROP TABLE webhook_deliveries;
DROP TABLE webhooks;
