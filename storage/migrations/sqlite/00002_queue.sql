-- +goose Up

-- A lane is a remote host or mail domain: one connection, one back-off.
CREATE TABLE lane (
	name          TEXT    NOT NULL PRIMARY KEY,
	due           INTEGER NOT NULL,            -- when something is to be done in it
	held_by       TEXT    NOT NULL DEFAULT '', -- the process that works on it,
	held_until    INTEGER NOT NULL DEFAULT 0,  -- and until when it may
	hold          INTEGER NOT NULL DEFAULT 0,  -- nothing is tried before
	asked         INTEGER NOT NULL DEFAULT 0,  -- 1: the host has asked for that hold
	failures      INTEGER NOT NULL DEFAULT 0,  -- in a row
	first_failure INTEGER NOT NULL DEFAULT 0,  -- the first of them
	failure_day   INTEGER NOT NULL DEFAULT 0,  -- the day of the last of them, since 1970
	failure_days  INTEGER NOT NULL DEFAULT 0,  -- how many distinct days they fell on
	delivered     INTEGER NOT NULL DEFAULT 0,
	last_ok       INTEGER NOT NULL DEFAULT 0,
	last_try      INTEGER NOT NULL DEFAULT 0,
	last_error    TEXT    NOT NULL DEFAULT ''
) WITHOUT ROWID;

CREATE INDEX lane_due ON lane (due, name);

-- State 0 waits, 1 waits and has been put off at least once, 2 is given up.
CREATE TABLE job (
	id      TEXT    NOT NULL PRIMARY KEY,
	lane    TEXT    NOT NULL,
	key     TEXT    NOT NULL,
	kind    TEXT    NOT NULL,
	payload BLOB    NOT NULL,
	due     INTEGER NOT NULL,
	created INTEGER NOT NULL,
	state   INTEGER NOT NULL,
	attempt INTEGER NOT NULL DEFAULT 0,
	error   TEXT    NOT NULL DEFAULT ''
);

CREATE INDEX job_waiting ON job (lane, due, id) WHERE state < 2;
CREATE INDEX job_put_off ON job (lane, key, id) WHERE state = 1;
CREATE INDEX job_given_up ON job (lane, id) WHERE state = 2;
