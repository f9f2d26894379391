-- +goose Up

-- Who is asked to stand with its name behind an own event or position, and who
-- asks that of this organisation ('incoming').
CREATE TABLE invitation (
	item       text COLLATE "C" NOT NULL,
	other      text COLLATE "C" NOT NULL, -- the id of the actor on the other side
	incoming   boolean NOT NULL,
	state      text COLLATE "C" NOT NULL,
	invite     text COLLATE "C" NOT NULL, -- the id of the activity that this is about
	invited    bigint,
	consent    text COLLATE "C" NOT NULL, -- the id of the Accept
	changed    bigint NOT NULL,
	decided_by text COLLATE "C" NOT NULL,
	message    text COLLATE "C" NOT NULL,
	reason     text COLLATE "C" NOT NULL,
	PRIMARY KEY (item, other)
);

CREATE INDEX invitation_invite ON invitation (invite);
CREATE INDEX invitation_incoming ON invitation (changed) WHERE incoming;
CREATE INDEX invitation_open ON invitation (state) WHERE incoming; -- what waits for an editor
CREATE INDEX invitation_other ON invitation (other) WHERE incoming;
CREATE INDEX invitation_changed ON invitation (changed); -- to forget

-- What stands among the own items: those, and what others hold or say together
-- with this organisation.
ALTER TABLE item ADD COLUMN ours boolean NOT NULL DEFAULT false;
UPDATE item SET ours = own WHERE own;

DROP INDEX item_own_feed;
DROP INDEX item_own_type;
DROP INDEX item_own_starts;
DROP INDEX item_own_lasting;
DROP INDEX item_own_closes;
CREATE INDEX item_own_feed ON item (published, id) WHERE ours AND shown;
CREATE INDEX item_own_type ON item (type, published, id) WHERE ours AND shown;
CREATE INDEX item_own_starts ON item (starts, id, ends) WHERE ours AND shown AND starts IS NOT NULL;
CREATE INDEX item_own_lasting ON item (starts, id, ends) WHERE ours AND shown AND lasting;
CREATE INDEX item_own_closes ON item (closes, id) WHERE ours AND shown AND closes IS NOT NULL;
