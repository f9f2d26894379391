-- +goose Up

-- The notes that tell of changes of own items.
CREATE TABLE notice (
	id        TEXT NOT NULL PRIMARY KEY,
	item      TEXT NOT NULL,
	published INTEGER,
	deleted   INTEGER,
	document  BLOB
);

CREATE INDEX notice_item ON notice (item, id);
