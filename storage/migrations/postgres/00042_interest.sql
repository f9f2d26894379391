-- +goose Up

-- Answers to calls: of others to ours ('caller'), and of ours to theirs
-- ('answerer').
CREATE TABLE interest (
	id       text COLLATE "C" NOT NULL PRIMARY KEY,
	part     text COLLATE "C" NOT NULL,
	call     text COLLATE "C" NOT NULL,
	other    text COLLATE "C" NOT NULL, -- an actor's id, or mailto: and an address
	offer    text COLLATE "C" NOT NULL, -- the id by which both sides know it
	state    text COLLATE "C" NOT NULL,
	since    bigint NOT NULL,
	changed  bigint NOT NULL,
	token    text COLLATE "C" NOT NULL,
	detail   text COLLATE "C" NOT NULL -- JSON: what was said in it, and who would be introduced
);

CREATE UNIQUE INDEX interest_once ON interest (part, offer);
CREATE INDEX interest_call ON interest (part, call, since, id);
CREATE INDEX interest_part ON interest (part, since, id) WHERE state <> '';
CREATE INDEX interest_state ON interest (state, part, changed); -- what waits, and for how long
CREATE INDEX interest_other ON interest (other);
CREATE INDEX interest_token ON interest (token) WHERE token <> '';
CREATE INDEX interest_changed ON interest (changed); -- to forget

-- What has come of answers, here and at members, as it is counted.
CREATE TABLE agreement (
	document text COLLATE "C" NOT NULL PRIMARY KEY,
	id       text COLLATE "C" NOT NULL,
	said_by  text COLLATE "C" NOT NULL, -- the actor who said so
	at       bigint NOT NULL
);

CREATE INDEX agreement_id ON agreement (id);
