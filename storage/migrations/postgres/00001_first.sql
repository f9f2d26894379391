-- +goose Up

-- Times are milliseconds since 1970 in UTC, NULL where there is none. A text in
-- several languages is JSON, [["hu", "…"], ["en", "…"]], in its order.

-- The organisation whose node this is: one row.
CREATE TABLE organisation (
	one       bigint NOT NULL PRIMARY KEY CHECK (one = 1),
	name      text COLLATE "C" NOT NULL,
	kind      text COLLATE "C" NOT NULL,
	title     text COLLATE "C" NOT NULL,
	about     text COLLATE "C" NOT NULL,
	languages text COLLATE "C" NOT NULL, -- JSON, the default first
	zone      text COLLATE "C" NOT NULL,
	website   text COLLATE "C" NOT NULL,
	email     text COLLATE "C" NOT NULL,
	place     text COLLATE "C" NOT NULL,
	boost_all boolean NOT NULL,
	demo      boolean NOT NULL,
	founded   bigint,
	updated   bigint
);

-- The private keys of the local actors.
CREATE TABLE key_pair (
	actor   text COLLATE "C" NOT NULL,
	purpose text COLLATE "C" NOT NULL, -- main-key, ed25519-key
	id      text COLLATE "C" NOT NULL, -- the address of the public key
	sealed  text COLLATE "C" NOT NULL, -- the format of private
	private bytea NOT NULL,
	created bigint,
	PRIMARY KEY (actor, purpose)
);

CREATE TABLE account (
	id          text COLLATE "C" NOT NULL PRIMARY KEY,
	name        text COLLATE "C" NOT NULL,
	name_folded text COLLATE "C" NOT NULL UNIQUE, -- without regard to case
	role        text COLLATE "C" NOT NULL,
	hash        text COLLATE "C" NOT NULL,
	language    text COLLATE "C" NOT NULL,
	created     bigint,
	disabled    bigint
);

CREATE TABLE session (
	hash    text COLLATE "C" NOT NULL PRIMARY KEY,
	account text COLLATE "C" NOT NULL,
	created bigint,
	seen    bigint,
	expires bigint NOT NULL,
	agent   text COLLATE "C" NOT NULL
);

CREATE INDEX session_account ON session (account, created);
CREATE INDEX session_expires ON session (expires);

CREATE TABLE sign_in_failure (
	subject text COLLATE "C" NOT NULL,
	at      bigint NOT NULL
);

CREATE INDEX sign_in_failure_subject ON sign_in_failure (subject, at);
CREATE INDEX sign_in_failure_at ON sign_in_failure (at);

-- Actors of other hosts, as they were when last fetched. Of one that is gone
-- nothing but the id is left.
CREATE TABLE actor (
	id           text COLLATE "C" NOT NULL PRIMARY KEY,
	type         text COLLATE "C" NOT NULL,
	handle       text COLLATE "C" NOT NULL, -- what is shown of it, up to about
	name         text COLLATE "C" NOT NULL,
	url          text COLLATE "C" NOT NULL,
	about        text COLLATE "C" NOT NULL, -- cleaned HTML
	inbox        text COLLATE "C" NOT NULL,
	fetched      bigint,
	gone         boolean NOT NULL,
	document     text COLLATE "C" NOT NULL  -- JSON of all that is known
);

CREATE TABLE actor_key (
	key_id text COLLATE "C" NOT NULL PRIMARY KEY,
	actor  text COLLATE "C" NOT NULL
);

CREATE INDEX actor_key_actor ON actor_key (actor);

-- What a host is known to accept.
CREATE TABLE peer (
	host    text COLLATE "C" NOT NULL PRIMARY KEY,
	scheme  text COLLATE "C" NOT NULL,
	ed25519 boolean NOT NULL,
	seen    bigint
);

-- News, events and calls, our own and others', tombstones among them.
CREATE TABLE item (
	id          text COLLATE "C" NOT NULL PRIMARY KEY,
	type        text COLLATE "C" NOT NULL,
	author      text COLLATE "C" NOT NULL,
	own         boolean NOT NULL,
	state       text COLLATE "C" NOT NULL,
	url         text COLLATE "C" NOT NULL,
	published   bigint,
	updated     bigint,
	received    bigint,
	deleted     bigint,
	vanishes    bigint,
	in_reply_to text COLLATE "C" NOT NULL,
	feed        bigint,
	backfilled  boolean NOT NULL,
	changed     bigint,
	change      text COLLATE "C" NOT NULL,
	hidden      bigint,
	-- What lists are read by; it follows from the rest of the row.
	shown       boolean NOT NULL, -- anybody may see it in a list
	listed      boolean NOT NULL, -- it is shown, and stands in the shared feed
	starts      bigint,          -- of an event
	ends        bigint,          -- when the event is over
	lasting     boolean NOT NULL, -- the event takes longer than two weeks
	closes      bigint,          -- when an open call is over; 4611686018427387904 for never
	-- Last, because they can be long.
	detail      text COLLATE "C" NOT NULL, -- JSON of what an event or a call has beside its texts
	wire        bytea
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
	item     text COLLATE "C" NOT NULL,
	position bigint NOT NULL,
	lang     text COLLATE "C" NOT NULL,
	title    text COLLATE "C" NOT NULL,
	teaser   text COLLATE "C" NOT NULL,
	markdown text COLLATE "C" NOT NULL,
	html     text COLLATE "C" NOT NULL,
	PRIMARY KEY (item, position)
);

CREATE TABLE item_version (
	item     text COLLATE "C" NOT NULL,
	updated  bigint NOT NULL,
	title    text COLLATE "C" NOT NULL,
	document bytea    NOT NULL,
	PRIMARY KEY (item, updated)
);

-- How an item came here.
CREATE TABLE provenance (
	item     text COLLATE "C" NOT NULL,
	actor    text COLLATE "C" NOT NULL,
	how      text COLLATE "C" NOT NULL,
	activity text COLLATE "C" NOT NULL,
	at       bigint NOT NULL,
	PRIMARY KEY (item, actor, how)
);

-- Whom a local actor follows.
CREATE TABLE following (
	local      text COLLATE "C" NOT NULL,
	actor      text COLLATE "C" NOT NULL,
	state      text COLLATE "C" NOT NULL,
	activity   text COLLATE "C" NOT NULL,
	since      bigint,
	answered   bigint,
	backfilled bigint,
	PRIMARY KEY (local, actor)
);

CREATE INDEX following_actor ON following (actor);

-- Who follows a local actor.
CREATE TABLE follower (
	local        text COLLATE "C" NOT NULL,
	actor        text COLLATE "C" NOT NULL,
	inbox        text COLLATE "C" NOT NULL,
	shared_inbox text COLLATE "C" NOT NULL,
	reach        text COLLATE "C" NOT NULL, -- the shared inbox where there is one, or else the inbox
	activity     text COLLATE "C" NOT NULL,
	since        bigint,
	PRIMARY KEY (local, actor)
);

CREATE INDEX follower_reach ON follower (local, reach);
CREATE INDEX follower_actor ON follower (actor);
CREATE INDEX follower_by_reach ON follower (reach);
CREATE INDEX follower_by_inbox ON follower (inbox);

-- The activities of others, for 30 days.
CREATE TABLE received (
	id     text COLLATE "C" NOT NULL PRIMARY KEY,
	type   text COLLATE "C" NOT NULL,
	actor  text COLLATE "C" NOT NULL,
	object text COLLATE "C" NOT NULL,
	at     bigint NOT NULL,
	body   bytea
);

CREATE INDEX received_at ON received (at);

-- What a local actor has passed on.
CREATE TABLE boost (
	local    text COLLATE "C" NOT NULL,
	object   text COLLATE "C" NOT NULL,
	activity text COLLATE "C" NOT NULL,
	at       bigint NOT NULL,
	undone   bigint,
	held     bigint,
	domain   text COLLATE "C" NOT NULL,
	host     text COLLATE "C" NOT NULL,
	PRIMARY KEY (local, object)
);

-- Only the first from a host counts.
CREATE INDEX boost_host ON boost (host) WHERE domain <> '';
CREATE INDEX boost_held ON boost (domain, held) WHERE domain <> '';

-- Who has boosted an item of ours.
CREATE TABLE foreign_boost (
	actor    text COLLATE "C" NOT NULL,
	object   text COLLATE "C" NOT NULL,
	activity text COLLATE "C" NOT NULL,
	at       bigint NOT NULL,
	PRIMARY KEY (actor, object)
);

CREATE INDEX foreign_boost_object ON foreign_boost (object);

-- The activities of local actors.
CREATE TABLE activity (
	id        text COLLATE "C" NOT NULL PRIMARY KEY,
	type      text COLLATE "C" NOT NULL,
	actor     text COLLATE "C" NOT NULL,
	object    text COLLATE "C" NOT NULL,
	listed    boolean NOT NULL, -- it stands in the outbox
	published bigint NOT NULL,
	document  bytea
);

CREATE INDEX activity_outbox ON activity (actor, published, id) WHERE listed;
CREATE INDEX activity_object ON activity (object);

-- A set of inboxes. Most items go to the same followers, so they share one.
CREATE TABLE audience (
	id      text COLLATE "C" NOT NULL PRIMARY KEY, -- SHA-256 of inboxes, in hex
	inboxes text COLLATE "C" NOT NULL              -- sorted, one a line
);

-- Which sets of inboxes the activities of an object were sent to.
CREATE TABLE sent_to (
	object   text COLLATE "C" NOT NULL,
	audience text COLLATE "C" NOT NULL,
	PRIMARY KEY (object, audience)
);

-- What goes out by itself, and when.
CREATE TABLE digest (
	id       text COLLATE "C" NOT NULL PRIMARY KEY,
	title    text COLLATE "C" NOT NULL,
	cron     text COLLATE "C" NOT NULL,
	zone     text COLLATE "C" NOT NULL,
	enabled  boolean NOT NULL,
	created  bigint,
	due_from bigint
);

CREATE TABLE issue (
	id      text COLLATE "C" NOT NULL PRIMARY KEY,
	digest  text COLLATE "C" NOT NULL,
	due     bigint NOT NULL,
	state   text COLLATE "C" NOT NULL,
	sent    bigint,
	item    text COLLATE "C" NOT NULL,
	sent_by text COLLATE "C" NOT NULL,
	merged  bigint NOT NULL,
	UNIQUE (digest, due)
);

CREATE INDEX issue_due ON issue (due, id);
CREATE INDEX issue_digest ON issue (digest, due, id);

CREATE TABLE issue_entry (
	issue    text COLLATE "C" NOT NULL,
	position bigint NOT NULL,
	item     text COLLATE "C" NOT NULL,
	section  text COLLATE "C" NOT NULL,
	digest   text COLLATE "C" NOT NULL, -- of the issue
	sent     bigint NOT NULL, -- of the issue, or its due
	PRIMARY KEY (issue, position)
);

CREATE INDEX issue_entry_told ON issue_entry (digest, item, section, sent);

-- Items of the feed that stand in no issue of a digest yet. A time watermark
-- instead would lose what was committed late.
CREATE TABLE untold (
	digest text COLLATE "C" NOT NULL,
	feed   bigint NOT NULL, -- of the item
	item   text COLLATE "C" NOT NULL,
	PRIMARY KEY (digest, feed, item)
);

-- Who did what.
CREATE TABLE deed (
	at      bigint NOT NULL,
	id      text COLLATE "C" NOT NULL,
	account text COLLATE "C" NOT NULL,
	name    text COLLATE "C" NOT NULL,
	did     text COLLATE "C" NOT NULL,
	object  text COLLATE "C" NOT NULL,
	PRIMARY KEY (at, id)
);

-- The last run of each job that happens by itself.
CREATE TABLE run (
	job      text COLLATE "C" NOT NULL PRIMARY KEY,
	started  bigint,
	finished bigint,
	error    text COLLATE "C" NOT NULL,
	next     bigint
);
