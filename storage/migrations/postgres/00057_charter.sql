-- +goose Up

-- By whom an organisation is governed, its quality labels, and in which roles it can
-- be written to: this one's, and copies of what members say of themselves.
CREATE TABLE charter (
	owner    text COLLATE "C" NOT NULL PRIMARY KEY, -- '' for this organisation, else the id of an actor
	document text COLLATE "C" NOT NULL              -- JSON
);
