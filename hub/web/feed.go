package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pergola/hub"
	"pergola/hub/text"
)

// asideSize is how many coming events and deadlines stand beside the feed.
const asideSize = 4

// A feedPage lists items, newest first.
type feedPage struct {
	frame
	Filter filterForm
	// Intro says who speaks, on the first page alone; "" else.
	Intro phrase
	Cards []card
	Older string
	// Start is the way back to the beginning of the list, "" when this is it.
	Start string
	// Events and Calls are what is due next.
	Events, Calls []card
	Clusters      []hub.Followed
}

// A filterForm is what of a list is shown, and how to ask for something else.
type filterForm struct {
	// Action is the address of the list without a query.
	Action string
	// Types are links, From a choice; either may be empty.
	Types []menuEntry
	From  []option
	// Type is the chosen one, kept in the form of From.
	Type string
	// Any says that something is chosen that can be taken back.
	Any bool
}

// An option is one of a choice.
type option struct {
	Value, Text string
	Selected    bool
}

// A list is one page of any list of entries, with all that its page shows
// around it.
type list struct {
	frame        frame
	filter       filterForm
	wanted       hub.FeedFilter
	entries      []hub.Entry
	cards        []card
	followed     []hub.Followed
	older, start string
}

// A lister is one of hub's lists.
type lister func(context.Context, hub.FeedFilter, hub.Page) ([]hub.Entry, error)

// list reads a page of a list: "type", "from" and "after" of the query say
// which. A list of one type only has no choice of types.
func (s *Site) list(r *http.Request, only hub.ItemType, read lister) (list, error) {
	f, err := s.frame(r)
	if err != nil {
		return list{}, err
	}
	l := list{frame: f}
	if l.followed, err = s.followed(r.Context(), f.Lang()); err != nil {
		return list{}, err
	}
	own := f.Org.Kind != hub.Association && !strings.HasSuffix(r.URL.Path, "/shared")
	l.wanted = wanted(r.URL.Query(), own, l.followed)
	if only != "" {
		l.wanted.Type = only
	}
	page := from(r, pageSize)
	if l.entries, err = read(r.Context(), l.wanted, page); err != nil {
		return list{}, err
	}
	l.filter = f.filterForm(r, only != "", own, l.followed)
	l.entries, l.older = onward(l.entries, pageSize, func(last hub.Entry) string {
		return query(l.filter.Action, "type", r.URL.Query().Get("type"), "from", r.URL.Query().Get("from"), "after", last.Cursor)
	})
	if page.After != "" {
		l.start = query(l.filter.Action, "type", r.URL.Query().Get("type"), "from", r.URL.Query().Get("from"))
		l.frame.NoIndex = true
	}
	l.cards = f.cards(l.entries, l.followed)
	for i, e := range l.entries {
		if l.cards[i].Buttons, err = s.officeButtons(r, f, e); err != nil {
			return list{}, err
		}
	}
	of := r.URL.Query().Get("from")
	if of == "" && !own && f.Org.Kind != hub.Association {
		of = "all"
	}
	l.frame.Feeds = f.feedLinks(string(l.wanted.Type), of)
	return l, nil
}

// followed are those whose items come here, with pages of their own.
func (s *Site) followed(ctx context.Context, lang string) ([]hub.Followed, error) {
	all, err := s.hub.Followed(ctx, lang)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(f hub.Followed) bool { return f.State != hub.Accepted }), nil
}

// wanted is what a query asks for. Where it does not say from whom, or nobody
// knows them, own tells whether the organisation's own items are meant.
func wanted(q url.Values, own bool, followed []hub.Followed) hub.FeedFilter {
	f := hub.FeedFilter{Own: own}
	if t := hub.ItemType(q.Get("type")); slices.Contains(itemTypes(), t) {
		f.Type = t
	}
	switch from := q.Get("from"); from {
	case "":
	case "own":
		f.Own = true
	case "all":
		f.Own = false
	default:
		for _, known := range followed {
			if known.Handle == from {
				f.Own, f.Author = false, known.Profile.ID
			}
		}
	}
	return f
}

func itemTypes() []hub.ItemType {
	return []hub.ItemType{hub.News, hub.AnEvent, hub.ACall, hub.ADigest}
}

// filterForm shows what is chosen and what else can be.
func (f frame) filterForm(r *http.Request, oneType, own bool, followed []hub.Followed) filterForm {
	q := r.URL.Query()
	form := filterForm{Action: r.URL.Path, Type: q.Get("type"), Any: q.Get("type") != "" || q.Get("from") != ""}
	if !oneType {
		form.Types = append(form.Types, menuEntry{
			URL: query(form.Action, "from", q.Get("from")), Text: f.T("filter_all"), Current: form.Type == "",
		})
		for _, t := range itemTypes()[:3] {
			form.Types = append(form.Types, menuEntry{
				URL:  query(form.Action, "type", string(t), "from", q.Get("from")),
				Text: f.T("types_" + string(t)), Current: form.Type == string(t),
			})
		}
	}
	if len(followed) == 0 {
		return form
	}
	first, second := option{Value: "", Text: f.T("from_all")}, option{Value: "own", Text: f.OrgTitle}
	if own {
		first, second = option{Value: "", Text: f.OrgTitle}, option{Value: "all", Text: f.T("from_all")}
	}
	form.From = []option{first, second}
	for _, c := range followed {
		form.From = append(form.From, option{Value: c.Handle, Text: c.Profile.Name})
	}
	for i := range form.From {
		form.From[i].Selected = form.From[i].Value == q.Get("from")
	}
	return form
}

// query is a path with those of the pairs that have a value.
func query(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// home is the feed, shared or own, with what stands around it on the first page.
func (s *Site) home(w http.ResponseWriter, r *http.Request) error {
	l, err := s.list(r, "", s.hub.Feed)
	if err != nil {
		return err
	}
	p := feedPage{frame: l.frame, Filter: l.filter, Cards: l.cards, Older: l.older, Start: l.start}
	p.Clusters = l.followed
	s.represent(&p.frame)
	if l.start == "" && !l.filter.Any {
		about, lang := translate(p.Org.About, p.Lang())
		if lang == "" {
			lang = p.Lang()
		}
		p.Intro = p.phrase(text.Excerpt(text.Plain(text.Markdown(about)), 240), lang)
		p.Description = p.Intro.Text
	}
	around := hub.FeedFilter{Own: l.wanted.Own, Author: l.wanted.Author}
	next := hub.Page{Limit: asideSize}
	events, err := s.hub.ComingEvents(r.Context(), around, next)
	if err != nil {
		return err
	}
	calls, err := s.hub.OpenCalls(r.Context(), around, next)
	if err != nil {
		return err
	}
	p.Events, p.Calls = p.cards(events, l.followed), p.cards(calls, l.followed)
	return s.render(w, r, "feed", p)
}
