package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pergola/hub"
	"pergola/hub/roster"
)

// A directoryPage lists members and the members of members.
type directoryPage struct {
	fields
	hub.Directory
	Filter hub.DirectoryFilter
	// Of is the handle of the one whose members are wanted, Filtered says that
	// anything is.
	Of       string
	Filtered bool
	Shown    string
	Rows     []directoryRow
	Clusters []directoryCluster
	// Position says which page of how many this is, Previous and Next are the
	// addresses of those beside it; "" when there is no other.
	Position, Previous, Next string
}

// A directoryCluster is one whose members they are.
type directoryCluster struct {
	Name, URL, Site, Count string
	Current                bool
}

// A directoryRow is an organisation in a list.
type directoryRow struct {
	roster.Organisation
	ID, Type, Place, Since string
	// Fields are the names of its sectors.
	Fields       []string
	Site, Node   string
	Of, OfURL    string
	Edit         string
	State, Class string
	Remove       postForm
}

// Facts are what is known of it, in one line.
func (r directoryRow) Facts() string {
	facts := slices.Concat([]string{r.Type, string(r.Form), r.Place}, r.Fields, r.Keywords, []string{r.Since})
	return strings.Join(present(facts...), " · ")
}

// any is an input with the answer "all" before the others.
func (p directoryPage) any(name, chosen string, values []string, label func(string) string) choiceField {
	return boxes(p.fields, name, values, []string{chosen}, label).orNone(p.T("directory_all"), chosen)
}

// TypeInput and the others ask for what is wanted.
func (p directoryPage) TypeInput() choiceField {
	return p.any("type", p.Filter.Kind, p.Kinds, p.kind)
}

// SectorInput asks for a section of NACE.
func (p directoryPage) SectorInput() choiceField {
	return p.any("sector", p.Filter.Sector, p.Sectors, p.sector)
}

// RegionInput asks for a NUTS region.
func (p directoryPage) RegionInput() choiceField {
	return p.any("region", p.Filter.Region, p.Regions, p.region)
}

// CountryInput asks for a country.
func (p directoryPage) CountryInput() choiceField {
	return p.any("country", p.Filter.Country, p.Countries, p.Country)
}

func (f frame) kind(k string) string   { return f.T("organisation_kind_" + k) }
func (f frame) sector(s string) string { return f.T("nace_" + strings.ToLower(s)) }

// region is the name of a NUTS region, with its code; the code where we have no
// name for it.
func (f frame) region(code string) string {
	if key := "nuts_" + strings.ToLower(code); f.Has(key) {
		return f.T(key)
	}
	return code
}

func (f frame) directoryRow(e hub.DirectoryEntry) directoryRow {
	row := directoryRow{Organisation: e.Organisation, ID: e.ID, Site: webLink(e.Website), Node: webLink(e.Actor)}
	if e.Kind != "" {
		row.Type = f.kind(e.Kind)
	}
	row.Place = strings.Join(present(f.region(e.Region), f.countryName(e.Country)), ", ")
	row.Fields = each(e.Sectors, f.sector)
	if e.Organisation.Since != "" {
		row.Since = f.T("member_since", "Date", f.day(e.Organisation.Since))
	}
	return row
}

// directory shows the members to everybody.
func (s *Site) directory(w http.ResponseWriter, r *http.Request) error {
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	filter := hub.DirectoryFilter{
		Kind: line(q, "type"), Sector: line(q, "sector"), Region: line(q, "region"), Country: line(q, "country"),
		Of: line(q, "of"), Words: line(q, "words"),
	}
	number, _ := strconv.Atoi(q.Get("page"))
	d, err := s.hub.Directory(r.Context(), f.Lang(), filter, number)
	if err != nil {
		return err
	}
	f.Title, f.Description = f.T("directory_title"), f.T("directory_lead")
	p := directoryPage{fields: fields{frame: f, form: "directory"}, Directory: d, Filter: filter, Filtered: filter != hub.DirectoryFilter{}}
	p.Shown = f.N("directory_count", d.Found)
	path := f.Path("/members")
	p.turn(path)
	names := map[string]hub.Profile{}
	for _, o := range d.Owners {
		names[o.ID] = o
		p.Clusters = append(p.Clusters, directoryCluster{
			Name: o.Name, URL: query(path, "of", o.ID), Site: webLink(o.URL), Count: f.N("directory_count", d.Total[o.ID]), Current: o.ID == filter.Of,
		})
	}
	for _, e := range d.Entries {
		row := f.directoryRow(e)
		if len(d.Owners) > 1 {
			row.Of, row.OfURL = names[e.Owner].Name, query(path, "of", e.Owner)
		}
		p.Rows = append(p.Rows, row)
	}
	return s.render(w, r, "members", p)
}

// turn says which page this is and what stands beside it, under the same filter.
func (p *directoryPage) turn(path string) {
	at := func(n int) string {
		f, number := p.Filter, ""
		if n > 1 {
			number = strconv.Itoa(n)
		}
		return query(path, "type", f.Kind, "sector", f.Sector, "region", f.Region, "country", f.Country, "of", f.Of, "words", f.Words, "page", number)
	}
	if p.Pages > 1 {
		p.Position = p.T("directory_page", "Page", p.Number(p.Page), "Pages", p.Number(p.Pages))
	}
	if p.Page > 1 {
		p.Previous = at(p.Page - 1)
	}
	if p.Page < p.Pages {
		p.Next = at(p.Page + 1)
	}
}

// An officeDirectoryPage is the organisation's own list.
type officeDirectoryPage struct {
	fields
	Rows    []directoryRow
	Removed []directoryRow
	// Undo takes back the table that was added last.
	Undo *postForm
	// Form is what is typed of one, EditID its id, "" for a new one.
	Form   roster.Organisation
	EditID string
	Region string
}

func (s *Site) officeDirectoryPage(r *http.Request) (officeDirectoryPage, error) {
	f, err := s.unlisted(r, "office_directory_title")
	if err != nil {
		return officeDirectoryPage{}, err
	}
	es, err := s.hub.OwnDirectory(r.Context(), by(r), f.Lang())
	if err != nil {
		return officeDirectoryPage{}, err
	}
	p := officeDirectoryPage{fields: fields{frame: f, form: "directory", needed: []string{"name"}}}
	p.Form.Public = true
	for _, e := range es {
		row := f.directoryRow(e)
		row.Edit = query(f.Path("/office/directory/edit"), "id", e.ID)
		row.State, row.Class = f.T("directory_public"), "good"
		if !e.Public {
			row.State, row.Class = f.T("directory_private"), "waiting"
		}
		if e.Removed.IsZero() {
			row.Remove = f.button("/office/directory/remove", "directory_remove", "", e.Name, hidden{"id", e.ID})
			p.Rows = append(p.Rows, row)
		} else {
			row.Remove = f.button("/office/directory/restore", "directory_restore", "", e.Name, hidden{"id", e.ID})
			p.Removed = append(p.Removed, row)
		}
	}
	if batch := line(r.URL.Query(), "undo"); batch != "" {
		p.Undo = &postForm{Action: f.Path("/office/directory/remove"), Label: f.T("directory_undo"), Hidden: []hidden{{"id", batch}}}
	}
	return p, nil
}

// KindInput asks what an organisation is.
func (p officeDirectoryPage) KindInput() choiceField {
	return p.kindChoices("type", p.Form.Kind)
}

func (f fields) kindChoices(name, chosen string) choiceField {
	return boxes(f, name, roster.Kinds(), []string{chosen}, f.kind).orNone(f.T("organisation_kind_guess"), chosen)
}

// RegionInput asks where in Hungary it is, or takes any code.
func (p officeDirectoryPage) RegionInput() choiceField {
	codes := also(roster.Regions(), present(p.Form.Region)...)
	return boxes(p.fields, "region", codes, []string{p.Form.Region}, p.region).orNone(p.T("region_none"), p.Form.Region)
}

// PublicInput asks whether everybody may know.
func (p officeDirectoryPage) PublicInput() choiceField {
	return p.choices("public", "directory_public_", map[bool]string{true: "yes", false: "no"}[p.Form.Public], "yes", "no")
}

// Keywords are the keywords in one line.
func (p officeDirectoryPage) Keywords() string { return strings.Join(p.Form.Keywords, ", ") }

// editDirectory shows one with its form, or an empty form.
func (s *Site) editDirectory(w http.ResponseWriter, r *http.Request) error {
	p, err := s.officeDirectoryPage(r)
	if err != nil {
		return err
	}
	if id := line(r.URL.Query(), "id"); id != "" {
		e, err := s.hub.OwnDirectoryEntry(r.Context(), by(r), id)
		if err != nil {
			return err
		}
		p.Form, p.EditID = e.Organisation, e.ID
	}
	return s.render(w, r, "office_directory_edit", p)
}

// saveDirectory keeps what was typed of one.
func (s *Site) saveDirectory(w http.ResponseWriter, r *http.Request) error {
	p, err := s.officeDirectoryPage(r)
	if err != nil {
		return err
	}
	v := r.PostForm
	p.EditID = line(v, "id")
	p.Form = roster.Organisation{
		Name: line(v, "name"), Kind: line(v, "type"), Form: line(v, "legal_form"), Region: line(v, "region"), Country: line(v, "country"),
		Sectors: v["sectors"], Keywords: roster.Words(line(v, "keywords")), Offers: line(v, "offers"), Website: line(v, "website"),
		Since: line(v, "since"), Actor: line(v, "actor"), Public: line(v, "public") == "yes",
	}
	err = s.hub.SaveDirectoryEntry(r.Context(), by(r), p.EditID, p.Form)
	return s.finish(w, r, err, "office_directory_edit", &p, "directory_saved", p.Path("/office/directory"))
}
