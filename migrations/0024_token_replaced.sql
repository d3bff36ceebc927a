-- +goose Up

-- The first of the tokens that have replaced one another, whose sessions this one goes on with; NULL for one that
-- has replaced none.
ALTER TABLE support_tokens ADD COLUMN first_id TEXT;

-- +goose Down
ALTER TABLE support_tokens DROP COLUMN first_id;
