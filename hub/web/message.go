package web

import (
	"errors"
	"net/http"

	"pergola/hub"
)

// A messagesPage is what visitors have written to the office.
type messagesPage struct {
	frame
	Open, Settled []messageRow
	// More and MoreSettled are the addresses of older ones.
	More, MoreSettled string
	// Keeps is how long they are kept, in words.
	Keeps string
}

// A messageRow is a message.
type messageRow struct {
	hub.Message
	At stamp
	// Settled says by whom and when it was dealt with.
	Settled string
	Settle  *postForm
	Delete  rowAction
}

// messages shows what was written, the open ones first.
func (s *Site) messages(w http.ResponseWriter, r *http.Request) error {
	who := by(r)
	open, err := s.hub.Messages(r.Context(), who, false, from(r, pageSize))
	if err != nil {
		return err
	}
	done, err := s.hub.Messages(r.Context(), who, true, hub.Page{After: r.URL.Query().Get("settled"), Limit: pageSize + 1})
	if err != nil {
		return err
	}
	f, err := s.unlisted(r, "messages_title")
	if err != nil {
		return err
	}
	p := messagesPage{frame: f, Keeps: f.N("contact_keeps", int(hub.KeepMessages.Hours()/24))}
	after := func(name string) func(hub.Message) string {
		return func(last hub.Message) string { return query(f.Path("/office/messages"), name, last.ID) }
	}
	open, p.More = onward(open, pageSize, after("after"))
	done, p.MoreSettled = onward(done, pageSize, after("settled"))
	p.Open, p.Settled = each(open, f.messageRow), each(done, f.messageRow)
	return s.render(w, r, "office_messages", p)
}

func (f frame) messageRow(m hub.Message) messageRow {
	remove := rowAction{
		Link: query(f.Path("/office/messages/delete"), "id", m.ID), Label: f.T("charter_remove_do"), Class: "danger",
		About: f.T("charter_remove_do") + ": " + m.Name,
	}
	row := messageRow{Message: m, At: f.stamp(m.Received), Delete: remove}
	if m.Done.IsZero() {
		row.Settle = new(f.button("/office/messages/done", "message_settle", "primary", m.Name, hidden{"id", m.ID}))
	} else {
		row.Settled = f.T("report_done", "Who", m.DoneBy, "When", f.DateTime(m.Done.In(f.zone)))
	}
	return row
}

// confirmDeleteMessage asks whether a message is really to be forgotten.
func (s *Site) confirmDeleteMessage(w http.ResponseWriter, r *http.Request) error {
	m, err := s.hub.Message(r.Context(), by(r), r.URL.Query().Get("id"))
	if err != nil {
		return err
	}
	f, err := s.frame(r)
	if err != nil {
		return err
	}
	about := phrase{Text: m.Name + ", " + m.Email}
	return s.render(w, r, "confirm", f.confirmPage("delete_message", about, "/office/messages/delete", "/office/messages", hidden{"id", m.ID}))
}

// deleteMessage forgets a message. What is gone is gone: the button was pressed
// twice.
func (s *Site) deleteMessage(w http.ResponseWriter, r *http.Request) error {
	err := s.hub.DeleteMessage(r.Context(), by(r), r.PostFormValue("id"))
	if errors.Is(err, hub.ErrNotFound) {
		err = nil
	}
	return s.done(w, r, err, "charter_removed", s.path(r, "/office/messages"))
}
