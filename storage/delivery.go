package storage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"pergola/federation"
	"pergola/hub"
	"pergola/storage/queue"
)

// The kinds of job, for whoever works on the queue.
const (
	// KindPost is a delivery: see [DB.Delivery].
	KindPost = "post"
	// KindFetch is something to read: see [Fetch].
	KindFetch = "fetch"
)

// A post is the payload of a delivery, whose target is the inbox. The body
// stands with the activity, once for all who get it.
type post struct {
	Activity string `json:"activity"`
	Type     string `json:"type"`
	Actor    string `json:"actor"`
}

// A read is the payload of a fetch.
type read struct {
	Kind     hub.FetchKind `json:"kind"`
	ID       string        `json:"id"`
	Actor    string        `json:"actor,omitempty"`
	Activity string        `json:"activity,omitempty"`
}

// InsertActivity implements [federation.Outbox]: ErrConflict, at the end of the
// transaction at the latest, when the id is taken. No id is ever taken twice.
func (r records) InsertActivity(ctx context.Context, a federation.SentActivity) error {
	// As a rule it leaves at once.
	r.AfterCommit(func() { r.db.recent.bodies.put(a.ID, a.JSON) })
	return r.run(ctx, "keeping activity", a.ID, `
		INSERT INTO activity (id, type, actor, object, listed, published, document)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		a.ID, a.Type, a.Actor, a.Object, a.Listed, a.Published.UnixMilli(), a.JSON)
}

// EnqueueDeliveries implements [federation.Outbox].
func (r records) EnqueueDeliveries(ctx context.Context, a federation.SentActivity, key string, inboxes []string) error {
	payload, err := json.Marshal(post{a.ID, a.Type, a.Actor})
	if err != nil {
		return fmt.Errorf("queueing %s: %w", a.ID, err)
	}
	jobs := make([]queue.Job, len(inboxes))
	for i, inbox := range inboxes {
		jobs[i] = queue.Job{Lane: host(inbox), Target: inbox, Key: key, Kind: KindPost, Payload: payload}
	}
	if err := r.insertSentTo(ctx, a, inboxes); err != nil {
		return err
	}
	return r.db.queue.Insert(ctx, r.tx, jobs...)
}

// insertSentTo keeps who got an object, so that a Delete reaches them all, those
// who follow no more too. What goes to the same inboxes shares one row for them.
func (r records) insertSentTo(ctx context.Context, a federation.SentActivity, inboxes []string) error {
	if a.Object == "" || !slices.Contains([]string{"Create", "Update", "Announce"}, a.Type) {
		return nil
	}
	lines := strings.Join(inboxes, "\n")
	sum := sha256.Sum256([]byte(lines))
	id := hex.EncodeToString(sum[:])
	err := r.run(ctx, "keeping who got", a.Object,
		`INSERT INTO audience (id, inboxes) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, lines)
	if err != nil {
		return err
	}
	return r.run(ctx, "keeping who got", a.Object,
		`INSERT INTO sent_to (object, audience) VALUES ($1, $2) ON CONFLICT DO NOTHING`, a.Object, id)
}

// ReceivedBy implements [hub.DeliveryTx]: in the order of the inboxes. It counts
// what a Create, an Update or an Announce was sent to.
func (r records) ReceivedBy(ctx context.Context, object string) ([]string, error) {
	audiences, err := readAll(ctx, r, column[string], "reading who got", object, `
		SELECT audience.inboxes
		FROM sent_to
		CROSS JOIN audience
		WHERE sent_to.object = $1 AND audience.id = sent_to.audience`, object)
	var inboxes []string
	for _, lines := range audiences {
		inboxes = append(inboxes, strings.Split(lines, "\n")...)
	}
	slices.Sort(inboxes)
	return slices.Compact(inboxes), err
}

// EnqueueFetch implements [hub.DeliveryTx].
func (r records) EnqueueFetch(ctx context.Context, f hub.Fetch) error {
	payload, err := json.Marshal(read(f))
	if err != nil {
		return fmt.Errorf("queueing the reading of %s: %w", f.ID, err)
	}
	return r.db.queue.Insert(ctx, r.tx, queue.Job{Lane: host(f.ID), Key: f.ID, Kind: KindFetch, Payload: payload})
}

// Fetch is what a job of kind [KindFetch] is to read.
func Fetch(job queue.Job) (hub.Fetch, error) {
	var f read
	if err := json.Unmarshal(job.Payload, &f); err != nil || job.Kind != KindFetch {
		return hub.Fetch{}, fmt.Errorf("job %s of kind %q is no fetch: %w", job.ID, job.Kind, err)
	}
	return hub.Fetch(f), nil
}

// Delivery is the delivery that a job of kind [KindPost] asks for and its body.
// The body is nil when the activity was emptied meanwhile: then there is nothing
// to do. It must not be changed.
func (db *DB) Delivery(ctx context.Context, job queue.Job) (federation.Delivery, []byte, error) {
	p, seen := db.recent.posts.get(string(job.Payload))
	if !seen || job.Kind != KindPost {
		if err := json.Unmarshal(job.Payload, &p); err != nil || job.Kind != KindPost {
			return federation.Delivery{}, nil, fmt.Errorf("job %s of kind %q is no delivery: %w", job.ID, job.Kind, err)
		}
		db.recent.posts.put(string(job.Payload), p)
	}
	body, err := db.recent.body(ctx, p.Activity, func(ctx context.Context) ([]byte, error) {
		var a federation.SentActivity
		err := db.view(ctx, func(t *tx) (err error) {
			a, err = records{t, db}.SentActivity(ctx, p.Activity)
			return err
		})
		return a.JSON, err
	})
	return federation.Delivery{Actor: p.Actor, Inbox: job.Target}, body, err
}

const activityColumns = `id, type, actor, object, listed, published, document`

func scanActivity(row row, a *federation.SentActivity) error {
	return row.Scan(&a.ID, &a.Type, &a.Actor, &a.Object, &a.Listed, moment{&a.Published}, &a.JSON)
}

// SentActivity implements [hub.DeliveryTx]. One that was emptied has no JSON.
func (r records) SentActivity(ctx context.Context, id string) (federation.SentActivity, error) {
	return readOne(ctx, r, scanActivity, "reading activity", id, `SELECT `+activityColumns+` FROM activity WHERE id = $1`, id)
}

// Outbox implements [hub.DeliveryTx]. A page begins after an activity's id.
func (r records) Outbox(ctx context.Context, actor string, p hub.Page) ([]federation.SentActivity, error) {
	after, err := r.placeOf(ctx, p, `SELECT published FROM activity WHERE id = $1`)
	if err != nil {
		return nil, err
	}
	return readAll(ctx, r, scanActivity, "reading the outbox of", actor, `
		SELECT `+activityColumns+`
		FROM activity
		WHERE listed AND actor = $1 AND (published, id) < ($2, $3)
		ORDER BY published DESC, id DESC
		LIMIT $4`,
		actor, after.at, after.id, pageSize(p))
}

// CountOutbox implements [hub.DeliveryTx].
func (r records) CountOutbox(ctx context.Context, actor string) (int, error) {
	return r.count(ctx, `SELECT COUNT(*) FROM activity WHERE listed AND actor = $1`, actor, actor)
}

// RedactActivities implements [hub.DeliveryTx].
func (r records) RedactActivities(ctx context.Context, object string) error {
	ids, err := readAll(ctx, r, column[string], "reading the activities of", object,
		`SELECT id FROM activity WHERE object = $1 AND type IN ('Create', 'Update')`, object)
	if err != nil {
		return err
	}
	r.AfterCommit(func() { r.db.recent.bodies.drop(ids) })
	return r.run(ctx, "emptying the activities of", object, `
		UPDATE activity
		SET listed = false, document = CASE type WHEN 'Announce' THEN document END
		WHERE object = $1 AND type IN ('Create', 'Update', 'Announce')`, object)
}

// UnlistActivity implements [hub.DeliveryTx].
func (r records) UnlistActivity(ctx context.Context, id string) error {
	return r.run(ctx, "taking out of the outbox", id, `UPDATE activity SET listed = false WHERE id = $1`, id)
}

// within lets the queue work in a transaction that there is already.
type within struct{ *tx }

func (w within) Update(_ context.Context, f func(queue.Executor) error) error { return f(w.tx) }
func (w within) View(_ context.Context, f func(queue.Executor) error) error   { return f(w.tx) }

func (r records) queue() *queue.Queue {
	return queue.New(within{r.tx}, r.dialect.queue, slog.New(slog.DiscardHandler))
}

// PendingFor implements [hub.DeliveryTx].
func (r records) PendingFor(ctx context.Context, inbox, key, activityType string) (bool, error) {
	jobs, err := r.queue().WaitingFor(ctx, host(inbox), key)
	return slices.ContainsFunc(jobs, func(j queue.Job) bool {
		var p post
		return j.Kind == KindPost && j.Target == inbox && json.Unmarshal(j.Payload, &p) == nil && p.Type == activityType
	}), err
}

// Lanes implements [hub.DeliveryTx]. A page begins after a host. There is a lane
// for each host that something was sent to lately: they are sorted here.
func (r records) Lanes(ctx context.Context, p hub.Page) ([]hub.Lane, error) {
	lanes, err := r.queue().Lanes(ctx, "", math.MaxInt32)
	if err != nil {
		return nil, err
	}
	all := make([]hub.Lane, len(lanes))
	for i, l := range lanes {
		all[i] = laneOf(l)
	}
	slices.SortStableFunc(all, func(a, b hub.Lane) int { return cmp.Compare(trouble(b), trouble(a)) })
	from := 1 + slices.IndexFunc(all, func(l hub.Lane) bool { return l.Host == p.After })
	return all[from:min(from+pageSize(p), len(all))], nil
}

// trouble is 2 for a host that is down, 1 for one at which something went wrong.
func trouble(l hub.Lane) int {
	switch {
	case l.State == hub.LaneHeld || l.State == hub.LaneUnavailable:
		return 2
	case l.Failures > 0 || l.GivenUp > 0:
		return 1
	}
	return 0
}

func laneOf(s queue.LaneStatus) hub.Lane {
	l := hub.Lane{Host: s.Name, Waiting: s.Waiting, GivenUp: s.GivenUp, Failures: s.Failures, Failing: s.FirstFailure,
		Answer: s.LastError, Answered: s.LastTry, Delivered: s.Delivered, Due: s.Due}
	switch s.State {
	case queue.Held:
		l.State = hub.LaneHeld
	case queue.Unavailable:
		l.State = hub.LaneUnavailable
	case queue.Waiting, queue.Working:
		l.State = hub.LaneWaiting
	default:
		l.State = hub.LaneIdle
	}
	return l
}

// Lane implements [hub.DeliveryTx].
func (r records) Lane(ctx context.Context, host string) (hub.Lane, error) {
	s, err := r.queue().Lane(ctx, storable(host))
	if err == nil && s.Name == "" {
		err = fmt.Errorf("reading lane %s: %w", host, hub.ErrNotFound)
	}
	return laneOf(s), err
}

// Jobs implements [hub.DeliveryTx]. A page begins after a job's id.
func (r records) Jobs(ctx context.Context, host string, p hub.Page) ([]hub.Job, error) {
	jobs, err := r.queue().Jobs(ctx, storable(host), storable(p.After), pageSize(p))
	all := make([]hub.Job, len(jobs))
	for i, j := range jobs {
		all[i] = hub.Job{ID: j.ID, Kind: j.Kind, Key: j.Key, Attempts: j.Attempt, Due: j.Due, Error: j.Error, GivenUp: j.GivenUp}
		var what struct{ Type, Activity, Kind, ID string }
		if json.Unmarshal(j.Payload, &what) == nil && j.Kind == KindFetch {
			all[i].What = what.Kind + " " + what.ID
		} else {
			all[i].What = what.Type + " " + what.Activity
		}
	}
	return all, err
}

// OldestWaiting implements [hub.DeliveryTx].
func (r records) OldestWaiting(ctx context.Context) (time.Time, error) {
	return r.queue().Oldest(ctx)
}

// RetryLane implements [hub.DeliveryTx].
func (r records) RetryLane(ctx context.Context, host string) error {
	r.AfterCommit(r.db.queue.Nudge)
	return r.queue().Retry(ctx, storable(host))
}
