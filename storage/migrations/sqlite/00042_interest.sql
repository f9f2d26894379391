-- +goose Up

-- Answers to calls: of others to ours ('caller'), and of ours to theirs
-- ('answerer').
CREATE TABLE interest (
	id       TEXT NOT NULL PRIMARY KEY,
	part     TEXT NOT NULL,
	call     TEXT NOT NULL,
	other    TEXT NOT NULL, -- an actor's id, or mailto: and an address
	offer    TEXT NOT NULL, -- the id by which both sides know it
	state    TEXT NOT NULL,
	since    INTEGER NOT NULL,
	changed  INTEGER NOT NULL,
	token    TEXT NOT NULL,
	detail   TEXT NOT NULL -- JSON: what was said in it, and who would be introduced
) WITHOUT ROWID;

CREATE UNIQUE INDEX interest_once ON interest (part, offer);
CREATE INDEX interest_call ON interest (part, call, since, id);
CREATE INDEX interest_part ON interest (part, since, id) WHERE state <> '';
CREATE INDEX interest_state ON interest (state, part, changed); -- what waits, and for how long
CREATE INDEX interest_other ON interest (other);
CREATE INDEX interest_token ON interest (token) WHERE token <> '';
CREATE INDEX interest_changed ON interest (changed); -- to forget

-- What has come of answers, here and at members, as it is counted.
CREATE TABLE agreement (
	document TEXT NOT NULL PRIMARY KEY,
	id       TEXT NOT NULL,
	said_by  TEXT NOT NULL, -- the actor who said so
	at       INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX agreement_id ON agreement (id);
