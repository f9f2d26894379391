-- +goose Up

-- Whom the organisation lists as its members, or has asked to.
CREATE TABLE listing (
	actor   text COLLATE "C" NOT NULL PRIMARY KEY,
	id      text COLLATE "C" NOT NULL,
	request text COLLATE "C" NOT NULL, -- the id of the question
	consent text COLLATE "C" NOT NULL, -- the address of the answer; '' without one
	refused boolean NOT NULL,
	changed bigint  NOT NULL
);

CREATE UNIQUE INDEX listing_id ON listing (id); -- fetched by it

-- Who may list the organisation, and where.
CREATE TABLE consent (
	id         text COLLATE "C" NOT NULL PRIMARY KEY,
	actor      text COLLATE "C" NOT NULL,
	collection text COLLATE "C" NOT NULL,
	since      bigint NOT NULL
);

CREATE UNIQUE INDEX consent_once ON consent (actor, collection);
