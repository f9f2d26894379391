package vocab

import (
	"encoding/json"
	"time"
)

// A FeaturedCollection is a list of actors that somebody shows, each of whom
// agrees. The ActivityStreams library knows none of this. (FEP-7aa9)
type FeaturedCollection struct {
	ID, AttributedTo string
	Name             string
	// URL is the page for people.
	URL                string
	Published, Updated time.Time
	Items              []FeaturedItem
}

// A FeaturedItem is an actor on such a list.
type FeaturedItem struct {
	ID, Actor string
	// Authorization is the id of the FeatureAuthorization at the actor's host.
	Authorization string
	Published     time.Time
}

// A FeatureAuthorization says that Actor may stand in Collection. It is shown
// by the actor's host, and nowhere else.
type FeatureAuthorization struct{ ID, Collection, Actor string }

// JSON writes the collection with its items.
func (c FeaturedCollection) JSON() ([]byte, error) { return featured(c.document()) }

// JSON writes an item alone.
func (i FeaturedItem) JSON() ([]byte, error) { return featured(i.document()) }

// JSON writes the authorization.
func (f FeatureAuthorization) JSON() ([]byte, error) {
	return featured(map[string]any{
		"id": f.ID, "type": "FeatureAuthorization", "interactingObject": f.Collection, "interactionTarget": f.Actor,
	})
}

func featured(m map[string]any) ([]byte, error) {
	m["@context"] = json.RawMessage(contextFeature)
	return marshal(m)
}

func (c FeaturedCollection) document() map[string]any {
	items := documents(c.Items)
	return map[string]any{
		"id": c.ID, "type": "FeaturedCollection", "attributedTo": c.AttributedTo, "name": c.Name, "url": c.URL,
		"sensitive": false, "discoverable": true, "totalItems": len(items), "orderedItems": items,
		"published": c.Published.UTC().Format(time.RFC3339), "updated": c.Updated.UTC().Format(time.RFC3339),
	}
}

func (i FeaturedItem) document() map[string]any {
	return map[string]any{
		"id": i.ID, "type": "FeaturedItem", "featuredObject": i.Actor, "featureAuthorization": i.Authorization,
		"published": i.Published.UTC().Format(time.RFC3339),
	}
}
