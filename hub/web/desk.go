package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
)

// draftsShown is how many drafts the desk shows.
const draftsShown = 100

// A deskPage is where an editor begins.
type deskPage struct {
	frame
	// Vanishing are those whose deletion can still be taken back.
	Vanishing []vanishing
	// Due are the own series whose next edition is due.
	Due       []dueEdition
	Drafts    []deskRow
	Published []deskRow
	// More is the address of older ones, "" when there are none.
	More string
}

// A vanishing is an item on its way out.
type vanishing struct {
	Title phrase
	// Until is the time of day until which it can be taken back.
	Until string
	Undo  postForm
}

// A dueEdition is the next edition of a series.
type dueEdition struct {
	Last phrase
	// Link leads to the last edition, Line says which is due when.
	Link, Line string
}

// A deskRow is an own item with what can be done with it.
type deskRow struct {
	Kind string
	// KindName is Kind in words, State what is to be said about how it stands.
	KindName, State string
	// Pinned says that it stands first on the profile, "" if it does not.
	Pinned      string
	Title       phrase
	Link, Facts string
	// Tally is what others did with it.
	Tally   []string
	Actions []rowAction
	// Reinstate is set for a cancelled event.
	Reinstate *postForm
	// Pin is set for what can be pinned, or is.
	Pin *postForm
}

// A rowAction is a link to something that can be done.
type rowAction struct{ Link, Label, About, Class string }

// desk shows what an editor can do and has done.
func (s *Site) desk(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	f.Title, f.NoIndex = f.T("desk_title"), true
	p := deskPage{frame: f}
	after := r.URL.Query().Get("after")
	if after == "" {
		drafts, err := s.hub.OwnItems(r.Context(), who, hub.Draft, hub.Page{Limit: draftsShown})
		if err != nil {
			return err
		}
		for _, e := range drafts {
			p.Drafts = append(p.Drafts, f.deskRow(e))
		}
		due, err := s.hub.DueEditions(r.Context())
		if err != nil {
			return err
		}
		for _, d := range due {
			t := textIn(d.Last.Item, f.Lang())
			p.Due = append(p.Due, dueEdition{f.phrase(t.Title, t.Lang), f.itemPath(d.Last.Item), f.T("edition_due", "When", f.Month(d.When), "Series", hub.SeriesLine(f.Printer, d.Last.Event.Series))})
		}
	}
	published, err := s.hub.OwnItems(r.Context(), who, hub.Published, hub.Page{After: after, Limit: pageSize + 1})
	if err != nil {
		return err
	}
	if len(published) > pageSize {
		published = published[:pageSize]
		p.More = query(f.Path("/desk"), "after", published[pageSize-1].Cursor)
	}
	ids := make([]string, len(published))
	for i, e := range published {
		ids[i] = e.ID
	}
	tallies, err := s.hub.Tallies(r.Context(), ids...)
	if err != nil {
		return err
	}
	pinned, err := s.hub.Pinned(r.Context())
	if err != nil {
		return err
	}
	for _, e := range published {
		if e.Vanishes.IsZero() {
			row := f.deskRow(e)
			row.pin(f, e, slices.ContainsFunc(pinned, func(p hub.Entry) bool { return p.ID == e.ID }))
			row.Tally = f.tally(tallies[e.ID])
			p.Published = append(p.Published, row)
		} else {
			p.Vanishing = append(p.Vanishing, f.vanishing(e.Item))
		}
	}
	return s.render(w, r, "desk", p)
}

func (f frame) vanishing(it hub.Item) vanishing {
	t := textIn(it, f.Lang())
	return vanishing{
		Title: f.phrase(t.Title, t.Lang),
		Until: f.clock(it.Vanishes),
		Undo: postForm{
			Action: f.Path("/desk/undelete"), Label: f.T("desk_undo"), Class: "primary",
			About: f.T("desk_undo_about", "Title", t.Title), Hidden: []hidden{{"id", it.ID}},
		},
	}
}

// deskRow is an own item in the list of the desk.
func (f frame) deskRow(e hub.Entry) deskRow {
	t := textIn(e.Item, f.Lang())
	row := deskRow{
		Kind: string(e.Type), KindName: f.T("type_" + string(e.Type)), Title: f.phrase(t.Title, t.Lang),
		Link: f.itemPath(e.Item), Facts: f.deskFacts(e.Item),
	}
	if e.Position != nil {
		row.KindName = f.T("type_position")
	}
	act := func(path, key, class string) {
		row.Actions = append(row.Actions, rowAction{
			Link: query(f.Path(path), "id", e.ID), Label: f.T(key), About: f.T(key) + ": " + t.Title, Class: class,
		})
	}
	if e.Type != hub.ADigest {
		act("/desk/edit", "desk_edit", "")
	}
	switch {
	case e.State == hub.Draft:
		row.Link = query(f.Path("/desk/edit"), "id", e.ID)
		if e.Event != nil {
			act("/desk/programme", "desk_programme", "")
		}
	case e.Event != nil && e.Event.Status == vocab.EventCancelled:
		row.State = f.T("event_cancelled")
		row.Reinstate = &postForm{
			Action: f.Path("/desk/reinstate"), Label: f.T("desk_reinstate"),
			About: f.T("desk_reinstate") + ": " + t.Title, Hidden: []hidden{{"id", e.ID}},
		}
	case e.Event != nil:
		if e.Event.Registers() {
			act("/desk/participants", "desk_participants", "")
		}
		act("/desk/invite", "desk_invite", "")
		act("/desk/programme", "desk_programme", "")
		act("/desk/move", "desk_move", "")
		if e.Event.Place != (vocab.Place{}) {
			act("/desk/online", "desk_online", "")
		}
		act("/desk/cancel", "desk_cancel", "")
	case e.Position != nil:
		act("/desk/invite", "desk_invite_signers", "")
	case e.Call != nil && e.Call.Closed:
		act("/desk/answers", "menu_answers", "")
		row.State = f.T("call_closed")
		act("/desk/result", "desk_result", "")
	case e.Call != nil:
		act("/desk/answers", "menu_answers", "")
		act("/desk/close", "desk_close", "")
		act("/desk/result", "desk_result", "")
	}
	act("/desk/delete", "desk_delete", "danger")
	return row
}

// pin says whether an item is pinned, and has the button for the other.
func (row *deskRow) pin(f frame, e hub.Entry, pinned bool) {
	key := "desk_pin"
	if pinned {
		key = "desk_unpin"
		row.Pinned = f.T("desk_pinned")
	}
	row.Pin = &postForm{
		Action: f.Path("/desk/" + strings.TrimPrefix(key, "desk_")), Label: f.T(key),
		About: f.T(key) + ": " + row.Title.Text, Hidden: []hidden{{"id", e.ID}},
	}
}

// setPinned pins an item, or takes that back.
func (s *Site) setPinned(do func(context.Context, hub.Who, string) error, flash string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := who(r)
		if err != nil {
			return err
		}
		if err := do(r.Context(), who, r.PostFormValue("id")); err != nil {
			return err
		}
		s.flash(w, flash)
		return s.redirect(w, r, s.deskPath(r))
	}
}

// deskFacts are when an item is and when it was written, in one line.
func (f frame) deskFacts(it hub.Item) string {
	var facts []string
	switch {
	case it.Event != nil && it.Event.Start.Set():
		facts = append(facts, when(f.Printer, it.Event.Start, it.Event.End))
	case it.Call != nil && it.Call.Deadline.Set():
		facts = append(facts, f.T("desk_deadline", "When", when(f.Printer, it.Call.Deadline, hub.When{})))
	}
	if it.State == hub.Draft {
		facts = append(facts, f.T("desk_saved_at", "When", f.DateTime(it.Updated.In(f.zone))))
	} else {
		facts = append(facts, f.T("desk_published_at", "When", f.DateTime(it.Published.In(f.zone))))
	}
	var langs []string
	for _, t := range it.Texts {
		langs = append(langs, f.Language(t.Lang))
	}
	return strings.Join(append(facts, strings.Join(langs, ", ")), " · ")
}

// A confirmPage asks whether something is really to be done.
type confirmPage struct {
	frame
	Question string
	// Subject is what it is done to, Consequence what comes of it.
	Subject     phrase
	Consequence string
	Action      string
	Hidden      []hidden
	Button      string
	// Class is how the button looks.
	Class string
	// Back is where those go who would rather not.
	Back string
}

// An itemCommand is something that can be done to an own item. Its texts are
// confirm_KEY, confirm_KEY_help and confirm_KEY_do, its flash done_KEY.
type itemCommand struct {
	key, class string
	do         func(context.Context, hub.Who, string) error
}

func (s *Site) cancelling() itemCommand {
	return itemCommand{"cancel", "danger", func(ctx context.Context, who hub.Who, id string) error {
		_, err := s.hub.CancelEvent(ctx, who, id)
		return err
	}}
}

func (s *Site) reinstating() itemCommand {
	return itemCommand{"reinstate", "primary", func(ctx context.Context, who hub.Who, id string) error {
		_, err := s.hub.ReinstateEvent(ctx, who, id)
		return err
	}}
}

func (s *Site) closing() itemCommand {
	return itemCommand{"close", "danger", func(ctx context.Context, who hub.Who, id string) error {
		_, err := s.hub.CloseCall(ctx, who, id)
		return err
	}}
}

func (s *Site) deleting() itemCommand {
	return itemCommand{"delete", "danger", func(ctx context.Context, who hub.Who, id string) error {
		_, err := s.hub.Delete(ctx, who, id)
		return err
	}}
}

func (s *Site) undeleting() itemCommand {
	return itemCommand{"undelete", "primary", func(ctx context.Context, who hub.Who, id string) error {
		_, err := s.hub.Undelete(ctx, who, id)
		return err
	}}
}

// confirm asks before a command is done.
func (s *Site) confirm(c itemCommand) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := who(r)
		if err != nil {
			return err
		}
		it, err := s.hub.OwnItem(r.Context(), who, r.URL.Query().Get("id"))
		if err != nil {
			return err
		}
		f, err := s.frame(r)
		if err != nil {
			return err
		}
		t := textIn(it, f.Lang())
		p := confirmPage{
			frame: f, Question: f.T("confirm_" + c.key), Subject: f.phrase(t.Title, t.Lang),
			Action: f.Path("/desk/" + c.key), Hidden: []hidden{{"id", it.ID}},
			Button: f.T("confirm_" + c.key + "_do"), Class: c.class, Back: f.Path("/desk"),
		}
		if it.State != hub.Draft {
			p.Consequence = f.T("confirm_" + c.key + "_help")
		}
		p.Title, p.NoIndex = p.Question, true
		return s.render(w, r, "confirm", p)
	}
}

// perform does a command and goes back to the desk.
func (s *Site) perform(c itemCommand) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := who(r)
		if err != nil {
			return err
		}
		if err := c.do(r.Context(), who, r.PostFormValue("id")); err != nil {
			return err
		}
		s.flash(w, "done_"+c.key)
		return s.redirect(w, r, s.deskPath(r))
	}
}

// A movePage asks for another start and end of an event.
type movePage struct {
	fields
	Form    eventForm
	Subject phrase
	// Now is when it is to be so far.
	Now, Action string
}

func (s *Site) movePage(r *http.Request, who hub.Who) (movePage, hub.Item, error) {
	it, err := s.hub.OwnItem(r.Context(), who, r.URL.Query().Get("id"))
	if err != nil {
		return movePage{}, it, err
	}
	if it.Event == nil || it.State != hub.Published {
		return movePage{}, it, hub.ErrNotFound
	}
	f, err := s.frame(r)
	if err != nil {
		return movePage{}, it, err
	}
	t := textIn(it, f.Lang())
	p := movePage{
		fields: fields{frame: f, form: "item", needed: []string{"start"}}, Form: newEventForm(*it.Event, f.Org.Zone),
		Subject: f.phrase(t.Title, t.Lang), Now: when(f.Printer, it.Event.Start, it.Event.End), Action: r.URL.RequestURI(),
	}
	p.Title, p.NoIndex = f.T("move_title"), true
	return p, it, nil
}

// moveForm shows when an event is to be, for another time.
func (s *Site) moveForm(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	p, _, err := s.movePage(r, who)
	if err != nil {
		return err
	}
	return s.render(w, r, "desk_move", p)
}

// moveEvent gives an event another time.
func (s *Site) moveEvent(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	p, it, err := s.movePage(r, who)
	if err != nil {
		return err
	}
	p.Form = readEventForm(r.PostForm, p.Org.Zone)
	start, end := p.Form.when(it.Event.Start, it.Event.End)
	if !start.Set() {
		// hub would take it for an event that has no time yet.
		p.add(hub.FieldError{Field: "start", Problem: "required"})
		return s.renderStatus(w, r, http.StatusUnprocessableEntity, "desk_move", p)
	}
	moved, err := s.hub.MoveEvent(r.Context(), who, it.ID, start, end)
	if p.refused(err) {
		return s.renderStatus(w, r, http.StatusUnprocessableEntity, "desk_move", p)
	}
	if err != nil {
		return err
	}
	s.flash(w, "moved")
	return s.redirect(w, r, p.itemPath(moved))
}

// onlineForm asks where on the net an event is to take place.
func (s *Site) onlineForm(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	p, _, err := s.onlinePage(r, who)
	if err != nil {
		return err
	}
	return s.render(w, r, "desk_online", p)
}

func (s *Site) onlinePage(r *http.Request, who hub.Who) (movePage, hub.Item, error) {
	p, it, err := s.movePage(r, who)
	if err == nil {
		p.Title, p.Now, p.needed = p.T("online_title"), hub.PlaceLine(it.Event.Place, p.Printer), []string{"online"}
	}
	return p, it, err
}

// moveOnline has an event take place there alone.
func (s *Site) moveOnline(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	p, it, err := s.onlinePage(r, who)
	if err != nil {
		return err
	}
	p.Form.Online = webAddress(line(r.PostForm, "online"))
	moved, err := s.hub.MoveOnline(r.Context(), who, it.ID, p.Form.Online)
	if p.refused(err) {
		return s.renderStatus(w, r, http.StatusUnprocessableEntity, "desk_online", p)
	}
	if err != nil {
		return err
	}
	s.flash(w, "moved_online")
	return s.redirect(w, r, p.itemPath(moved))
}

// clock is a time of day to the second, for what is over in seconds.
func (f frame) clock(t time.Time) string { return t.In(f.zone).Format("15:04:05") }
