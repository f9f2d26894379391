-- +goose Up

-- Who is, was or would like to be a member: others of this organisation
-- ('below'), and this organisation of others ('above').
CREATE TABLE membership (
	id          TEXT    NOT NULL PRIMARY KEY,
	side        TEXT    NOT NULL,
	other       TEXT    NOT NULL, -- an actor's id, or mailto: and an address
	state       TEXT    NOT NULL,
	offer       TEXT    NOT NULL, -- the id of the application that this is about
	offered     INTEGER,
	said        INTEGER,
	closed      INTEGER,
	since       INTEGER NOT NULL,
	changed     INTEGER NOT NULL,
	joined      INTEGER,
	reason      TEXT    NOT NULL,
	decided_by  TEXT    NOT NULL,
	token       TEXT    NOT NULL,
	application TEXT    NOT NULL -- JSON: what was said in it
) WITHOUT ROWID;

CREATE UNIQUE INDEX membership_once ON membership (side, other);
CREATE INDEX membership_token ON membership (token) WHERE token <> '';
CREATE INDEX membership_changed ON membership (changed); -- to forget

-- What was said about it, by both sides, and by the office to itself.
CREATE TABLE membership_remark (
	membership TEXT    NOT NULL,
	id         TEXT    NOT NULL,
	at         INTEGER NOT NULL,
	author     TEXT    NOT NULL,
	did        TEXT    NOT NULL,
	text       TEXT    NOT NULL,
	PRIMARY KEY (membership, id)
) WITHOUT ROWID;
