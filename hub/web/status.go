package web

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"time"

	"pergola/federation/check"
	"pergola/hub"
)

// A statusPage is what happens by itself, and what people did.
type statusPage struct {
	frame
	Health healthPart
	Runs   []runRow
	Deeds  []deedRow
	More   string
	// Program says what runs here.
	Program []fact
	// KeysMade is since when messages are signed with the same keys.
	KeysMade string
	// Examines switches whether those we follow are helped; On says that they are.
	Examines postForm
	On       bool
}

// A healthPart says in one look whether all is well.
type healthPart struct {
	Title string
	// Trouble is what is not well, worst first; Rest is all else.
	Trouble, Rest []checkRow
	Details       string
}

// A checkRow is one check in words.
type checkRow struct{ Title, State, Class, What, Do string }

// A runRow is something that happens by itself.
type runRow struct {
	Name, State, Class, Facts, Error string
}

// A deedRow is something that somebody did.
type deedRow struct {
	Who, Did, At, Object string
	// Link is set where a browser can open the object.
	Link string
	// Unhide is set where an item was hidden.
	Unhide *postForm
}

// status shows what happens by itself, and the record of what people did.
func (s *Site) status(w http.ResponseWriter, r *http.Request) error {
	who := by(r)
	runs, err := s.hub.Runs(r.Context(), who)
	if err != nil {
		return err
	}
	deeds, err := s.hub.Deeds(r.Context(), who, from(r, 2*pageSize))
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "status_title")
	if err != nil {
		return err
	}
	checks, err := s.hub.Health(r.Context(), who)
	if err != nil {
		return err
	}
	p := statusPage{frame: f, Health: f.health(checks), On: f.Org.Examines}
	p.Examines = f.button("/office/examines", "status_examines_start", "", f.T("status_examines"), hidden{"on", "yes"})
	if p.On {
		p.Examines = f.button("/office/examines", "status_examines_stop", "", f.T("status_examines"), hidden{"on", "no"})
	}
	deeds, p.More = onward(deeds, 2*pageSize, func(last hub.Deed) string { return query(f.Path("/office/status"), "after", last.Cursor) })
	p.Runs = each(runs, f.runRow)
	names, err := s.names(r.Context(), f, who, deeds)
	if err != nil {
		return err
	}
	p.Deeds = each(deeds, func(d hub.Deed) deedRow { return f.deedRow(d, names) })
	p.Program = []fact{
		{Name: f.T("status_version"), Text: "Pergola " + s.version},
		{Name: f.T("status_go"), Text: runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH},
		{Name: f.T("status_address"), Text: s.base.String()},
		{Name: f.T("status_time"), Text: f.clockDate(time.Now()) + " (" + f.Zone(f.Org.Zone) + ")"},
	}
	made, err := s.hub.KeysMade(r.Context(), who)
	if err != nil {
		return err
	}
	p.KeysMade = f.clockDate(made)
	return s.render(w, r, "office_status", p)
}

// health puts checks into words.
func (f frame) health(checks []check.Check) healthPart {
	h := healthPart{Title: f.T("status_well")}
	switch check.Worst(checks) {
	case check.Failed:
		h.Title = f.T("status_trouble")
	case check.Warning:
		h.Title = f.T("status_look")
	}
	var warnings []checkRow
	for _, c := range checks {
		row := checkRow{State: f.T("status_" + string(c.Severity)), Class: "good"}
		row.Title, row.What, row.Do = c.Say(f)
		switch c.Severity {
		case check.Failed:
			row.Class = "bad"
			h.Trouble = append(h.Trouble, row)
		case check.Warning:
			row.Class = "waiting"
			warnings = append(warnings, row)
		default:
			h.Rest = append(h.Rest, row)
		}
	}
	h.Trouble = append(h.Trouble, warnings...)
	h.Details = f.T("status_details", "Count", len(h.Rest))
	return h
}

// setExamines says whether the sites of those we follow are looked at from here.
func (s *Site) setExamines(w http.ResponseWriter, r *http.Request) error {
	err := s.hub.SetExamines(r.Context(), by(r), r.PostFormValue("on") == "yes")
	return s.done(w, r, err, "examines_saved", s.path(r, "/office/status"))
}

func (f frame) runRow(run hub.Run) runRow {
	row := runRow{Name: run.Job, State: f.T("run_good"), Class: "good", Error: run.Error}
	if key := "run_" + run.Job; f.Has(key) {
		row.Name = f.T(key)
	}
	if run.Error != "" {
		row.State, row.Class = f.T("run_bad"), "bad"
	}
	facts := []string{f.T("run_last", "When", f.clockDate(run.Finished))}
	if !run.Next.IsZero() {
		facts = append(facts, f.T("run_next", "When", f.clockDate(run.Next)))
	}
	row.Facts = strings.Join(facts, " · ")
	return row
}

// deedRow says in words what somebody did; names are those of what they did it
// to.
func (f frame) deedRow(d hub.Deed, names map[string]named) deedRow {
	row := deedRow{Who: d.Name, Did: d.Did, At: f.clockDate(d.At), Object: d.Object, Link: webLink(d.Object)}
	if n, ok := names[d.Object]; ok {
		row.Object, row.Link = n.name, n.link
	}
	for _, p := range deedPlaces {
		if isID(d.Object) && p.deeds.MatchString(d.Did) {
			row.Object, row.Link = f.T(p.text), f.Path(p.path)
			if p.one {
				row.Link = query(row.Link, "id", d.Object)
			}
		}
	}
	if row.Who == "" {
		row.Who = f.T("status_nobody")
	}
	if key := "deed_" + d.Did; f.Has(key) {
		row.Did = f.T(key)
	}
	if d.Did == "hid" {
		row.Unhide = &postForm{
			Action: f.Path("/office/unhide"), Label: f.T("hide_undo"), About: f.T("hide_undo") + ": " + row.Object,
			Hidden: []hidden{{"id", d.Object}, {"back", f.Path("/office/status")}},
		}
	}
	return row
}

// deedPlaces are where to see what deeds are about that has no name: one of them,
// or all.
var deedPlaces = []struct {
	deeds      *regexp.Regexp
	path, text string
	one        bool
}{
	{regexp.MustCompile("_(membership|application|amendment|withdrawal)$|^decided_|^parted$"), "/office/member", "menu_office_members", true},
	{regexp.MustCompile("^brokered_|^introduced$|^withdrew_answer$"), "/desk/answers/one", "menu_answers", true},
	{regexp.MustCompile("_message$"), "/office/messages", "menu_messages", false},
	{regexp.MustCompile("_report$"), "/office/reports", "menu_reports", false},
	{regexp.MustCompile("_digest$"), "/office/digests", "menu_office_digests", false},
	{regexp.MustCompile("_directory$"), "/office/directory", "menu_office_directory", false},
	{regexp.MustCompile("^saved_seat$|_charter$"), "/office/charter", "menu_office_charter", false},
}

// isID reports whether an object is named by one of the program's own ids, which
// say nothing to people. (ULID: 26 characters)
func isID(object string) bool {
	return len(object) == 26 && !strings.ContainsAny(object, " .:/@")
}

// A named is what people call something, and where it is to be seen.
type named struct{ name, link string }

// names finds what people call the objects of deeds: titles of items, names of
// those followed. What is gone keeps its id.
func (s *Site) names(ctx context.Context, f frame, who hub.Who, deeds []hub.Deed) (map[string]named, error) {
	followed, err := s.hub.Followed(ctx, f.Lang())
	if err != nil {
		return nil, err
	}
	names := map[string]named{}
	for _, one := range followed {
		names[one.Actor] = named{one.Name, webLink(one.URL)}
	}
	for _, d := range deeds {
		if _, known := names[d.Object]; known || webLink(d.Object) == "" {
			continue
		}
		it, err := s.hub.OwnItem(ctx, who, d.Object)
		if errors.Is(err, hub.ErrNotFound) {
			var e hub.Entry
			e, err = s.hub.Entry(ctx, d.Object)
			it = e.Item
		}
		if err != nil || len(it.Texts) == 0 {
			continue // gone, hidden, or no item at all
		}
		n := named{textIn(it, f.Lang()).Title, f.itemPath(it)}
		if it.State == hub.Draft {
			n.link = query(f.Path("/desk/edit"), "id", it.ID)
		}
		names[d.Object] = n
	}
	return names, nil
}

// clockDate is a moment to the second, for what happens every minute.
func (f frame) clockDate(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return f.Date(t.In(f.zone)) + ", " + f.clock(t)
}
