package web

import (
	"html"
	"net/http"
	"slices"
	"strconv"

	"pergola/federation/vocab"
	"pergola/hub"
)

// A profilePage is the form of what the organisation says of itself.
type profilePage struct {
	fields
	Form profileForm
	// Pictures are the logo and the banner.
	Pictures []pictureForm
	// Proof is a line for the own website, by which others see that it belongs
	// to this profile.
	Proof string
}

// A profileForm is that form as it was typed.
type profileForm struct {
	Texts                             []profileText
	Kind, Website, Email, Place, Zone string
	Established                       string
	Languages                         []string
	Fields                            []profileField
}

// A profileField is something that the organisation says of itself.
type profileField struct {
	// Number counts them from 1, as the names of the inputs do.
	Number      int
	Name, Value string
}

// profileFields is how many of them the form has room for, as hub takes no more.
const profileFields = 4

// A profileText is the block of one language.
type profileText struct{ Lang, Title, About string }

// KindInput asks what the organisation is.
func (p profilePage) KindInput(chosen string) choiceField {
	return p.choices("kind", "profile_kind_", chosen, string(hub.Cluster), string(hub.Association))
}

// LanguageBoxes ask what the organisation publishes in.
func (p profilePage) LanguageBoxes(ticked []string) choiceField {
	c := choiceField{field: p.Input("", "languages", "")}
	for _, t := range p.Form.Texts {
		c.Choices = append(c.Choices, choice{t.Lang, p.Language(t.Lang), slices.Contains(ticked, t.Lang)})
	}
	return c
}

// profileLangs are the languages that the form has blocks for: those of the
// organisation first, then all that we speak.
func (s *Site) profileLangs(o hub.Organisation) []string {
	return also(slices.Clone(o.Languages), s.locale.Languages()...)
}

func (s *Site) profilePage(r *http.Request) (profilePage, error) {
	f, err := s.unlisted(r, "profile_title")
	if err != nil {
		return profilePage{}, err
	}
	o := f.Org
	p := profilePage{fields: fields{frame: f, form: "profile", needed: []string{"kind"}}}
	p.Form = profileForm{
		Kind: string(o.Kind), Website: o.Website, Email: o.Email, Place: o.Place, Zone: o.Zone, Languages: o.Languages,
		Established: o.Established,
	}
	for i := range profileFields {
		field := profileField{Number: i + 1}
		if i < len(o.Fields) {
			field.Name, field.Value = o.Fields[i].Name, o.Fields[i].Value
		}
		p.Form.Fields = append(p.Form.Fields, field)
	}
	p.Pictures = []pictureForm{p.pictureForm(hub.Logo, o.Logo), p.pictureForm(hub.Banner, o.Banner)}
	p.Proof = `<a rel="me" href="` + s.absolute("/") + `">` + html.EscapeString(f.OrgTitle) + `</a>`
	for _, lang := range s.profileLangs(o) {
		p.Form.Texts = append(p.Form.Texts, profileText{lang, translation(o.Title, lang), translation(o.About, lang)})
	}
	if len(o.Languages) > 0 {
		p.needed = append(p.needed, "title."+o.Languages[0])
	}
	return p, nil
}

// saveProfile keeps what the organisation says of itself.
func (s *Site) saveProfile(w http.ResponseWriter, r *http.Request) error {
	p, err := s.profilePage(r)
	if err != nil {
		return err
	}
	v := r.PostForm
	p.Form = profileForm{
		Kind: line(v, "kind"), Website: webAddress(line(v, "website")), Email: line(v, "email"),
		Place: line(v, "place"), Zone: readZone(v, "zone", p.Org.Zone), Established: line(v, "established"),
	}
	for i := range profileFields {
		n := "." + strconv.Itoa(i+1)
		p.Form.Fields = append(p.Form.Fields, profileField{i + 1, line(v, "field_name"+n), line(v, "field_value"+n)})
	}
	for _, lang := range s.profileLangs(p.Org) {
		p.Form.Texts = append(p.Form.Texts, profileText{lang, line(v, "title."+lang), paragraph(v, "about."+lang)})
		if slices.Contains(v["languages"], lang) {
			p.Form.Languages = append(p.Form.Languages, lang)
		}
	}
	err = s.hub.SaveProfile(r.Context(), by(r), p.Form.apply(p.Org))
	return s.finish(w, r, err, "office_profile", &p, "profile_saved", p.Path("/office/profile"))
}

// apply is the organisation with what the form says. Texts in languages that
// it does not publish in are not kept.
func (f profileForm) apply(o hub.Organisation) hub.Organisation {
	o.Kind, o.Website, o.Email, o.Place, o.Zone = hub.Kind(f.Kind), f.Website, f.Email, f.Place, f.Zone
	o.Languages, o.Title, o.About, o.Established, o.Fields = f.Languages, nil, nil, f.Established, nil
	for _, field := range f.Fields {
		if field.Name != "" || field.Value != "" {
			o.Fields = append(o.Fields, hub.ProfileField{Name: field.Name, Value: field.Value})
		}
	}
	for _, t := range f.Texts {
		if !slices.Contains(f.Languages, t.Lang) {
			continue
		}
		if t.Title != "" || len(o.Title) == 0 {
			o.Title = append(o.Title, vocab.Translation{Lang: t.Lang, Value: t.Title})
		}
		if t.About != "" {
			o.About = append(o.About, vocab.Translation{Lang: t.Lang, Value: t.About})
		}
	}
	return o
}
