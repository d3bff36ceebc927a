-- +goose Up
-- How the console looks to its user; an empty language is the browser's.
ALTER TABLE users ADD COLUMN theme TEXT NOT NULL DEFAULT 'auto';
ALTER TABLE users ADD COLUMN density TEXT NOT NULL DEFAULT 'comfortable';
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT '';
-- The sealed secret of the user's authenticator, empty without one, and the last time step whose code was used.
ALTER TABLE users ADD COLUMN totp_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;

CREATE TABLE recovery_codes (
	user_id TEXT NOT NULL REFERENCES users(_id) ON DELETE CASCADE,
	digest  TEXT NOT NULL,
	PRIMARY KEY (user_id, digest)
);

CREATE TABLE invites (
	_id        TEXT PRIMARY KEY,
	account_id TEXT NOT NULL REFERENCES accounts(_id),
	email      TEXT NOT NULL,
	role       TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	UNIQUE (account_id, email)
);
CREATE INDEX invites_expiry ON invites(expires_at);

-- Single-use links: the address holds a random key, the row its digest. Each belongs to an invite or to a user.
CREATE TABLE access_links (
	digest     TEXT PRIMARY KEY,
	invite_id  TEXT REFERENCES invites(_id) ON DELETE CASCADE,
	user_id    TEXT REFERENCES users(_id) ON DELETE CASCADE,
	expires_at BIGINT NOT NULL
);
CREATE INDEX access_links_invite ON access_links(invite_id);
CREATE INDEX access_links_user ON access_links(user_id);
CREATE INDEX access_links_expiry ON access_links(expires_at);

-- +goose Down
DROP TABLE access_links;
DROP TABLE invites;
DROP TABLE recovery_codes;
ALTER TABLE users DROP COLUMN totp_step;
ALTER TABLE users DROP COLUMN totp_secret;
ALTER TABLE users DROP COLUMN language;
ALTER TABLE users DROP COLUMN density;
ALTER TABLE users DROP COLUMN theme;
