// Package hub decides: an organisation publishes news, events and cooperation
// calls, follows others, keeps one shared feed of what they publish, passes it
// on, and sends digests of it.
//
// It knows the nouns and their rules, one noun per file, and says what it
// needs kept ([Tx]). It knows no SQL, no HTML and no HTTP: what arrives comes
// through [Hub.Receive], what leaves goes through the federation server and
// the transaction, and who looks at it is the surfaces' affair.
//
// [ActivityPub]: https://www.w3.org/TR/activitypub/
// [FEP-0837]: https://w3id.org/fep/0837
// [FEP-1b12]: https://w3id.org/fep/1b12
// [FEP-2677]: https://w3id.org/fep/2677
// [FEP-521a]: https://w3id.org/fep/521a
// [FEP-7aa9]: https://w3id.org/fep/7aa9
// [FEP-8a8e]: https://w3id.org/fep/8a8e
// [FEP-fe34]: https://w3id.org/fep/fe34
// [JSON Feed 1.1]: https://www.jsonfeed.org/version/1.1/
// [RFC 3339]: https://www.rfc-editor.org/rfc/rfc3339
// [RFC 4287]: https://www.rfc-editor.org/rfc/rfc4287
// [RFC 5545]: https://www.rfc-editor.org/rfc/rfc5545
// [RFC 6265bis]: https://datatracker.ietf.org/doc/draft-ietf-httpbis-rfc6265bis/
// [RFC 8288]: https://www.rfc-editor.org/rfc/rfc8288
// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
// [WCAG 2.2]: https://www.w3.org/TR/WCAG22/
package hub

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"github.com/oklog/ulid/v2"

	"pergola/federation"
	"pergola/federation/check"
	"pergola/hub/locale"
)

// A Hub is one organisation's node without its surfaces.
type Hub struct {
	store  Store
	fed    *federation.Server
	base   *url.URL
	locale *locale.Bundle
	log    *slog.Logger
	media  Files
	cache  Files
	here   *Places
	all    *Places
	door   door
	// ids makes them grow, whatever other hubs of the process do.
	ids *ulid.LockedMonotonicReader
	// leaving is when a boost leaves that was just made.
	leaving chan time.Time
	// surroundings are checks of what is around the node; nil for none.
	surroundings func(context.Context) []check.Check
}

// Options are the parts that a hub is made of; all are needed.
type Options struct {
	Store      Store
	Federation *federation.Server
	// Base is the configured base URL: every id is built from it.
	Base   *url.URL
	Locale *locale.Bundle
	Log    *slog.Logger
	// Media keeps uploads, Cache copies of others' pictures. Commands that have
	// nothing to do with pictures work without them.
	Media, Cache Files
	// Places are shared by the nodes of a process; nil means that this is the
	// only one.
	Places *Places
	// Surroundings looks at what is around the node for [Hub.Health]: disk,
	// database, clock, address. nil looks at nothing.
	Surroundings func(context.Context) []check.Check
}

// New makes a hub.
func New(o Options) *Hub {
	h := &Hub{store: o.Store, fed: o.Federation, base: o.Base, locale: o.Locale, log: o.Log,
		media: o.Media, cache: o.Cache, here: NewPlaces(), all: o.Places, ids: newIDs(), leaving: make(chan time.Time, 16), surroundings: o.Surroundings}
	if h.all == nil {
		h.all = NewPlaces()
	}
	return h
}

// Instance is the name of the actor that signs what the program itself asks of
// other hosts, and that other programs' administrators may follow.
const Instance = "relay"
