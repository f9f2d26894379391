-- +goose Up

-- A lane is a remote host or mail domain: one connection, one back-off.
CREATE TABLE lane (
	name          text COLLATE "C" NOT NULL PRIMARY KEY,
	due           bigint  NOT NULL,            -- when something is to be done in it
	held_by       text COLLATE "C" NOT NULL DEFAULT '', -- the process that works on it,
	held_until    bigint  NOT NULL DEFAULT 0,  -- and until when it may
	hold          bigint  NOT NULL DEFAULT 0,  -- nothing is tried before
	asked         bigint  NOT NULL DEFAULT 0,  -- 1: the host has asked for that hold
	failures      bigint  NOT NULL DEFAULT 0,  -- in a row
	first_failure bigint  NOT NULL DEFAULT 0,  -- the first of them
	failure_day   bigint  NOT NULL DEFAULT 0,  -- the day of the last of them, since 1970
	failure_days  bigint  NOT NULL DEFAULT 0,  -- how many distinct days they fell on
	delivered     bigint  NOT NULL DEFAULT 0,
	last_ok       bigint  NOT NULL DEFAULT 0,
	last_try      bigint  NOT NULL DEFAULT 0,
	last_error    text COLLATE "C" NOT NULL DEFAULT ''
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX lane_due ON lane (due, name);

-- State 0 waits, 1 waits and has been put off at least once, 2 is given up.
CREATE TABLE job (
	id      text COLLATE "C" NOT NULL PRIMARY KEY,
	lane    text COLLATE "C" NOT NULL,
	key     text COLLATE "C" NOT NULL,
	kind    text COLLATE "C" NOT NULL,
	payload bytea   NOT NULL,
	due     bigint  NOT NULL,
	created bigint  NOT NULL,
	state   bigint  NOT NULL,
	attempt bigint  NOT NULL DEFAULT 0,
	error   text COLLATE "C" NOT NULL DEFAULT ''
) WITH (autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX job_waiting ON job (lane, due, id) WHERE state < 2;
CREATE INDEX job_put_off ON job (lane, key, id) WHERE state = 1;
CREATE INDEX job_given_up ON job (lane, id) WHERE state = 2;
