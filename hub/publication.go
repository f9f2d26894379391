package hub

import (
	"context"
	"strings"
	"time"

	"pergola/hub/text"
)

// An Item is news, an event or a call, our own or somebody else's.
type Item struct {
	// ID is its ActivityPub id and never changes.
	ID   string
	Type ItemType
	// Author is the id of the actor that it is attributed to.
	Author string
	// Own says that it was written here.
	Own   bool
	State ItemState
	// URL is its page at its author's; "" for the id.
	URL string
	// Texts are the languages it says the same in, the default first. There
	// is at least one unless the item is deleted.
	Texts []ItemText
	// Published is the author's date, Received when this node had it first.
	Published, Updated, Received time.Time
	// Deleted is when it became a tombstone.
	Deleted time.Time
	// Vanishes is when a deletion that can still be undone becomes one that
	// cannot; zero when nothing is under way.
	Vanishes time.Time
	// Event and Call are set for those types, Position for news that is one.
	Event    *Event
	Call     *Call
	Position *Position
	// InReplyTo is set for comments, which stand in no feed.
	InReplyTo string
	// Feed is where it stands in the shared feed: the earlier of Published and
	// Received; zero when it does not stand there.
	Feed time.Time
	// Backfilled says that it was read from an outbox afterwards: it is new to
	// nobody.
	Backfilled bool
	// Changed is when a reader should have noticed a change: an event moved or
	// cancelled, a deadline moved. Zero when never. Change says what.
	Changed time.Time
	Change  Change
	// Hidden is when the office took it out of the feed.
	Hidden time.Time
	// Wire is the document of somebody else's item as it came.
	Wire []byte
}

// An ItemType is what an item is.
type ItemType string

// The types of item.
const (
	News    ItemType = "news"
	AnEvent ItemType = "event"
	ACall   ItemType = "call"
	// ADigest is an issue of a digest, published as an article.
	ADigest ItemType = "digest"
	// ANotice is what somebody else wrote in reply to something of their own,
	// as we do of changes. It stands in no feed.
	ANotice ItemType = "notice"
)

// An ItemState is where an item stands in its life.
type ItemState string

// The states of an item. Only an own item is ever a draft.
const (
	Draft     ItemState = "draft"
	Published ItemState = "published"
	// Deleted is a tombstone: nothing but id, former type and date is left.
	Deleted ItemState = "deleted"
)

// A Change is what happened to an item that readers must notice.
type Change string

// The changes.
const (
	Moved        Change = "moved"
	Cancelled    Change = "cancelled"
	MovedOnline  Change = "moved_online"
	NewDeadline  Change = "new_deadline"
	NewPlace     Change = "new_place"
	NewEnd       Change = "new_end"
	NewOnline    Change = "new_online"
	Closed       Change = "closed"
	Reinstated   Change = "reinstated"
	HasResult    Change = "result"
	NothingAtAll Change = ""
)

// An ItemText is an item in one language.
type ItemText struct {
	// Lang is a BCP 47 tag, "" where the author did not say.
	Lang  string
	Title string
	// Teaser is plain text of one paragraph.
	Teaser string
	// Markdown is what an own item was written in.
	Markdown string
	// HTML is the cleaned text.
	HTML string
}

// Lead is the teaser where it says something else than the text begins with.
func (t ItemText) Lead() string {
	if strings.HasPrefix(oneLine(text.Plain(t.HTML)), strings.TrimSuffix(t.Teaser, "…")) {
		return ""
	}
	return t.Teaser
}

// Text is the item in a language, else in a variant of it ("en-GB" for "en"),
// else in its default one.
func (it Item) Text(lang string) ItemText {
	for _, t := range it.Texts {
		if t.Lang == lang {
			return t
		}
	}
	for _, t := range it.Texts {
		if base, _, ok := strings.Cut(t.Lang, "-"); ok && base == lang {
			return t
		}
	}
	if len(it.Texts) == 0 {
		return ItemText{}
	}
	return it.Texts[0]
}

// A Provenance is how an item came here.
type Provenance struct {
	Item string
	// Actor is who brought it: the author itself, or who passed it on.
	Actor string
	// How is "sent", "boosted" or "read" (from an outbox).
	How string
	// Activity is the id of the activity that brought it, "" for read.
	Activity string
	At       time.Time
}

// A Version is an item as it was before a change.
type Version struct {
	Item    string
	Updated time.Time
	// Title is the default title, Document the item as JSON.
	Title    string
	Document []byte
}

// PublicationTx keeps the items.
type PublicationTx interface {
	// Item is the item with that id, tombstones included, texts, event and
	// call loaded. ErrNotFound.
	Item(ctx context.Context, id string) (Item, error)
	// InsertItem returns ErrConflict when the id is taken, a tombstone's too.
	InsertItem(ctx context.Context, it Item) error
	// UpdateItem replaces everything of an item but its id.
	UpdateItem(ctx context.Context, it Item) error
	// OwnItems are the own items in a state, newest first by Updated.
	OwnItems(ctx context.Context, state ItemState, p Page) ([]Entry, error)
	// ItemsVanishing are own items whose deletion is due by then.
	ItemsVanishing(ctx context.Context, by time.Time) ([]Item, error)
	// CallsOver are own open calls whose deadline has passed by then, the earliest
	// first, but for those of the archive.
	CallsOver(ctx context.Context, by time.Time, limit int) ([]string, error)
	InsertProvenance(ctx context.Context, p Provenance) error
	Provenance(ctx context.Context, item string) ([]Provenance, error)
	// DeleteBoosted forgets that an actor passed an item on, by the id of the item
	// or of the activity. The result is the item's id. ErrNotFound.
	DeleteBoosted(ctx context.Context, actor, itemOrActivity string) (string, error)
	InsertVersion(ctx context.Context, v Version) error
	Versions(ctx context.Context, item string) ([]Version, error)
	// PruneVersions forgets all but the newest versions of an item.
	PruneVersions(ctx context.Context, item string, keep int) error
	// CountItems counts own published items. It must not read them all: the
	// number may be up to a minute old.
	CountItems(ctx context.Context) (int, error)
}
