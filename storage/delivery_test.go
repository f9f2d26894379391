package storage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pergola/federation"
	"pergola/hub"
	"pergola/storage"
	"pergola/storage/queue"
	"pergola/storage/storagetest"
)

// sent is a Create of an object of ours.
func sent(id, typ, object string, at time.Time) federation.SentActivity {
	return federation.SentActivity{ID: id, Type: typ, Actor: "here", Object: object, JSON: []byte(`{"id":"` + id + `"}`), Listed: true, Published: at}
}

// send keeps an activity and queues it for inboxes.
func send(ctx context.Context, tx hub.Tx, a federation.SentActivity, inboxes ...string) error {
	if err := tx.InsertActivity(ctx, a); err != nil {
		return err
	}
	return tx.EnqueueDeliveries(ctx, a, a.Object, inboxes)
}

func TestOutbox(t *testing.T) {
	each(t, func(n node) {
		n.update(func(tx hub.Tx) error {
			for i := range 5 {
				a := sent(fmt.Sprint(i), "Create", "o", hour(i/2))
				a.Listed = i != 2
				if err := tx.InsertActivity(n.ctx(), a); err != nil {
					return err
				}
			}
			other := sent("other", "Announce", "o", noon)
			other.Actor = "relay"
			return tx.InsertActivity(n.ctx(), other)
		})
		n.refuses(hub.ErrConflict, "an id again", func(tx hub.Tx) error { return tx.InsertActivity(n.ctx(), sent("1", "Create", "o", noon)) })
		n.refuses(hub.ErrNotFound, "no activity", func(tx hub.Tx) error { _, err := tx.SentActivity(n.ctx(), "9"); return err })
		same(n, "an activity", read(n, func(tx hub.Tx) (federation.SentActivity, error) { return tx.SentActivity(n.ctx(), "3") }), sent("3", "Create", "o", hour(1)))
		var got []federation.SentActivity
		for page := (hub.Page{Limit: 3}); ; page.After = got[len(got)-1].ID {
			part := read(n, func(tx hub.Tx) ([]federation.SentActivity, error) { return tx.Outbox(n.ctx(), "here", page) })
			if len(part) == 0 {
				break
			}
			got = append(got, part...)
		}
		same(n, "the outbox", got, []federation.SentActivity{sent("4", "Create", "o", hour(2)), sent("3", "Create", "o", hour(1)),
			sent("1", "Create", "o", noon), sent("0", "Create", "o", noon)})
		same(n, "its length", read(n, func(tx hub.Tx) (int, error) { return tx.CountOutbox(n.ctx(), "here") }), 4)
	})
}

func TestRedactActivities(t *testing.T) {
	each(t, func(n node) {
		n.update(func(tx hub.Tx) error {
			for _, typ := range []string{"Create", "Update", "Announce", "Delete"} {
				if err := send(n.ctx(), tx, sent(typ, typ, "o", noon), "https://a.example/in"); err != nil {
					return err
				}
			}
			return send(n.ctx(), tx, sent("other", "Create", "p", noon), "https://a.example/in")
		})
		var jobs []queue.Job
		n.work(func(job queue.Job) error { jobs = append(jobs, job); return nil }, 5)
		bodies := func() map[string]string {
			bodies := map[string]string{}
			for _, job := range jobs {
				var of struct{ Activity string }
				_, body, err := n.db.Delivery(n.ctx(), job)
				if err := errors.Join(err, json.Unmarshal(job.Payload, &of)); err != nil {
					n.Error(err)
				}
				bodies[of.Activity] = string(body)
			}
			return bodies
		}
		whole := map[string]string{}
		for _, id := range []string{"Create", "Update", "Announce", "Delete", "other"} {
			whole[id] = `{"id":"` + id + `"}`
		}
		same(n, "the bodies", bodies(), whole)
		n.update(func(tx hub.Tx) error { return tx.RedactActivities(n.ctx(), "o") })
		whole["Create"], whole["Update"] = "", ""
		same(n, "the bodies left", bodies(), whole)
		box := read(n, func(tx hub.Tx) (string, error) {
			as, err := tx.Outbox(n.ctx(), "here", hub.Page{Limit: 9})
			var ids []string
			for _, a := range as {
				ids = append(ids, a.ID)
			}
			return fmt.Sprint(ids), err
		})
		same(n, "the outbox", box, "[other Delete]")
	})
}

// work lets the queue work, one job at a time, until it has done so many.
func (n node) work(f func(queue.Job) error, jobs int) {
	n.Helper()
	ctx, stop := context.WithCancel(n.ctx())
	defer stop()
	var one sync.Mutex // lanes are worked on side by side
	err := n.db.Queue().Run(ctx, func(_ context.Context, job queue.Job) error {
		one.Lock()
		defer one.Unlock()
		if jobs--; jobs == 0 {
			defer stop()
		}
		return f(job)
	})
	if err != nil {
		n.Fatal(err)
	}
}

func TestReceivedBy(t *testing.T) {
	each(t, func(n node) {
		in := func(name string) string { return "https://" + name + ".example/in" }
		n.update(func(tx hub.Tx) error {
			return errors.Join(
				send(n.ctx(), tx, sent("1", "Create", "o", noon), in("b"), in("a"), in("b")),
				send(n.ctx(), tx, sent("2", "Update", "o", noon), in("c"), in("a")),
				send(n.ctx(), tx, sent("3", "Create", "p", noon), in("a"), in("b")),
				send(n.ctx(), tx, sent("4", "Accept", "o", noon), in("x")),
				send(n.ctx(), tx, sent("5", "Announce", "q", noon), in("d")),
			)
		})
		for object, want := range map[string][]string{"o": {in("a"), in("b"), in("c")}, "p": {in("a"), in("b")}, "q": {in("d")}, "x": nil} {
			same(n, "who got "+object, read(n, func(tx hub.Tx) ([]string, error) { return tx.ReceivedBy(n.ctx(), object) }), want)
		}
	})
}

func TestDeliveryPayload(t *testing.T) {
	each(t, func(n node) {
		inbox := "https://A.example:8443/in"
		n.update(func(tx hub.Tx) error {
			a := sent("1", "Accept", "f", noon)
			a.Actor = "relay"
			if err := tx.InsertActivity(n.ctx(), a); err != nil {
				return err
			}
			return tx.EnqueueDeliveries(n.ctx(), a, "a b", []string{inbox})
		})
		pending := func(inbox, key, typ string) bool {
			return read(n, func(tx hub.Tx) (bool, error) { return tx.PendingFor(n.ctx(), inbox, key, typ) })
		}
		same(n, "pending", []bool{pending(inbox, "a b", "Accept"), pending(inbox, "a b", "Reject"), pending(inbox, "b", "Accept"),
			pending("https://b.example/in", "a b", "Accept")}, []bool{true, false, false, false})
		fetch := hub.Fetch{Kind: hub.FetchObject, ID: "https://b.example/o/1", Actor: anna, Activity: anna + "/x/1"}
		n.update(func(tx hub.Tx) error { return tx.EnqueueFetch(n.ctx(), fetch) })
		n.work(func(job queue.Job) error {
			switch job.Kind {
			case storage.KindPost:
				d, body, err := n.db.Delivery(n.ctx(), job)
				same(n, "the delivery", d, federation.Delivery{Actor: "relay", Inbox: inbox})
				same(n, "its lane", job.Lane, "a.example:8443")
				same(n, "its body", string(body), `{"id":"1"}`)
				same(n, "the error", err, nil)
				if _, err := storage.Fetch(job); err == nil {
					n.Error("a delivery was read as a fetch")
				}
			case storage.KindFetch:
				f, err := storage.Fetch(job)
				same(n, "the fetch", f, fetch)
				same(n, "its lane", job.Lane, "b.example")
				same(n, "the error", err, nil)
				if _, _, err := n.db.Delivery(n.ctx(), job); err == nil {
					n.Error("a fetch was read as a delivery")
				}
			}
			return nil
		}, 2)
		if pending(inbox, "a b", "Accept") {
			n.Error("what was delivered still waits")
		}
		_, _, err := n.db.Delivery(n.ctx(), queue.Job{Kind: storage.KindPost, Payload: []byte(`{"activity":"gone"}`)})
		if !errors.Is(err, hub.ErrNotFound) {
			n.Errorf("a delivery of no activity: %v, want %v", err, hub.ErrNotFound)
		}
	})
}

func TestLanes(t *testing.T) {
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		synctest.Test(t, func(t *testing.T) {
			n := node{t, storagetest.Open(t, database)}
			n.update(func(tx hub.Tx) error {
				return send(n.ctx(), tx, sent("1", "Create", "o", noon), "https://a.example/in", "https://b.example/in", "https://c.example/in", "https://d.example/in")
			})
			ctx, stop := context.WithTimeout(n.ctx(), time.Second)
			defer stop()
			err := n.db.Queue().Run(ctx, func(_ context.Context, job queue.Job) error {
				switch job.Lane {
				case "b.example":
					return queue.GiveUp(errors.New("status 404"))
				case "c.example":
					return queue.Hold(errors.New("connection refused"), 0)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for page := (hub.Page{Limit: 3}); ; {
				lanes := read(n, func(tx hub.Tx) ([]hub.Lane, error) { return tx.Lanes(n.ctx(), page) })
				if len(lanes) == 0 {
					break
				}
				for _, l := range lanes {
					got = append(got, fmt.Sprintf("%s %s waiting %d, given up %d, delivered %d, %d failures: %s", l.Host, l.State, l.Waiting, l.GivenUp, l.Delivered, l.Failures, l.Answer))
					page.After = l.Host
				}
			}
			same(n, "the lanes", got, []string{
				"c.example held waiting 1, given up 0, delivered 0, 1 failures: connection refused",
				"b.example idle waiting 0, given up 1, delivered 0, 0 failures: status 404",
				"a.example idle waiting 0, given up 0, delivered 1, 0 failures: ",
				"d.example idle waiting 0, given up 0, delivered 1, 0 failures: ",
			})
			lane := func(host string) (hub.Lane, []hub.Job) {
				var jobs []hub.Job
				l := read(n, func(tx hub.Tx) (l hub.Lane, err error) {
					if l, err = tx.Lane(n.ctx(), host); err == nil {
						jobs, err = tx.Jobs(n.ctx(), host, hub.Page{Limit: 9})
					}
					return l, err
				})
				return l, jobs
			}
			l, jobs := lane("b.example")
			if l.GivenUp != 1 || len(jobs) != 1 || jobs[0].What != "Create 1" || !jobs[0].GivenUp || jobs[0].Key != "o" || jobs[0].Error != "status 404" {
				t.Errorf("lane b.example is %+v with jobs %+v", l, jobs)
			}
			n.refuses(hub.ErrNotFound, "no lane", func(tx hub.Tx) error { _, err := tx.Lane(n.ctx(), "x"); return err })
			n.update(func(tx hub.Tx) error { return tx.RetryLane(n.ctx(), "b.example") })
			if l, jobs := lane("b.example"); l.Waiting != 1 || l.State != hub.LaneWaiting || len(jobs) != 1 || jobs[0].GivenUp {
				t.Errorf("after a retry lane b.example is %+v with jobs %+v", l, jobs)
			}
		})
	})
}
