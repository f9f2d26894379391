package vocab

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-fed/activity/streams"
	as "github.com/go-fed/activity/streams/vocab"
)

// typedCollection is what the library's collections have in common.
type typedCollection interface {
	as.Type
	GetUnknownProperties() map[string]any
	SetJSONLDId(as.JSONLDIdProperty)
	SetActivityStreamsTotalItems(as.ActivityStreamsTotalItemsProperty)
	SetActivityStreamsFirst(as.ActivityStreamsFirstProperty)
}

// typedPage is what pages of collections have beside that.
type typedPage interface {
	SetActivityStreamsNext(as.ActivityStreamsNextProperty)
	SetActivityStreamsPrev(as.ActivityStreamsPrevProperty)
	SetActivityStreamsPartOf(as.ActivityStreamsPartOfProperty)
}

// JSON writes a collection or a page of one. The items are always an array; a
// collection that has a first page lists none itself unless it was given some.
func (c Collection) JSON() ([]byte, error) {
	t, err := c.typed()
	if err != nil {
		return nil, err
	}
	if c.Members {
		return finalize(t, contextMembers)
	}
	return finalize(t, contextPlain)
}

// WithCollections is the document of an object with collections that belong to
// it, by the names of the properties: embedded, because some count without
// asking again. (Mastodon 4.5: likes, shares)
func WithCollections(document []byte, collections map[string]Collection) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(document, &members); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	for name, c := range collections {
		t, err := c.typed()
		if err != nil {
			return nil, err
		}
		m, err := t.Serialize()
		if err != nil {
			return nil, fmt.Errorf("serializing %s: %w", c.ID, err)
		}
		shape(m)
		if members[name], err = marshal(m); err != nil {
			return nil, fmt.Errorf("writing %s: %w", c.ID, err)
		}
	}
	return marshal(members)
}

func (c Collection) typed() (typedCollection, error) {
	var t typedCollection
	switch c.Type {
	case "Collection":
		t = streams.NewActivityStreamsCollection()
	case "CollectionPage":
		t = streams.NewActivityStreamsCollectionPage()
	case "OrderedCollection":
		t = streams.NewActivityStreamsOrderedCollection()
	case "OrderedCollectionPage":
		t = streams.NewActivityStreamsOrderedCollectionPage()
	default:
		return nil, fmt.Errorf("%w: collection %q", ErrUnknownType, c.Type)
	}
	setID(t, c.ID)
	if c.TotalItems >= 0 {
		p := streams.NewActivityStreamsTotalItemsProperty()
		p.Set(c.TotalItems)
		t.SetActivityStreamsTotalItems(p)
	}
	if c.FirstPage == nil {
		setIRI(streams.NewActivityStreamsFirstProperty(), t.SetActivityStreamsFirst, c.First)
	}
	if p, ok := t.(typedPage); ok {
		c.setPage(p)
	}
	return t, c.setItems(t.GetUnknownProperties())
}

func (c Collection) setPage(t typedPage) {
	setIRI(streams.NewActivityStreamsPartOfProperty(), t.SetActivityStreamsPartOf, c.PartOf)
	setIRI(streams.NewActivityStreamsNextProperty(), t.SetActivityStreamsNext, c.Next)
	setIRI(streams.NewActivityStreamsPrevProperty(), t.SetActivityStreamsPrev, c.Prev)
}

// setItems writes the items as the bytes that they are.
func (c Collection) setItems(extra map[string]any) error {
	if page := c.FirstPage; page != nil {
		t, err := page.typed()
		if err != nil {
			return err
		}
		m, err := t.Serialize()
		if err != nil {
			return fmt.Errorf("serializing the first page of %s: %w", c.ID, err)
		}
		extra["first"] = m
	}
	if len(c.Items) == 0 && (c.First != "" || c.FirstPage != nil) {
		return nil
	}
	items := make([]any, 0, len(c.Items))
	for _, item := range c.Items {
		if !json.Valid(item) {
			return fmt.Errorf("%w: an item of %s", ErrMalformed, c.ID)
		}
		items = append(items, item)
	}
	key := "items"
	if strings.HasPrefix(c.Type, "Ordered") {
		key = "orderedItems"
	}
	extra[key] = items
	return nil
}
