package hub

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub/roster"
	"pergola/hub/text"
)

const (
	// directoryFresh is how long a copy is taken as it is.
	directoryFresh = 24 * time.Hour
	// keepDirectory is how long it is shown when its owner does not answer.
	keepDirectory = 30 * 24 * time.Hour
	// directoryPages is how many pages of one are read.
	directoryPages = 50
)

// wantDirectory has the members of a member read, unless they are about to be.
func (h *Hub) wantDirectory(ctx context.Context, tx Tx, actor string) error {
	c, err := tx.DirectoryCopy(ctx, actor)
	if err != nil && !errors.Is(err, ErrNotFound) || c.Wanted {
		return ignore(err, ErrNotFound)
	}
	c.Actor, c.Wanted = actor, true
	if err := tx.SaveDirectoryCopy(ctx, c); err != nil {
		return err
	}
	return tx.EnqueueFetch(ctx, Fetch{Kind: FetchDirectory, ID: actor, Actor: actor})
}

// dropDirectory forgets the copy of somebody's members.
func dropDirectory(ctx context.Context, tx Tx, actor string) error {
	if err := clearDirectory(ctx, tx, actor); err != nil {
		return err
	}
	return tx.DeleteDirectoryCopy(ctx, actor)
}

func clearDirectory(ctx context.Context, tx Tx, actor string) error {
	if err := tx.DeleteCharter(ctx, actor); err != nil {
		return err
	}
	return tx.DeleteDirectory(ctx, actor)
}

// RefreshDirectories has the members of all members read that were not read within
// a day, and forgets what was not read for a month, or is of no member any more.
func (h *Hub) RefreshDirectories(ctx context.Context) error {
	return h.store.Update(ctx, func(tx Tx) error {
		at := now()
		if err := tx.PruneDirectory(ctx, at.Add(-keepRemovedEntries)); err != nil {
			return err
		}
		members, err := activeOf(ctx, tx, Below)
		if err != nil {
			return err
		}
		copies, err := tx.DirectoryCopies(ctx)
		if err != nil {
			return err
		}
		for _, c := range copies {
			isMember := slices.ContainsFunc(members, func(m Membership) bool { return m.Other == c.Actor })
			switch {
			case !isMember:
				err = dropDirectory(ctx, tx, c.Actor)
			case !c.Fetched.IsZero() && at.Sub(c.Fetched) > keepDirectory:
				err = clearDirectory(ctx, tx, c.Actor)
			}
			if err != nil {
				return err
			}
		}
		for _, m := range members {
			c, err := tx.DirectoryCopy(ctx, m.Other)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if m.HasActor() && at.Sub(c.Fetched) > directoryFresh {
				if err := h.wantDirectory(ctx, tx, m.Other); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// fetchDirectory reads the members of a member, all of them, and its charter, in the
// place of what was read before: what is not there any more is gone here too.
func (h *Hub) fetchDirectory(ctx context.Context, f Fetch) error {
	if barred, err := h.Blocked(ctx, f.Actor); err != nil || barred {
		return cmpErr(err, federation.ErrForbidden)
	}
	member := false
	err := h.store.Update(ctx, func(tx Tx) (err error) {
		// What changes from now on must be read once more.
		if member, err = isMember(ctx, tx, f.Actor); err != nil || !member {
			return err
		}
		c, err := tx.DirectoryCopy(ctx, f.Actor)
		if err != nil {
			return ignore(err, ErrNotFound)
		}
		c.Wanted = false
		return tx.SaveDirectoryCopy(ctx, c)
	})
	if err != nil || !member {
		return err
	}
	actor, err := h.fed.RefreshActor(ctx, f.Actor)
	if err != nil {
		return err
	}
	var es []DirectoryEntry
	if actor.Members != "" {
		if es, err = h.readDirectory(ctx, f.Actor, actor.Members); err != nil {
			return err
		}
	}
	charter, err := h.readCharter(ctx, actor.Actor)
	if err != nil {
		return err
	}
	return h.store.Update(ctx, func(tx Tx) error {
		if member, err := isMember(ctx, tx, f.Actor); err != nil || !member {
			return err
		}
		c, err := tx.DirectoryCopy(ctx, f.Actor)
		if err != nil {
			return ignore(err, ErrNotFound)
		}
		c.Fetched = now()
		if err := tx.DeleteDirectory(ctx, f.Actor); err != nil {
			return err
		}
		for _, e := range es {
			if err := tx.SaveDirectoryEntry(ctx, e); err != nil {
				return err
			}
		}
		if err := tx.SaveCharter(ctx, f.Actor, charter); err != nil {
			return err
		}
		return tx.SaveDirectoryCopy(ctx, c)
	})
}

// readDirectory reads a collection of members from its owner's host.
func (h *Hub) readDirectory(ctx context.Context, owner, id string) (es []DirectoryEntry, err error) {
	err = h.readPages(ctx, owner, id, func(raw json.RawMessage) bool {
		e, ok := foreignEntry(owner, raw)
		known := slices.ContainsFunc(es, func(o DirectoryEntry) bool { return o.ID == e.ID })
		if ok && !known {
			es = append(es, e)
		}
		return len(es) < maxDirectory
	})
	return es, err
}

// readPages reads the pages of a collection from its owner's host, as long as take
// takes more.
func (h *Hub) readPages(ctx context.Context, owner, id string, take func(json.RawMessage) bool) error {
	for range directoryPages {
		if hostOf(id) != hostOf(owner) {
			return nil
		}
		page, err := h.fed.Collection(ctx, id)
		if err != nil {
			return err
		}
		items, next := page.Items, page.Next
		if page.PartOf == "" && page.First != "" {
			next = page.First
		}
		if page.FirstPage != nil {
			items, next = append(items, page.FirstPage.Items...), page.FirstPage.Next
		}
		for _, raw := range items {
			if !take(raw) {
				return nil
			}
		}
		id = next
	}
	return nil
}

// foreignEntry is what another host says of a member of its organisation, cleaned;
// false when it is none, or under an id of a third one. (FEP-fe34)
func foreignEntry(owner string, raw json.RawMessage) (DirectoryEntry, bool) {
	m, err := vocab.DecodeMember(raw)
	if err != nil || m.ID == "" || hostOf(m.ID) != hostOf(owner) {
		return DirectoryEntry{}, false
	}
	line := func(s string, most int) string { return shorten(oneLine(text.Plain(s)), most) }
	org := roster.Organisation{
		Name: line(m.Name, roster.MaxName), Form: line(m.Form, 60), Region: m.Region, Country: m.Country, Sectors: m.Sectors,
		Offers: line(m.Offers, roster.MaxOffers), Website: m.Website, Since: m.Since, Actor: m.SameAs, Public: true,
	}
	for kind, name := range schemaTypes() {
		if name == m.Kind {
			org.Kind = kind
		}
	}
	for _, k := range m.Keywords {
		org.Keywords = append(org.Keywords, line(k, 60))
	}
	org.Keywords = org.Keywords[:min(len(org.Keywords), roster.MaxKeywords)]
	for _, p := range org.Check(now()) {
		switch p.Field {
		case "name":
			return DirectoryEntry{}, false
		case "region":
			org.Region = ""
		case "country":
			org.Country = ""
		case "sectors":
			org.Sectors = nil
		case "website":
			org.Website = ""
		case "since":
			org.Since = ""
		case "actor":
			org.Actor = ""
		}
	}
	return DirectoryEntry{ID: strings.ToValidUTF8(m.ID, ""), Owner: owner, Organisation: org, Updated: now()}, true
}
