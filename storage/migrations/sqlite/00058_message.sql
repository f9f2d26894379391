-- +goose Up

-- What visitors have written to the office, at the form of a contact.
CREATE TABLE message (
	id       TEXT    NOT NULL PRIMARY KEY,
	role     TEXT    NOT NULL, -- the contact's, as it was called then
	name     TEXT    NOT NULL,
	email    TEXT    NOT NULL,
	text     TEXT    NOT NULL,
	received INTEGER NOT NULL,
	done     INTEGER,
	done_by  TEXT    NOT NULL
);

CREATE INDEX message_open ON message (received, id) WHERE done IS NULL;
CREATE INDEX message_done ON message (done, id) WHERE done IS NOT NULL;
CREATE INDEX message_received ON message (received);
