-- +goose Up

-- The organisations that are members of this one, and copies of what others say
-- of theirs: most of them have no actor.
CREATE TABLE directory_entry (
	owner    text COLLATE "C" NOT NULL, -- '' for this organisation's, else the id of an actor
	id       text COLLATE "C" NOT NULL,
	batch    text COLLATE "C" NOT NULL, -- those that came in one table have the same
	public   boolean NOT NULL,
	removed  bigint,                    -- since when it can only be put back
	updated  bigint NOT NULL,
	document text COLLATE "C" NOT NULL, -- JSON: what it is
	PRIMARY KEY (owner, id)
);

-- Whose members are copied, and when they were read.
CREATE TABLE directory_copy (
	actor   text COLLATE "C" NOT NULL PRIMARY KEY,
	wanted  boolean NOT NULL, -- it is about to be read
	fetched bigint
);
