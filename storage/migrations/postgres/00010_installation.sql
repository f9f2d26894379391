-- +goose Up

-- Which of several copies of the node this is: one row, made when it is first
-- served. restored is set until a copy from a backup may speak.
CREATE TABLE installation (
	one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	id       TEXT    NOT NULL COLLATE "C",
	restored BIGINT
);
