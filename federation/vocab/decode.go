package vocab

import (
	"encoding/json"
	"fmt"
	"strings"

	as "github.com/go-fed/activity/streams/vocab"
)

// A Tree is a document in which nothing has been looked at yet.
type Tree struct{ root *node }

// Parse reads a document of any sort as far as JSON goes: more than 1 MiB, 24
// levels, 3,000 values or 400 objects are ErrTooLarge; what is not one JSON
// object in valid UTF-8 is ErrMalformed.
func Parse(raw []byte) (Tree, error) {
	n, err := guarded(raw, forDocument())
	return Tree{n}, err
}

// SetActor names who does it in an activity that names nobody.
func (t Tree) SetActor(id string) {
	if t.root.get("actor") == nil {
		t.root.members = append(t.root.members, member{"actor", node{kind: isString, text: id}})
	}
}

// Envelope looks at what an activity says of itself: everything but what is
// embedded in it. It is cheap, because the library does not take part, and
// nothing is required; so it serves to decide whether the rest is worth
// reading.
func (t Tree) Envelope() Activity { return envelope(t.root) }

// guarded is the tree of a document within max.
func guarded(raw []byte, max limits) (*node, error) {
	if err := guard(raw, max); err != nil {
		return nil, err
	}
	n, err := parse(raw)
	if err != nil {
		return nil, err
	}
	n.nameDelete()
	n.likeEmoji()
	return n, nil
}

// likeEmoji reads an EmojiReact, also one that is undone, as the Like with content
// that means the same: the library knows no such type. (FEP-c0e0)
func (n *node) likeEmoji() {
	for _, of := range []*node{n, n.get("object").first()} {
		if t := of.get("type"); typeName(t) == "EmojiReact" {
			*t = node{kind: isString, text: "Like"}
		}
	}
}

// nameDelete gives a Delete without an id the id of what it deletes, with a
// fragment: the same each time, and of the same origin. (GoToSocial 0.20 sends
// such; an id may be left out where it need not be fetched: ActivityPub, 3.1)
func (n *node) nameDelete() {
	if typeOf(n) != "Delete" || n.get("id") != nil {
		return
	}
	if object := n.get("object").id(); object != "" && !strings.Contains(object, "#") {
		id := node{kind: isString, text: object + "#delete"}
		n.members = append(n.members, member{"id", id})
	}
}

// read is what every decoder begins with: the tree of a document, and what the
// library makes of it.
func read(raw []byte, want class) (*node, sorted, error) {
	n, err := guarded(raw, forDocument())
	if err != nil {
		return nil, sorted{}, err
	}
	t, err := toLibrary(n)
	if err != nil {
		return nil, sorted{}, err
	}
	s, err := dispatch(t)
	if err != nil {
		return nil, sorted{}, err
	}
	if s.class != want {
		return nil, sorted{}, fmt.Errorf("%w: %q is of another sort", ErrMalformed, typeOf(n))
	}
	if n.id() == "" {
		return nil, sorted{}, fmt.Errorf("%w: no usable id", ErrMalformed)
	}
	return n, s, nil
}

// DecodeActivity reads an activity. It is ErrMalformed without a usable id, an
// object, and exactly one actor.
func DecodeActivity(raw []byte) (Activity, error) {
	n, s, err := read(raw, anActivity)
	if err != nil {
		return Activity{}, err
	}
	return readActivity(n, s.activity)
}

// ReadActivity is DecodeActivity for what the ActivityStreams library has
// parsed already out of Repair's bytes, which is typed. It is ErrMalformed if
// that is of another type.
func (t Tree) ReadActivity(typed any) (Activity, error) {
	value, ok := typed.(as.Type)
	if !ok {
		return Activity{}, fmt.Errorf("%w: %T is no activity", ErrMalformed, typed)
	}
	s, err := dispatch(value)
	if err != nil {
		return Activity{}, err
	}
	if s.activity == nil || s.activity.GetTypeName() != libraryType(typeOf(t.root)) {
		return Activity{}, fmt.Errorf("%w: %q read as %q", ErrMalformed, typeOf(t.root), value.GetTypeName())
	}
	return readActivity(t.root, s.activity)
}

// readActivity reads from the library's value whether an activity is whole,
// and everything else from the tree: the library writes URLs anew and cuts
// times short.
func readActivity(n *node, t typedActivity) (Activity, error) {
	actors, objects := t.GetActivityStreamsActor(), t.GetActivityStreamsObject()
	switch {
	case t.GetJSONLDId() == nil || t.GetJSONLDId().Get() == nil || n.id() == "":
		return Activity{}, fmt.Errorf("%w: no usable id", ErrMalformed)
	case actors == nil || actors.Len() != 1 || n.get("actor").id() == "":
		return Activity{}, fmt.Errorf("%w: not one actor", ErrMalformed)
	case objects == nil || objects.Len() == 0:
		return Activity{}, fmt.Errorf("%w: no object", ErrMalformed)
	}
	a := envelope(n)
	o := n.get("object").first()
	if !o.is(isObject) {
		return a, nil
	}
	switch classOf(a.ObjectType) {
	case anActivity:
		inner := envelope(o)
		inner.Raw = rawOf(o)
		a.Inner = &inner
	case anActor:
		person := readActor(o)
		a.Person = &person
	case anObject:
		if a.Relation != nil {
			break
		}
		embedded := readObject(o)
		a.Object = &embedded
	}
	return a, nil
}

// envelope reads an activity without what its object says.
func envelope(n *node) Activity {
	o := n.get("object").first()
	a := Activity{
		ID:         n.id(),
		Type:       typeOf(n),
		Actor:      n.get("actor").only().id(),
		ObjectID:   o.id(),
		Target:     n.get("target").id(),
		Instrument: n.get("instrument").id(),
		Result:     n.get("result").id(),
		Context:    n.get("context").id(),
		Message:    bounded(n.get("participationMessage").str(), maxName),
		To:         n.get("to").ids(maxRecipients),
		CC:         n.get("cc").ids(maxRecipients),
		Published:  n.get("published").time(),
		Updated:    n.get("updated").time(),
		Raw:        rawOf(n),
	}
	if o.is(isObject) {
		a.ObjectType = typeOf(o)
	}
	if a.Type == "Flag" {
		a.Flagged = n.get("object").ids(maxRecipients)
	}
	if a.Type == "Flag" || isSaid(a.Type) {
		a.Content = n.textOf("content", maxSummary).value()
	}
	switch a.Type {
	case "Offer":
		a.Relation, a.Agreement = readRelationship(o), readAgreement(o)
	case "Accept":
		a.Agreement = readAgreement(n.get("result").first())
	}
	if a.Type == "Invite" || a.Type == "Offer" && (a.Relation != nil || a.Agreement != nil) {
		a.Attachments = readAttachments(n, nil)
	}
	return a
}

// rawOf returns the bytes of n as they came. They share the buffer of the whole
// document; appending to them does not touch it.
func rawOf(n *node) json.RawMessage {
	return json.RawMessage(n.raw[:len(n.raw):len(n.raw)])
}

// DecodeObject reads an object: a Note, an Article, an Event, a Tombstone and
// so on. It is ErrMalformed without a usable id.
func DecodeObject(raw []byte) (Object, error) {
	n, _, err := read(raw, anObject)
	if err != nil {
		return Object{}, err
	}
	return readObject(n), nil
}

// DecodeActor reads an actor. It is ErrMalformed without a usable id or inbox.
func DecodeActor(raw []byte) (Actor, error) {
	n, s, err := read(raw, anActor)
	if err != nil {
		return Actor{}, err
	}
	a := readActor(n)
	// An actor must have an inbox. (ActivityPub, 4.1)
	if s.actor.GetActivityStreamsInbox() == nil || a.Inbox == "" {
		return Actor{}, fmt.Errorf("%w: an actor without an inbox", ErrMalformed)
	}
	return a, nil
}

// DecodeCollection reads a collection or a page of one. Its items are left as
// they are; ten times what Guard allows in one document may stand in them.
func DecodeCollection(raw []byte) (Collection, error) {
	n, err := guarded(raw, forCollection())
	if err != nil {
		return Collection{}, err
	}
	t, err := toLibrary(withoutItems(n))
	if err != nil {
		return Collection{}, err
	}
	if s, err := dispatch(t); err != nil {
		return Collection{}, err
	} else if s.class != aCollection {
		return Collection{}, fmt.Errorf("%w: %q is no collection", ErrMalformed, typeOf(n))
	}
	return readCollection(n), nil
}
