-- +goose Up
-- Tells versions apart, so that two people who edit a shared view at once are told.
ALTER TABLE saved_views ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
-- When the author of a note on a person last changed its text.
ALTER TABLE contact_notes ADD COLUMN edited_at BIGINT;
