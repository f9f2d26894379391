-- +goose Up

-- What visitors have written to the office, at the form of a contact.
CREATE TABLE message (
	id       text COLLATE "C" NOT NULL PRIMARY KEY,
	role     text COLLATE "C" NOT NULL, -- the contact's, as it was called then
	name     text COLLATE "C" NOT NULL,
	email    text COLLATE "C" NOT NULL,
	text     text COLLATE "C" NOT NULL,
	received bigint NOT NULL,
	done     bigint,
	done_by  text COLLATE "C" NOT NULL
);

CREATE INDEX message_open ON message (received, id) WHERE done IS NULL;
CREATE INDEX message_done ON message (done, id) WHERE done IS NOT NULL;
CREATE INDEX message_received ON message (received);
