-- +goose Up

-- What is said to items: others' comments and our answers, tombstones among them.
CREATE TABLE reply (
	id        TEXT    NOT NULL PRIMARY KEY,
	item      TEXT    NOT NULL, -- at the top of the thread
	parent    TEXT    NOT NULL, -- what it answers: the item, or another reply
	author    TEXT    NOT NULL,
	own       BOOLEAN NOT NULL,
	state     TEXT    NOT NULL,
	private   BOOLEAN NOT NULL,
	blocked   BOOLEAN NOT NULL, -- its author is
	published INTEGER,
	updated   INTEGER,
	received  INTEGER NOT NULL,
	edited    INTEGER,
	decided   INTEGER,
	url       TEXT    NOT NULL,
	lang      TEXT    NOT NULL,
	html      TEXT    NOT NULL,
	wire      BLOB              -- of an answer of ours
);

CREATE INDEX reply_item ON reply (item, author, state);
CREATE INDEX reply_author ON reply (author);
CREATE INDEX reply_state ON reply (state, received, id) WHERE NOT own;
CREATE INDEX reply_decided ON reply (decided) WHERE NOT own AND state IN ('rejected', 'removed');

-- Whose comments are shown without being asked for.
CREATE TABLE trusted (
	actor TEXT    NOT NULL PRIMARY KEY,
	since INTEGER NOT NULL
) WITHOUT ROWID;

-- Who likes an item of ours.
CREATE TABLE reaction (
	actor    TEXT    NOT NULL,
	object   TEXT    NOT NULL,
	activity TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	PRIMARY KEY (actor, object)
) WITHOUT ROWID;

CREATE INDEX reaction_object ON reaction (object);

-- What others' moderators and readers have reported to us.
CREATE TABLE report (
	id       TEXT    NOT NULL PRIMARY KEY, -- the activity's
	host     TEXT    NOT NULL,
	actor    TEXT    NOT NULL,
	text     TEXT    NOT NULL,
	objects  TEXT    NOT NULL, -- JSON
	received INTEGER NOT NULL,
	done     INTEGER,
	done_by  TEXT    NOT NULL
);

CREATE INDEX report_open ON report (received, id) WHERE done IS NULL;
CREATE INDEX report_host ON report (host) WHERE done IS NULL;
CREATE INDEX report_done ON report (done, id) WHERE done IS NOT NULL;

-- Who is kept out, or let in although everybody is kept out.
CREATE TABLE block (
	subject TEXT    NOT NULL PRIMARY KEY, -- an actor's id, a domain, or *
	exempt  BOOLEAN NOT NULL,
	note    TEXT    NOT NULL,
	since   INTEGER NOT NULL
) WITHOUT ROWID;

-- The author is blocked: the item stands in no list.
ALTER TABLE item ADD COLUMN blocked BOOLEAN NOT NULL DEFAULT false;
