package web

import (
	"html/template"
	"net/http"
	"strings"

	"pergola/hub"
)

// deepest is how far replies are moved in; what is deeper stands below that.
const deepest = 4

// responses are what others did with an item, and what an editor can say.
type responses struct {
	// Tally says how many like it, passed it on and replied.
	Tally   []string
	Replies []replyRow
	// Answer is set for those who may say something below the item itself.
	Answer *answerForm
}

// A replyRow is something that was said to an item.
type replyRow struct {
	Anchor string
	// Depth is how far it is moved in, up to deepest.
	Depth             int
	By, Handle, ByURL string
	At                stamp
	// EditedText says that its author changed it, and when.
	EditedText string
	// Marks say what is to be known of it: that it waits, that only editors see
	// it.
	Marks []note
	Body  template.HTML
	// Lang is set where it is in another language than the page.
	Lang string
	// Original is its page at its author's, "" for ours.
	Original string
	// On is the item, where the row stands elsewhere than with it.
	On      phrase
	OnURL   string
	Buttons []postForm
	Answer  *answerForm
}

// An answerForm is a field for an answer to something.
type answerForm struct {
	fields
	// To is what is answered, About says it in words.
	To, About, ID string
	Help          string
}

// Text is the field. Its id is the form's own, because there are many on a page.
func (a answerForm) Text() field {
	in := a.AreaInput(3, "answer", "")
	in.ID = a.ID
	return in
}

// A repliesPage is what editors have to decide.
type repliesPage struct {
	frame
	Waiting, Rejected []replyRow
	// More is the address of older ones that wait.
	More    string
	Trusted []trustedRow
}

// A trustedRow is somebody whose replies are shown without being asked for.
type trustedRow struct {
	Name, Handle, URL string
	End               postForm
}

// responses are shown below an item; those who are signed in see what waits and
// what is for them alone.
func (s *Site) responses(r *http.Request, f frame, e hub.Entry) (responses, error) {
	editor := f.Account != nil
	thread, err := s.hub.Thread(r.Context(), e.ID, editor)
	if err != nil {
		return responses{}, err
	}
	shown := responses{}
	back := r.URL.RequestURI()
	for _, v := range thread {
		row := f.replyRow(v)
		row.Depth = min(v.Depth, deepest)
		if editor {
			v.On = e.Item
			f.decisions(&row, v, back)
			if v.Own || v.Private || v.State == hub.Approved {
				row.Answer = f.answerForm(v.ID, f.T("answer_to", "Who", v.By.Name), v.Private)
			}
		}
		shown.Replies = append(shown.Replies, row)
	}
	if !e.Own {
		return shown, nil
	}
	ts, err := s.hub.Tallies(r.Context(), e.ID)
	if err != nil {
		return responses{}, err
	}
	shown.Tally = f.tally(ts[e.ID])
	if editor {
		shown.Answer = f.answerForm(e.ID, f.T("answer_item"), false)
		shown.Answer.Help = f.T("answer_item_help")
	}
	return shown, nil
}

// tally is what others did with an item, in words; nothing where they did
// nothing.
func (f frame) tally(t hub.Tally) []string {
	var said []string
	for _, count := range []struct {
		key string
		n   int
	}{{"tally_likes", t.Likes}, {"tally_boosts", t.Boosts}, {"tally_replies", t.Replies}} {
		if count.n > 0 {
			said = append(said, f.N(count.key, count.n))
		}
	}
	return said
}

func (f frame) answerForm(to, about string, private bool) *answerForm {
	a := &answerForm{fields: fields{frame: f, form: "reply"}, To: to, About: about, ID: "answer-" + hub.Anchor(to), Help: f.T("answer_help")}
	if private {
		a.Help = f.T("answer_private_help")
	}
	return a
}

// replyRow is a reply as all see it.
func (f frame) replyRow(v hub.ReplyView) replyRow {
	row := replyRow{
		Anchor: hub.Anchor(v.ID), By: v.By.Name, Handle: v.By.Handle, ByURL: webLink(v.By.URL),
		At: f.stamp(v.Published), Body: trusted(v.HTML),
	}
	if !v.Edited.IsZero() {
		row.EditedText = f.T("reply_edited", "When", f.DateTime(v.Edited.In(f.zone)))
	}
	if v.Lang != "" && !sameLanguage(v.Lang, f.Lang()) {
		row.Lang = v.Lang
	}
	if v.Own {
		row.By = f.OrgTitle
	} else {
		row.Original = webLink(v.URL)
	}
	if v.Private {
		row.Marks = append(row.Marks, note{"warn", f.T("reply_private")})
	}
	if v.State == hub.Held {
		row.Marks = append(row.Marks, note{"plain", f.T("reply_held")})
	}
	return row
}

// decisions are what an editor can do with a reply.
func (f frame) decisions(row *replyRow, v hub.ReplyView, back string) {
	add := func(path, key, class string, carried ...hidden) *postForm {
		row.Buttons = append(row.Buttons, f.button(path, key, class, v.By.Name, carried...))
		return &row.Buttons[len(row.Buttons)-1]
	}
	button := func(path, key, class string) {
		add("/desk/replies/"+path, key, class, hidden{"id", v.ID}, hidden{"back", back})
	}
	switch {
	case v.Own:
		button("delete", "answer_delete", "danger")
		return
	case v.State == hub.Rejected:
		button("reconsider", "reply_reconsider", "")
		return
	case v.State == hub.Held && v.Private:
		button("approve", "reply_seen", "primary")
	case v.State == hub.Held:
		button("approve", "reply_approve", "primary")
		button("trust", "reply_trust", "")
	}
	switch {
	case v.Answer != "":
		add("/desk/answers/one", "reply_see_answer", "", hidden{"id", v.Answer}).Get = true
	case v.On.Call != nil:
		button("answer-of", "reply_make_answer", "")
	}
	button("reject", "reply_reject", "danger")
	if f.IsOffice() {
		add("/office/blocks", "block_author", "", hidden{"subject", v.Author}).Get = true
	}
}

// replies shows the editors what waits for them.
func (s *Site) replies(w http.ResponseWriter, r *http.Request) error {
	who := by(r)
	f, err := s.unlisted(r, "replies_title")
	if err != nil {
		return err
	}
	p := repliesPage{frame: f}
	waiting, err := s.hub.Replies(r.Context(), who, hub.Held, from(r, pageSize))
	if err != nil {
		return err
	}
	waiting, p.More = onward(waiting, pageSize, func(last hub.ReplyView) string { return query(f.Path("/desk/replies"), "after", last.ID) })
	p.Waiting = f.replyRows(waiting)
	rejected, err := s.hub.Replies(r.Context(), who, hub.Rejected, hub.Page{Limit: pageSize})
	if err != nil {
		return err
	}
	p.Rejected = f.replyRows(rejected)
	authors, err := s.hub.Trusted(r.Context(), who)
	if err != nil {
		return err
	}
	for _, a := range authors {
		end := f.button("/desk/replies/distrust", "reply_distrust", "", a.Name, hidden{"id", a.ID})
		p.Trusted = append(p.Trusted, trustedRow{a.Name, a.Handle, webLink(a.URL), end})
	}
	return s.render(w, r, "desk_replies", p)
}

// replyRows are replies in a list of their own.
func (f frame) replyRows(views []hub.ReplyView) []replyRow {
	return each(views, func(v hub.ReplyView) replyRow {
		row := f.replyRow(v)
		row.On, row.OnURL = f.itemTitle(v.On), f.itemPath(v.On)
		f.decisions(&row, v, f.Path("/desk/replies"))
		return row
	})
}

// answer says something in a thread.
func (s *Site) answer(w http.ResponseWriter, r *http.Request) error {
	said, err := s.hub.Answer(r.Context(), by(r), r.PostFormValue("id"), paragraph(r.PostForm, "answer"))
	if err != nil {
		return err
	}
	s.flash(w, "answered")
	back, _, _ := strings.Cut(cmpPath(r.PostFormValue("back"), s.path(r, "/desk/replies")), "#")
	return s.redirect(w, r, back+"#"+hub.Anchor(said.ID))
}
