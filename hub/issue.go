package hub

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub/locale"
)

// An Issue is one due instant of a digest and what became of it.
type Issue struct {
	ID     string
	Digest string
	// Due is unique per digest.
	Due   time.Time
	State IssueState
	// Sent is when it was composed; zero for merged ones.
	Sent time.Time
	// Item is the id of the article it was published as, "" when none.
	Item string
	// By is the account that sent it by hand, "" when it went by itself.
	By string
	// Merged is how many earlier due instants this issue stands for.
	Merged int
	// Entries are what stands in it, in order of appearance.
	Entries []IssueEntry
}

// An IssueState is what became of a due instant.
type IssueState string

// The states of an issue.
const (
	IssueSent    IssueState = "sent"
	IssueSkipped IssueState = "skipped" // there was nothing to tell
	IssueMerged  IssueState = "merged"  // told in a later one
)

// An IssueEntry is an item in a section of an issue.
type IssueEntry struct {
	Item    string
	Section Section
}

// A Section is a part of a digest.
type Section string

// The sections, in the order in which they stand.
const (
	SectionChanged   Section = "changed"
	SectionDeadlines Section = "deadlines"
	// SectionComing are events told of before that are near now.
	SectionComing Section = "coming"
	// SectionEvents, SectionCalls and SectionNews are what is new.
	SectionEvents Section = "events"
	SectionCalls  Section = "calls"
	SectionNews   Section = "news"
)

// caps are how many items of a section are shown; the rest is counted.
var caps = map[Section]int{SectionChanged: 5, SectionDeadlines: 5, SectionComing: 8, SectionEvents: 8, SectionCalls: 8, SectionNews: 8}

// sections in the order in which they stand.
var sections = []Section{SectionChanged, SectionDeadlines, SectionComing, SectionEvents, SectionCalls, SectionNews}

// horizon is how near a deadline or an event must be to be told of again.
const horizon = 14 * 24 * time.Hour

// A harvest is what a digest may tell of.
type harvest struct {
	changed, deadlines, coming, untold []Entry
}

// compose puts each item into the first section that it belongs to. What is
// not shown for want of room stands in a section as well: it has been told of.
func compose(hv harvest, now time.Time) []SectionView {
	in := map[Section][]Entry{}
	placed := map[string]bool{}
	put := func(s Section, es []Entry) {
		for _, e := range es {
			if !placed[e.ID] {
				placed[e.ID] = true
				in[s] = append(in[s], e)
			}
		}
	}
	put(SectionChanged, hv.changed)
	put(SectionDeadlines, hv.deadlines)
	put(SectionComing, hv.coming)
	for _, e := range hv.untold {
		switch {
		case e.Type == AnEvent && near(e.Event.Start.At, now):
			put(SectionComing, []Entry{e})
		case e.Type == AnEvent && e.Event.Over().After(now):
			put(SectionEvents, []Entry{e})
		case e.Type == ACall && !e.Call.Closed && (!e.Call.Deadline.Set() || e.Call.Over().After(now)):
			put(SectionCalls, []Entry{e})
		case e.Type == News:
			put(SectionNews, []Entry{e})
		}
	}
	slices.SortStableFunc(in[SectionComing], func(a, b Entry) int { return a.Event.Start.At.Compare(b.Event.Start.At) })
	slices.SortStableFunc(in[SectionEvents], func(a, b Entry) int { return a.Event.Start.At.Compare(b.Event.Start.At) })
	var views []SectionView
	for _, s := range sections {
		if len(in[s]) > 0 {
			views = append(views, SectionView{Section: s, Entries: in[s]})
		}
	}
	return views
}

func near(t, now time.Time) bool { return t.After(now) && t.Sub(now) <= horizon }

// capped leaves in each section what there is room for.
func capped(views []SectionView) []SectionView {
	var shown []SectionView
	for _, v := range views {
		if limit := caps[v.Section]; len(v.Entries) > limit {
			v.More = len(v.Entries) - limit
			v.Entries = v.Entries[:limit]
		}
		shown = append(shown, v)
	}
	return shown
}

// reap collects what a digest may tell of at now.
func (h *Hub) reap(ctx context.Context, tx Tx, o Organisation, d Digest, now time.Time) (hv harvest, err error) {
	const most = 200
	if hv.untold, err = tx.UntoldItems(ctx, d.ID, now, most); err != nil {
		return hv, err
	}
	if hv.changed, err = tx.UntoldChanges(ctx, d.ID, d.Created, now, most); err != nil {
		return hv, err
	}
	calls, err := tx.OpenCalls(ctx, FeedFilter{}, now, Page{Limit: 100})
	if err != nil {
		return hv, err
	}
	calls = slices.DeleteFunc(calls, func(e Entry) bool { return !near(e.Call.Over(), now) })
	if hv.deadlines, err = untold(ctx, tx, d, SectionDeadlines, calls); err != nil {
		return hv, err
	}
	events, err := tx.ComingEvents(ctx, FeedFilter{}, now, Page{Limit: 100})
	if err != nil {
		return hv, err
	}
	events = slices.DeleteFunc(events, func(e Entry) bool {
		return !near(e.Event.Start.At, now) || e.Event.Status == vocab.EventCancelled
	})
	if hv.coming, err = untold(ctx, tx, d, SectionComing, events); err != nil {
		return hv, err
	}
	for _, es := range [][]Entry{hv.untold, hv.changed, hv.deadlines, hv.coming} {
		h.sign(es, o)
	}
	return hv, nil
}

// untold leaves the entries that did not stand in that section before.
func untold(ctx context.Context, tx Tx, d Digest, s Section, es []Entry) ([]Entry, error) {
	if len(es) == 0 {
		return nil, nil
	}
	ids := make([]string, len(es))
	for i, e := range es {
		ids[i] = e.ID
	}
	told, err := tx.Told(ctx, d.ID, s, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(es, func(e Entry) bool { return slices.Contains(told, e.ID) }), nil
}

// article is an issue as it is published: a page, and an Article to followers.
func (h *Hub) article(o Organisation, d Digest, i Issue, views []SectionView) Item {
	it := Item{Type: ADigest, State: Published}
	h.begin(&it, o)
	it.Published = i.Sent.Truncate(time.Second)
	it.Updated = it.Published
	zone, err := time.LoadLocation(d.Rule.Zone)
	if err != nil {
		zone = time.UTC
	}
	for _, lang := range o.Languages {
		p := h.locale.Printer(lang)
		t := ItemText{Lang: lang, Title: p.T("wire_digest_title", "Digest", d.Title.In(lang), "Date", p.Date(i.Due.In(zone)))}
		var counts []string
		var b strings.Builder
		for _, v := range views {
			heading := p.T("wire_section_" + string(v.Section))
			counts = append(counts, fmt.Sprintf("%s: %d", heading, len(v.Entries)+v.More))
			b.WriteString("<h3>" + html.EscapeString(heading) + "</h3><ul>")
			for _, e := range v.Entries {
				b.WriteString("<li>" + digestLine(e, lang, p) + "</li>")
			}
			b.WriteString("</ul>")
			if v.More > 0 {
				b.WriteString("<p>" + html.EscapeString(p.N("wire_more", v.More)) + "</p>")
			}
		}
		t.Teaser, t.HTML = strings.Join(counts, " · "), b.String()
		it.Texts = append(it.Texts, t)
	}
	return it
}

// digestLine is an item in a line: title, whose it is, when.
func digestLine(e Entry, lang string, p *locale.Printer) string {
	t := e.Text(lang)
	line := `<a href="` + html.EscapeString(e.URL) + `">` + html.EscapeString(t.Title) + `</a> – ` + html.EscapeString(e.By.Name)
	switch {
	case e.Event != nil && e.Event.Status == vocab.EventCancelled:
		line += ": " + html.EscapeString(p.T("wire_change_cancelled"))
	case e.Event != nil:
		line += ": " + html.EscapeString(whenLine(e.Event.Start, When{}, p))
	case e.Call != nil && e.Call.Result != "":
		line += ": " + html.EscapeString(e.Call.ResultLine(p))
	case e.Call != nil && e.Call.Deadline.Set():
		line += ": " + html.EscapeString(p.T("wire_deadline", "When", whenLine(e.Call.Deadline, When{}, p)))
	}
	return line
}

// PreviewDigest is what would go out now, without keeping anything.
func (h *Hub) PreviewDigest(ctx context.Context, who Who, digest string) (view IssueView, err error) {
	if err := who.may(Office); err != nil {
		return view, err
	}
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		if view.Digest, err = tx.Digest(ctx, digest); err != nil {
			return err
		}
		hv, err := h.reap(ctx, tx, o, view.Digest, now())
		view.Issue = Issue{Digest: digest, Due: now(), Sent: now(), State: IssueSkipped}
		if view.Sections = capped(compose(hv, now())); len(view.Sections) > 0 {
			view.State = IssueSent
		}
		return err
	})
	return view, err
}

// Issues are newest due first; digest "" for all.
func (h *Hub) Issues(ctx context.Context, digest string, p Page) ([]Issue, error) {
	return read(ctx, h, func(tx Tx) ([]Issue, error) { return tx.Issues(ctx, digest, p) })
}

// Issue is one issue with its items; those that are gone since are left out.
func (h *Hub) Issue(ctx context.Context, id string) (view IssueView, err error) {
	err = h.view(ctx, func(tx Tx, o Organisation) error {
		if view.Issue, err = tx.Issue(ctx, id); err != nil {
			return err
		}
		if view.Digest, err = tx.Digest(ctx, view.Issue.Digest); err != nil {
			return err
		}
		ids := make([]string, len(view.Entries))
		for i, entry := range view.Entries {
			ids[i] = entry.Item
		}
		kept, err := tx.Entries(ctx, ids)
		if err != nil {
			return err
		}
		there := map[string]Entry{}
		for _, e := range kept {
			if e.State == Published && e.Hidden.IsZero() && e.Vanishes.IsZero() {
				there[e.ID] = e
			}
		}
		in := map[Section][]Entry{}
		for _, entry := range view.Entries {
			if e, ok := there[entry.Item]; ok {
				in[entry.Section] = append(in[entry.Section], e)
			}
		}
		for _, s := range sections {
			if len(in[s]) > 0 {
				h.sign(in[s], o)
				view.Sections = append(view.Sections, SectionView{Section: s, Entries: in[s]})
			}
		}
		view.Sections = capped(view.Sections)
		return nil
	})
	return view, err
}

// A DigestView is a digest with when it goes out next and its last issue.
type DigestView struct {
	Digest
	Next time.Time
	// Last is the newest issue; zero when there is none.
	Last Issue
}

// An IssueView is an issue as its page shows it.
type IssueView struct {
	Issue
	Digest   Digest
	Sections []SectionView
}

// A SectionView is a section of an issue with its items. More is how many had
// no room.
type SectionView struct {
	Section Section
	Entries []Entry
	More    int
}
