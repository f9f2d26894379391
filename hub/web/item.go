package web

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/text"
)

// An itemPage is one item with all there is to say about it.
type itemPage struct {
	frame
	Card  card
	Facts []fact
	// Registration is nil where one does not register here.
	Registration *registration
	// Lead and Body are in the language of Card.Title.
	Lead  phrase
	Body  template.HTML
	Notes []note
	// Updated is set when it changed after it was published.
	Updated stamp
	// Texts are the languages that it is to be had in, when there are several.
	Texts []textLink
	// Programme is nil where there is none; Relatives are events that belong to it.
	Programme *programme
	Relatives []relative
	// Came tells how somebody else's item came here.
	Came []string
	// ID is its address for programs, "" in a preview, below another heading.
	ID string
	responses
	// Edit leads to the editor's form, "" for those who may not.
	Edit string
	// Checklist is what would make an open call a better one, for its editors.
	Checklist *checklist
	// Matches leads to the members that an open call may interest, "" for those who
	// are not signed in.
	Matches string
}

// A textLink leads to an item in another language.
type textLink struct {
	Lang, Name, URL string
	Current         bool
}

// A fact is something about an event or a call besides its text.
type fact struct {
	Name, Text string
	// Lang is set where the text is in a language other than the page's.
	Lang string
	// URL makes a link of it.
	URL string
	// More stands below it in small letters.
	More string
}

// ownItem shows an item that was written here.
func (s *Site) ownItem(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	if len(id) != 26 {
		return hub.ErrNotFound
	}
	return s.showItem(w, r, s.absolute("/o/"+strings.ToLower(id)))
}

// foreignItem shows an item that somebody else wrote.
func (s *Site) foreignItem(w http.ResponseWriter, r *http.Request) error {
	return s.showItem(w, r, r.URL.Query().Get("id"))
}

func (s *Site) showItem(w http.ResponseWriter, r *http.Request, id string) error {
	e, err := s.hub.Entry(r.Context(), id)
	if err != nil {
		return fmt.Errorf("loading item %q: %w", id, err)
	}
	w.Header().Add("Vary", "Accept")
	if e.Own && wantsActivity(r) {
		http.Redirect(w, r, e.ID, http.StatusSeeOther)
		return nil
	}
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	if !e.Hidden.IsZero() && (f.Account == nil || f.Account.Role != hub.Office) {
		return fmt.Errorf("loading item %q: %w: it is hidden", id, hub.ErrNotFound)
	}
	p, err := s.itemPage(r, f, e)
	if err != nil {
		return err
	}
	if e.Own && f.Account != nil && e.Type != hub.ADigest {
		p.Edit = query(f.Path("/desk/edit"), "id", e.ID)
		if e.Call != nil && !e.Call.Closed {
			p.Checklist = f.checklist(e.Item, p.Edit)
		}
	}
	if f.Account != nil && e.Call != nil && !e.Call.Closed {
		p.Matches = query(f.Path("/desk/matches"), "id", e.ID)
	}
	if p.responses, err = s.responses(r, f, e); err != nil {
		return err
	}
	return s.render(w, r, "item", p)
}

func (s *Site) itemPage(r *http.Request, f frame, e hub.Entry) (itemPage, error) {
	followed, err := s.followed(r.Context(), f.Lang())
	if err != nil {
		return itemPage{}, err
	}
	t := textIn(e.Item, f.Lang())
	if asked := r.URL.Query().Get("text"); asked != "" {
		t = textIn(e.Item, asked)
	}
	p := itemPage{frame: f, Card: f.card(e, followed), ID: e.ID}
	p.Document, p.Creator = e.ID, strings.TrimPrefix(e.By.Handle, "@")
	p.Card.Title, p.Lead = f.phrase(t.Title, t.Lang), f.phrase(t.Lead(), t.Lang)
	p.Title, p.Description = t.Title, text.Excerpt(t.Teaser, 200)
	p.Body = trusted(t.HTML)
	p.Facts = f.facts(e.Item)
	p.Notes, _ = f.notes(e.Item)
	if p.Registration, err = s.registration(r, f, e.Item); err != nil {
		return itemPage{}, err
	}
	if e.Updated.After(e.Published) {
		p.Updated = f.stamp(e.Updated)
	}
	p.Texts = f.textLinks(e.Item, t)
	p.Programme = f.programme(e.Item, r.URL.Query().Get("programme"))
	related, err := s.hub.Relatives(r.Context(), e.Item)
	if err != nil {
		return itemPage{}, err
	}
	p.Relatives = f.relatives(related)
	p.Canonical = s.absolute(f.itemPath(e.Item))
	if p.Card.Buttons, err = s.officeButtons(r, f, e); err != nil {
		return itemPage{}, err
	}
	if e.Own {
		for i, a := range p.Alternates {
			path := frame{Printer: s.locale.Printer(a.Lang)}.itemPath(e.Item)
			p.Alternates[i].URL, p.Alternates[i].Choose = s.absolute(path), "/language?to="+url.QueryEscape(path)
		}
		return p, nil
	}
	if p.Card.Original != "" {
		p.Canonical = p.Card.Original
	}
	p.Came, err = s.came(r, f, e)
	return p, err
}

// textLinks are the languages of an item, when there are several.
func (f frame) textLinks(it hub.Item, shown hub.ItemText) []textLink {
	if len(it.Texts) < 2 {
		return nil
	}
	var links []textLink
	path, mark := f.itemPath(it), "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	for _, t := range it.Texts {
		links = append(links, textLink{
			Lang: t.Lang, Name: f.Language(t.Lang), URL: path + mark + "text=" + url.QueryEscape(t.Lang),
			Current: t.Lang == shown.Lang,
		})
	}
	return links
}

// came tells in words how an item came here.
func (s *Site) came(r *http.Request, f frame, e hub.Entry) ([]string, error) {
	ways, err := s.hub.Provenance(r.Context(), e.ID)
	if err != nil {
		return nil, fmt.Errorf("how %q came: %w", e.ID, err)
	}
	var lines []string
	for _, w := range ways {
		key := "came_" + w.How
		if !f.Has(key) {
			continue
		}
		lines = append(lines, f.T(key, "Who", w.By.Name, "When", f.DateTime(w.At.In(f.zone))))
	}
	return lines, nil
}

// notes are what must not be overlooked of an item; off says that it will not
// take place as announced, or takes no more answers.
func (f frame) notes(it hub.Item) (notes []note, off bool) {
	switch {
	case it.Event != nil:
		notes, off = f.eventNotes(*it.Event, it.Change)
	case it.Call != nil && it.Call.Closed:
		notes, off = []note{{"plain", f.T("call_closed")}}, true
		if result := it.Call.ResultLine(f.Printer); result != "" {
			notes = []note{{"plain", f.T("wire_closed", "Title", result)}}
		}
	}
	was := ""
	switch it.Change {
	case hub.NewDeadline:
		was = when(f.Printer, it.Call.PreviousDeadline, hub.When{})
	case hub.NewPlace:
		was = hub.PlaceLine(it.Event.PreviousPlace, f.Printer)
	case hub.NewEnd, hub.NewOnline, hub.Reinstated:
	default:
		return notes, off
	}
	text := f.T("changed_"+string(it.Change), "When", f.Date(it.Changed.In(f.zone)))
	if was != "" {
		text = f.T("changed_"+string(it.Change)+"_was", "Was", was)
	}
	return append(notes, note{"warn", text}), off
}

// facts are what an item has besides its text.
func (f frame) facts(it hub.Item) []fact {
	var facts []fact
	add := func(key string, x fact) {
		if x.Text != "" {
			x.Name = f.T(key)
			facts = append(facts, x)
		}
	}
	switch {
	case it.Event != nil:
		ev := *it.Event
		add("fact_when", fact{Text: when(f.Printer, ev.Start, ev.End), More: f.here(ev.Start)})
		add("fact_where", fact{Text: hub.PlaceLine(ev.Place, f.Printer)})
		add("fact_online", linkFact(ev.Online))
		add("fact_register", linkFact(ev.RegisterURL))
		add("fact_together", fact{Text: parties(ev.Together)})
		add("fact_organisers", fact{Text: parties(ev.Organisers)})
		add("fact_funders", fact{Text: parties(ev.Funders)})
		if ev.Series.Name != "" {
			add("fact_series", fact{Text: hub.SeriesLine(f.Printer, ev.Series)})
		}
	case it.Position != nil:
		add("fact_signed", fact{Text: parties(it.Position.Signers)})
	case it.Call != nil:
		c := *it.Call
		seeks, lang := translate(c.Seeks, f.Lang())
		add("fact_purpose", fact{Text: f.T("wire_purpose_" + string(c.Purpose))})
		add("fact_seeks", fact{Text: seeks, Lang: lang})
		add("fact_countries", fact{Text: f.countries(c.Countries)})
		add("fact_partnerships", fact{Text: hub.Terms(f.Printer, "partnership_", hub.PartnershipTerms(), c.Partnerships)})
		add("fact_partners", fact{Text: hub.Terms(f.Printer, "partner_", hub.PartnerTerms(), c.Partners)})
		if note, lang := translate(c.ResultNote, f.Lang()); c.Result != "" {
			add("fact_result", fact{Text: c.ResultName(f.Printer)})
			add("fact_result_note", fact{Text: note, Lang: lang})
		}
		add("fact_up_to", fact{Text: f.money(c.UpTo)})
		add("fact_total", fact{Text: f.money(c.Total)})
		add("fact_opens", fact{Text: when(f.Printer, c.Opens, hub.When{})})
		add("fact_deadline", fact{Text: when(f.Printer, c.Deadline, hub.When{}), More: f.here(c.Deadline)})
		add("fact_cut_offs", fact{Text: hub.CutOffLine(c, f.Printer)})
		add("fact_apply", linkFact(c.ApplyURL))
		for _, said := range c.Facts(f.Printer) {
			text, lang := said.Text, ""
			if text == "" {
				text, lang = translate(said.Said, f.Lang())
			}
			add(said.Key, fact{Text: text, Lang: lang, URL: webLink(said.URL)})
		}
	}
	return facts
}

// here is what the clock shows at the organisation's then, "" when it shows
// the same.
func (f frame) here(w hub.When) string {
	if !w.Set() || w.Precision != hub.Minute {
		return ""
	}
	there, here := w.In(), w.At.In(f.zone)
	if there.Format("02 15:04") == here.Format("02 15:04") {
		return ""
	}
	return f.T("time_here", "When", f.DateTime(here), "Zone", f.Zone(f.Org.Zone))
}

// linkFact is an address as a fact; what a browser cannot open is text.
func linkFact(address string) fact {
	if strings.HasPrefix(address, "mailto:") {
		return fact{Text: strings.TrimPrefix(address, "mailto:"), URL: address}
	}
	return fact{Text: strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://"), URL: webLink(address)}
}

func parties(ps []vocab.Party) string {
	var names []string
	for _, p := range ps {
		if p.Name != "" {
			names = append(names, p.Name)
		} else if p.ID != "" {
			names = append(names, linkFact(p.ID).Text)
		}
	}
	return strings.Join(names, ", ")
}

// slug is a title as the end of an address.
func slug(title string) string { return text.Slug(title) }

// wantsActivity reports whether a request asks for the document for programs:
// some look for it at the address of the page. (ActivityPub, 3.2) It is named, and
// a page is not wanted more.
func wantsActivity(r *http.Request) bool {
	page, named, _ := vocab.Accepted(r.Header.Values("Accept"))
	return named > 0 && named >= page
}
