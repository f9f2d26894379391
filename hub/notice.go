package hub

import (
	"cmp"
	"context"
	"html"
	"strings"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub/locale"
)

// A Notice tells what readers must notice of a changed own item: a Note in
// reply to it, because many programs show nothing of an Update. It stands in
// no feed and no outbox, and goes when its item goes.
type Notice struct {
	// ID is its ActivityPub id, Item that of the item.
	ID, Item  string
	Published time.Time
	// Document is what left; nil when it is deleted.
	Document []byte
	Deleted  time.Time
}

// NoticeTx keeps the notices.
type NoticeTx interface {
	InsertNotice(ctx context.Context, n Notice) error
	// Notice is one of them, deleted ones too. ErrNotFound.
	Notice(ctx context.Context, id string) (Notice, error)
	// Notices are those of an item that are not deleted, oldest first.
	Notices(ctx context.Context, item string) ([]Notice, error)
	// DeleteNotices empties those of an item.
	DeleteNotices(ctx context.Context, item string, at time.Time) error
}

// tellChange sends a notice of what changed to everybody who is told of the
// change itself.
func (h *Hub) tellChange(ctx context.Context, tx Tx, o Organisation, old, it Item) error {
	note := h.notice(old, it, o, h.objectID(h.newID()))
	doc, err := note.JSON()
	if err != nil {
		return err
	}
	if err := tx.InsertNotice(ctx, Notice{ID: note.ID, Item: it.ID, Published: note.Published, Document: doc}); err != nil {
		return err
	}
	return h.tell(ctx, tx, o, "Create", note)
}

// withdraw deletes the notices of an item everywhere.
func (h *Hub) withdraw(ctx context.Context, tx Tx, o Organisation, item string) error {
	ns, err := tx.Notices(ctx, item)
	if err != nil || len(ns) == 0 {
		return err
	}
	at := now()
	for _, n := range ns {
		n.Deleted = at
		if err := h.tell(ctx, tx, o, "Delete", n.tombstone()); err != nil {
			return err
		}
		if err := tx.RedactActivities(ctx, n.ID); err != nil {
			return err
		}
	}
	return tx.DeleteNotices(ctx, item, at)
}

// noticeDocument is what stands under the id of a notice; a browser is led to
// the document of its item, which leads on to its page.
func noticeDocument(ctx context.Context, tx Tx, id string) (d federation.Document, err error) {
	n, err := tx.Notice(ctx, id)
	if err != nil {
		return d, err
	}
	d = federation.Document{JSON: n.Document, URL: n.Item, Gone: !n.Deleted.IsZero()}
	if d.Gone {
		d.JSON, err = n.tombstone().JSON()
	}
	return d, err
}

// tombstone is what is left of a deleted notice.
func (n Notice) tombstone() vocab.Object {
	return vocab.Object{ID: n.ID, Type: "Tombstone", FormerType: "Note", Deleted: n.Deleted, InReplyTo: n.Item}
}

// notice is the Note that says what of an item changed. It has no address of
// its own for people, because the item's page says it all, and neither name nor
// summary, which would hide it. (Mastodon 4.5: StatusParser)
func (h *Hub) notice(old, it Item, o Organisation, id string) vocab.Object {
	self := h.Self(o)
	note := vocab.Object{
		ID: id, Type: "Note", AttributedTo: self, InReplyTo: it.ID, Published: it.Updated,
		To: []string{vocab.Public}, CC: []string{self + "/followers"}, Language: it.Texts[0].Lang,
	}
	link := `<p><a href="` + html.EscapeString(it.URL) + `">` + html.EscapeString(it.URL) + `</a></p>`
	for _, t := range it.Texts {
		p := h.locale.Printer(t.Lang)
		var b strings.Builder
		b.WriteString("<p><strong>" + html.EscapeString(p.T("wire_notice_"+string(it.Change), "Title", t.Title)) + "</strong></p>")
		for _, line := range noticeLines(old, it, p) {
			b.WriteString("<p>" + line + "</p>")
		}
		b.WriteString(link)
		note.Content = append(note.Content, vocab.Translation{Lang: t.Lang, Value: b.String()})
	}
	return note
}

// noticeLines are when and where, or until when, with what it was before where
// that is another.
func noticeLines(old, it Item, p *locale.Printer) []string {
	f := facts{Printer: p}
	switch {
	case it.Event != nil:
		was, is := *old.Event, *it.Event
		f.add("wire_when", "When", fromTo(whenLine(was.Start, was.End, p), whenLine(is.Start, is.End, p)))
		f.add("wire_where", "Where", fromTo(PlaceLine(was.Place, p), PlaceLine(is.Place, p)))
		if is.Online == "" {
			f.add("wire_online", "Where", fromTo(was.Online, ""))
		}
		f.link("wire_online", is.Online)
	case it.Change == HasResult:
		f.add("wire_result", "What", it.Call.ResultLine(p))
	case it.Call != nil:
		f.add("wire_deadline", "When", fromTo(whenLine(old.Call.Deadline, When{}, p), whenLine(it.Call.Deadline, When{}, p)))
	}
	return f.lines
}

// fromTo is what there is, after what there was when that was something else.
func fromTo(was, is string) string {
	if was == "" || was == is {
		return is
	}
	return was + " → " + cmp.Or(is, "–")
}
