package web

import (
	"net/http"
	"strings"
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
	return p.choices("closed", "closed_", map[bool]string{true: "yes", false: "no"}[p.Closed], "no", "yes")
}

func (s *Site) blocksPage(r *http.Request) (blocksPage, error) {
	who := by(r)
	blocks, profiles, closed, err := s.hub.Blocks(r.Context(), who)
	if err != nil {
		return blocksPage{}, err
	}
	f, err := s.unlisted(r, "blocks_title")
	if err != nil {
		return blocksPage{}, err
	}
	p := blocksPage{fields: fields{frame: f, form: "block", needed: []string{"subject"}}, Kind: "block", Closed: closed}
	for _, b := range blocks {
		row := blockRow{Name: b.Subject, State: f.T("block_is_block"), Class: "bad", Note: b.Note, Since: f.Date(b.Since.In(f.zone))}
		if b.Exempt {
			row.State, row.Class = f.T("block_is_exempt"), "good"
		}
		if who, ok := profiles[b.Subject]; ok {
			row.Name, row.Handle = who.Name, who.Handle
		}
		row.End = f.button("/office/blocks/end", "block_end", "", row.Name, hidden{"subject", b.Subject})
		p.Blocks = append(p.Blocks, row)
	}
	return p, nil
}

// blocks shows who is kept out.
func (s *Site) blocks(w http.ResponseWriter, r *http.Request) error {
	p, err := s.blocksPage(r)
	if err != nil {
		return err
	}
	p.Subject = line(r.URL.Query(), "subject")
	return s.render(w, r, "office_blocks", p)
}

// block keeps somebody out, or makes an exception for them.
func (s *Site) block(w http.ResponseWriter, r *http.Request) error {
	p, err := s.blocksPage(r)
	if err != nil {
		return err
	}
	p.Subject, p.Note, p.Kind = line(r.PostForm, "subject"), line(r.PostForm, "note"), line(r.PostForm, "kind")
	do := s.hub.Block
	if p.Kind == "exempt" {
		do = s.hub.Exempt
	}
	_, err = do(r.Context(), by(r), strings.TrimPrefix(p.Subject, "acct:"), p.Note)
	return s.finish(w, r, err, "office_blocks", &p, "blocked", p.Path("/office/blocks"))
}

// setClosed says who may come in.
func (s *Site) setClosed(w http.ResponseWriter, r *http.Request) error {
	return s.done(w, r, s.hub.SetClosed(r.Context(), by(r), r.PostFormValue("closed") == "yes"), "closed_saved", s.path(r, "/office/blocks"))
}
