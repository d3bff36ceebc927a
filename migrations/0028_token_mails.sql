-- +goose Up
-- The last step (30, 7 or 1 days before the end) of which the admins were told by mail; 0 for none yet.
ALTER TABLE support_tokens ADD COLUMN warned_days BIGINT NOT NULL DEFAULT 0;
