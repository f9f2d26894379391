package hub

import (
	"context"
	"math"

	"pergola/federation/check"
)

// Examines implements [federation.Host]: whoever lives where somebody lives that
// the organisation follows, if the office has not switched it off.
func (h *Hub) Examines(ctx context.Context, actor string) (bool, error) {
	g, err := h.guests(ctx)
	return g.examines && g.followed[nameOf(actor)] && !g.bars(actor), err
}

// SetExamines says whether those the organisation follows may have their nodes
// looked at from here. Office only.
func (h *Hub) SetExamines(ctx context.Context, who Who, on bool) error {
	did := "examines_nobody"
	if on {
		did = "examines"
	}
	err := h.officeDoes(ctx, who, did, "", func(tx Tx, o Organisation) error {
		o.Examines = on
		return tx.SaveOrganisation(ctx, o)
	})
	h.forgetGuests()
	return err
}

// Health says how it goes with this node: with what is kept, what waits, what
// happens by itself, and with what the surroundings show. It is quick. Office only.
func (h *Hub) Health(ctx context.Context, who Who) ([]check.Check, error) {
	if err := who.may(Office); err != nil {
		return nil, err
	}
	var checks []check.Check
	if h.surroundings != nil {
		checks = h.surroundings(ctx)
	}
	err := h.store.View(ctx, func(tx Tx) error {
		own, err := inside(ctx, tx)
		checks = append(checks, own...)
		return err
	})
	return checks, err
}

// inside is what the records show.
func inside(ctx context.Context, tx Tx) ([]check.Check, error) {
	deliveries := check.Deliveries{Now: now()}
	page := Page{Limit: math.MaxInt32}
	for {
		lanes, err := tx.Lanes(ctx, page)
		if err != nil {
			return nil, err
		}
		if len(lanes) == 0 {
			break
		}
		for _, l := range lanes {
			deliveries.Waiting += l.Waiting
			deliveries.GivenUp += l.GivenUp
			if l.State == LaneHeld || l.State == LaneUnavailable {
				deliveries.Silent = append(deliveries.Silent, l.Host)
			} else {
				deliveries.Talking++
			}
		}
		page.After = lanes[len(lanes)-1].Host
	}
	var err error
	if deliveries.Oldest, err = tx.OldestWaiting(ctx); err != nil {
		return nil, err
	}
	runs, err := tx.Runs(ctx)
	if err != nil {
		return nil, err
	}
	checks := []check.Check{deliveries.Check()}
	jobs := check.Jobs{Now: now()}
	for _, r := range runs {
		jobs.Latest = later(jobs.Latest, r.Finished)
		switch {
		case r.Job == "backup":
			checks = append(checks, check.Backup{Finished: r.Finished, Now: now(), Error: r.Error}.Check())
		case r.Error != "":
			jobs.Wrong = append(jobs.Wrong, r.Job)
		}
	}
	digests, err := digestFact(ctx, tx)
	return append(checks, jobs.Check(), digests.Check()), err
}

// digestFact is when digests went out, and when they should have.
func digestFact(ctx context.Context, tx Tx) (check.Digests, error) {
	f := check.Digests{Now: now()}
	ds, err := tx.Digests(ctx)
	if err != nil {
		return f, err
	}
	for _, d := range ds {
		if !d.Enabled {
			continue
		}
		f.Enabled++
		if due := d.Rule.Next(d.From); f.Due.IsZero() || due.Before(f.Due) {
			f.Due = due
		}
		last, err := tx.Issues(ctx, d.ID, Page{Limit: 1})
		if err != nil {
			return f, err
		}
		if len(last) > 0 {
			f.Last = later(f.Last, last[0].Due)
		}
	}
	return f, nil
}

// Acquaintances are ids of actors elsewhere, one of each host: those whom the
// organisation follows, then its followers.
func (h *Hub) Acquaintances(ctx context.Context, most int) (ids []string, err error) {
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		all, err := followedIDs(ctx, tx)
		if err != nil {
			return err
		}
		followers, err := tx.Followers(ctx, o.Name, Page{Limit: 10 * most})
		for _, f := range followers {
			all = append(all, f.Actor)
		}
		seen := map[string]bool{}
		for _, id := range all {
			if host := hostOf(id); !seen[host] && len(ids) < most {
				seen[host] = true
				ids = append(ids, id)
			}
		}
		return err
	})
	return ids, err
}
