-- +goose Up

-- What is said to items: others' comments and our answers, tombstones among them.
CREATE TABLE reply (
	id        text COLLATE "C" NOT NULL PRIMARY KEY,
	item      text COLLATE "C" NOT NULL, -- at the top of the thread
	parent    text COLLATE "C" NOT NULL, -- what it answers: the item, or another reply
	author    text COLLATE "C" NOT NULL,
	own       boolean NOT NULL,
	state     text COLLATE "C" NOT NULL,
	private   boolean NOT NULL,
	blocked   boolean NOT NULL, -- its author is
	published bigint,
	updated   bigint,
	received  bigint NOT NULL,
	edited    bigint,
	decided   bigint,
	url       text COLLATE "C" NOT NULL,
	lang      text COLLATE "C" NOT NULL,
	html      text COLLATE "C" NOT NULL,
	wire      bytea -- of an answer of ours
);

CREATE INDEX reply_item ON reply (item, author, state);
CREATE INDEX reply_author ON reply (author);
CREATE INDEX reply_state ON reply (state, received, id) WHERE NOT own;
CREATE INDEX reply_decided ON reply (decided) WHERE NOT own AND state IN ('rejected', 'removed');

-- Whose comments are shown without being asked for.
CREATE TABLE trusted (
	actor text COLLATE "C" NOT NULL PRIMARY KEY,
	since bigint NOT NULL
);

-- Who likes an item of ours.
CREATE TABLE reaction (
	actor    text COLLATE "C" NOT NULL,
	object   text COLLATE "C" NOT NULL,
	activity text COLLATE "C" NOT NULL,
	at       bigint NOT NULL,
	PRIMARY KEY (actor, object)
);

CREATE INDEX reaction_object ON reaction (object);

-- What others' moderators and readers have reported to us.
CREATE TABLE report (
	id       text COLLATE "C" NOT NULL PRIMARY KEY, -- the activity's
	host     text COLLATE "C" NOT NULL,
	actor    text COLLATE "C" NOT NULL,
	text     text COLLATE "C" NOT NULL,
	objects  text COLLATE "C" NOT NULL, -- JSON
	received bigint NOT NULL,
	done     bigint,
	done_by  text COLLATE "C" NOT NULL
);

CREATE INDEX report_open ON report (received, id) WHERE done IS NULL;
CREATE INDEX report_host ON report (host) WHERE done IS NULL;
CREATE INDEX report_done ON report (done, id) WHERE done IS NOT NULL;

-- Who is kept out, or let in although everybody is kept out.
CREATE TABLE block (
	subject text COLLATE "C" NOT NULL PRIMARY KEY, -- an actor's id, a domain, or *
	exempt  boolean NOT NULL,
	note    text COLLATE "C" NOT NULL,
	since   bigint NOT NULL
);

-- The author is blocked: the item stands in no list.
ALTER TABLE item ADD COLUMN blocked boolean NOT NULL DEFAULT false;
