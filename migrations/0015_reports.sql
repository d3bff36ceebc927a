-- +goose Up

-- Reports are sums of what happened, one row for each UTC day, so that a year is a few hundred rows.
-- part is all, site, agent or tag, value which one; day counts from 1970 on. The sums are packed by
-- quarters of an hour, which every time zone's days and hours are made of (internal/support/report_tally.go):
-- counts are by quarter; spread has durations and ratings by quarter, totals the same for the whole day.
CREATE TABLE report_days (
	account_id TEXT NOT NULL,
	part       TEXT NOT NULL,
	value      TEXT NOT NULL,
	day        BIGINT NOT NULL,
	counts     BLOB NOT NULL,
	totals     BLOB NOT NULL,
	spread     BLOB NOT NULL,
	PRIMARY KEY (account_id, part, value, day)
);

-- What of a conversation is in the sums, and under which tags: so that it can be moved when it gets another
-- tag, and taken out while it is spam. asked_at is the visitor's first message, closed_seq the newest
-- message when it was closed last. When the conversation is erased this goes too, and the sums stay.
CREATE TABLE report_conversations (
	conversation_id TEXT PRIMARY KEY REFERENCES support_conversations(_id) ON DELETE CASCADE,
	tags            TEXT NOT NULL,
	spam            BOOLEAN NOT NULL,
	asked_at        BIGINT,
	closed_seq      BIGINT NOT NULL,
	facts           TEXT NOT NULL
);

-- Messages are counted many at once, a moment later: up to this row.
CREATE TABLE report_progress (
	_id TEXT PRIMARY KEY,
	row BIGINT NOT NULL
);
INSERT INTO report_progress (_id, row) VALUES ('message', 0);
-- A row number that is free again, because the last rows were deleted, must come after it.
-- +goose StatementBegin
CREATE TRIGGER support_messages_uncounted AFTER DELETE ON support_messages BEGIN
	UPDATE report_progress SET row = (SELECT COALESCE(MAX(rowid), 0) FROM support_messages)
		WHERE row > (SELECT COALESCE(MAX(rowid), 0) FROM support_messages);
END;
-- +goose StatementEnd

-- What else is to be counted, a row for each time until then: kind is closed (with the newest message by
-- then), rated, or changed (tags or spam). Whose deed a closing or rating is, is known only now: whoever it is
-- assigned to, else whoever of the team wrote last.
CREATE TABLE report_changes (
	conversation_id TEXT NOT NULL,
	kind            TEXT NOT NULL,
	at              BIGINT NOT NULL,
	seq             BIGINT,
	score           BIGINT,
	agent_id        TEXT
);
CREATE INDEX report_changes_conversation ON report_changes(conversation_id);
-- No message names these columns, so none of these costs one anything.
-- +goose StatementBegin
CREATE TRIGGER support_conversations_closed AFTER UPDATE OF shelf ON support_conversations WHEN new.shelf = 'closed' AND old.shelf <> 'closed' BEGIN
	INSERT INTO report_changes (conversation_id, kind, at, seq, agent_id) VALUES (new._id, 'closed', new.updated_at, new.last_seq,
		COALESCE(new.assignee_id, (SELECT m.sender_id FROM support_messages m WHERE m.conversation_id = new._id
			AND m.sender_type = 'agent' AND m.private = false ORDER BY m.seq DESC LIMIT 1)));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_conversations_rated AFTER UPDATE OF rated_at ON support_conversations WHEN new.rated_at IS NOT NULL BEGIN
	INSERT INTO report_changes (conversation_id, kind, at, score, agent_id) VALUES (new._id, 'rated', new.rated_at, new.rating_score,
		COALESCE(new.assignee_id, (SELECT m.sender_id FROM support_messages m WHERE m.conversation_id = new._id
			AND m.sender_type = 'agent' AND m.private = false ORDER BY m.seq DESC LIMIT 1)));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_conversations_retagged AFTER UPDATE OF tags ON support_conversations WHEN new.tags <> old.tags BEGIN
	INSERT INTO report_changes (conversation_id, kind, at) VALUES (new._id, 'changed', new.updated_at);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_conversations_spammed AFTER UPDATE OF shelf ON support_conversations WHEN (new.shelf = 'spam') <> (old.shelf = 'spam') BEGIN
	INSERT INTO report_changes (conversation_id, kind, at) VALUES (new._id, 'changed', new.updated_at);
END;
-- +goose StatementEnd
-- When older conversations were closed, nobody wrote down; their last change comes nearest.
INSERT INTO report_changes (conversation_id, kind, at, seq, agent_id) SELECT c._id, 'closed', c.updated_at, c.last_seq,
	COALESCE(c.assignee_id, (SELECT m.sender_id FROM support_messages m WHERE m.conversation_id = c._id
		AND m.sender_type = 'agent' AND m.private = false ORDER BY m.seq DESC LIMIT 1))
	FROM support_conversations c WHERE c.shelf = 'closed' ORDER BY c.updated_at, c._id;
INSERT INTO report_changes (conversation_id, kind, at, score, agent_id) SELECT c._id, 'rated', c.rated_at, c.rating_score,
	COALESCE(c.assignee_id, (SELECT m.sender_id FROM support_messages m WHERE m.conversation_id = c._id
		AND m.sender_type = 'agent' AND m.private = false ORDER BY m.seq DESC LIMIT 1))
	FROM support_conversations c WHERE c.rated_at IS NOT NULL ORDER BY c.rated_at, c._id;

-- +goose Down
DROP TRIGGER support_conversations_spammed;
DROP TRIGGER support_conversations_retagged;
DROP TRIGGER support_conversations_rated;
DROP TRIGGER support_conversations_closed;
DROP TABLE report_changes;
DROP TRIGGER support_messages_uncounted;
DROP TABLE report_progress;
DROP TABLE report_conversations;
DROP TABLE report_days;
