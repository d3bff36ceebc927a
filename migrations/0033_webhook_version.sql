-- +goose Up
-- Counts the changes, so that two who change a webhook at once are told.
ALTER TABLE webhooks ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE webhooks DROP COLUMN version;
