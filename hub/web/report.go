package web

import (
	"html/template"
	"net/http"

	"pergola/hub"
)

// A reportsPage is what others have reported to the office.
type reportsPage struct {
	frame
	Open, Settled []reportRow
	// More is the address of older open ones.
	More string
}

// A reportRow is a report.
type reportRow struct {
	Host, Text string
	At         stamp
	// Done says by whom and when it was settled.
	Done string
	// About are the items and replies that it is about.
	About  []phraseLink
	Settle *postForm
}

// A phraseLink is something that has a page.
type phraseLink struct {
	phrase
	URL string
	// Quote is what somebody else said, "" for an item.
	Quote template.HTML
}

// reports shows what was reported, the open ones first.
func (s *Site) reports(w http.ResponseWriter, r *http.Request) error {
	who := by(r)
	open, err := s.hub.Reports(r.Context(), who, false, from(r, pageSize))
	if err != nil {
		return err
	}
	done, err := s.hub.Reports(r.Context(), who, true, hub.Page{Limit: pageSize})
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "reports_title")
	if err != nil {
		return err
	}
	p := reportsPage{frame: f}
	open, p.More = onward(open, pageSize, func(last hub.ReportView) string { return query(f.Path("/office/reports"), "after", last.ID) })
	p.Open = each(open, f.reportRow)
	p.Settled = each(done, f.reportRow)
	return s.render(w, r, "office_reports", p)
}

func (f frame) reportRow(v hub.ReportView) reportRow {
	row := reportRow{Host: v.Host, Text: v.Text, At: f.stamp(v.Received)}
	for _, it := range v.Items {
		row.About = append(row.About, phraseLink{phrase: f.itemTitle(it), URL: f.itemPath(it)})
	}
	for _, r := range v.Replies {
		row.About = append(row.About, phraseLink{phrase: phrase{Text: f.T("report_reply", "Who", r.By.Name)}, URL: webLink(r.URL), Quote: trusted(r.HTML)})
	}
	if v.Done.IsZero() {
		row.Settle = new(f.button("/office/reports/done", "report_settle", "primary", v.Host, hidden{"id", v.ID}))
	} else {
		row.Done = f.T("report_done", "Who", v.DoneBy, "When", f.DateTime(v.Done.In(f.zone)))
	}
	return row
}
