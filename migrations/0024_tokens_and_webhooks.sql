-- +goose Up

-- The first of the tokens that have replaced one another, whose sessions this one goes on with; NULL for one that
-- has replaced none.
ALTER TABLE support_tokens ADD COLUMN first_id TEXT;

-- The contact that a webhook is told of; empty where it is told of a conversation.
ALTER TABLE webhook_deliveries ADD COLUMN contact_id TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE webhook_deliveries DROP COLUMN contact_id;
ALTER TABLE support_tokens DROP COLUMN first_id;
