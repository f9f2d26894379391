package vocab

import (
	"context"
	"fmt"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

// A class is which of our structs a document becomes.
type class int

const (
	unknown class = iota
	anActivity
	anObject
	anActor
	aCollection
)

// classOf returns the class of documents of a type. A Question is an activity by
// the letter and an object to everybody who sends one; activities that have no
// object mean nothing to us.
func classOf(typ string) class {
	switch typ {
	case "Accept", "Activity", "Add", "Announce", "Block", "Create", "Delete",
		"Dislike", "FeatureRequest", "Flag", "Follow", "Ignore", "Invite", "Join",
		"Leave", "Like", "Listen", "Move", "Offer", "Read", "Reject", "Remove", "TentativeAccept",
		"TentativeReject", "Undo", "Update", "View":
		return anActivity
	case "Article", "Audio", "Document", "Event", "Image", "Note", "Object",
		"Page", "Place", "Profile", "Proposal", "Question", "Relationship",
		"Tombstone", "Video":
		return anObject
	case "Application", "Group", "Organization", "Person", "Service":
		return anActor
	case "Collection", "CollectionPage", "OrderedCollection", "OrderedCollectionPage":
		return aCollection
	}
	return unknown
}

// typedActivity is what the library's activities have in common.
type typedActivity interface {
	as.Type
	GetUnknownProperties() map[string]any
	GetActivityStreamsActor() as.ActivityStreamsActorProperty
	GetActivityStreamsObject() as.ActivityStreamsObjectProperty
	SetJSONLDId(as.JSONLDIdProperty)
	SetActivityStreamsActor(as.ActivityStreamsActorProperty)
	SetActivityStreamsObject(as.ActivityStreamsObjectProperty)
	SetActivityStreamsTarget(as.ActivityStreamsTargetProperty)
	SetActivityStreamsTo(as.ActivityStreamsToProperty)
	SetActivityStreamsCc(as.ActivityStreamsCcProperty)
	SetActivityStreamsPublished(as.ActivityStreamsPublishedProperty)
	SetActivityStreamsUpdated(as.ActivityStreamsUpdatedProperty)
}

// typedActor is what the library's actors have in common.
type typedActor interface {
	as.Type
	GetUnknownProperties() map[string]any
	GetActivityStreamsInbox() as.ActivityStreamsInboxProperty
	SetJSONLDId(as.JSONLDIdProperty)
	SetActivityStreamsFollowers(as.ActivityStreamsFollowersProperty)
	SetActivityStreamsFollowing(as.ActivityStreamsFollowingProperty)
	SetActivityStreamsIcon(as.ActivityStreamsIconProperty)
	SetActivityStreamsImage(as.ActivityStreamsImageProperty)
	SetActivityStreamsInbox(as.ActivityStreamsInboxProperty)
	SetActivityStreamsName(as.ActivityStreamsNameProperty)
	SetActivityStreamsOutbox(as.ActivityStreamsOutboxProperty)
	SetActivityStreamsPreferredUsername(as.ActivityStreamsPreferredUsernameProperty)
	SetActivityStreamsPublished(as.ActivityStreamsPublishedProperty)
	SetActivityStreamsSummary(as.ActivityStreamsSummaryProperty)
	SetActivityStreamsUpdated(as.ActivityStreamsUpdatedProperty)
	SetActivityStreamsUrl(as.ActivityStreamsUrlProperty)
	SetTootDiscoverable(as.TootDiscoverableProperty)
	SetTootFeatured(as.TootFeaturedProperty)
	SetW3IDSecurityV1PublicKey(as.W3IDSecurityV1PublicKeyProperty)
}

// A sorted is a value of the library after dispatch; what is not of its class
// is nil.
type sorted struct {
	class    class
	activity typedActivity
	actor    typedActor
}

// dispatch sorts a value of the library by its Go type.
func dispatch(t as.Type) (sorted, error) {
	var s sorted
	r, err := streams.NewTypeResolver(append(s.keepActivities(), s.keepOthers()...)...)
	if err != nil {
		return sorted{}, fmt.Errorf("making a resolver: %w", err)
	}
	if err := r.Resolve(context.Background(), t); err != nil {
		return sorted{}, fmt.Errorf("%w: %q", ErrUnknownType, t.GetTypeName())
	}
	return s, nil
}

// keepActivities returns the resolver's callbacks for activities, the frequent
// ones first, for they are tried in turn.
func (s *sorted) keepActivities() []any {
	return []any{
		keepActivity[as.ActivityStreamsCreate](s),
		keepActivity[as.ActivityStreamsUpdate](s),
		keepActivity[as.ActivityStreamsDelete](s),
		keepActivity[as.ActivityStreamsAnnounce](s),
		keepActivity[as.ActivityStreamsFollow](s),
		keepActivity[as.ActivityStreamsAccept](s),
		keepActivity[as.ActivityStreamsReject](s),
		keepActivity[as.ActivityStreamsUndo](s),
		keepActivity[as.ActivityStreamsLike](s),
		keepActivity[as.ActivityStreamsActivity](s),
		keepActivity[as.ActivityStreamsAdd](s),
		keepActivity[as.ActivityStreamsBlock](s),
		keepActivity[as.ActivityStreamsDislike](s),
		keepActivity[as.ActivityStreamsFlag](s),
		keepActivity[as.ActivityStreamsIgnore](s),
		keepActivity[as.ActivityStreamsInvite](s),
		keepActivity[as.ActivityStreamsJoin](s),
		keepActivity[as.ActivityStreamsLeave](s),
		keepActivity[as.ActivityStreamsListen](s),
		keepActivity[as.ActivityStreamsMove](s),
		keepActivity[as.ActivityStreamsOffer](s),
		keepActivity[as.ActivityStreamsRead](s),
		keepActivity[as.ActivityStreamsRemove](s),
		keepActivity[as.ActivityStreamsTentativeAccept](s),
		keepActivity[as.ActivityStreamsTentativeReject](s),
		keepActivity[as.ActivityStreamsView](s),
	}
}

// keepOthers returns the resolver's callbacks for what is no activity.
func (s *sorted) keepOthers() []any {
	return []any{
		keep[as.ActivityStreamsArticle](s, anObject),
		keep[as.ActivityStreamsAudio](s, anObject),
		keep[as.ActivityStreamsDocument](s, anObject),
		keep[as.ActivityStreamsEvent](s, anObject),
		keep[as.ActivityStreamsImage](s, anObject),
		keep[as.ActivityStreamsNote](s, anObject),
		keep[as.ActivityStreamsObject](s, anObject),
		keep[as.ActivityStreamsPage](s, anObject),
		keep[as.ActivityStreamsPlace](s, anObject),
		keep[as.ActivityStreamsProfile](s, anObject),
		keep[as.ActivityStreamsQuestion](s, anObject),
		keep[as.ActivityStreamsRelationship](s, anObject),
		keep[as.ActivityStreamsTombstone](s, anObject),
		keep[as.ActivityStreamsVideo](s, anObject),
		keepActor[as.ActivityStreamsApplication](s),
		keepActor[as.ActivityStreamsGroup](s),
		keepActor[as.ActivityStreamsOrganization](s),
		keepActor[as.ActivityStreamsPerson](s),
		keepActor[as.ActivityStreamsService](s),
		keep[as.ActivityStreamsCollection](s, aCollection),
		keep[as.ActivityStreamsCollectionPage](s, aCollection),
		keep[as.ActivityStreamsOrderedCollection](s, aCollection),
		keep[as.ActivityStreamsOrderedCollectionPage](s, aCollection),
	}
}

func keep[T as.Type](s *sorted, what class) func(context.Context, T) error {
	return func(context.Context, T) error {
		s.class = what
		return nil
	}
}

func keepActivity[T typedActivity](s *sorted) func(context.Context, T) error {
	return func(_ context.Context, t T) error {
		s.class, s.activity = anActivity, t
		return nil
	}
}

func keepActor[T typedActor](s *sorted) func(context.Context, T) error {
	return func(_ context.Context, t T) error {
		s.class, s.actor = anActor, t
		return nil
	}
}
