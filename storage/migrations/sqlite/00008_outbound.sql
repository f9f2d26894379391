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

-- Inboxes that were not found, on how many distinct days, and the last of them
-- since 1970.
CREATE TABLE lost_inbox (
	inbox TEXT    NOT NULL PRIMARY KEY,
	days  INTEGER NOT NULL,
	day   INTEGER NOT NULL
) WITHOUT ROWID;
