package web

import (
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
	who := by(r)
	f, err := s.unlisted(r, "desk_title")
	if err != nil {
		return err
	}
	p := deskPage{frame: f}
	page := from(r, pageSize)
	if page.After == "" {
		drafts, err := s.hub.OwnItems(r.Context(), who, hub.Draft, hub.Page{Limit: draftsShown})
		if err != nil {
			return err
		}
		p.Drafts = each(drafts, f.deskRow)
		due, err := s.hub.DueEditions(r.Context())
		if err != nil {
			return err
		}
		for _, d := range due {
			p.Due = append(p.Due, dueEdition{f.itemTitle(d.Last.Item), f.itemPath(d.Last.Item), f.T("edition_due", "When", f.Month(d.When), "Series", hub.SeriesLine(f.Printer, d.Last.Event.Series))})
		}
	}
	published, err := s.hub.OwnItems(r.Context(), who, hub.Published, page)
	if err != nil {
		return err
	}
	published, p.More = onward(published, pageSize, func(last hub.Entry) string { return query(f.Path("/desk"), "after", last.Cursor) })
	tallies, err := s.hub.Tallies(r.Context(), each(published, func(e hub.Entry) string { return e.ID })...)
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
		row.Reinstate = new(f.button("/desk/reinstate", "desk_reinstate", "", t.Title, hidden{"id", e.ID}))
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
	row.Pin = new(f.button("/desk/"+strings.TrimPrefix(key, "desk_"), key, "", row.Title.Text, hidden{"id", e.ID}))
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
	langs := each(it.Texts, func(t hub.ItemText) string { return f.Language(t.Lang) })
	return strings.Join(append(facts, strings.Join(langs, ", ")), " · ")
}

// confirm asks, in the words of a key, before something is done to an own item.
func (s *Site) confirm(key string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		it, err := s.hub.OwnItem(r.Context(), by(r), r.URL.Query().Get("id"))
		if err != nil {
			return err
		}
		f, err := s.frame(r)
		if err != nil {
			return err
		}
		p := f.confirmPage(key, f.itemTitle(it), "/desk/"+key, "/desk", hidden{"id", it.ID})
		if it.State == hub.Draft {
			p.Consequence = ""
		}
		return s.render(w, r, "confirm", p)
	}
}

// A movePage asks for another start and end of an event.
type movePage struct {
	fields
	Form    eventForm
	Subject phrase
	// Now is when it is to be so far.
	Now, Action string
	item        hub.Item
}

func (s *Site) movePage(r *http.Request) (movePage, error) {
	it, err := s.hub.OwnItem(r.Context(), by(r), r.URL.Query().Get("id"))
	if err != nil {
		return movePage{}, err
	}
	if it.Event == nil || it.State != hub.Published {
		return movePage{}, hub.ErrNotFound
	}
	f, err := s.unlisted(r, "move_title")
	if err != nil {
		return movePage{}, err
	}
	p := movePage{
		fields: fields{frame: f, form: "item", needed: []string{"start"}}, Form: newEventForm(*it.Event, f.Org.Zone),
		Subject: f.itemTitle(it), Now: when(f.Printer, it.Event.Start, it.Event.End), Action: r.URL.RequestURI(), item: it,
	}
	return p, nil
}

// moveEvent gives an event another time.
func (s *Site) moveEvent(w http.ResponseWriter, r *http.Request) error {
	p, err := s.movePage(r)
	if err != nil {
		return err
	}
	p.Form = readEventForm(r.PostForm, p.Org.Zone)
	start, end := p.Form.when(p.item.Event.Start, p.item.Event.End)
	if !start.Set() {
		// hub would take it for an event that has no time yet.
		p.add(hub.FieldError{Field: "start", Problem: "required"})
		return s.again(w, r, "desk_move", &p)
	}
	moved, err := s.hub.MoveEvent(r.Context(), by(r), p.item.ID, start, end)
	return s.finish(w, r, err, "desk_move", &p, "moved", p.itemPath(moved))
}

func (s *Site) onlinePage(r *http.Request) (movePage, error) {
	p, err := s.movePage(r)
	if err == nil {
		p.Title, p.Now, p.needed = p.T("online_title"), hub.PlaceLine(p.item.Event.Place, p.Printer), []string{"online"}
	}
	return p, err
}

// moveOnline has an event take place there alone.
func (s *Site) moveOnline(w http.ResponseWriter, r *http.Request) error {
	p, err := s.onlinePage(r)
	if err != nil {
		return err
	}
	p.Form.Online = webAddress(line(r.PostForm, "online"))
	moved, err := s.hub.MoveOnline(r.Context(), by(r), p.item.ID, p.Form.Online)
	return s.finish(w, r, err, "desk_online", &p, "moved_online", p.itemPath(moved))
}

// clock is a time of day to the second, for what is over in seconds.
func (f frame) clock(t time.Time) string { return t.In(f.zone).Format("15:04:05") }
