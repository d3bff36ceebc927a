-- +goose Up

-- When the team asked the visitor to prove an address; NULL once that is done.
ALTER TABLE support_conversations ADD COLUMN verification_asked_at BIGINT;
-- It should have gone to whoever was next when nobody was there.
ALTER TABLE support_conversations ADD COLUMN awaits_turn BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX support_conversations_turn ON support_conversations(account_id, created_at, _id) WHERE awaits_turn = true;
-- Away members count as not there, whatever they have open.
ALTER TABLE users ADD COLUMN away BOOLEAN NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE users DROP COLUMN away;
DROP INDEX support_conversations_turn;
ALTER TABLE support_conversations DROP COLUMN awaits_turn;
ALTER TABLE support_conversations DROP COLUMN verification_asked_at;
