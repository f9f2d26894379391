// Package hub decides: an organisation publishes news, events and cooperation
// calls, follows others, keeps one shared feed of what they publish, passes it
// on, and sends digests of it.
//
// It knows the nouns and their rules, one noun per file, and says what it
// needs kept ([Tx]). It knows no SQL, no HTML and no HTTP: what arrives comes
// through [Hub.Receive], what leaves goes through the federation server and
// the transaction, and who looks at it is the surfaces' affair.
package hub

import (
	"log/slog"
	"net/url"

	"pergola/federation"
	"pergola/hub/locale"
)

// A Hub is one organisation's node without its surfaces.
type Hub struct {
	store   Store
	fed     *federation.Server
	base    *url.URL
	locale  *locale.Bundle
	log     *slog.Logger
	hashing chan struct{}
}

// Options are the parts that a hub is made of; all are needed.
type Options struct {
	Store      Store
	Federation *federation.Server
	// Base is the configured base URL: every id is built from it.
	Base   *url.URL
	Locale *locale.Bundle
	Log    *slog.Logger
}

// New makes a hub.
func New(o Options) *Hub {
	return &Hub{store: o.Store, fed: o.Federation, base: o.Base, locale: o.Locale, log: o.Log, hashing: make(chan struct{}, 2)}
}

// Instance is the name of the actor that signs what the program itself asks of
// other hosts, and that other programs' administrators may follow.
const Instance = "relay"
