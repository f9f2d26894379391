-- +goose Up

-- Who takes part in own events, would like to, or did.
CREATE TABLE participation (
	id           TEXT    NOT NULL PRIMARY KEY,
	event        TEXT    NOT NULL,
	person       TEXT    NOT NULL, -- an actor, "mailto:…", or id for one whom the organiser knows
	state        TEXT    NOT NULL,
	since        INTEGER NOT NULL, -- the order of the waiting list
	changed      INTEGER NOT NULL,
	until        INTEGER,          -- the end of an offer
	forget       INTEGER,          -- when it is to be deleted
	join_id      TEXT    NOT NULL,
	reach        TEXT    NOT NULL, -- the shared inbox where there is one, or else the inbox
	token        TEXT    NOT NULL, -- hash of the secret in the private link
	name         TEXT    NOT NULL,
	email        TEXT    NOT NULL,
	organisation TEXT    NOT NULL,
	note         TEXT    NOT NULL,
	lang         TEXT    NOT NULL,
	reason       TEXT    NOT NULL
);

CREATE UNIQUE INDEX participation_once ON participation (event, person);
CREATE INDEX participation_event ON participation (event, state, since, id); -- numbers, and the waiting list in order
CREATE INDEX participation_person ON participation (person, event);          -- an actor that is no more
CREATE UNIQUE INDEX participation_token ON participation (token) WHERE token <> '';
CREATE INDEX participation_until ON participation (until) WHERE until IS NOT NULL;
CREATE INDEX participation_forget ON participation (forget) WHERE forget IS NOT NULL;

-- When others are told how many take part in an event.
CREATE TABLE turnout (
	event   TEXT    NOT NULL PRIMARY KEY,
	told    INTEGER,
	is_full BOOLEAN NOT NULL, -- as they were told
	due     INTEGER
) WITHOUT ROWID;

CREATE INDEX turnout_due ON turnout (due) WHERE due IS NOT NULL;
