package hub

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub/roster"
	"pergola/hub/text"
)

// A DirectoryEntry is an organisation that is a member of this one, or, copied, of
// another one. Few of them have an actor.
type DirectoryEntry struct {
	ID string
	// Owner is the id of the actor whose member it is, "" for this organisation.
	Owner string
	// Batch is the same for those that came in one table, "" for others.
	Batch string
	roster.Organisation
	// Removed is since when it is shown nowhere and can be put back, zero while it
	// stands.
	Removed, Updated time.Time
}

// A DirectoryCopy says when the members of another organisation were read.
type DirectoryCopy struct {
	Actor string
	// Wanted says that they are about to be read.
	Wanted  bool
	Fetched time.Time
}

// DirectoryTx keeps the members of the organisation, and copies of those of its
// own members.
type DirectoryTx interface {
	// DirectoryEntry returns ErrNotFound.
	DirectoryEntry(ctx context.Context, owner, id string) (DirectoryEntry, error)
	DirectoryEntries(ctx context.Context, owner string) ([]DirectoryEntry, error)
	// HasDirectory reports whether there is any that everybody may see.
	HasDirectory(ctx context.Context) (bool, error)
	SaveDirectoryEntry(ctx context.Context, e DirectoryEntry) error
	DeleteDirectory(ctx context.Context, owner string) error
	// PruneDirectory deletes own entries that were removed before then.
	PruneDirectory(ctx context.Context, before time.Time) error
	DirectoryCopies(ctx context.Context) ([]DirectoryCopy, error)
	// DirectoryCopy returns ErrNotFound.
	DirectoryCopy(ctx context.Context, actor string) (DirectoryCopy, error)
	SaveDirectoryCopy(ctx context.Context, c DirectoryCopy) error
	DeleteDirectoryCopy(ctx context.Context, actor string) error
}

const (
	// maxDirectory is the most entries of one organisation.
	maxDirectory = roster.MaxRows
	// keepRemovedEntries is how long a removed entry can be put back.
	keepRemovedEntries = 30 * 24 * time.Hour
)

// OwnDirectory are all entries of the organisation, the removed too, in the order
// of their names in a language.
func (h *Hub) OwnDirectory(ctx context.Context, who Who, lang string) ([]DirectoryEntry, error) {
	es, err := readAs(ctx, h, who, Office, func(tx Tx) ([]DirectoryEntry, error) { return tx.DirectoryEntries(ctx, "") })
	sortDirectory(es, lang)
	return es, err
}

func sortDirectory(es []DirectoryEntry, lang string) {
	key, keys := text.CollationKeys(lang), make(map[string]string, len(es))
	for _, e := range es {
		keys[e.Name] = key(e.Name)
	}
	slices.SortStableFunc(es, func(a, b DirectoryEntry) int {
		return cmp.Or(strings.Compare(keys[a.Name], keys[b.Name]), strings.Compare(a.Name, b.Name))
	})
}

// OwnDirectoryEntry is one of them. ErrNotFound.
func (h *Hub) OwnDirectoryEntry(ctx context.Context, who Who, id string) (DirectoryEntry, error) {
	return readAs(ctx, h, who, Office, func(tx Tx) (DirectoryEntry, error) { return tx.DirectoryEntry(ctx, "", id) })
}

// SaveDirectoryEntry adds an organisation to the directory, when id is "", or
// changes one. ErrNotFound.
func (h *Hub) SaveDirectoryEntry(ctx context.Context, who Who, id string, org roster.Organisation) error {
	org = org.Tidy()
	if err := checkDirectory(org.Check(now())); err != nil {
		return err
	}
	return h.officeDoes(ctx, who, "saved_directory", org.Name, func(tx Tx, o Organisation) error {
		if err := tx.Lock(ctx, "directory"); err != nil {
			return err
		}
		es, err := tx.DirectoryEntries(ctx, "")
		if err != nil {
			return err
		}
		e := DirectoryEntry{ID: h.newID()}
		if id != "" {
			i := slices.IndexFunc(es, func(e DirectoryEntry) bool { return e.ID == id })
			if i < 0 {
				return ErrNotFound
			}
			e = es[i]
		}
		for _, other := range es {
			if other.ID != e.ID && other.Removed.IsZero() && other.Name == org.Name {
				return checkDirectory([]roster.Problem{{Field: "name", Problem: "twice", Arg: org.Name}})
			}
		}
		if id == "" && len(es) >= maxDirectory {
			return checkDirectory([]roster.Problem{{Problem: "too_many", Arg: strconv.Itoa(maxDirectory)}})
		}
		shown := e.Public || org.Public
		e.Organisation, e.Updated = org, now()
		if err := tx.SaveDirectoryEntry(ctx, e); err != nil || !shown {
			return err
		}
		return h.tellProfile(ctx, tx, o)
	})
}

func checkDirectory(problems []roster.Problem) error {
	var e InvalidError
	for _, p := range problems {
		e.add(p.Field, p.Problem, p.Arg)
	}
	return e.err()
}

// ImportDirectory adds many organisations at once, or none of them. Those that
// are there already are left as they are. It returns what undoes it, and how many
// were added.
func (h *Hub) ImportDirectory(ctx context.Context, who Who, orgs []roster.Organisation) (batch string, added int, err error) {
	batch = h.newID()
	for _, org := range orgs {
		if err := checkDirectory(org.Check(now())); err != nil {
			return "", 0, err
		}
	}
	err = h.officeDoes(ctx, who, "imported_directory", batch, func(tx Tx, o Organisation) error {
		if err := tx.Lock(ctx, "directory"); err != nil {
			return err
		}
		es, err := tx.DirectoryEntries(ctx, "")
		if err != nil {
			return err
		}
		added = 0
		shown := false
		for _, org := range orgs {
			if slices.ContainsFunc(es, func(e DirectoryEntry) bool { return e.Removed.IsZero() && e.Name == org.Name }) {
				continue
			}
			e := DirectoryEntry{ID: h.newID(), Batch: batch, Organisation: org.Tidy(), Updated: now()}
			if es = append(es, e); len(es) > maxDirectory {
				return checkDirectory([]roster.Problem{{Problem: "too_many", Arg: strconv.Itoa(maxDirectory)}})
			}
			if err := tx.SaveDirectoryEntry(ctx, e); err != nil {
				return err
			}
			added++
			shown = shown || e.Public
		}
		if !shown {
			return nil
		}
		return h.tellProfile(ctx, tx, o)
	})
	return batch, added, err
}

// RemoveDirectoryEntries takes the entry with an id, or all of a batch, out of the
// directory; they can be put back for 30 days.
func (h *Hub) RemoveDirectoryEntries(ctx context.Context, who Who, idOrBatch string) error {
	return h.moveDirectoryEntries(ctx, who, "removed_directory", idOrBatch, now())
}

// RestoreDirectoryEntries puts them back.
func (h *Hub) RestoreDirectoryEntries(ctx context.Context, who Who, idOrBatch string) error {
	return h.moveDirectoryEntries(ctx, who, "restored_directory", idOrBatch, time.Time{})
}

func (h *Hub) moveDirectoryEntries(ctx context.Context, who Who, did, idOrBatch string, removed time.Time) error {
	return h.officeDoes(ctx, who, did, idOrBatch, func(tx Tx, o Organisation) error {
		if err := tx.Lock(ctx, "directory"); err != nil {
			return err
		}
		es, err := tx.DirectoryEntries(ctx, "")
		if err != nil {
			return err
		}
		found, shown := false, false
		for _, e := range es {
			if e.ID != idOrBatch && (e.Batch != idOrBatch || idOrBatch == "") {
				continue
			}
			found = true
			if e.Removed.IsZero() == removed.IsZero() {
				continue
			}
			e.Removed, shown = removed, shown || e.Public
			if err := tx.SaveDirectoryEntry(ctx, e); err != nil {
				return err
			}
		}
		if !found {
			return ErrNotFound
		}
		if !shown {
			return nil
		}
		return h.tellProfile(ctx, tx, o)
	})
}

// A DirectoryFilter says which members are wanted; what is "" does not matter.
type DirectoryFilter struct {
	Kind, Sector, Region, Country string
	// Of is the id of the organisation whose members they are.
	Of string
	// Words stand in the name, the keywords or what is offered.
	Words string
}

// takes reports whether an entry is wanted.
func (f DirectoryFilter) takes(e DirectoryEntry) bool {
	said := strings.ToLower(e.Name + "\n" + e.Offers + "\n" + strings.Join(e.Keywords, "\n"))
	return (f.Kind == "" || e.Kind == f.Kind) && (f.Sector == "" || slices.Contains(e.Sectors, f.Sector)) &&
		(f.Region == "" || e.Region == f.Region) && (f.Country == "" || e.Country == f.Country) &&
		(f.Of == "" || e.Owner == f.Of) && strings.Contains(said, strings.ToLower(f.Words))
}

// A Directory is what everybody may see of the members of the organisation and of
// their members.
type Directory struct {
	// Entries are a page of those that are wanted, in the order of their names. Of
	// those of the organisation itself Owner is the id of its actor.
	Entries []DirectoryEntry
	// Found is how many are wanted, Page which page this is, from 1, of Pages.
	Found, Page, Pages int
	// Owners are those whose members they can be, in the order of their names;
	// Total is how many there are of each, by id.
	Owners []Profile
	Total  map[string]int
	// Kinds and the others are what there is to choose from.
	Kinds, Sectors, Regions, Countries []string
}

// directoryPageSize is how many members are shown at once.
const directoryPageSize = 50

// Directory is what everybody may see, in the order of a language: the page of that
// number, or the last before it.
func (h *Hub) Directory(ctx context.Context, lang string, f DirectoryFilter, page int) (d Directory, err error) {
	var all []DirectoryEntry
	d.Total = map[string]int{}
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		own, err := publicEntries(ctx, tx)
		if err != nil {
			return err
		}
		for _, e := range own {
			e.Owner = h.Self(o)
			all = append(all, e)
		}
		if len(own) > 0 {
			d.Owners = append(d.Owners, h.profile(o))
		}
		members, err := activeOf(ctx, tx, Below)
		if err != nil {
			return err
		}
		views, err := membershipViews(ctx, tx, members)
		if err != nil {
			return err
		}
		for _, v := range views {
			copied, err := tx.DirectoryEntries(ctx, v.Other)
			if err != nil {
				return err
			}
			all = append(all, copied...)
			d.Owners = append(d.Owners, v.With)
		}
		return nil
	})
	if err != nil {
		return d, err
	}
	for _, e := range all {
		d.Total[e.Owner]++
		d.Kinds, d.Regions, d.Countries = append(d.Kinds, e.Kind), append(d.Regions, e.Region), append(d.Countries, e.Country)
		d.Sectors = append(d.Sectors, e.Sectors...)
		if f.takes(e) {
			d.Entries = append(d.Entries, e)
		}
	}
	for _, list := range []*[]string{&d.Kinds, &d.Sectors, &d.Regions, &d.Countries} {
		slices.Sort(*list)
		*list = slices.DeleteFunc(slices.Compact(*list), func(s string) bool { return s == "" })
	}
	sortDirectory(d.Entries, lang)
	d.Found = len(d.Entries)
	d.Pages = max(1, (d.Found+directoryPageSize-1)/directoryPageSize)
	d.Page = min(max(page, 1), d.Pages)
	from := (d.Page - 1) * directoryPageSize
	d.Entries = d.Entries[from:min(from+directoryPageSize, d.Found)]
	less := text.Collator(lang)
	slices.SortStableFunc(d.Owners, func(a, b Profile) int { return less(a.Name, b.Name) })
	return d, nil
}

// HasDirectory reports whether there is anything in it.
func (h *Hub) HasDirectory(ctx context.Context) (bool, error) {
	return read(ctx, h, func(tx Tx) (bool, error) { return tx.HasDirectory(ctx) })
}

// publicEntries are the organisation's own that everybody may see.
func publicEntries(ctx context.Context, tx Tx) ([]DirectoryEntry, error) {
	es, err := tx.DirectoryEntries(ctx, "")
	return slices.DeleteFunc(es, func(e DirectoryEntry) bool { return !e.Public || !e.Removed.IsZero() }), err
}

// directoryID is the collection of those.
func (h *Hub) directoryID(o Organisation) string { return h.Self(o) + "/directory" }

// schemaTypes are the types of schema.org for [roster.Kinds].
func schemaTypes() map[string]string {
	return map[string]string{
		"company": "Corporation", "research": "ResearchOrganization", "education": "EducationalOrganization",
		"public": "GovernmentOrganization", "civil": "NGO", "cluster": "Consortium",
	}
}

// directoryPage is the collection, or a page of it.
func (h *Hub) directoryPage(ctx context.Context, tx Tx, c *vocab.Collection, o Organisation, page string) error {
	es, err := publicEntries(ctx, tx)
	if err != nil {
		return err
	}
	id := c.ID
	c.TotalItems, c.Members = len(es), true
	if page == "" {
		c.First = id + "?page=first"
		return nil
	}
	c.ID, c.Type, c.PartOf = id+"?page="+page, "OrderedCollectionPage", id
	if page != "first" {
		es = slices.DeleteFunc(es, func(e DirectoryEntry) bool { return e.ID <= page })
	}
	if len(es) > perPage {
		es = es[:perPage]
		c.Next = id + "?page=" + es[perPage-1].ID
	}
	for _, e := range es {
		m := vocab.Member{
			ID: id + "#" + e.ID, Name: e.Name, Kind: schemaTypes()[e.Kind], Form: e.Form, Region: e.Region, Country: e.Country,
			Sectors: e.Sectors, Keywords: e.Keywords, Offers: e.Offers, Website: e.Website, Since: e.Since, Of: h.Self(o), SameAs: e.Actor,
		}
		raw, err := m.Document()
		if err != nil {
			return err
		}
		c.Items = append(c.Items, raw)
	}
	return nil
}
