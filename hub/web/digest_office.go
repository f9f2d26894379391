package web

import (
	"net/http"
	"strings"

	"pergola/federation/vocab"
	"pergola/hub"
)

// An officeDigestsPage is what goes out by itself, and what did.
type officeDigestsPage struct {
	frame
	Digests []digestRow
	Issues  []issueRow
	More    string
}

// A digestRow is a digest with what can be done about it.
type digestRow struct {
	Title        phrase
	State, Class string
	Facts        []string
	Actions      []rowAction
	Switch       postForm
}

// An issueRow is a due instant and what became of it.
type issueRow struct {
	// Link is "" where nothing was sent.
	Link, Due, State, Class, Facts string
}

// officeDigests shows the digests with all their issues.
func (s *Site) officeDigests(w http.ResponseWriter, r *http.Request) error {
	digests, err := s.hub.Digests(r.Context())
	if err != nil {
		return err
	}
	issues, err := s.hub.Issues(r.Context(), "", from(r, pageSize))
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "office_digests_title")
	if err != nil {
		return err
	}
	p := officeDigestsPage{frame: f}
	issues, p.More = onward(issues, pageSize, func(last hub.Issue) string { return query(f.Path("/office/digests"), "after", last.ID) })
	p.Digests = each(digests, f.digestRow)
	p.Issues = each(issues, f.issueRow)
	return s.render(w, r, "office_digests", p)
}

func (f frame) digestRow(d hub.DigestView) digestRow {
	row := digestRow{Title: f.digestTitle(d.Digest), State: f.T("digest_off"), Class: "bad", Facts: []string{f.ruleWords(d.Rule)}}
	title := row.Title.Text
	row.Switch = f.button("/office/digest/switch", "digest_switch_on", "", title, hidden{"id", d.ID}, hidden{"enabled", "on"})
	if d.Enabled {
		row.State, row.Class = f.T("digest_on"), "good"
		row.Facts = append(row.Facts, f.T("digest_next", "When", f.DateTime(d.Next.In(f.zone))))
		row.Switch = f.button("/office/digest/switch", "digest_switch_off", "", title, hidden{"id", d.ID})
	}
	if !d.Last.Due.IsZero() {
		row.Facts = append(row.Facts, f.T("digest_last", "When", f.DateTime(d.Last.Due.In(f.zone)), "State", f.T(issueKey(d.Last.State))))
	}
	for _, a := range [][2]string{
		{"/office/digest", "digest_edit"}, {"/office/digest/preview", "digest_preview"}, {"/office/digest/send", "digest_send"},
	} {
		row.Actions = append(row.Actions, rowAction{
			Link: query(f.Path(a[0]), "id", d.ID), Label: f.T(a[1]), About: f.T(a[1]) + ": " + title,
		})
	}
	return row
}

func (f frame) issueRow(i hub.Issue) issueRow {
	row := issueRow{Due: f.DateTime(i.Due.In(f.zone)), State: f.T(issueKey(i.State)), Class: "waiting"}
	if i.State == hub.IssueSent {
		row.Link, row.Class = f.Path("/digests/"+i.ID), "good"
	}
	var facts []string
	if i.By != "" {
		facts = append(facts, f.T("issue_by_hand"))
	}
	if i.Merged > 0 {
		facts = append(facts, f.N("issue_merges", i.Merged))
	}
	row.Facts = strings.Join(facts, " · ")
	return row
}

// A digestFormPage is the form of a digest.
type digestFormPage struct {
	fields
	Form            digestForm
	Heading, Action string
}

// A digestForm is that form as it was typed.
type digestForm struct {
	ruleForm
	Titles  []vocab.Translation
	Enabled bool
}

// EveryInput asks how often it goes out.
func (p digestFormPage) EveryInput(chosen string) choiceField {
	return p.choices("every", "digest_every_", chosen, "day", "week", "month", "rule")
}

// WeekdayInput asks for a day of the week; weeks begin on Monday.
func (p digestFormPage) WeekdayInput(chosen string) choiceField {
	return p.choices("weekday", "weekday_", chosen, "1", "2", "3", "4", "5", "6", "0")
}

// DayInput asks for a day of the month that every month has.
func (p digestFormPage) DayInput(chosen string) choiceField {
	return boxes(p.fields, "day", numbers(28), []string{chosen}, self)
}

// officeDigest is the digest that a request is about; a new one without an id.
func (s *Site) officeDigest(r *http.Request) (hub.Digest, error) {
	id := r.FormValue("id")
	if id == "" {
		return hub.Digest{Enabled: true}, nil
	}
	all, err := s.hub.Digests(r.Context())
	if err != nil {
		return hub.Digest{}, err
	}
	for _, d := range all {
		if d.ID == id {
			return d.Digest, nil
		}
	}
	return hub.Digest{}, hub.ErrNotFound
}

func (s *Site) digestFormPage(r *http.Request, d hub.Digest) (digestFormPage, error) {
	f, err := s.frame(r)
	if err != nil {
		return digestFormPage{}, err
	}
	p := digestFormPage{fields: fields{frame: f, form: "digest"}, Action: r.URL.RequestURI(), Heading: f.T("digest_new")}
	if d.ID != "" {
		p.Heading = f.T("digest_change")
	} else {
		d.Rule.Cron, d.Rule.Zone = "0 8 * * 1", f.Org.Zone
	}
	p.Title, p.NoIndex = p.Heading, true
	p.Form = digestForm{ruleForm: newRuleForm(d.Rule), Enabled: d.Enabled}
	for i, lang := range f.Org.Languages {
		p.Form.Titles = append(p.Form.Titles, vocab.Translation{Lang: lang, Value: translation(d.Title, lang)})
		if i == 0 {
			p.needed = append(p.needed, "title."+lang)
		}
	}
	return p, nil
}

// digestForm shows the form of a digest.
func (s *Site) digestForm(w http.ResponseWriter, r *http.Request) error {
	d, err := s.officeDigest(r)
	if err != nil {
		return err
	}
	p, err := s.digestFormPage(r, d)
	if err != nil {
		return err
	}
	return s.render(w, r, "office_digest", p)
}

// readDigestForm reads what was typed.
func readDigestForm(r *http.Request, o hub.Organisation) digestForm {
	v := r.PostForm
	f := digestForm{Enabled: v.Get("enabled") != "", ruleForm: ruleForm{
		Every: line(v, "every"), At: line(v, "at"), Weekday: line(v, "weekday"), Day: line(v, "day"),
		Rule: line(v, "rule"), Zone: readZone(v, "zone", o.Zone),
	}}
	for _, lang := range o.Languages {
		f.Titles = append(f.Titles, vocab.Translation{Lang: lang, Value: line(v, "title."+lang)})
	}
	return f
}

// saveDigest keeps the definition of a digest.
func (s *Site) saveDigest(w http.ResponseWriter, r *http.Request) error {
	d, err := s.officeDigest(r)
	if err != nil {
		return err
	}
	p, err := s.digestFormPage(r, d)
	if err != nil {
		return err
	}
	p.Form = readDigestForm(r, p.Org)
	d.Enabled, d.Title = p.Form.Enabled, nil
	for i, t := range p.Form.Titles {
		if t.Value != "" || i == 0 {
			d.Title = append(d.Title, t)
		}
	}
	rule, problems := p.Form.rule()
	d.Rule = rule
	if p.add(problems...); len(p.Problems) == 0 {
		_, err = s.hub.SaveDigest(r.Context(), by(r), d)
	}
	if p.refused(err) || len(p.Problems) > 0 {
		return s.again(w, r, "office_digest", &p)
	}
	return s.done(w, r, err, "digest_saved", p.Path("/office/digests"))
}

// switchDigest turns a digest on or off.
func (s *Site) switchDigest(w http.ResponseWriter, r *http.Request) error {
	d, err := s.officeDigest(r)
	if err != nil {
		return err
	}
	if d.ID == "" {
		return hub.ErrNotFound
	}
	d.Enabled = r.PostFormValue("enabled") != ""
	if _, err := s.hub.SaveDigest(r.Context(), by(r), d); err != nil {
		return err
	}
	s.flash(w, "digest_saved")
	return s.redirect(w, r, s.path(r, "/office/digests"))
}

// A digestPreviewPage is what would go out now.
type digestPreviewPage struct {
	frame
	DigestTitle phrase
	Sections    []sectionPart
	// Send is the address where sending is asked.
	Send string
}

// previewDigest shows what would go out now.
func (s *Site) previewDigest(w http.ResponseWriter, r *http.Request) error {
	d, err := s.officeDigest(r)
	if err != nil {
		return err
	}
	view, err := s.hub.PreviewDigest(r.Context(), by(r), d.ID)
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "digest_preview_title")
	if err != nil {
		return err
	}
	followed, err := s.followed(r.Context(), f.Lang())
	if err != nil {
		return err
	}
	return s.render(w, r, "office_preview", digestPreviewPage{
		frame: f, DigestTitle: f.digestTitle(d), Sections: f.sections(view.Sections, followed),
		Send: query(f.Path("/office/digest/send"), "id", d.ID),
	})
}

// confirmSend asks before a digest is sent.
func (s *Site) confirmSend(w http.ResponseWriter, r *http.Request) error {
	d, err := s.officeDigest(r)
	if err != nil {
		return err
	}
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	p := f.confirmPage("send", f.digestTitle(d), "/office/digest/send", "/office/digests", hidden{"id", d.ID})
	p.Class = "primary"
	return s.render(w, r, "confirm", p)
}

// sendDigest sends an issue now.
func (s *Site) sendDigest(w http.ResponseWriter, r *http.Request) error {
	d, err := s.officeDigest(r)
	if err != nil {
		return err
	}
	issue, err := s.hub.SendDigestNow(r.Context(), by(r), d.ID)
	if err != nil {
		return err
	}
	if issue.State != hub.IssueSent {
		s.flash(w, "digest_nothing")
		return s.redirect(w, r, s.path(r, "/office/digests"))
	}
	s.flash(w, "digest_sent")
	return s.redirect(w, r, s.path(r, "/digests/")+issue.ID)
}

// issueKey is the text for what became of a due instant.
func issueKey(state hub.IssueState) string { return "issue_state_" + string(state) }
