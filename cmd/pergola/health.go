package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"pergola/cmd/pergola/front"
	"pergola/hub"
)

// A vital is the state of one thing that a node cannot do without.
type vital struct {
	// Name is "database" or "certificate".
	Name string
	Good bool
	// State says it in a few words that anybody may read.
	State string
}

// checkTimeout is how long checks may take.
const checkTimeout = 2 * time.Second

// checks looks at what a node cannot do without, quickly. certificates may be
// nil: then somebody else has them.
func (n *node) checks(ctx context.Context, certificates *front.Certificates) []vital {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	database := vital{"database", true, "good"}
	err := n.db.View(ctx, func(tx hub.Tx) error {
		_, err := tx.Organisation(ctx)
		return err
	})
	if err != nil {
		n.log.WarnContext(ctx, "checking the database", "err", err)
		database.Good, database.State = false, "does not answer"
	}
	all := []vital{database}
	if certificates != nil && n.base.Scheme == "https" {
		all = append(all, certificateCheck(certificates, n.base.Hostname(), time.Now()))
	}
	return all
}

// checks are those of the node in a room, or that it is not open.
func (h *house) checks(ctx context.Context, r *room) []vital {
	n, leave := r.enter()
	if n == nil {
		return []vital{{"database", false, "not open"}}
	}
	defer leave()
	return n.checks(ctx, h.certificates)
}

func certificateCheck(certificates *front.Certificates, host string, now time.Time) vital {
	until, _ := certificates.State(host)
	c := vital{"certificate", until.After(now), "good until " + until.UTC().Format(time.RFC3339)}
	switch {
	case until.IsZero():
		c.State = "none yet"
	case !c.Good:
		c.State = "ended " + until.UTC().Format(time.RFC3339)
	}
	return c
}

// ready reports whether all checks are good.
func ready(checks []vital) bool {
	return !slices.ContainsFunc(checks, func(c vital) bool { return !c.Good })
}

// A health is what /healthz/ready answers about a node.
type health map[string]any

func healthOf(checks []vital) health {
	h := health{"ready": ready(checks)}
	for _, c := range checks {
		h[c.Name] = c.State
	}
	return h
}

// healthHandler answers /healthz/live, /healthz/ready and /healthz, which is the
// same, with what look finds.
func healthHandler(look func(ctx context.Context) health) http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, h health) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if h["ready"] == false {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(h) // to whom it may concern
	}
	look200 := func(w http.ResponseWriter, r *http.Request) { answer(w, look(r.Context())) }
	mux.HandleFunc("GET /healthz", look200)
	mux.HandleFunc("GET /healthz/ready", look200)
	mux.HandleFunc("GET /healthz/live", func(w http.ResponseWriter, r *http.Request) { answer(w, health{"live": true}) })
	return mux
}

// health is that of all nodes.
func (h *house) health(ctx context.Context) health {
	all, nodes := true, health{}
	for _, r := range h.all() {
		one := healthOf(h.checks(ctx, r))
		all = all && one["ready"] == true
		nodes[r.host] = one
	}
	return health{"ready": all, "nodes": nodes}
}

// private answers the administrator: health of all nodes, and figures.
func (h *house) private(meter *front.Meter) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/healthz", healthHandler(h.health))
	mux.Handle("/healthz/", healthHandler(h.health))
	mux.Handle("GET /metrics", meter)
	return mux
}

// figures measures all nodes.
func (h *house) figures(ctx context.Context) []front.Figures {
	var all []front.Figures
	for _, host := range h.hosts() {
		r := h.room(host)
		if r == nil {
			continue // it has just gone
		}
		f := front.Figures{Org: host}
		if n, leave := r.enter(); n != nil {
			f = n.figures(ctx, h.certificates)
			leave()
		}
		all = append(all, f)
	}
	return all
}

// figures measures one.
func (n *node) figures(ctx context.Context, certificates *front.Certificates) front.Figures {
	f := front.Figures{Org: n.base.Host, Ready: ready(n.checks(ctx, certificates))}
	if tally, err := n.db.Queue().Tally(ctx); err == nil {
		f.Lanes = tally.Lanes
		if !tally.Oldest.IsZero() {
			f.Oldest = time.Since(tally.Oldest)
		}
	}
	if lag, err := n.hub.DigestLag(ctx, time.Now()); err == nil {
		f.DigestLag = lag
	}
	if certificates != nil {
		f.CertificateUntil, _ = certificates.State(n.base.Hostname())
	}
	return f
}
