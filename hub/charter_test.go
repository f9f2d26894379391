package hub

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/vocab"
)

// How a term stands on a day, whatever it is told by.
func TestTerm(t *testing.T) {
	for _, c := range []struct {
		from, until, day  string
		holds, over, soon bool
	}{
		{"", "", "2026-11-27", true, false, false},
		{"2026", "2026", "2026-01-01", true, false, false},
		{"2026", "2026", "2026-12-31", true, false, true},
		{"2026", "2026", "2027-01-01", false, true, false},
		{"2026-12", "", "2026-11-30", false, false, false},
		{"2026-12", "", "2026-12-01", true, false, false},
		{"", "2026-11-27", "2026-11-27", true, false, true},
		{"", "2026-11-27", "2026-11-28", false, true, false},
		{"", "2027-02-24", "2026-11-27", true, false, true},
		{"", "2027-02-25", "2026-11-27", true, false, false},
		{"2028", "2029", "2026-11-27", false, false, false},
	} {
		term := Term{c.from, c.until}
		if term.Holds(c.day) != c.holds || term.Over(c.day) != c.over || term.EndsSoon(c.day) != c.soon {
			t.Errorf("%+v on %s: holds %v, over %v, soon %v", term, c.day, term.Holds(c.day), term.Over(c.day), term.EndsSoon(c.day))
		}
	}
}

func TestCheckTerm(t *testing.T) {
	for _, c := range []struct{ from, until, problem string }{
		{"", "", ""}, {"2024", "2024", ""}, {"2024-05", "2024", ""}, {"2024-05-03", "2024-05", ""}, {"2024", "2024-01-01", ""},
		{"2025", "2024-12-31", "until_before_from"}, {"2024-05-03", "2024-04", "until_before_from"}, {"2024-05-03", "2024-05-02", "until_before_from"},
		{"tegnap", "", "no_such_day"}, {"", "2024-13", "no_such_day"}, {"", "2024-02-30", "no_such_day"}, {"0024", "", "no_such_day"},
	} {
		var e InvalidError
		Term{c.from, c.until}.check(&e)
		got := ""
		if len(e.Fields) > 0 {
			got = e.Fields[0].Problem
		}
		if got != c.problem || len(e.Fields) > 1 {
			t.Errorf("from %q until %q: %v, want %q", c.from, c.until, e.Fields, c.problem)
		}
	}
}

// Everybody sees who sits where with their consent, and what holds; other hosts are
// told beforehand what will.
func TestCharterOn(t *testing.T) {
	seat := func(name, from, until string, public bool) BodySeat {
		return BodySeat{ID: name, Name: name, Term: Term{from, until}, Public: public}
	}
	c := Charter{
		Bodies: []Body{{ID: "b", Seats: []BodySeat{
			seat("now", "2024", "", true), seat("secret", "2024", "", false), seat("past", "", "2025", true), seat("next", "2027", "", true),
		}}},
		Labels:   []Label{{ID: "old", Term: Term{Until: "2026-11-26"}}, {ID: "gold", Term: Term{Until: "2026-11-27"}}, {ID: "new", Term: Term{From: "2027"}}},
		Contacts: []Contact{{ID: "press"}},
	}
	ids := func(c Charter) (all []string) {
		for _, s := range c.Bodies[0].Seats {
			all = append(all, s.ID)
		}
		for _, l := range c.Labels {
			all = append(all, l.ID)
		}
		return all
	}
	if got := ids(c.On("2026-11-27", false)); !slices.Equal(got, []string{"now", "gold"}) {
		t.Errorf("now: %v", got)
	}
	if got := ids(c.On("2026-11-27", true)); !slices.Equal(got, []string{"now", "next", "gold", "new"}) {
		t.Errorf("with what comes: %v", got)
	}
	if got := ids(c); len(got) != 7 {
		t.Errorf("the charter itself has changed: %v", got)
	}
	for _, id := range []string{"b", "secret", "gold", "press"} {
		b, err := json.Marshal(c.Without(id))
		if err != nil || strings.Contains(string(b), `"ID":"`+id+`"`) {
			t.Errorf("without %s: %s, %v", id, b, err)
		}
	}
}

// What others say of themselves is cleaned, and of what is at a third host nothing is
// taken.
func TestForeignCharter(t *testing.T) {
	const actor = "https://a.example/a/x"
	hu := func(s string) vocab.Text { return vocab.Text{{Lang: "hu", Value: s}} }
	got := foreignCharter(vocab.Actor{
		ID: actor,
		Certifications: []vocab.Certification{
			{Name: "<b>Gold</b>\nlabel", Issuer: "ESCA", Until: "2027-01-31T00:00:00Z", URL: "https://esca.example/"},
			{Name: "For ever", Until: "soon"}, {Name: "<i></i>"},
		},
		Contacts: []vocab.ContactPoint{
			{Role: hu("Sajtó"), URL: "https://a.example/contact/1"}, {Role: hu("Csali"), URL: "https://b.example/contact/1"},
			{Role: hu("<p></p>"), URL: "https://a.example/contact/2"},
		},
	})
	want := Charter{
		Labels:   []Label{{Name: "Gold label", Issuer: "ESCA", Term: Term{Until: "2027-01-31"}, Link: "https://esca.example/"}},
		Contacts: []Contact{{Role: hu("Sajtó"), URL: "https://a.example/contact/1"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	body := func(host string) json.RawMessage {
		return json.RawMessage(`{"id":"https://` + host + `/b#1","type":"Organization","name":"<b>Board</b>","summary":"<p>Decides.</p>",` +
			`"member":[{"type":"OrganizationRole","startDate":"then","endDate":"2027","member":{"type":"Person","name":"Kiss <i>Pál</i>"}}]}`)
	}
	b, ok := foreignBody(actor, body("a.example"))
	if !ok || b.Name.In("") != "Board" || b.Mandate.In("") != "Decides." || len(b.Seats) != 1 || b.Seats[0].Name != "Kiss Pál" || b.Seats[0].Term != (Term{Until: "2027"}) {
		t.Errorf("%+v, %v", b, ok)
	}
	if _, ok := foreignBody(actor, body("b.example")); ok {
		t.Error("a body under a third host's id is taken")
	}
}

func TestCheckMessage(t *testing.T) {
	good := Message{Name: " Nagy  Béla ", Email: " bela@a.example ", Text: "Kérdés\r\n"}
	for _, c := range []struct {
		name     string
		change   func(*Message)
		consents bool
		problem  string
	}{
		{"good", func(*Message) {}, true, ""},
		{"no name", func(m *Message) { m.Name = " " }, true, "name required"},
		{"long name", func(m *Message) { m.Name = strings.Repeat("á", maxTitle+1) }, true, "name too_long"},
		{"no address", func(m *Message) { m.Email = "" }, true, "email required"},
		{"no such address", func(m *Message) { m.Email = "Béla <b@a.example>" }, true, "email not_an_email"},
		{"nothing said", func(m *Message) { m.Text = "\n" }, true, "message required"},
		{"too much", func(m *Message) { m.Text = strings.Repeat("á", maxAnswer+1) }, true, "message too_long"},
		{"no consent", func(*Message) {}, false, "consent no_consent"},
	} {
		m, got := good, ""
		c.change(&m)
		if err := checkMessage(&m, c.consents); err != nil {
			e := err.(*InvalidError).Fields[0]
			got = e.Field + " " + e.Problem
		} else if m.Name != "Nagy Béla" || m.Email != "bela@a.example" || m.Text != "Kérdés" {
			t.Errorf("%s: %+v", c.name, m)
		}
		if got != c.problem {
			t.Errorf("%s: %q, want %q", c.name, got, c.problem)
		}
	}
}
