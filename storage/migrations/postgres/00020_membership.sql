-- +goose Up

-- Who is, was or would like to be a member: others of this organisation
-- ('below'), and this organisation of others ('above').
CREATE TABLE membership (
	id          text COLLATE "C" NOT NULL PRIMARY KEY,
	side        text COLLATE "C" NOT NULL,
	other       text COLLATE "C" NOT NULL, -- an actor's id, or mailto: and an address
	state       text COLLATE "C" NOT NULL,
	offer       text COLLATE "C" NOT NULL, -- the id of the application that this is about
	offered     bigint,
	said        bigint,
	closed      bigint,
	since       bigint NOT NULL,
	changed     bigint NOT NULL,
	joined      bigint,
	reason      text COLLATE "C" NOT NULL,
	decided_by  text COLLATE "C" NOT NULL,
	token       text COLLATE "C" NOT NULL,
	application text COLLATE "C" NOT NULL -- JSON: what was said in it
);

CREATE UNIQUE INDEX membership_once ON membership (side, other);
CREATE INDEX membership_token ON membership (token) WHERE token <> '';
CREATE INDEX membership_changed ON membership (changed); -- to forget

-- What was said about it, by both sides, and by the office to itself.
CREATE TABLE membership_remark (
	membership text COLLATE "C" NOT NULL,
	id         text COLLATE "C" NOT NULL,
	at         bigint NOT NULL,
	author     text COLLATE "C" NOT NULL,
	did        text COLLATE "C" NOT NULL,
	text       text COLLATE "C" NOT NULL,
	PRIMARY KEY (membership, id)
);
