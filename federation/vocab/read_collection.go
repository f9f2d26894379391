package vocab

import (
	"encoding/json"
	"math"
)

// withoutItems returns a collection as the library gets to see it: without
// items and embedded pages, however many they are.
func withoutItems(n *node) *node {
	small := node{kind: isObject}
	for _, m := range n.members {
		if m.value.kind == isString || m.value.kind == isNumber || m.key == "type" {
			small.members = append(small.members, m)
		}
	}
	return &small
}

func readCollection(n *node) Collection {
	c := page(n)
	if first := n.get("first").first(); first.is(isObject) {
		p := page(first)
		c.FirstPage = &p
	}
	return c
}

func page(n *node) Collection {
	c := Collection{
		ID:         n.id(),
		Type:       typeOf(n),
		TotalItems: -1,
		First:      n.get("first").id(),
		Next:       n.get("next").id(),
		Prev:       n.get("prev").id(),
		PartOf:     n.get("partOf").id(),
	}
	if f, ok := n.get("totalItems").number(); ok && f >= 0 && f <= math.MaxInt32 {
		c.TotalItems = int(f)
	}
	for _, key := range []string{"orderedItems", "items"} {
		for _, v := range n.get(key).list() {
			if item := itemOf(&v); item != nil {
				c.Items = append(c.Items, item)
			}
		}
	}
	return c
}

// itemOf returns an item as the bytes that came, nil when it is neither an id
// nor a document.
func itemOf(n *node) json.RawMessage {
	switch {
	case n.kind == isObject:
		return rawOf(n)
	case n.kind == isString && isWebURL(n.text):
		if b, err := marshal(n.text); err == nil {
			return b
		}
	}
	return nil
}
