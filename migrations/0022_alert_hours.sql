-- +goose Up

-- The days and hours at which somebody is alerted, as JSON; empty is always.
ALTER TABLE alert_settings ADD COLUMN hours TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE alert_settings DROP COLUMN hours;
