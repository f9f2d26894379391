-- +goose Up

-- Where in its lane a job goes, such as an inbox of the host.
ALTER TABLE job ADD COLUMN target text COLLATE "C" NOT NULL DEFAULT '';

UPDATE job SET target = COALESCE(convert_from(payload, 'UTF8')::jsonb ->> 'inbox', '') WHERE kind = 'post';

-- One thing to do in many lanes. What fails, or has to wait, becomes a job. The
-- columns that change come first, and keep their length.
CREATE TABLE fanout (
	id         text COLLATE "C" NOT NULL PRIMARY KEY,
	key        text COLLATE "C" NOT NULL,
	due        bigint NOT NULL,
	created    bigint NOT NULL,
	held_by    text COLLATE "C" NOT NULL DEFAULT '', -- the process that works on it,
	held_until bigint NOT NULL DEFAULT 0,  -- and until when it may
	done       bytea  NOT NULL,            -- a bit for each target
	kind       text COLLATE "C" NOT NULL,
	payload    bytea  NOT NULL,
	targets    bytea  NOT NULL             -- JSON: lane, target, lane, target …
) WITH (fillfactor = 70);

CREATE INDEX fanout_due ON fanout (due, id);
CREATE INDEX fanout_key ON fanout (key, id);

-- Nothing is sent past what went wrong before.
CREATE INDEX lane_failed ON lane (name) WHERE failures > 0;
