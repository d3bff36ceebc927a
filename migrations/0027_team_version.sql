-- +goose Up
-- Tells versions apart, so that two people who edit a team at once are told.
ALTER TABLE teams ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
