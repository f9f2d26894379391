package hub

import (
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"html"
	"strings"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
	"pergola/hub/text"
)

// Self is the id of the organisation's actor.
func (h *Hub) Self(o Organisation) string { return h.actorID(o.Name) }

// Handle is "@name@host" of the organisation.
func (h *Hub) Handle(o Organisation) string { return "@" + o.Name + "@" + h.base.Host }

func (h *Hub) actorID(name string) string { return h.base.String() + "/a/" + name }

// profile is how the organisation stands beside its own items.
func (h *Hub) profile(o Organisation) Profile {
	return Profile{ID: h.Self(o), Handle: h.Handle(o), Name: o.Title[0].Value, URL: h.base.String() + "/", Type: "Organization",
		Picture: o.Logo.MediaPath(), About: text.Markdown(o.About.In(first(o.Languages)))}
}

// LocalActor implements [federation.Host].
func (h *Hub) LocalActor(ctx context.Context, name string) (a vocab.Actor, err error) {
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		name = strings.ToLower(name)
		if name != o.Name && name != Instance {
			return federation.ErrNotFound
		}
		a, err = h.actorOf(ctx, tx, o, name)
		return err
	})
	return a, err
}

// actorOf is a local actor's document.
func (h *Hub) actorOf(ctx context.Context, tx Tx, o Organisation, name string) (vocab.Actor, error) {
	id := h.actorID(name)
	a := vocab.Actor{
		ID: id, Type: "Organization", PreferredUsername: name, Name: o.Title, URL: h.base.String() + "/",
		Inbox: id + "/inbox", Outbox: id + "/outbox", Followers: id + "/followers", Following: id + "/following",
		Featured: id + "/featured", UpcomingEvents: id + "/events", SharedInbox: h.base.String() + "/inbox",
		Discoverable: true, Indexable: true, Webfinger: name + "@" + h.base.Host,
		AttributionDomains: []string{h.base.Host},
		Implements:         []string{vocab.ImplementsRFC9421, vocab.ImplementsRFC9421Ed25519},
		Published:          o.Founded, Updated: o.Updated,
	}
	if name == Instance {
		// The program's own actor: what signs GETs, fetchable by everybody,
		// and what another program's administrator follows. (FEP-2677)
		a.Type, a.Discoverable, a.Indexable = "Application", false, false
	} else {
		for _, t := range o.About {
			a.Summary = append(a.Summary, vocab.Translation{Lang: t.Lang, Value: text.Markdown(t.Value)})
		}
		a.Icon, a.Image = h.wirePicture(o.Logo), h.wirePicture(o.Banner)
		a.CanFeature = a.Followers
		above, err := activeOf(ctx, tx, Above)
		if err != nil {
			return a, err
		}
		views, err := membershipViews(ctx, tx, above)
		if err != nil {
			return a, err
		}
		for _, v := range views {
			a.MemberOf = append(a.MemberOf, v.Other)
		}
		a.Fields = h.profileFields(o, views)
		has, err := lists(ctx, tx, o)
		if err != nil {
			return a, err
		}
		if has {
			a.Collections = h.collectionsID(o)
		}
		own, err := publicEntries(ctx, tx)
		if err != nil {
			return a, err
		}
		if len(own) > 0 {
			a.Members = h.directoryID(o)
		}
		if err := h.charterOn(ctx, tx, o, &a); err != nil {
			return a, err
		}
	}
	keys, err := tx.KeyPairs(ctx, name)
	if err != nil {
		return a, err
	}
	for _, k := range keys {
		shown, err := publicKey(id, k)
		if err != nil {
			return a, err
		}
		a.Keys = append(a.Keys, shown)
	}
	return a, nil
}

// profileFields are what an actor shows as a table. A link must be alone in its
// field and show just its address, or Mastodon does not look whether it leads
// back. (Mastodon 4.5: Account::Field)
func (h *Hub) profileFields(o Organisation, memberOf []MembershipView) []vocab.Attachment {
	p := h.locale.Printer(first(o.Languages))
	var fields []vocab.Attachment
	add := func(name, value string) {
		if value == "" {
			return
		}
		shown := html.EscapeString(value)
		if webURL(value) {
			shown = `<a href="` + shown + `" rel="me nofollow noopener">` + shown + `</a>`
		}
		fields = append(fields, vocab.Attachment{Type: "PropertyValue", Name: name, Value: shown})
	}
	add(p.T("wire_website"), o.Website)
	add(p.T("wire_place"), o.Place)
	add(p.T("wire_email"), o.Email)
	add(p.T("wire_established"), o.Established)
	for _, m := range memberOf {
		// Programs that know no memberships show this.
		name := html.EscapeString(m.With.Name)
		if webURL(m.With.URL) {
			name = `<a href="` + html.EscapeString(m.With.URL) + `" rel="nofollow noopener">` + name + `</a>`
		}
		fields = append(fields, vocab.Attachment{Type: "PropertyValue", Name: p.T("wire_member_of"), Value: name})
	}
	for _, f := range o.Fields {
		add(f.Name, f.Value)
	}
	return fields
}

// publicKey is what a document shows of a key pair. (FEP-521a)
func publicKey(owner string, k KeyPair) (vocab.Key, error) {
	shown := vocab.Key{ID: owner + "#" + k.Use, Owner: owner}
	private, err := x509.ParsePKCS8PrivateKey(k.Private)
	if err != nil {
		return shown, fmt.Errorf("reading the %s of %s: %w", k.Use, k.Actor, err)
	}
	switch key := private.(type) {
	case ed25519.PrivateKey:
		shown.Multibase = httpsig.Multibase(key.Public().(ed25519.PublicKey))
	case *rsa.PrivateKey:
		shown.PEM, err = httpsig.MarshalPublicKey(&key.PublicKey)
	}
	return shown, err
}

// Document implements [federation.Host]: what stands under an id of ours.
func (h *Hub) Document(ctx context.Context, id string) (d federation.Document, err error) {
	err = h.store.View(ctx, func(tx Tx) error {
		if strings.HasPrefix(id, h.base.String()+"/x/") {
			a, err := tx.SentActivity(ctx, id)
			if err == nil {
				err = shownActivity(ctx, tx, a)
			}
			if err == nil && len(a.JSON) == 0 {
				err = federation.ErrGone
			}
			d = federation.Document{JSON: a.JSON, URL: a.Object}
			return err
		}
		if strings.HasPrefix(id, h.base.String()+"/a/") {
			d, err = h.membersDocument(ctx, tx, id)
			return err
		}
		if strings.Contains(strings.TrimPrefix(id, h.objectID("")), "/") {
			d, err = h.responseDocument(ctx, tx, id)
			return err
		}
		it, err := tx.Item(ctx, id)
		if errors.Is(err, ErrNotFound) {
			d, err = noticeDocument(ctx, tx, id)
			if errors.Is(err, ErrNotFound) {
				d, err = replyDocument(ctx, tx, id)
			}
			if errors.Is(err, ErrNotFound) {
				d, err = listingDocument(ctx, tx, id)
			}
			if errors.Is(err, ErrNotFound) {
				d, err = h.consentDocument(ctx, tx, id)
			}
			return err
		}
		if err != nil {
			return err
		}
		if !it.Own || it.State == Draft {
			return federation.ErrNotFound
		}
		d = federation.Document{JSON: it.Wire, URL: it.URL, Gone: it.State == Deleted}
		if d.Gone {
			d.JSON, err = h.tombstone(it).JSON()
			return err
		}
		d.JSON, err = h.withResponses(ctx, tx, it)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		err = federation.ErrNotFound
	}
	return d, err
}
