package web

import (
	"net/http"
	"strings"

	"pergola/hub"
)

// A deliveryPage lists the hosts that something was sent to.
type deliveryPage struct {
	frame
	Lanes []laneRow
	More  string
}

// A laneRow is a host and how it goes with it.
type laneRow struct {
	Host, Link string
	// State in words; Class is how it looks: "good", "waiting" or "bad".
	State, Class string
	Facts        []string
	// Retry is set when something waits.
	Retry *postForm
}

// A lanePage is one host with what waits for it.
type lanePage struct {
	frame
	Lane laneRow
	Jobs []jobRow
	More string
}

// A jobRow is something that waits to be sent.
type jobRow struct {
	Title, What, Facts, Error string
	GivenUp                   bool
}

// deliveries shows how it goes with all hosts.
func (s *Site) deliveries(w http.ResponseWriter, r *http.Request) error {
	lanes, err := s.hub.Lanes(r.Context(), by(r), from(r, 2*pageSize))
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "delivery_title")
	if err != nil {
		return err
	}
	p := deliveryPage{frame: f}
	lanes, p.More = onward(lanes, 2*pageSize, func(last hub.Lane) string { return query(f.Path("/office/delivery"), "after", last.Host) })
	p.Lanes = each(lanes, f.laneRow)
	return s.render(w, r, "office_delivery", p)
}

// laneRow says in words how it goes with a host.
func (f frame) laneRow(l hub.Lane) laneRow {
	row := laneRow{
		Host: l.Host, Link: query(f.Path("/office/delivery/host"), "host", l.Host),
		State: f.T("lane_" + string(l.State)), Class: laneClass(l.State),
	}
	add := func(when bool, text string) {
		if when {
			row.Facts = append(row.Facts, text)
		}
	}
	add(l.Waiting > 0, f.N("lane_count_waiting", l.Waiting))
	add(l.GivenUp > 0, f.N("lane_count_given_up", l.GivenUp))
	add(l.Delivered > 0, f.N("lane_count_delivered", l.Delivered))
	if !l.Failing.IsZero() {
		add(true, f.T("lane_failing", "When", f.DateTime(l.Failing.In(f.zone))))
	}
	if !l.Answered.IsZero() {
		add(true, f.T("lane_answer", "Answer", f.answer(l.Answer), "When", f.DateTime(l.Answered.In(f.zone))))
	}
	if !l.Due.IsZero() && l.Waiting > 0 {
		add(true, f.T("lane_due", "When", f.clockDate(l.Due)))
	}
	if l.Waiting+l.GivenUp > 0 {
		row.Retry = new(f.button("/office/delivery/retry", "lane_retry", "", l.Host, hidden{"host", l.Host}))
	}
	return row
}

func laneClass(state hub.LaneState) string {
	switch state {
	case hub.LaneIdle:
		return "good"
	case hub.LaneWaiting:
		return "waiting"
	}
	return "bad"
}

// answer is what another side said, for people, and behind it the words of the
// machine. Of what it took, none are kept.
func (f frame) answer(s string) string {
	if s == "" {
		return f.T("answer_2")
	}
	status, _, _ := strings.Cut(strings.TrimPrefix(s, "status "), ":")
	key := "answer_none"
	if len(status) == 3 && f.Has("answer_"+status[:1]) {
		key = "answer_" + status[:1]
	}
	return f.T(key) + " (" + s + ")"
}

// lane shows one host with what waits for it.
func (s *Site) lane(w http.ResponseWriter, r *http.Request) error {
	host := r.URL.Query().Get("host")
	l, jobs, err := s.hub.Lane(r.Context(), by(r), host, from(r, 2*pageSize))
	if err != nil {
		return err
	}
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	f.Title, f.NoIndex = f.T("delivery_title")+": "+l.Host, true
	p := lanePage{frame: f, Lane: f.laneRow(l)}
	jobs, p.More = onward(jobs, 2*pageSize, func(last hub.Job) string {
		return query(f.Path("/office/delivery/host"), "host", host, "after", last.ID)
	})
	p.Jobs = each(jobs, f.jobRow)
	return s.render(w, r, "office_lane", p)
}

// jobRow says in words what waits.
func (f frame) jobRow(j hub.Job) jobRow {
	typ, what, _ := strings.Cut(j.What, " ")
	row := jobRow{Title: j.What, GivenUp: j.GivenUp, Error: j.Error}
	if key := "sent_" + strings.ToLower(typ); f.Has(key) {
		row.Title, row.What = f.T(key), what
	}
	facts := []string{}
	if j.Attempts > 0 {
		facts = append(facts, f.N("job_attempts", j.Attempts))
	}
	if !j.GivenUp {
		facts = append(facts, f.T("lane_due", "When", f.clockDate(j.Due)))
	}
	row.Facts = strings.Join(facts, " · ")
	return row
}

// retry makes everything for a host due now.
func (s *Site) retry(w http.ResponseWriter, r *http.Request) error {
	host := r.PostFormValue("host")
	return s.done(w, r, s.hub.Retry(r.Context(), by(r), host), "retried", query(s.path(r, "/office/delivery/host"), "host", host))
}
