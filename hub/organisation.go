package hub

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"

	"pergola/federation/vocab"
	"pergola/hub/text"
)

// An Organisation is whom a node belongs to: a cluster, or an association of
// clusters. That it has members is data, not another kind of program: Kind
// only decides what the menu shows first.
type Organisation struct {
	// Name is the handle: the user part of its address. It never changes.
	Name  string
	Kind  Kind
	Title vocab.Text
	// About is Markdown.
	About vocab.Text
	// Languages are what it publishes in; the first is the default.
	Languages []string
	// Zone is the IANA time zone of its office.
	Zone string
	// Website, Email and Place are shown on its profile; "" when not said.
	Website, Email, Place string
	// Established is when the organisation itself began: a year, a month or a
	// day ("2012", "2012-05", "2012-05-03"); "" when not said.
	Established string
	// Fields are what else it says of itself, in its own words.
	Fields       []ProfileField
	Logo, Banner Picture
	// BoostAll says that every item of those it follows is passed on to its
	// own followers; else only what the office picks.
	BoostAll bool
	// Examines says that those it follows may have their nodes looked at from
	// here.
	Examines bool
	// Demo marks invented organisations on their pages.
	Demo             bool
	Founded, Updated time.Time
}

// A ProfileField is something that an organisation says of itself. A Value that
// is an address becomes a link, which others can verify when it leads back.
type ProfileField struct{ Name, Value string }

// A Kind says what an organisation is to its users.
type Kind string

// The kinds of organisation.
const (
	Cluster     Kind = "cluster"
	Association Kind = "association"
)

// A KeyPair is a private key of a local actor: PKCS#8 DER in the format that
// Sealed names ("plain"; others may come).
type KeyPair struct {
	// Actor is the name of the local actor.
	Actor string
	// Use is [MainKey] (RSA-2048) or [Ed25519Key].
	Use string
	// ID is where the world finds the public key: the actor's id and Use.
	ID      string
	Sealed  string
	Private []byte
	Created time.Time
}

// OrganisationTx keeps the organisation and the keys of the local actors.
type OrganisationTx interface {
	// Organisation is the one of this node. ErrNotFound before it was founded.
	Organisation(ctx context.Context) (Organisation, error)
	SaveOrganisation(ctx context.Context, o Organisation) error
	KeyPairs(ctx context.Context, actor string) ([]KeyPair, error)
	InsertKeyPair(ctx context.Context, k KeyPair) error
	// UpdateKeyPair puts another private key in the place of one of the same
	// actor and use; its id stays. ErrNotFound.
	UpdateKeyPair(ctx context.Context, k KeyPair) error
}

// handle is what Mastodon takes as a user name, in lower case. (Mastodon 4.5:
// Account::USERNAME_RE)
var handle = regexp.MustCompile(`^[a-z0-9_]+([.-]+[a-z0-9_]+)*$`)

// reserved names stand for something else in our addresses.
var reserved = []string{"a", "o", "x", "i", "inbox", "media", "cache", "hu", "en", "uk", Instance, "actor"}

// Found makes the organisation of this node and the keys of its two actors.
// ErrConflict when there is one.
func (h *Hub) Found(ctx context.Context, o Organisation) error {
	if err := checkName(o.Name); err != nil {
		return err
	}
	if err := checkProfile(o); err != nil {
		return err
	}
	now := now()
	o.Founded, o.Updated, o.Examines = now, now, true
	var keys []KeyPair
	for _, actor := range []string{o.Name, Instance} {
		pair, err := newKeyPairs(actor, now)
		if err != nil {
			return err
		}
		for _, k := range pair {
			k.ID = h.actorID(actor) + "#" + k.Use
			keys = append(keys, k)
		}
	}
	return h.store.Update(ctx, func(tx Tx) error {
		if _, err := tx.Organisation(ctx); !errors.Is(err, ErrNotFound) {
			return cmpErr(err, ErrConflict)
		}
		if err := tx.SaveOrganisation(ctx, o); err != nil {
			return err
		}
		for _, k := range keys {
			if err := tx.InsertKeyPair(ctx, k); err != nil {
				return err
			}
		}
		return nil
	})
}

// cmpErr is err, or otherwise when there is none.
func cmpErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func checkName(name string) error {
	var e InvalidError
	switch {
	case name == "":
		e.add("name", "required", "")
	case len(name) > 60:
		e.add("name", "too_long", "60")
	case !handle.MatchString(name), slices.Contains(reserved, name):
		e.add("name", "bad_name", name)
	}
	return e.err()
}

// maxAbout is how many characters of HTML an organisation may say of itself:
// Mobilizon knows no actor that says more.
const maxAbout = 5000

func checkProfile(o Organisation) error {
	var e InvalidError
	if len(o.Languages) == 0 {
		e.add("languages", "required", "")
	}
	for i, lang := range o.Languages {
		if _, err := language.Parse(lang); err != nil || slices.Contains(o.Languages[:i], lang) || i == maxLanguages {
			e.add("languages", "other", lang)
			break
		}
	}
	for _, t := range o.Title {
		bounded(t.Value, maxTitle, "title."+t.Lang, &e)
	}
	for _, t := range o.About {
		if n := utf8.RuneCountInString(text.Markdown(t.Value)); n > maxAbout {
			room := utf8.RuneCountInString(t.Value) * maxAbout / n
			e.add("about."+t.Lang, "too_long", strconv.Itoa(room/100*100))
		}
	}
	bounded(o.Place, maxName, "place", &e)
	if !isEstablished(o.Established) {
		e.add("established", "no_such_date", o.Established)
	}
	checkFields(&e, o.Fields)
	if a, err := mail.ParseAddress(o.Email); o.Email != "" && (err != nil || a.Address != o.Email || len(o.Email) > maxName) {
		e.add("email", "other", o.Email)
	}
	if len(o.Title) == 0 || strings.TrimSpace(o.Title[0].Value) == "" {
		e.add("title."+first(o.Languages), "required", "")
	}
	if _, err := time.LoadLocation(o.Zone); err != nil || o.Zone == "" || o.Zone == "Local" {
		e.add("zone", "no_such_zone", o.Zone)
	}
	link(o.Website, "website", &e)
	if o.Kind != Cluster && o.Kind != Association {
		e.add("kind", "required", "")
	}
	return e.err()
}

// isEstablished reports whether s is a year, a month or a day of the past, or
// nothing.
func isEstablished(s string) bool {
	for _, layout := range []string{"2006", "2006-01", "2006-01-02"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.Year() >= 1000 && !at.After(now())
		}
	}
	return s == ""
}

// maxFields is how many fields of its own an organisation may have, maxField how
// many runes each side of one: more, Mastodon cuts off. (Mastodon 4.5:
// Account::FIELDS_LIMIT)
const (
	maxFields = 4
	maxField  = 255
)

// checkFields wants both sides of each field.
func checkFields(e *InvalidError, fields []ProfileField) {
	if len(fields) > maxFields {
		e.add("", "too_many", strconv.Itoa(maxFields))
	}
	for i, f := range fields {
		number := "." + strconv.Itoa(i+1)
		wanted(f.Name, true, maxField, "field_name"+number, e)
		wanted(f.Value, true, maxField, "field_value"+number, e)
	}
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// maxURL is the most bytes of an address.
const maxURL = 2000

// webURL reports whether s can be linked to.
func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(s) <= maxURL
}

// newKeyPairs makes an RSA-2048 key, which everybody can verify, and an Ed25519
// key, which is forty times cheaper to sign with.
func newKeyPairs(actor string, now time.Time) ([]KeyPair, error) {
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("making an RSA key for %s: %w", actor, err)
	}
	_, short, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making an Ed25519 key for %s: %w", actor, err)
	}
	var pairs []KeyPair
	for use, key := range map[string]crypto.PrivateKey{MainKey: long, Ed25519Key: short} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("encoding a key of %s: %w", actor, err)
		}
		pairs = append(pairs, KeyPair{Actor: actor, Use: use, Sealed: "plain", Private: der, Created: now})
	}
	return pairs, nil
}

// The uses of a key, which are the fragments of its id.
const (
	MainKey    = "main-key"
	Ed25519Key = "ed25519-key"
)

// Organisation is the one of this node. ErrNotFound before it was founded.
func (h *Hub) Organisation(ctx context.Context) (Organisation, error) {
	return read(ctx, h, func(tx Tx) (Organisation, error) { return tx.Organisation(ctx) })
}

// SaveProfile changes what the office may change: title, about, website,
// e-mail, place, when it was established, its fields, kind, languages, zone. The
// followers are told.
func (h *Hub) SaveProfile(ctx context.Context, who Who, o Organisation) error {
	if err := who.may(Office); err != nil {
		return err
	}
	if err := checkProfile(o); err != nil {
		return err
	}
	return h.store.Update(ctx, func(tx Tx) error {
		old, err := tx.Organisation(ctx)
		if err != nil {
			return err
		}
		o.Name, o.Founded, o.BoostAll, o.Examines, o.Demo = old.Name, old.Founded, old.BoostAll, old.Examines, old.Demo
		o.Logo, o.Banner, o.Updated = old.Logo, old.Banner, old.Updated
		return h.saveProfile(ctx, tx, who, o, "changed_profile")
	})
}

// saveProfile is tellProfile for a command.
func (h *Hub) saveProfile(ctx context.Context, tx Tx, who Who, o Organisation, did string) error {
	if err := h.tellProfile(ctx, tx, o); err != nil {
		return err
	}
	return h.note(ctx, tx, who, did, h.Self(o))
}

// tellProfile keeps a changed organisation and tells the followers.
func (h *Hub) tellProfile(ctx context.Context, tx Tx, o Organisation) error {
	o.Updated = after(o.Updated)
	if err := tx.SaveOrganisation(ctx, o); err != nil {
		return err
	}
	actor, err := h.actorOf(ctx, tx, o, o.Name)
	if err != nil {
		return err
	}
	inboxes, err := tx.FollowerInboxes(ctx, o.Name)
	if err != nil {
		return err
	}
	return h.send(ctx, tx, o, vocab.Activity{Type: "Update", ObjectID: actor.ID, Person: &actor,
		To: []string{vocab.Public}, CC: []string{actor.Followers}, Updated: o.Updated}, inboxes)
}
