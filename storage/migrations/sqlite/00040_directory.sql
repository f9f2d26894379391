-- +goose Up

-- The organisations that are members of this one, and copies of what others say
-- of theirs: most of them have no actor.
CREATE TABLE directory_entry (
	owner    TEXT    NOT NULL, -- '' for this organisation's, else the id of an actor
	id       TEXT    NOT NULL,
	batch    TEXT    NOT NULL, -- those that came in one table have the same
	public   BOOLEAN NOT NULL,
	removed  INTEGER,          -- since when it can only be put back
	updated  INTEGER NOT NULL,
	document TEXT    NOT NULL, -- JSON: what it is
	PRIMARY KEY (owner, id)
) WITHOUT ROWID;

-- Whose members are copied, and when they were read.
CREATE TABLE directory_copy (
	actor   TEXT    NOT NULL PRIMARY KEY,
	wanted  BOOLEAN NOT NULL, -- it is about to be read
	fetched INTEGER
) WITHOUT ROWID;
