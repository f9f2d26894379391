-- +goose Up

-- Times are milliseconds since 1970 in UTC, NULL where there is none. A text in
-- several languages is JSON, [["hu", "…"], ["en", "…"]], in its order.

-- The organisation whose node this is: one row.
CREATE TABLE organisation (
	one       INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	name      TEXT    NOT NULL,
	kind      TEXT    NOT NULL,
	title     TEXT    NOT NULL,
	about     TEXT    NOT NULL,
	languages TEXT    NOT NULL, -- JSON, the default first
	zone      TEXT    NOT NULL,
	website   TEXT    NOT NULL,
	email     TEXT    NOT NULL,
	place     TEXT    NOT NULL,
	boost_all BOOLEAN NOT NULL,
	demo      BOOLEAN NOT NULL,
	founded   INTEGER,
	updated   INTEGER
);

-- The private keys of the local actors.
CREATE TABLE key_pair (
	actor   TEXT NOT NULL,
	purpose TEXT NOT NULL, -- main-key, ed25519-key
	id      TEXT NOT NULL, -- the address of the public key
	sealed  TEXT NOT NULL, -- the format of private
	private BLOB NOT NULL,
	created INTEGER,
	PRIMARY KEY (actor, purpose)
);

CREATE TABLE account (
	id          TEXT NOT NULL PRIMARY KEY,
	name        TEXT NOT NULL,
	name_folded TEXT NOT NULL UNIQUE, -- without regard to case
	role        TEXT NOT NULL,
	hash        TEXT NOT NULL,
	language    TEXT NOT NULL,
	created     INTEGER,
	disabled    INTEGER
);

CREATE TABLE session (
	hash    TEXT    NOT NULL PRIMARY KEY,
	account TEXT    NOT NULL,
	created INTEGER,
	seen    INTEGER,
	expires INTEGER NOT NULL,
	agent   TEXT    NOT NULL
);

CREATE INDEX session_account ON session (account, created);
CREATE INDEX session_expires ON session (expires);

CREATE TABLE sign_in_failure (
	subject TEXT    NOT NULL,
	at      INTEGER NOT NULL
);

CREATE INDEX sign_in_failure_subject ON sign_in_failure (subject, at);
CREATE INDEX sign_in_failure_at ON sign_in_failure (at);

-- Actors of other hosts, as they were when last fetched. Of one that is gone
-- nothing but the id is left.
CREATE TABLE actor (
	id           TEXT    NOT NULL PRIMARY KEY,
	type         TEXT    NOT NULL,
	handle       TEXT    NOT NULL, -- what is shown of it, up to about
	name         TEXT    NOT NULL,
	url          TEXT    NOT NULL,
	about        TEXT    NOT NULL, -- cleaned HTML
	inbox        TEXT    NOT NULL,
	fetched      INTEGER,
	gone         BOOLEAN NOT NULL,
	document     TEXT    NOT NULL  -- JSON of all that is known
);

CREATE TABLE actor_key (
	key_id TEXT NOT NULL PRIMARY KEY,
	actor  TEXT NOT NULL
);

CREATE INDEX actor_key_actor ON actor_key (actor);

-- What a host is known to accept.
CREATE TABLE peer (
	host    TEXT    NOT NULL PRIMARY KEY,
	scheme  TEXT    NOT NULL,
	ed25519 BOOLEAN NOT NULL,
	seen    INTEGER
);

-- News, events and calls, our own and others', tombstones among them.
CREATE TABLE item (
	id          TEXT    NOT NULL PRIMARY KEY,
	type        TEXT    NOT NULL,
	author      TEXT    NOT NULL,
	own         BOOLEAN NOT NULL,
	state       TEXT    NOT NULL,
	url         TEXT    NOT NULL,
	published   INTEGER,
	updated     INTEGER,
	received    INTEGER,
	deleted     INTEGER,
	vanishes    INTEGER,
	in_reply_to TEXT    NOT NULL,
	feed        INTEGER,
	backfilled  BOOLEAN NOT NULL,
	changed     INTEGER,
	change      TEXT    NOT NULL,
	hidden      INTEGER,
	-- What lists are read by; it follows from the rest of the row.
	shown       BOOLEAN NOT NULL, -- anybody may see it in a list
	listed      BOOLEAN NOT NULL, -- it is shown, and stands in the shared feed
	starts      INTEGER,          -- of an event
	ends        INTEGER,          -- when the event is over
	lasting     BOOLEAN NOT NULL, -- the event takes longer than two weeks
	closes      INTEGER,          -- when an open call is over; 4611686018427387904 for never
	-- Last, because they can be long.
	detail      TEXT    NOT NULL, -- JSON of what an event or a call has beside its texts
	wire        BLOB
);

CREATE INDEX item_author ON item (author, feed, id);
CREATE INDEX item_author_type ON item (author, type, feed, id) WHERE listed;
CREATE INDEX item_feed ON item (feed, id) WHERE listed;
CREATE INDEX item_feed_type ON item (type, feed, id) WHERE listed;
CREATE INDEX item_starts ON item (starts, id, ends) WHERE listed AND starts IS NOT NULL;
CREATE INDEX item_author_starts ON item (author, starts, id, ends) WHERE listed AND starts IS NOT NULL;
CREATE INDEX item_lasting ON item (starts, id, ends) WHERE listed AND lasting;
CREATE INDEX item_closes ON item (closes, id) WHERE listed AND closes IS NOT NULL;
CREATE INDEX item_author_closes ON item (author, closes, id) WHERE listed AND closes IS NOT NULL;
CREATE INDEX item_changed ON item (changed, id) WHERE listed AND changed IS NOT NULL;
CREATE INDEX item_own ON item (state, updated, id) WHERE own;
CREATE INDEX item_own_feed ON item (published, id) WHERE own AND shown;
CREATE INDEX item_own_type ON item (type, published, id) WHERE own AND shown;
CREATE INDEX item_own_starts ON item (starts, id, ends) WHERE own AND shown AND starts IS NOT NULL;
CREATE INDEX item_own_lasting ON item (starts, id, ends) WHERE own AND shown AND lasting;
CREATE INDEX item_own_closes ON item (closes, id) WHERE own AND shown AND closes IS NOT NULL;
CREATE INDEX item_vanishes ON item (vanishes) WHERE vanishes IS NOT NULL;

-- An item in one language; position 0 is the default.
CREATE TABLE item_text (
	item     TEXT    NOT NULL,
	position INTEGER NOT NULL,
	lang     TEXT    NOT NULL,
	title    TEXT    NOT NULL,
	teaser   TEXT    NOT NULL,
	markdown TEXT    NOT NULL,
	html     TEXT    NOT NULL,
	PRIMARY KEY (item, position)
) WITHOUT ROWID;

CREATE TABLE item_version (
	item     TEXT    NOT NULL,
	updated  INTEGER NOT NULL,
	title    TEXT    NOT NULL,
	document BLOB    NOT NULL,
	PRIMARY KEY (item, updated)
) WITHOUT ROWID;

-- How an item came here.
CREATE TABLE provenance (
	item     TEXT    NOT NULL,
	actor    TEXT    NOT NULL,
	how      TEXT    NOT NULL,
	activity TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	PRIMARY KEY (item, actor, how)
) WITHOUT ROWID;

-- Whom a local actor follows.
CREATE TABLE following (
	local      TEXT NOT NULL,
	actor      TEXT NOT NULL,
	state      TEXT NOT NULL,
	activity   TEXT NOT NULL,
	since      INTEGER,
	answered   INTEGER,
	backfilled INTEGER,
	PRIMARY KEY (local, actor)
) WITHOUT ROWID;

CREATE INDEX following_actor ON following (actor);

-- Who follows a local actor.
CREATE TABLE follower (
	local        TEXT NOT NULL,
	actor        TEXT NOT NULL,
	inbox        TEXT NOT NULL,
	shared_inbox TEXT NOT NULL,
	reach        TEXT NOT NULL, -- the shared inbox where there is one, or else the inbox
	activity     TEXT NOT NULL,
	since        INTEGER,
	PRIMARY KEY (local, actor)
) WITHOUT ROWID;

CREATE INDEX follower_reach ON follower (local, reach);
CREATE INDEX follower_actor ON follower (actor);
CREATE INDEX follower_by_reach ON follower (reach);
CREATE INDEX follower_by_inbox ON follower (inbox);

-- The activities of others, for 30 days.
CREATE TABLE received (
	id     TEXT    NOT NULL PRIMARY KEY,
	type   TEXT    NOT NULL,
	actor  TEXT    NOT NULL,
	object TEXT    NOT NULL,
	at     INTEGER NOT NULL,
	body   BLOB
);

CREATE INDEX received_at ON received (at);

-- What a local actor has passed on.
CREATE TABLE boost (
	local    TEXT NOT NULL,
	object   TEXT NOT NULL,
	activity TEXT NOT NULL,
	at       INTEGER NOT NULL,
	undone   INTEGER,
	held     INTEGER,
	domain   TEXT NOT NULL,
	host     TEXT NOT NULL,
	PRIMARY KEY (local, object)
) WITHOUT ROWID;

-- Only the first from a host counts.
CREATE INDEX boost_host ON boost (host) WHERE domain <> '';
CREATE INDEX boost_held ON boost (domain, held) WHERE domain <> '';

-- Who has boosted an item of ours.
CREATE TABLE foreign_boost (
	actor    TEXT    NOT NULL,
	object   TEXT    NOT NULL,
	activity TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	PRIMARY KEY (actor, object)
) WITHOUT ROWID;

CREATE INDEX foreign_boost_object ON foreign_boost (object);

-- The activities of local actors.
CREATE TABLE activity (
	id        TEXT    NOT NULL PRIMARY KEY,
	type      TEXT    NOT NULL,
	actor     TEXT    NOT NULL,
	object    TEXT    NOT NULL,
	listed    BOOLEAN NOT NULL, -- it stands in the outbox
	published INTEGER NOT NULL,
	document  BLOB
);

CREATE INDEX activity_outbox ON activity (actor, published, id) WHERE listed;
CREATE INDEX activity_object ON activity (object);

-- A set of inboxes. Most items go to the same followers, so they share one.
CREATE TABLE audience (
	id      TEXT NOT NULL PRIMARY KEY, -- SHA-256 of inboxes, in hex
	inboxes TEXT NOT NULL              -- sorted, one a line
);

-- Which sets of inboxes the activities of an object were sent to.
CREATE TABLE sent_to (
	object   TEXT NOT NULL,
	audience TEXT NOT NULL,
	PRIMARY KEY (object, audience)
) WITHOUT ROWID;

-- What goes out by itself, and when.
CREATE TABLE digest (
	id       TEXT    NOT NULL PRIMARY KEY,
	title    TEXT    NOT NULL,
	cron     TEXT    NOT NULL,
	zone     TEXT    NOT NULL,
	enabled  BOOLEAN NOT NULL,
	created  INTEGER,
	due_from INTEGER
);

CREATE TABLE issue (
	id      TEXT    NOT NULL PRIMARY KEY,
	digest  TEXT    NOT NULL,
	due     INTEGER NOT NULL,
	state   TEXT    NOT NULL,
	sent    INTEGER,
	item    TEXT    NOT NULL,
	sent_by TEXT    NOT NULL,
	merged  INTEGER NOT NULL,
	UNIQUE (digest, due)
);

CREATE INDEX issue_due ON issue (due, id);
CREATE INDEX issue_digest ON issue (digest, due, id);

CREATE TABLE issue_entry (
	issue    TEXT    NOT NULL,
	position INTEGER NOT NULL,
	item     TEXT    NOT NULL,
	section  TEXT    NOT NULL,
	digest   TEXT    NOT NULL, -- of the issue
	sent     INTEGER NOT NULL, -- of the issue, or its due
	PRIMARY KEY (issue, position)
) WITHOUT ROWID;

CREATE INDEX issue_entry_told ON issue_entry (digest, item, section, sent);

-- Items of the feed that stand in no issue of a digest yet. A time watermark
-- instead would lose what was committed late.
CREATE TABLE untold (
	digest TEXT    NOT NULL,
	feed   INTEGER NOT NULL, -- of the item
	item   TEXT    NOT NULL,
	PRIMARY KEY (digest, feed, item)
) WITHOUT ROWID;

-- Who did what.
CREATE TABLE deed (
	at      INTEGER NOT NULL,
	id      TEXT    NOT NULL,
	account TEXT    NOT NULL,
	name    TEXT    NOT NULL,
	did     TEXT    NOT NULL,
	object  TEXT    NOT NULL,
	PRIMARY KEY (at, id)
) WITHOUT ROWID;

-- The last run of each job that happens by itself.
CREATE TABLE run (
	job      TEXT NOT NULL PRIMARY KEY,
	started  INTEGER,
	finished INTEGER,
	error    TEXT NOT NULL,
	next     INTEGER
);
