package web

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/locale"
)

// A frame is what every page has around what is its own. Pages embed it, and
// speak through its printer.
type frame struct {
	*locale.Printer
	// Title is that of the page, without the organisation's.
	Title string
	// Description is a sentence for search engines and link previews; "" for
	// none.
	Description string
	// Canonical is the whole URL under which the page should be known.
	Canonical string
	// NoIndex keeps search engines away.
	NoIndex bool
	// Here is path and query of the page itself.
	Here string
	// Alternates are the same page in all languages, this one too.
	Alternates []alternate
	Org        hub.Organisation
	// OrgTitle is its name, in OrgLang if that is not the page's language.
	OrgTitle, OrgLang string
	Handle            string
	// Account is who is signed in, nil for nobody.
	Account *hub.Account
	Menu    []menuEntry
	// Desk is the menu of who is signed in, Setup that of what an officer sets up.
	Desk, Setup []menuEntry
	// Done says what the reader has just done, "" for nothing.
	Done string
	// Feeds are the page's list as feeds.
	Feeds   []feedLink
	Version string
	// Document is where programs find what the page shows, "" when there is no
	// such document; Creator is the handle of who it is by.
	Document, Creator string
	// Mine are other addresses of whom the page is about: who leads back from
	// there is the same.
	Mine []string
	// Shared is the picture of links to this page, nil for none.
	Shared *sharedPicture
	// zone is the organisation's.
	zone   *time.Location
	static static
}

// A sharedPicture is what others show beside a link.
type sharedPicture struct {
	URL, Type, Alt string
	Width, Height  int
	// Kind says how large it is to be shown, as X and Mastodon name it.
	Kind string
}

// An alternate is a page in a language.
type alternate struct {
	Lang, Name string
	// URL is whole; Choose is the address that also remembers the choice.
	URL, Choose string
	Current     bool
}

// A menuEntry is a place in the menu.
type menuEntry struct {
	URL, Text string
	Current   bool
}

// A feedLink is a list in a format for feed readers: Atom, else JSON Feed.
type feedLink struct {
	URL, Name string
	Atom      bool
}

// frame begins a page. Handlers set Title, and what else they have to say.
func (s *Site) frame(r *http.Request) (frame, error) {
	lang := s.language(r)
	o, err := s.hub.Organisation(r.Context())
	if err != nil {
		return frame{}, fmt.Errorf("loading the organisation: %w", err)
	}
	f := frame{
		Printer: s.locale.Printer(lang), Here: r.URL.RequestURI(), Org: o, Handle: s.hub.Handle(o),
		Account: account(r), Version: s.version, static: s.static, zone: zone(o.Zone),
		Shared: s.shared(o),
	}
	f.Creator = strings.TrimPrefix(f.Handle, "@")
	f.OrgTitle, f.OrgLang = translate(o.Title, lang)
	if f.OrgTitle == "" {
		f.OrgTitle = o.Name
	}
	if key := flashOf(r); f.Has("flash_" + key) {
		f.Done = f.T("flash_" + key)
	}
	f.Alternates = s.alternates(r)
	f.Canonical = s.absolute(r.URL.EscapedPath())
	follows := o.Kind == hub.Association
	if !follows {
		followed, err := s.followed(r.Context(), lang)
		if err != nil {
			return frame{}, err
		}
		follows = len(followed) > 0
	}
	lists, err := s.hub.HasDirectory(r.Context())
	if err != nil {
		return frame{}, err
	}
	f.Menu = marked(f.menu(follows, lists), r.URL.Path)
	waiting, err := s.waiting(r.Context(), f)
	if err != nil {
		return frame{}, err
	}
	f.Desk, f.Setup = marked(f.desk(waiting, lists), r.URL.Path), marked(f.setup(), r.URL.Path)
	return f, nil
}

// shared is the picture of links to pages of an organisation: the banner, or
// else the logo.
func (s *Site) shared(o hub.Organisation) *sharedPicture {
	p, kind := o.Banner, "summary_large_image"
	if p.File == "" {
		p, kind = o.Logo, "summary"
	}
	if p.File == "" {
		return nil
	}
	return &sharedPicture{s.absolute(p.MediaPath()), p.Type, p.Alt, p.Width, p.Height, kind}
}

// represent makes a page one about the organisation itself.
func (s *Site) represent(f *frame) {
	f.Document = s.hub.Self(f.Org)
	for _, address := range append([]string{f.Org.Website}, fieldValues(f.Org)...) {
		if webLink(address) != "" {
			f.Mine = append(f.Mine, address)
		}
	}
}

func fieldValues(o hub.Organisation) []string {
	var values []string
	for _, field := range o.Fields {
		values = append(values, field.Value)
	}
	return values
}

// documentLink is the header that says where the page's document is. (RFC 8288, 3)
func (f frame) documentLink() string {
	if f.Document == "" {
		return ""
	}
	return "<" + f.Document + `>; rel="alternate"; type="application/activity+json"`
}

// alternates are the same page in every language.
func (s *Site) alternates(r *http.Request) []alternate {
	_, rest, ok := s.splitLanguage(r.URL.EscapedPath())
	if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
		rest = "/"
	}
	if r.URL.RawQuery != "" && ok {
		rest += "?" + r.URL.RawQuery
	}
	var all []alternate
	for _, lang := range s.locale.Languages() {
		path := "/" + lang + rest
		all = append(all, alternate{
			Lang: lang, Name: s.locale.Printer(lang).Language(lang), URL: s.absolute(path),
			Choose: "/language?to=" + url.QueryEscape(path), Current: lang == s.language(r),
		})
	}
	return all
}

// menu is what the organisation has to show, what it is mostly for first.
// Whoever follows others has a shared feed, cluster or not.
func (f frame) menu(follows, lists bool) []menuEntry {
	entries := []menuEntry{
		{URL: f.Path("/"), Text: f.T("menu_own")},
		{URL: f.Path("/events"), Text: f.T("menu_events")},
		{URL: f.Path("/calls"), Text: f.T("menu_calls")},
	}
	if f.Org.Kind == hub.Association {
		entries[0].Text = f.T("menu_feed")
	} else if follows {
		entries = append(entries, menuEntry{URL: f.Path("/shared"), Text: f.T("menu_feed")})
	}
	if follows {
		entries = append(entries,
			menuEntry{URL: f.Path("/clusters"), Text: f.T("menu_clusters")},
			menuEntry{URL: f.Path("/digests"), Text: f.T("menu_digests")})
	}
	if lists {
		entries = append(entries, menuEntry{URL: f.Path("/members"), Text: f.T("menu_directory")})
	}
	return append(entries, menuEntry{URL: f.Path("/about"), Text: f.T("menu_about")})
}

// desk is where something waits for who is signed in.
func (f frame) desk(w waiting, lists bool) []menuEntry {
	if f.Account == nil {
		return nil
	}
	entries := []menuEntry{{URL: f.Path("/desk"), Text: f.T("menu_desk")}, {URL: f.Path("/desk/replies"), Text: f.counted("menu_replies", w.replies)},
		{URL: f.Path("/desk/answers"), Text: f.counted("menu_answers", w.answers)},
		{URL: f.Path("/desk/invitations"), Text: f.counted("menu_invitations", w.invitations)}}
	if lists {
		entries = append(entries, menuEntry{URL: f.Path("/desk/matches"), Text: f.T("menu_matches")})
	}
	if f.IsOffice() {
		entries = append(entries, menuEntry{URL: f.Path("/office/reports"), Text: f.counted("menu_reports", w.reports)},
			menuEntry{URL: f.Path("/office/messages"), Text: f.counted("menu_messages", w.messages)},
			menuEntry{URL: f.Path("/office/members"), Text: f.counted("menu_office_members", w.applications)})
	}
	return entries
}

// setup is what an officer needs now and then.
func (f frame) setup() []menuEntry {
	if !f.IsOffice() {
		return nil
	}
	var entries []menuEntry
	for _, page := range []string{"directory", "charter", "follow", "digests", "blocks", "delivery", "profile", "accounts", "status"} {
		entries = append(entries, menuEntry{URL: f.Path("/office/" + page), Text: f.T("menu_office_" + page)})
	}
	return entries
}

// SetupPage is the name of the office's page that this is or belongs to, "" for none.
func (f frame) SetupPage() string {
	for _, e := range f.Setup {
		if e.Current {
			return e.Text
		}
	}
	return ""
}

// waiting are the numbers of what waits for those who are signed in.
type waiting struct{ replies, answers, invitations, reports, messages, applications int }

func (s *Site) waiting(ctx context.Context, f frame) (w waiting, err error) {
	if f.Account == nil {
		return w, nil
	}
	if w.invitations, err = s.hub.OpenInvitations(ctx); err != nil {
		return w, err
	}
	if w.replies, err = s.hub.HeldReplies(ctx); err != nil {
		return w, err
	}
	if w.answers, err = s.hub.NewInterests(ctx); err != nil || !f.IsOffice() {
		return w, err
	}
	if w.reports, err = s.hub.OpenReports(ctx); err != nil {
		return w, err
	}
	if w.messages, err = s.hub.OpenMessages(ctx); err != nil {
		return w, err
	}
	w.applications, err = s.hub.OpenApplications(ctx)
	return w, err
}

// counted is an entry of the menu with how much waits there.
func (f frame) counted(key string, n int) string {
	if n == 0 {
		return f.T(key)
	}
	return f.T(key) + " (" + f.Number(n) + ")"
}

// marked notes which of the entries the page at path belongs to: the longest
// that it lies below. That of one member lies below the members.
func marked(entries []menuEntry, path string) []menuEntry {
	best := -1
	for i, e := range entries {
		one := strings.TrimSuffix(e.URL, "s")
		below := path == e.URL || path == one || strings.HasPrefix(path, e.URL+"/") || strings.HasPrefix(path, one+"/")
		if below && (best < 0 || len(e.URL) > len(entries[best].URL)) {
			best = i
		}
	}
	if best >= 0 {
		entries[best].Current = true
	}
	return entries
}

// Path is the address of a page of this site in the page's language.
func (f frame) Path(rest string) string { return "/" + f.Lang() + rest }

// Asset is the address of a static file.
func (f frame) Asset(name string) string { return f.static.path[name] }

// IsOffice reports whether an officer is signed in.
func (f frame) IsOffice() bool { return f.Account != nil && f.Account.Role == hub.Office }

// trusted is HTML that was cleaned when it was stored, or made from Markdown
// by us.
func trusted(clean string) template.HTML { return template.HTML(clean) }

// translate is a text in a language, or else in its first; lang is the one it
// is in when that is not the wanted one.
func translate(t vocab.Text, wanted string) (value, lang string) {
	if s := translation(t, wanted); s != "" {
		return s, ""
	}
	if len(t) == 0 {
		return "", ""
	}
	return t[0].Value, t[0].Lang
}

// zone is a time zone by its name, UTC when there is none.
func zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}
