package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"pergola/federation"
	"pergola/federation/nodeinfo"
	"pergola/federation/vocab"
)

// perPage is how many items stand on a page of a collection. Gancio and the
// WordPress event bridge read the first page alone.
const perPage = 20

// Collection implements [federation.Host]. Followers and following are shown
// as numbers: who they are is nobody's business.
func (h *Hub) Collection(ctx context.Context, actor, collection, page string) (c vocab.Collection, err error) {
	actor = strings.ToLower(actor)
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		if actor != o.Name && actor != Instance {
			return federation.ErrNotFound
		}
		c = vocab.Collection{ID: h.actorID(actor) + "/" + collection, Type: "OrderedCollection"}
		switch collection {
		case "outbox":
			return h.outbox(ctx, tx, &c, actor, page)
		case "followers":
			if c.TotalItems, err = tx.CountFollowers(ctx, actor); err == nil {
				err = onePage(&c, page)
			}
		case "following":
			fs, err := tx.Followings(ctx, actor)
			if err != nil {
				return err
			}
			c.TotalItems = len(fs)
			return onePage(&c, page)
		case "featured":
			return h.featured(ctx, tx, &c, actor == o.Name)
		case "events":
			if err = h.upcoming(ctx, tx, &c, actor == o.Name); err == nil {
				err = onePage(&c, page)
			}
		case "directory":
			if actor != o.Name {
				return federation.ErrNotFound
			}
			return h.directoryPage(ctx, tx, &c, o, page)
		case "bodies":
			if actor != o.Name {
				return federation.ErrNotFound
			}
			return h.bodies(ctx, tx, &c, o, page)
		case "collections":
			return h.collections(ctx, tx, &c, o, actor)
		default:
			err = federation.ErrNotFound
		}
		return err
	})
	if errors.Is(err, ErrNotFound) {
		err = federation.ErrNotFound
	}
	return c, err
}

// onePage makes of a whole collection what is asked for: itself with a first
// page to be read, without which Mastodon takes it for hidden, or that page.
// (Mastodon 4.5: ProcessAccountService)
func onePage(c *vocab.Collection, page string) error {
	switch page {
	case "":
		c.First, c.Items = c.ID+"?page=first", nil
	case "first":
		c.PartOf, c.ID, c.Type = c.ID, c.ID+"?page=first", "OrderedCollectionPage"
	default:
		return federation.ErrNotFound
	}
	return nil
}

func (h *Hub) outbox(ctx context.Context, tx Tx, c *vocab.Collection, actor, page string) error {
	total, err := tx.CountOutbox(ctx, actor)
	if err != nil {
		return err
	}
	c.TotalItems = total
	if page == "" {
		c.First = c.ID + "?page=first"
		return nil
	}
	id := c.ID
	c.ID, c.Type, c.PartOf = id+"?page="+url.QueryEscape(page), "OrderedCollectionPage", id
	after := page
	if page == "first" {
		after = ""
	}
	sent, err := tx.Outbox(ctx, actor, Page{After: after, Limit: perPage})
	if err != nil {
		return err
	}
	for _, a := range sent {
		body, err := current(ctx, tx, a)
		if err != nil {
			return err
		}
		c.Items = append(c.Items, body)
	}
	if len(sent) == perPage {
		c.Next = id + "?page=" + url.QueryEscape(sent[len(sent)-1].ID)
	}
	return nil
}

// current is an activity of the outbox with its object as it is now: who reads
// an old Create must not get an old version of what was created.
func current(ctx context.Context, tx Tx, a federation.SentActivity) (json.RawMessage, error) {
	if a.Type != "Create" {
		return a.JSON, nil
	}
	it, err := tx.Item(ctx, a.Object)
	counts := it.Event != nil && it.Event.Registers()
	if err != nil || it.State != Published || it.Updated.Equal(it.Published) && !counts {
		return a.JSON, ignore(err, ErrNotFound)
	}
	var create map[string]json.RawMessage
	if err := json.Unmarshal(a.JSON, &create); err != nil {
		return nil, fmt.Errorf("reading %s: %w", a.ID, err)
	}
	create["object"] = it.Wire
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(create); err != nil {
		return nil, fmt.Errorf("writing %s: %w", a.ID, err)
	}
	return b.Bytes(), nil
}

// ignore is err unless it is one that does not matter.
func ignore(err, harmless error) error {
	if errors.Is(err, harmless) {
		return nil
	}
	return err
}

// upcoming are the own events that are not over. (FEP-8a8e, "upcomingEvents")
func (h *Hub) upcoming(ctx context.Context, tx Tx, c *vocab.Collection, organisation bool) error {
	if !organisation {
		return nil
	}
	es, err := tx.ComingEvents(ctx, FeedFilter{Own: true}, now(), Page{Limit: 50})
	if err != nil {
		return err
	}
	c.TotalItems = len(es)
	for _, e := range es {
		id, err := json.Marshal(e.ID)
		if err != nil {
			return err
		}
		c.Items = append(c.Items, id)
	}
	return nil
}

// collections are those that are themselves lists of actors. (FEP-7aa9)
func (h *Hub) collections(ctx context.Context, tx Tx, c *vocab.Collection, o Organisation, actor string) error {
	if has, err := lists(ctx, tx, o); err != nil || !has || actor != o.Name {
		return cmpErr(err, federation.ErrNotFound)
	}
	id, err := json.Marshal(h.membersID(o))
	c.TotalItems, c.Items = 1, []json.RawMessage{id}
	return err
}

// Usage implements [federation.Host].
func (h *Hub) Usage(ctx context.Context) (u nodeinfo.Usage, err error) {
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		u = nodeinfo.Usage{Users: 1, ActiveMonth: 1, ActiveHalfyear: 1, Name: o.Title[0].Value}
		u.LocalPosts, err = tx.CountItems(ctx)
		return err
	})
	if err != nil {
		return u, err
	}
	i, err := h.Installation(ctx)
	u.Installation = i.ID
	return u, err
}
