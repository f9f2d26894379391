-- +goose Up

-- Who takes part in own events, would like to, or did.
CREATE TABLE participation (
	id           text COLLATE "C" NOT NULL PRIMARY KEY,
	event        text COLLATE "C" NOT NULL,
	person       text COLLATE "C" NOT NULL, -- an actor, "mailto:…", or id for one whom the organiser knows
	state        text COLLATE "C" NOT NULL,
	since        bigint NOT NULL, -- the order of the waiting list
	changed      bigint NOT NULL,
	until        bigint,          -- the end of an offer
	forget       bigint,          -- when it is to be deleted
	join_id      text COLLATE "C" NOT NULL,
	reach        text COLLATE "C" NOT NULL, -- the shared inbox where there is one, or else the inbox
	token        text COLLATE "C" NOT NULL, -- hash of the secret in the private link
	name         text COLLATE "C" NOT NULL,
	email        text COLLATE "C" NOT NULL,
	organisation text COLLATE "C" NOT NULL,
	note         text COLLATE "C" NOT NULL,
	lang         text COLLATE "C" NOT NULL,
	reason       text COLLATE "C" NOT NULL
);

CREATE UNIQUE INDEX participation_once ON participation (event, person);
CREATE INDEX participation_event ON participation (event, state, since, id); -- numbers, and the waiting list in order
CREATE INDEX participation_person ON participation (person, event);          -- an actor that is no more
CREATE UNIQUE INDEX participation_token ON participation (token) WHERE token <> '';
CREATE INDEX participation_until ON participation (until) WHERE until IS NOT NULL;
CREATE INDEX participation_forget ON participation (forget) WHERE forget IS NOT NULL;

-- When others are told how many take part in an event.
CREATE TABLE turnout (
	event   text COLLATE "C" NOT NULL PRIMARY KEY,
	told    bigint,
	is_full boolean NOT NULL, -- as they were told
	due     bigint
);

CREATE INDEX turnout_due ON turnout (due) WHERE due IS NOT NULL;
