package web

import (
	"net/http"
	"strings"

	"pergola/hub"
)

// A blocksPage is who is kept out, and who may come in.
type blocksPage struct {
	fields
	// Subject, Note and Kind are what was typed.
	Subject, Note, Kind string
	Blocks              []blockRow
	// Closed says that only members may come in.
	Closed bool
}

// A blockRow is a block, or an exception from all others.
type blockRow struct {
	Name, Handle, State, Class, Note, Since string
	End                                     postForm
}

// KindInput asks whether somebody is kept out or let in.
func (p blocksPage) KindInput() choiceField {
	return p.choices("kind", "block_kind_", p.Kind, "block", "exempt")
}

// ClosedInput asks who may come in.
func (p blocksPage) ClosedInput() choiceField {
	chosen := "no"
	if p.Closed {
		chosen = "yes"
	}
	return p.choices("closed", "closed_", chosen, "no", "yes")
}

func (s *Site) blocksPage(r *http.Request) (blocksPage, hub.Who, error) {
	who, err := who(r)
	if err != nil {
		return blocksPage{}, who, err
	}
	blocks, profiles, closed, err := s.hub.Blocks(r.Context(), who)
	if err != nil {
		return blocksPage{}, who, err
	}
	f, err := s.frame(r)
	if err != nil {
		return blocksPage{}, who, err
	}
	p := blocksPage{fields: fields{frame: f, form: "block", needed: []string{"subject"}}, Kind: "block", Closed: closed}
	p.Title, p.NoIndex = f.T("blocks_title"), true
	for _, b := range blocks {
		row := blockRow{Name: b.Subject, State: f.T("block_is_block"), Class: "bad", Note: b.Note, Since: f.Date(b.Since.In(f.zone))}
		if b.Exempt {
			row.State, row.Class = f.T("block_is_exempt"), "good"
		}
		if who, ok := profiles[b.Subject]; ok {
			row.Name, row.Handle = who.Name, who.Handle
		}
		row.End = postForm{Action: f.Path("/office/blocks/end"), Label: f.T("block_end"), About: f.T("block_end") + ": " + row.Name, Hidden: []hidden{{"subject", b.Subject}}}
		p.Blocks = append(p.Blocks, row)
	}
	return p, who, nil
}

// blocks shows who is kept out.
func (s *Site) blocks(w http.ResponseWriter, r *http.Request) error {
	p, _, err := s.blocksPage(r)
	if err != nil {
		return err
	}
	p.Subject = line(r.URL.Query(), "subject")
	return s.render(w, r, "office_blocks", p)
}

// block keeps somebody out, or makes an exception for them.
func (s *Site) block(w http.ResponseWriter, r *http.Request) error {
	p, who, err := s.blocksPage(r)
	if err != nil {
		return err
	}
	p.Subject, p.Note, p.Kind = line(r.PostForm, "subject"), line(r.PostForm, "note"), line(r.PostForm, "kind")
	do := s.hub.Block
	if p.Kind == "exempt" {
		do = s.hub.Exempt
	}
	_, err = do(r.Context(), who, strings.TrimPrefix(p.Subject, "acct:"), p.Note)
	if p.refused(err) {
		return s.renderStatus(w, r, http.StatusUnprocessableEntity, "office_blocks", p)
	}
	if err != nil {
		return err
	}
	s.flash(w, "blocked")
	return s.redirect(w, r, p.Path("/office/blocks"))
}

// unblock ends a block or an exception.
func (s *Site) unblock(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	if err := s.hub.Unblock(r.Context(), who, r.PostFormValue("subject")); err != nil {
		return err
	}
	s.flash(w, "unblocked")
	return s.redirect(w, r, "/"+s.language(r)+"/office/blocks")
}

// setClosed says who may come in.
func (s *Site) setClosed(w http.ResponseWriter, r *http.Request) error {
	who, err := who(r)
	if err != nil {
		return err
	}
	if err := s.hub.SetClosed(r.Context(), who, r.PostFormValue("closed") == "yes"); err != nil {
		return err
	}
	s.flash(w, "closed_saved")
	return s.redirect(w, r, "/"+s.language(r)+"/office/blocks")
}
