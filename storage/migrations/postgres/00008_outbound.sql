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
