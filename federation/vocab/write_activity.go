package vocab

import (
	"fmt"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

// JSON writes an activity with what is embedded in it: Inner, Person or
// Object, else just ObjectID. The same activity always gives the same bytes;
// Raw is not looked at. It fails for a type that we do not send.
func (a Activity) JSON() ([]byte, error) {
	t, err := a.typed()
	if err != nil {
		return nil, err
	}
	context := contextPlain
	var embedded as.Type
	switch {
	case a.Relation != nil:
		context = contextOffer
	case a.Agreement != nil:
		context = contextAgreement
	case a.Inner != nil:
		switch {
		case a.Inner.Relation != nil:
			context = contextOffer
		case a.Inner.Agreement != nil:
			context = contextAgreement
		}
		embedded, err = a.Inner.typed()
	case a.Person != nil:
		context = contextActor
		embedded, err = a.Person.typed()
	case a.Object != nil:
		context = a.Object.context()
		embedded, err = a.Object.typed()
	}
	if err != nil {
		return nil, fmt.Errorf("embedding in %s: %w", a.ID, err)
	}
	if embedded != nil {
		object := streams.NewActivityStreamsObjectProperty()
		if err := object.AppendType(embedded); err != nil {
			return nil, fmt.Errorf("embedding in %s: %w", a.ID, err)
		}
		t.SetActivityStreamsObject(object)
	}
	extra := t.GetUnknownProperties()
	switch {
	case a.Collection != nil:
		context, extra["object"] = contextFeature, a.Collection.document()
		t.SetActivityStreamsObject(nil)
	case a.Item != nil:
		context, extra["object"] = contextFeature, a.Item.document()
		t.SetActivityStreamsObject(nil)
	case a.Type == "FeatureRequest":
		context = contextFeature
	case len(a.Attachments) > 0 && context == contextPlain:
		context = contextAgreement // somebody else's Invite to something
	}
	put(extra, "instrument", a.Instrument)
	put(extra, "result", a.Result)
	if a.Type == "Accept" && a.Agreement != nil {
		extra["result"] = a.Agreement.document(a.Result, a.Actor)
	}
	put(extra, "context", a.Context)
	// Lemmy 1.0 and GoToSocial 0.20: to and cc must both be there.
	extra["to"], extra["cc"] = []any{}, []any{}
	return finalize(t, context)
}

// typed makes the library's value of an activity whose object is an id.
func (a Activity) typed() (typedActivity, error) {
	t := newActivity(a.Type)
	if t == nil {
		return nil, fmt.Errorf("%w: activity %q", ErrUnknownType, a.Type)
	}
	if a.Actor == "" {
		return nil, fmt.Errorf("%w: %s %s without an actor", ErrMalformed, a.Type, a.ID)
	}
	setID(t, a.ID)
	setIRIs(streams.NewActivityStreamsActorProperty(), t.SetActivityStreamsActor, a.Actor)
	setIRIs(streams.NewActivityStreamsObjectProperty(), t.SetActivityStreamsObject, a.ObjectID)
	setIRIs(streams.NewActivityStreamsTargetProperty(), t.SetActivityStreamsTarget, a.Target)
	switch {
	case a.Relation != nil:
		setOffer(t, a.Relation.document())
	case a.Agreement != nil && a.Type == "Offer":
		setOffer(t, a.Agreement.document("", ""))
	}
	putList(t.GetUnknownProperties(), "attachment", documents(a.Attachments))
	if isSaid(a.Type) {
		put(t.GetUnknownProperties(), "content", a.Content)
	}
	setIRIs(streams.NewActivityStreamsToProperty(), t.SetActivityStreamsTo, a.To...)
	setIRIs(streams.NewActivityStreamsCcProperty(), t.SetActivityStreamsCc, a.CC...)
	setTime(streams.NewActivityStreamsPublishedProperty(), t.SetActivityStreamsPublished, a.Published.UTC())
	setTime(streams.NewActivityStreamsUpdatedProperty(), t.SetActivityStreamsUpdated, a.Updated.UTC())
	return t, nil
}

// setOffer writes what is offered. The library would write a relationship as
// something with an id, and knows no agreement.
func setOffer(t typedActivity, document map[string]any) {
	t.SetActivityStreamsObject(nil)
	t.GetUnknownProperties()["object"] = document
}

// newActivity returns the library's value for a type that we send, else nil.
func newActivity(typ string) typedActivity {
	switch typ {
	case "Accept":
		return streams.NewActivityStreamsAccept()
	case "Add":
		return streams.NewActivityStreamsAdd()
	case "Announce":
		return streams.NewActivityStreamsAnnounce()
	case "Create":
		return streams.NewActivityStreamsCreate()
	case "Delete":
		return streams.NewActivityStreamsDelete()
	case "FeatureRequest":
		t := streams.NewActivityStreamsOffer() // with the same members
		p := streams.NewJSONLDTypeProperty()
		p.AppendXMLSchemaString(typ)
		t.SetJSONLDType(p)
		return t
	case "Follow":
		return streams.NewActivityStreamsFollow()
	case "Ignore":
		return streams.NewActivityStreamsIgnore()
	case "Invite":
		return streams.NewActivityStreamsInvite()
	case "Join":
		return streams.NewActivityStreamsJoin()
	case "Leave":
		return streams.NewActivityStreamsLeave()
	case "Like":
		return streams.NewActivityStreamsLike()
	case "Offer":
		return streams.NewActivityStreamsOffer()
	case "Reject":
		return streams.NewActivityStreamsReject()
	case "Remove":
		return streams.NewActivityStreamsRemove()
	case "TentativeAccept":
		return streams.NewActivityStreamsTentativeAccept()
	case "TentativeReject":
		return streams.NewActivityStreamsTentativeReject()
	case "Undo":
		return streams.NewActivityStreamsUndo()
	case "Update":
		return streams.NewActivityStreamsUpdate()
	}
	return nil
}
