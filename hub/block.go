package hub

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"pergola/federation/vocab"
)

// A Block keeps an actor out, or a domain with all below it, in both
// directions: nothing of theirs is taken in or shown, nothing is sent to them.
type Block struct {
	// Subject is an actor's id, a domain, or Everyone.
	Subject string
	// Exempt says the opposite: it may come in although everyone is kept out.
	Exempt bool
	// Note is why, for the office itself.
	Note  string
	Since time.Time
}

// Everyone is the subject of the block that makes a list of guests of what is
// exempt and of the hosts of those we follow: members in, everyone else out.
// What is public stays public: it is not pushed, but whoever asks may read it.
const Everyone = "*"

// BlockTx keeps who is kept out.
type BlockTx interface {
	// Blocks are in the order of their subjects.
	Blocks(ctx context.Context) ([]Block, error)
	// SaveBlock inserts it or replaces that of the subject.
	SaveBlock(ctx context.Context, b Block) error
	// DeleteBlock returns ErrNotFound when there is none.
	DeleteBlock(ctx context.Context, subject string) error
	// KnownActors are the ids of kept remote actors in which a text stands.
	KnownActors(ctx context.Context, part string) ([]string, error)
	// SetBlocked takes the items and replies of an author out of all lists, or
	// puts them back.
	SetBlocked(ctx context.Context, author string, blocked bool) error
}

// guestListAge is for how long blocks are taken for what they were: another
// process may have changed them.
const guestListAge = 10 * time.Second

// A guestList says who may come in. It is made of all blocks, so that to ask
// costs no query.
type guestList struct {
	blocked, exempt map[string]bool
	// followed are the hosts of those we follow.
	followed map[string]bool
	closed   bool
	// examines says that their nodes are looked at when they ask.
	examines bool
}

// newGuestList is made of the blocks and of the ids of those we follow.
func newGuestList(blocks []Block, followed []string) guestList {
	g := guestList{blocked: map[string]bool{}, exempt: map[string]bool{}, followed: map[string]bool{}}
	for _, b := range blocks {
		switch {
		case b.Subject == Everyone:
			g.closed = true
		case b.Exempt:
			g.exempt[b.Subject] = true
		default:
			g.blocked[b.Subject] = true
		}
	}
	for _, id := range followed {
		g.followed[nameOf(id)] = true
	}
	return g
}

// nameOf is the host of an id without its port, in lower case; "" when it has
// none.
func nameOf(id string) string {
	u, err := url.Parse(id)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// covers reports whether a list names an id, its host, or a domain above that.
func covers(list map[string]bool, id string) bool {
	if len(list) == 0 {
		return false
	}
	if list[id] {
		return true
	}
	for name := nameOf(id); name != ""; {
		if list[name] {
			return true
		}
		_, above, found := strings.Cut(name, ".")
		if !found {
			return false
		}
		name = above
	}
	return false
}

// bars reports whether an actor, or whatever else has that id, is blocked.
func (g guestList) bars(id string) bool { return covers(g.blocked, id) }

// strange reports whether an actor is none of those for whom a closed house is
// open.
func (g guestList) strange(id string) bool {
	return g.closed && !covers(g.exempt, id) && !g.followed[nameOf(id)]
}

// A door remembers the guest list for a while.
type door struct {
	mu   sync.Mutex
	list guestList
	read time.Time
}

// guests is the list as it was at most a few seconds ago; a change made by this
// process counts at once. It reads with a transaction of its own, so it is not
// to be asked within one.
func (h *Hub) guests(ctx context.Context) (guestList, error) {
	d := &h.door
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.read.IsZero() && time.Since(d.read) < guestListAge {
		return d.list, nil
	}
	began := time.Now()
	err := h.store.View(ctx, func(tx Tx) error {
		blocks, err := tx.Blocks(ctx)
		if err != nil {
			return err
		}
		followed, err := followedIDs(ctx, tx)
		if err != nil {
			return err
		}
		o, err := tx.Organisation(ctx)
		if err != nil {
			return err
		}
		d.list = newGuestList(blocks, followed)
		d.list.examines = o.Examines
		return nil
	})
	if err == nil {
		d.read = began
	}
	return d.list, err
}

// followedIDs are those whom the organisation follows and who have not refused,
// and those with whom there is a membership, an application, or an answer to a call
// that may come to something.
func followedIDs(ctx context.Context, tx Tx) (ids []string, err error) {
	o, err := tx.Organisation(ctx)
	if err != nil {
		return nil, err
	}
	fs, err := tx.Followings(ctx, o.Name)
	for _, f := range fs {
		if f.State != Refused {
			ids = append(ids, f.Actor)
		}
	}
	for _, side := range []Side{Above, Below} {
		if err != nil {
			return nil, err
		}
		var ms []Membership
		ms, err = tx.Memberships(ctx, side)
		for _, m := range ms {
			if !m.State.Over() && m.HasActor() {
				ids = append(ids, m.Other)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	partners, err := tx.OpenPartners(ctx)
	return append(ids, partners...), err
}

// forgetGuests has the list read again. It is called after the commit of what
// changes it.
func (h *Hub) forgetGuests() {
	h.door.mu.Lock()
	h.door.read = time.Time{}
	h.door.mu.Unlock()
}

// Refuses implements [federation.Host]. Of somebody who is a stranger to a closed
// house only a Follow is read, because to that an answer is due, and an Offer,
// because that is how one comes in.
func (h *Hub) Refuses(ctx context.Context, actor, activityType string) (bool, error) {
	g, err := h.guests(ctx)
	return g.bars(actor) || activityType != "Follow" && activityType != "Offer" && g.strange(actor), err
}

// Blocked reports whether an actor is blocked, or the host of any address.
func (h *Hub) Blocked(ctx context.Context, id string) (bool, error) {
	g, err := h.guests(ctx)
	return g.bars(id), err
}

// domain is how a domain is written.
var domain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// Block keeps somebody out: an account by its address ("@name@host" or its URL),
// or a whole domain with all below it. *InvalidError for field "subject".
func (h *Hub) Block(ctx context.Context, who Who, subject, note string) (Block, error) {
	return h.saveBlock(ctx, who, subject, note, false)
}

// Exempt lets somebody in although everyone else is kept out. It ends a block.
func (h *Hub) Exempt(ctx context.Context, who Who, subject, note string) (Block, error) {
	return h.saveBlock(ctx, who, subject, note, true)
}

func (h *Hub) saveBlock(ctx context.Context, who Who, subject, why string, exempt bool) (b Block, err error) {
	if err := who.may(Office); err != nil {
		return b, err
	}
	b = Block{Exempt: exempt, Note: shorten(strings.TrimSpace(why), maxTeaser), Since: now()}
	if b.Subject, err = h.subject(ctx, subject); err != nil {
		return b, err
	}
	did := "blocked"
	if exempt {
		did = "exempted"
	}
	err = h.officeDoes(ctx, who, did, b.Subject, func(tx Tx, o Organisation) error {
		if err := tx.SaveBlock(ctx, b); err != nil {
			return err
		}
		return h.applyBlock(ctx, tx, o, b.Subject)
	})
	h.forgetGuests()
	return b, err
}

// subject is who is meant by what was typed.
func (h *Hub) subject(ctx context.Context, typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	wrong := func(problem string) error { return &InvalidError{[]FieldError{{"subject", problem, typed}}} }
	name := strings.TrimSuffix(strings.ToLower(typed), ".")
	switch {
	case typed == "":
		return "", wrong("required")
	case domain.MatchString(name):
		if covers(map[string]bool{name: true}, h.base.String()) {
			return "", wrong("yourself")
		}
		return name, nil
	case nameOf(typed) != "" && strings.EqualFold(nameOf(typed), h.base.Hostname()):
		return "", wrong("yourself")
	}
	found, err := read(ctx, h, func(tx Tx) ([]Profile, error) { return tx.Profiles(ctx, []string{typed}) })
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return found[0].ID, nil
	}
	actor, err := h.fed.Lookup(ctx, typed)
	if err != nil {
		h.log.InfoContext(ctx, "looking up an address", "address", typed, "err", err)
		return "", wrong("nobody_there")
	}
	if hostOf(actor.ID) == h.base.Host {
		return "", wrong("yourself")
	}
	return actor.ID, nil
}

// Unblock ends a block, or an exemption. What was hidden by it is shown again,
// unless another block hides it; who followed has to follow again.
func (h *Hub) Unblock(ctx context.Context, who Who, subject string) error {
	err := h.officeDoes(ctx, who, "unblocked", subject, func(tx Tx, o Organisation) error {
		if err := tx.DeleteBlock(ctx, subject); err != nil {
			return err
		}
		return h.applyBlock(ctx, tx, o, subject)
	})
	h.forgetGuests()
	return err
}

// applyBlock makes true what the blocks now say of those whom a subject names.
func (h *Hub) applyBlock(ctx context.Context, tx Tx, o Organisation, subject string) error {
	blocks, err := tx.Blocks(ctx)
	if err != nil {
		return err
	}
	g := newGuestList(blocks, nil)
	actors, err := tx.KnownActors(ctx, subject)
	if err != nil {
		return err
	}
	for _, actor := range actors {
		if !covers(map[string]bool{subject: true}, actor) {
			continue
		}
		barred := g.bars(actor)
		if err := tx.SetBlocked(ctx, actor, barred); err != nil {
			return err
		}
		if barred {
			if err := h.partFrom(ctx, tx, o, actor); err != nil {
				return err
			}
		}
	}
	return h.turnAway(ctx, tx, o)
}

// partFrom ends all there is between us and somebody who is blocked. They are
// told nothing but that they may not list us any more.
func (h *Hub) partFrom(ctx context.Context, tx Tx, o Organisation, actor string) error {
	items, err := tx.ItemsOf(ctx, actor)
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := h.unboost(ctx, tx, o, item); err != nil {
			return err
		}
	}
	for _, local := range []string{o.Name, Instance} {
		if err := tx.DeleteFollower(ctx, local, actor); err != nil {
			return err
		}
	}
	if err := tx.DeleteTrusted(ctx, actor); err != nil {
		return err
	}
	for _, part := range []func(context.Context, Tx, Organisation, string) error{h.unlist, h.revoke, h.forgetPartner} {
		if err := part(ctx, tx, o, actor); err != nil {
			return err
		}
	}
	if err := tx.DeleteFollowing(ctx, o.Name, actor); err != nil {
		return err
	}
	if err := tx.ForgetInterests(ctx, actor); err != nil {
		return err
	}
	return h.forgetMember(ctx, tx, o, actor, false)
}

// turnAway ends the following of those who are strangers to a closed house, and
// tells them.
func (h *Hub) turnAway(ctx context.Context, tx Tx, o Organisation) error {
	blocks, err := tx.Blocks(ctx)
	if err != nil || !newGuestList(blocks, nil).closed {
		return err
	}
	followed, err := followedIDs(ctx, tx)
	if err != nil {
		return err
	}
	g := newGuestList(blocks, followed)
	for _, local := range []string{o.Name, Instance} {
		p := Page{Limit: 200}
		for {
			fs, err := tx.Followers(ctx, local, p)
			if err != nil {
				return err
			}
			for _, f := range fs {
				p.After = f.Actor
				if !g.strange(f.Actor) {
					continue
				}
				follow := vocab.Activity{ID: f.Activity, Type: "Follow", Actor: f.Actor, ObjectID: h.actorID(local)}
				if err := h.refuseFollow(ctx, tx, local, f.Inbox, follow); err != nil {
					return err
				}
			}
			if len(fs) < p.Limit {
				break
			}
		}
	}
	return nil
}

// refuseFollow answers a Follow with a Reject, and ends it if it stood.
func (h *Hub) refuseFollow(ctx context.Context, tx Tx, local, inbox string, follow vocab.Activity) error {
	if err := tx.DeleteFollower(ctx, local, follow.Actor); err != nil {
		return err
	}
	return h.answerFollow(ctx, tx, local, inbox, "Reject", follow)
}

// SetClosed says whether only those may come in whose host is that of somebody
// we follow, or who are exempt: members in, everyone else out. Followers from
// elsewhere are told, and have to follow again when it is over.
func (h *Hub) SetClosed(ctx context.Context, who Who, closed bool) error {
	did := "opened"
	if closed {
		did = "closed"
	}
	err := h.officeDoes(ctx, who, did, "", func(tx Tx, o Organisation) error {
		if !closed {
			return ignore(tx.DeleteBlock(ctx, Everyone), ErrNotFound)
		}
		if err := tx.SaveBlock(ctx, Block{Subject: Everyone, Since: now()}); err != nil {
			return err
		}
		return h.turnAway(ctx, tx, o)
	})
	h.forgetGuests()
	return err
}

// Blocks are who is kept out and who is exempt, and whether everyone else is
// kept out. Actors have their profiles.
func (h *Hub) Blocks(ctx context.Context, who Who) (blocks []Block, profiles map[string]Profile, closed bool, err error) {
	if err := who.may(Office); err != nil {
		return nil, nil, false, err
	}
	err = h.store.View(ctx, func(tx Tx) error {
		all, err := tx.Blocks(ctx)
		if err != nil {
			return err
		}
		var ids []string
		blocks, closed = nil, false
		for _, b := range all {
			if b.Subject == Everyone {
				closed = true
				continue
			}
			blocks = append(blocks, b)
			if strings.Contains(b.Subject, "://") {
				ids = append(ids, b.Subject)
			}
		}
		found, err := tx.Profiles(ctx, ids)
		profiles = map[string]Profile{}
		for _, p := range found {
			profiles[p.ID] = p
		}
		return err
	})
	return blocks, profiles, closed, err
}
