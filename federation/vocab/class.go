package vocab

import (
	"fmt"

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

// dispatch sorts a value of the library, whose Go type has the name of what it is.
func dispatch(t as.Type) (sorted, error) {
	s := sorted{class: classOf(t.GetTypeName())}
	ok := s.class != unknown
	switch s.class {
	case anActivity:
		s.activity, ok = t.(typedActivity)
	case anActor:
		s.actor, ok = t.(typedActor)
	}
	if !ok {
		return sorted{}, fmt.Errorf("%w: %q", ErrUnknownType, t.GetTypeName())
	}
	return s, nil
}
