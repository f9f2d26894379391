-- +goose Up

-- Whom the organisation lists as its members, or has asked to.
CREATE TABLE listing (
	actor   TEXT    NOT NULL PRIMARY KEY,
	id      TEXT    NOT NULL,
	request TEXT    NOT NULL, -- the id of the question
	consent TEXT    NOT NULL, -- the address of the answer; '' without one
	refused BOOLEAN NOT NULL,
	changed INTEGER NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX listing_id ON listing (id); -- fetched by it

-- Who may list the organisation, and where.
CREATE TABLE consent (
	id         TEXT    NOT NULL PRIMARY KEY,
	actor      TEXT    NOT NULL,
	collection TEXT    NOT NULL,
	since      INTEGER NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX consent_once ON consent (actor, collection);
