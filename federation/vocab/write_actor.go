package vocab

import (
	"fmt"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

// JSON writes an actor's profile. The same actor always gives the same bytes;
// Raw is not looked at.
func (a Actor) JSON() ([]byte, error) {
	t, err := a.typed()
	if err != nil {
		return nil, err
	}
	return finalize(t, contextActor)
}

// typed makes the library's value of an actor.
func (a Actor) typed() (typedActor, error) {
	t := newActor(a.Type)
	if t == nil {
		return nil, fmt.Errorf("%w: actor %q", ErrUnknownType, a.Type)
	}
	setID(t, a.ID)
	if a.PreferredUsername != "" {
		p := streams.NewActivityStreamsPreferredUsernameProperty()
		p.SetXMLSchemaString(a.PreferredUsername)
		t.SetActivityStreamsPreferredUsername(p)
	}
	setName(t, a.Name)
	extra := t.GetUnknownProperties()
	setText(streams.NewActivityStreamsSummaryProperty(), t.SetActivityStreamsSummary, extra, "summary", a.Summary)
	setIRIs(streams.NewActivityStreamsUrlProperty(), t.SetActivityStreamsUrl, a.URL)
	setTime(streams.NewActivityStreamsPublishedProperty(), t.SetActivityStreamsPublished, a.Published.UTC())
	setTime(streams.NewActivityStreamsUpdatedProperty(), t.SetActivityStreamsUpdated, a.Updated.UTC())
	a.setBoxes(t)
	a.setPictures(t)
	a.setKeys(t)
	a.setRest(extra)
	discoverable := streams.NewTootDiscoverableProperty()
	discoverable.Set(a.Discoverable)
	t.SetTootDiscoverable(discoverable)
	return t, nil
}

func newActor(typ string) typedActor {
	switch typ {
	case "Application":
		return streams.NewActivityStreamsApplication()
	case "Group":
		return streams.NewActivityStreamsGroup()
	case "Organization":
		return streams.NewActivityStreamsOrganization()
	case "Person":
		return streams.NewActivityStreamsPerson()
	case "Service":
		return streams.NewActivityStreamsService()
	}
	return nil
}

func (a Actor) setBoxes(t typedActor) {
	setIRI(streams.NewActivityStreamsInboxProperty(), t.SetActivityStreamsInbox, a.Inbox)
	setIRI(streams.NewActivityStreamsOutboxProperty(), t.SetActivityStreamsOutbox, a.Outbox)
	setIRI(streams.NewActivityStreamsFollowersProperty(), t.SetActivityStreamsFollowers, a.Followers)
	setIRI(streams.NewActivityStreamsFollowingProperty(), t.SetActivityStreamsFollowing, a.Following)
	setIRI(streams.NewTootFeaturedProperty(), t.SetTootFeatured, a.Featured)
}

func (a Actor) setPictures(t typedActor) {
	if a.Icon.URL != "" {
		p := streams.NewActivityStreamsIconProperty()
		p.AppendActivityStreamsImage(a.Icon.typed())
		t.SetActivityStreamsIcon(p)
	}
	if a.Image.URL != "" {
		p := streams.NewActivityStreamsImageProperty()
		p.AppendActivityStreamsImage(a.Image.typed())
		t.SetActivityStreamsImage(p)
	}
}

// setKeys writes RSA keys as publicKey and Ed25519 keys as assertionMethod.
// (FEP-521a, "Multikey")
func (a Actor) setKeys(t typedActor) {
	keys := streams.NewW3IDSecurityV1PublicKeyProperty()
	var multikeys []any
	for _, k := range a.Keys {
		if k.PEM != "" {
			keys.AppendW3IDSecurityV1PublicKey(k.typed())
		}
		if k.Multibase != "" {
			multikeys = append(multikeys, map[string]any{
				"id": k.ID, "type": "Multikey", "controller": k.Owner, "publicKeyMultibase": k.Multibase,
			})
		}
	}
	if keys.Len() > 0 {
		t.SetW3IDSecurityV1PublicKey(keys)
	}
	putList(t.GetUnknownProperties(), "assertionMethod", multikeys)
}

func (k Key) typed() as.W3IDSecurityV1PublicKey {
	t := streams.NewW3IDSecurityV1PublicKey()
	setID(t, k.ID)
	owner := streams.NewW3IDSecurityV1OwnerProperty()
	owner.SetIRI(iri(k.Owner))
	t.SetW3IDSecurityV1Owner(owner)
	text := streams.NewW3IDSecurityV1PublicKeyPemProperty()
	text.Set(k.PEM)
	t.SetW3IDSecurityV1PublicKeyPem(text)
	return t
}

// setRest writes what the library has no property for.
func (a Actor) setRest(extra map[string]any) {
	extra["manuallyApprovesFollowers"] = a.ManuallyApproves
	extra["indexable"] = a.Indexable
	put(extra, "upcomingEvents", a.UpcomingEvents)
	put(extra, "featuredCollections", a.Collections)
	put(extra, "members", a.Members)
	put(extra, "subOrganization", a.Bodies)
	if a.CanFeature != "" {
		extra["interactionPolicy"] = map[string]any{"canFeature": map[string]any{"automaticApproval": []any{a.CanFeature}}}
	}
	put(extra, "webfinger", a.Webfinger)
	put(extra, "movedTo", a.MovedTo)
	if a.SharedInbox != "" {
		extra["endpoints"] = map[string]any{"sharedInbox": a.SharedInbox}
	}
	putList(extra, "attributionDomains", a.AttributionDomains)
	putList(extra, "alsoKnownAs", a.AlsoKnownAs)
	putList(extra, "memberOf", a.MemberOf)
	putList(extra, "hasCertification", documents(a.Certifications))
	putList(extra, "contactPoint", documents(a.Contacts))
	extra["attachment"] = documents(a.Fields)
	extra["tag"] = []any{}
	var implements []any
	for _, href := range a.Implements {
		m := map[string]any{"href": href}
		put(m, "name", specification(href))
		implements = append(implements, m)
	}
	if len(implements) > 0 {
		extra["generator"] = map[string]any{"type": "Application", "implements": implements}
	}
}

func documents[T interface{ document() map[string]any }](list []T) []any {
	all := make([]any, len(list))
	for i, v := range list {
		all[i] = v.document()
	}
	return all
}

// specification is the name of what FEP-844e lists by its address.
func specification(href string) string {
	switch href {
	case ImplementsRFC9421:
		return "RFC-9421: HTTP Message Signatures"
	case ImplementsRFC9421Ed25519:
		return "RFC-9421 signatures using the Ed25519 algorithm"
	}
	return ""
}
