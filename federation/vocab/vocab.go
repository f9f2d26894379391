// Package vocab is the part of ActivityStreams that we speak, as plain structs.
//
// It knows how documents of other programs look and how ours must look to be
// understood by them: language maps in order, arrays where peers want arrays,
// our own @context. It guards the ActivityStreams library underneath against
// hostile documents. It knows no network, no key and no database, and nothing
// of what an application does with a document.
package vocab

import (
	"encoding/json"
	"strings"
	"time"
)

// Public is the collection that stands for everybody. (ActivityPub, 5.6)
const Public = "https://www.w3.org/ns/activitystreams#Public"

// ContentType is what we answer and post documents as. It is the form that
// every program takes, Lemmy's exact list included.
const ContentType = "application/activity+json; charset=utf-8"

// A Text says the same in one or more languages. Its order is kept on the wire
// and in storage; the first is the default. (ActivityStreams, 4.7)
type Text []Translation

// A Translation is a text in one language: a BCP 47 tag, or "" where the
// author did not say.
type Translation struct{ Lang, Value string }

// In is the text in a language, else in a variant of it ("pt" for "pt-BR"),
// else in the default one; "" when there is none at all.
func (t Text) In(lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	for _, want := range []string{lang, base} {
		for _, tr := range t {
			if tr.Lang == want {
				return tr.Value
			}
		}
	}
	return t.value()
}

// An Activity is somebody doing something to an object.
type Activity struct {
	ID, Type string
	// Actor is the id of who does it. An activity with several actors is
	// malformed to us.
	Actor string
	// ObjectID is the id of what it is done to; "" when the object is embedded
	// without one.
	ObjectID string
	// Flagged are the ids of all objects of a Flag, which has several.
	Flagged []string
	// Content is what a Flag, an Offer, an Invite, an answer, an Undo or a Remove says, HTML
	// or plain text as it came.
	Content string
	// Relation is the embedded object of an Offer of a relationship, Agreement
	// that of an Offer of an agreement, or the result of its Accept; nil for
	// everything else. Such Offers have Attachments, and an Invite has.
	Relation    *Relationship
	Agreement   *Agreement
	Attachments []Attachment
	// Context is what an activity belongs to: the Offer that a Remove ends, or that
	// has led to what a Create brings.
	Context string
	// ObjectType is the type of the embedded object, "" when only an id came.
	ObjectType string
	// Object is the embedded object, nil when only an id came or when it is an
	// activity or an actor.
	Object *Object
	// Inner is the embedded activity of an Accept, Reject, Undo or Announce.
	Inner *Activity
	// Person is the embedded actor of an Update or Delete of an actor.
	Person *Actor
	Target string
	// Instrument is the collection of a FeatureRequest, Result what its Accept
	// leads to. (FEP-7aa9)
	Instrument, Result string
	// Collection and Item are embedded in an Update or an Add of ours.
	Collection *FeaturedCollection
	Item       *FeaturedItem
	// Message is what somebody says with a Join: participationMessage.
	// (Mobilizon 5)
	Message   string
	To, CC    []string
	Published time.Time
	Updated   time.Time
	// Raw is the document as it came; empty in what we make.
	Raw json.RawMessage
}

// An Object is something that is published: news, an event, a call, a comment,
// or the Tombstone of one.
type Object struct {
	ID, Type     string
	AttributedTo string
	// Name and Summary are plain text or HTML as the author sent them, Content
	// is HTML; nothing of it is cleaned yet.
	Name, Summary, Content Text
	// Language is inLanguage, a hint where the maps are missing.
	Language string
	// URL is the page for people, "" when there is none but the id.
	URL       string
	Published time.Time
	// Updated is zero when it was not sent or not readable.
	Updated   time.Time
	InReplyTo string
	// Context is what a Document belongs to: the agreement that it confirms.
	Context     string
	To, CC      []string
	Tags        []Tag
	Attachments []Attachment
	// Source is the Markdown an object of ours was written in.
	Source Text
	// Event is set for type Event.
	Event *Event
	// Proposal is set for what carries FEP-0837 properties.
	Proposal *Proposal
	// Signers are those that stand with their names behind an article beside its
	// author. (schema.org, contributor)
	Signers []Party
	// FormerType and Deleted are set for a Tombstone. (ActivityStreams, Tombstone)
	FormerType string
	Deleted    time.Time
	Raw        json.RawMessage
}

// A Tag is a Hashtag, a Mention or a term of a vocabulary (schema.org
// DefinedTerm).
type Tag struct {
	Type, Name, Href string
	// Term and Set are termCode and inDefinedTermSet of a DefinedTerm.
	Term, Set string
}

// An Attachment is a Document, Image, Link or PropertyValue beside an object.
type Attachment struct {
	Type, Name, MediaType string
	// URL is url of a document or href of a link.
	URL string
	// Value is the value of a PropertyValue, Property the IRI of what it is
	// (propertyID), "" when not said.
	Value, Property string
}

// An Event is what FEP-8a8e and Mobilizon add to an object.
type Event struct {
	// Start and End carry the offset of the event's zone; zero when absent.
	Start, End time.Time
	// Zone is an IANA name, "" when unknown.
	Zone string
	// HideEnd is displayEndTime:false: the end is a formality.
	HideEnd bool
	// Status is one of the Event… constants.
	Status        string
	PreviousStart time.Time
	Place         *Place
	// Online is where to take part over the net, an http(s) URL.
	Online      string
	IsOnline    bool
	Category    string
	JoinMode    string
	ExternalURL string
	// Organizers are those that are named beside attributedTo.
	Organizers []Party
	Funders    []Party
	Sessions   []Session
	Series     Series
	// PartOf is the id of the event that this is a part of. (schema.org, superEvent)
	PartOf string
	// Capacity is maximumAttendeeCapacity; 0 when there is no limit.
	Capacity int
	// Going is how many take part, Remaining how many more can. They are
	// written of an event that can be joined, the latter if it has a capacity.
	Going, Remaining int
}

// The states of an event. (FEP-8a8e, "eventStatus")
const (
	EventScheduled   = "EventScheduled"
	EventTentative   = "EventTentative"
	EventCancelled   = "EventCancelled"
	EventPostponed   = "EventPostponed"
	EventRescheduled = "EventRescheduled"
	EventMovedOnline = "EventMovedOnline"
)

// A Party takes part in something as an organisation: with an account (ID), or
// by name only. Consent is the id of the Accept by which one with an account
// agreed to be named, "" when none is known. (FEP-8a8e, "organizers")
type Party struct{ ID, Name, URL, Consent string }

// A Place is where an event happens.
type Place struct {
	Name, Street, PostalCode, Locality, Region string
	// Country is ISO 3166-1 alpha-2 where the sender keeps to it.
	Country             string
	Latitude, Longitude float64
}

// A Proposal is what FEP-0837 adds to an object: somebody offers or seeks.
type Proposal struct {
	// Purpose is "offer" or "request".
	Purpose string
	// Kind is our finer kind: "offer", "request", "funding", "other".
	Kind string
	// Matter is a term: what kind of thing it is about, such as "technology".
	Matter string
	// Seeks says who or what is sought.
	Seeks Text
	// Opens and Deadline are startTime and endTime; zero when absent. Zone is
	// the IANA zone that the deadline was set in.
	Opens, Deadline time.Time
	Zone            string
	// Countries are ISO 3166-1 alpha-2 codes.
	Countries []string
	// Partnerships are the kinds of partnership sought, Partners the kinds of
	// partners: terms such as "investment" or "university".
	Partnerships, Partners []string
	// Role says what is expected of a partner, Wanted is how many are sought; 0
	// when not said.
	Role   Text
	Wanted int
	// Regions are NUTS codes, Sectors sections of NACE Rev. 2.1.
	Regions, Sectors, Keywords []string
	// Stage and Rights are terms: how far the matter is, and who has rights in it,
	// of which RightsNote says more. TRLFrom and TRLTo are levels from 1 to 9, 0 when
	// not said.
	Stage, Rights  string
	RightsNote     Text
	TRLFrom, TRLTo int
	Programme      Programme
	// CoFunding is the percentage of the cost that is paid; 0 when not said.
	CoFunding int
	// CutOffs are deadlines before the last.
	CutOffs []time.Time
	// Languages are those in which one may answer.
	Languages []string
	// Behalf is for whom the author speaks; BehalfTerms describe one that is not
	// named: a country, what it is, its size.
	Behalf      Party
	BehalfTerms []string
	// UpTo is the most that one applicant may get, Total what there is
	// altogether; nil when not said.
	UpTo, Total *Money
	// ApplyURL is where to apply or to read more.
	ApplyURL string
	Closed   bool
	// Result is a term for what came of a closed call, ResultNote a sentence.
	Result     string
	ResultNote Text
}

// A Programme is what a call belongs to: its name, the number of the call there,
// and a page about it.
type Programme struct{ Name, Call, URL string }

// Money is a decimal amount ("60000", "1234.50") of an ISO 4217 currency.
type Money struct{ Amount, Currency string }

// An Actor is somebody who can do something: an account.
type Actor struct {
	ID, Type                              string
	PreferredUsername                     string
	Name, Summary                         Text
	URL                                   string
	Inbox, Outbox, Followers, Following   string
	Featured, SharedInbox, UpcomingEvents string
	// Collections lists the FeaturedCollections; CanFeature is who may list this
	// actor in one of theirs, and gets the consent at once. (FEP-7aa9)
	Collections, CanFeature string
	// Members is a collection of the organisations that are members of this one,
	// most of whom have no actor. (Mobilizon: mz:members)
	Members string
	// Bodies is a collection of the bodies by which it is governed. (schema.org,
	// subOrganization)
	Bodies string
	// Certifications are its quality labels, Contacts the roles in which it can be
	// written to.
	Certifications                            []Certification
	Contacts                                  []ContactPoint
	Keys                                      []Key
	Icon, Image                               Picture
	Fields                                    []Attachment
	ManuallyApproves, Discoverable, Indexable bool
	// Webfinger is the handle "user@domain". (FEP-2c59)
	Webfinger          string
	AttributionDomains []string
	// Implements lists the specifications that the actor's program says it
	// implements. (FEP-844e)
	Implements  []string
	AlsoKnownAs []string
	// MemberOf are the organisations that it says it is a member of. (schema.org,
	// memberOf)
	MemberOf           []string
	MovedTo            string
	Published, Updated time.Time
	Raw                json.RawMessage
}

// A Picture is an image of an actor; without a URL there is none.
type Picture struct {
	URL string
	// MediaType, Name (what is to be seen in it) and the size in pixels are ""
	// and 0 where they were not said.
	MediaType, Name string
	Width, Height   int
}

// A Key is a public key that an actor's document shows: RSA as PEM in
// publicKey, Ed25519 as a Multikey in assertionMethod. (FEP-521a)
type Key struct {
	ID, Owner string
	PEM       string
	Multibase string
}

// The specifications that an actor can say it implements. (FEP-844e)
const (
	ImplementsRFC9421        = "https://datatracker.ietf.org/doc/html/rfc9421"
	ImplementsRFC9421Ed25519 = "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25"
)

// A Collection is an OrderedCollection, or a page of one when PartOf is set.
type Collection struct {
	ID, Type string
	// TotalItems is -1 when it was not said.
	TotalItems        int
	First, Next, Prev string
	PartOf            string
	// Items are documents or JSON strings (ids).
	Items []json.RawMessage
	// FirstPage is the embedded first page, nil when First is only an id.
	FirstPage *Collection
	// Members says that the items are written by [Member.Document] or
	// [Body.Document].
	Members bool
}
