-- +goose Up

-- With row ids, because rows as long as these do not fit into the pages of a
-- table without: each text took a page of its own.
CREATE TABLE item_text_new (
	item     TEXT    NOT NULL,
	position INTEGER NOT NULL,
	lang     TEXT    NOT NULL,
	title    TEXT    NOT NULL,
	teaser   TEXT    NOT NULL,
	markdown TEXT    NOT NULL,
	html     TEXT    NOT NULL,
	PRIMARY KEY (item, position)
);

INSERT INTO item_text_new (item, position, lang, title, teaser, markdown, html)
SELECT item, position, lang, title, teaser, markdown, html FROM item_text;

DROP TABLE item_text;

ALTER TABLE item_text_new RENAME TO item_text;
