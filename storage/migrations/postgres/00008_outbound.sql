-- +goose Up

-- The notes that tell of changes of own items.
CREATE TABLE notice (
	id        text COLLATE "C" NOT NULL PRIMARY KEY,
	item      text COLLATE "C" NOT NULL,
	published bigint,
	deleted   bigint,
	document  bytea
);

CREATE INDEX notice_item ON notice (item, id);

-- Inboxes that were not found, on how many distinct days, and the last of them
-- since 1970.
CREATE TABLE lost_inbox (
	inbox text COLLATE "C" NOT NULL PRIMARY KEY,
	days  bigint NOT NULL,
	day   bigint NOT NULL
);
