-- +goose Up

ALTER TABLE organisation ADD COLUMN established TEXT NOT NULL DEFAULT ''; -- a year, month or day
ALTER TABLE organisation ADD COLUMN fields TEXT NOT NULL DEFAULT '[]'; -- JSON
ALTER TABLE organisation ADD COLUMN logo TEXT NOT NULL DEFAULT '{}'; -- JSON: file, size, description
ALTER TABLE organisation ADD COLUMN banner TEXT NOT NULL DEFAULT '{}';

-- The copy of an actor's picture, and where it came from.
ALTER TABLE actor ADD COLUMN picture TEXT NOT NULL DEFAULT '';
ALTER TABLE actor ADD COLUMN picture_url TEXT NOT NULL DEFAULT '';

-- Several may have the same file: it goes with the last of them.
CREATE INDEX actor_picture ON actor (picture) WHERE picture <> '';

-- Own items that stand first on the profile.
CREATE TABLE pin (
	item TEXT    NOT NULL PRIMARY KEY,
	at   INTEGER NOT NULL
);
