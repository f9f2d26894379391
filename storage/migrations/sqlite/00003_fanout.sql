-- +goose Up

-- Where in its lane a job goes, such as an inbox of the host.
ALTER TABLE job ADD COLUMN target TEXT NOT NULL DEFAULT '';

UPDATE job SET target = COALESCE(json_extract(CAST(payload AS TEXT), '$.inbox'), '') WHERE kind = 'post';

-- One thing to do in many lanes. What fails, or has to wait, becomes a job. The
-- columns that change come first, and keep their length.
CREATE TABLE fanout (
	id         TEXT    NOT NULL PRIMARY KEY,
	key        TEXT    NOT NULL,
	due        INTEGER NOT NULL,
	created    INTEGER NOT NULL,
	held_by    TEXT    NOT NULL DEFAULT '', -- the process that works on it,
	held_until INTEGER NOT NULL DEFAULT 0,  -- and until when it may
	done       BLOB    NOT NULL,            -- a bit for each target
	kind       TEXT    NOT NULL,
	payload    BLOB    NOT NULL,
	targets    BLOB    NOT NULL             -- JSON: lane, target, lane, target …
);

CREATE INDEX fanout_due ON fanout (due, id);
CREATE INDEX fanout_key ON fanout (key, id);

-- Nothing is sent past what went wrong before.
CREATE INDEX lane_failed ON lane (name) WHERE failures > 0;
