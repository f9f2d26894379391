package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"pergola/cmd/pergola/front"
	"pergola/federation/check"
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

// quickAge is for how long the severities of the quick checks are told again:
// anybody may ask.
const quickAge = 10 * time.Second

// A summary is how severe what the quick checks found was.
type summary struct {
	mu         sync.Mutex
	severities map[string]check.Severity // by the names of the checks
	at         time.Time
}

// quickly says how the checks went that the office's status page has in words;
// nil when they cannot be made.
func (n *node) quickly(ctx context.Context) map[string]check.Severity {
	n.summary.mu.Lock()
	defer n.summary.mu.Unlock()
	if time.Since(n.summary.at) < quickAge {
		return n.summary.severities
	}
	checks, err := n.hub.Health(ctx, hub.Program("health"))
	if err != nil {
		return nil // the check of the database says so
	}
	n.summary.at, n.summary.severities = time.Now(), map[string]check.Severity{}
	for _, c := range checks {
		n.summary.severities[c.Name] = c.Severity
	}
	return n.summary.severities
}

// healthIn is that of the node in a room, or that it is not open.
func (h *house) healthIn(ctx context.Context, r *room, quick bool) health {
	n, leave := r.enter()
	if n == nil {
		return healthOf([]vital{{"database", false, "not open"}})
	}
	defer leave()
	one := healthOf(n.checks(ctx, h.certificates))
	if quick {
		one["checks"] = n.quickly(ctx)
	}
	return one
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

// healthHandler answers /healthz/live, /healthz/ready and /healthz, which has the
// quick checks besides, with what look finds.
func healthHandler(look func(ctx context.Context, quick bool) health) http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, h health) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if h["ready"] == false {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(h) // to whom it may concern
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { answer(w, look(r.Context(), true)) })
	mux.HandleFunc("GET /healthz/ready", func(w http.ResponseWriter, r *http.Request) { answer(w, look(r.Context(), false)) })
	mux.HandleFunc("GET /healthz/live", func(w http.ResponseWriter, r *http.Request) { answer(w, health{"live": true}) })
	return mux
}

// health is that of all nodes.
func (h *house) health(ctx context.Context, quick bool) health {
	all, nodes := true, health{}
	for _, r := range h.all() {
		one := h.healthIn(ctx, r, quick)
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
