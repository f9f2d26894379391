package hub

import (
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"

	"pergola/federation/vocab"
	"pergola/hub/locale"
	"pergola/hub/text"
)

// An Application is what an organisation says of itself when it would like to be
// a member.
type Application struct {
	Name, Website string
	// Motivation says why, in plain text.
	Motivation string
	// Members is how many members it has, Staff how many hundredths of full-time
	// posts run it; -1 when not said.
	Members, Staff int
	// Kinds are those of its members.
	Kinds []MemberKind
	// English is its page in English, "" when there is none.
	English string
	// Contact and Email are who answers for it.
	Contact, Email string
}

// A MemberKind is what a member of a cluster is.
type MemberKind string

// MemberKinds are the kinds of members that ECCP tells apart, in the order in
// which they are shown.
func MemberKinds() []MemberKind {
	return []MemberKind{"company", "research", "education", "public", "civil"}
}

// A Check is one of the rules by which the European Cluster Collaboration
// Platform takes a cluster as one. They are shown, and nobody is bound to them.
type Check struct {
	// Rule is "staff", "english", "members" or "kinds".
	Rule string
	// Said says that the application tells of it, Met that it is so.
	Said, Met bool
}

// What the European Cluster Collaboration Platform wants of a cluster. (ECCP,
// "Register your profile")
const (
	readyStaff   = 50
	readyMembers = 15
	readyKinds   = 2
)

// Checks are how the application stands to those rules.
func (a Application) Checks() []Check {
	return []Check{
		{"staff", a.Staff >= 0, a.Staff >= readyStaff},
		{"english", a.English != "", a.English != ""},
		{"members", a.Members >= 0, a.Members >= readyMembers},
		{"kinds", len(a.Kinds) > 0, len(a.Kinds) >= readyKinds},
	}
}

// Missing are the parts that the application does not tell of, by the names of
// the form's fields.
func (a Application) Missing() (fields []string) {
	for _, f := range []struct {
		name string
		said bool
	}{
		{"website", a.Website != ""}, {"members", a.Members >= 0}, {"staff", a.Staff >= 0}, {"kinds", len(a.Kinds) > 0},
		{"english", a.English != ""}, {"contact", a.Contact != ""}, {"email", a.Email != ""},
	} {
		if !f.said {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// maxCount is the most members or posts that are believed.
const maxCount = 100_000

// ParseStaff reads a number of posts ("1,2", "0.5") as hundredths; -1 for "".
func ParseStaff(typed string) (int, bool) {
	typed = strings.Replace(strings.TrimSpace(typed), ",", ".", 1)
	if typed == "" {
		return -1, true
	}
	n, err := strconv.ParseFloat(typed, 64)
	if err != nil || !(n >= 0 && n <= maxCount) || strings.ContainsAny(typed, "eExXpPnN_+-") {
		return -1, false
	}
	return int(n*100 + 0.5), true
}

// FormatStaff writes hundredths of posts as ParseStaff reads them, with a point;
// "" when not said.
func FormatStaff(hundredths int) string {
	if hundredths < 0 {
		return ""
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100), "0"), ".")
}

// checkApplication mends what was typed and says what is wrong with the rest.
// Who applies at a form must say who they are and where they can be reached.
func checkApplication(a *Application, form bool) error {
	var e InvalidError
	a.Name, a.Contact, a.Email = oneLine(a.Name), oneLine(a.Contact), strings.TrimSpace(a.Email)
	a.Motivation = lines(a.Motivation)
	wanted(a.Name, form, maxTitle, "name", &e)
	wanted(a.Motivation, true, maxAnswer, "motivation", &e)
	bounded(a.Contact, maxTitle, "contact", &e)
	link(a.Website, "website", &e)
	link(a.English, "english", &e)
	if a.Members < -1 || a.Members > maxCount {
		e.add("members", "not_a_number", "")
	}
	if a.Staff < -1 || a.Staff > maxCount*100 {
		e.add("staff", "not_posts", "")
	}
	for _, k := range a.Kinds {
		if !slices.Contains(MemberKinds(), k) {
			e.add("kinds", "other", string(k))
		}
	}
	email(a.Email, form, &e)
	return e.err()
}

// What the facts of an application are called on the wire.
const (
	factMembers = "https://joinmobilizon.org/ns#memberCount"
	factStaff   = "https://schema.org/numberOfEmployees"
	factKinds   = "https://schema.org/member"
	factEnglish = "https://schema.org/mainEntityOfPage"
	factWebsite = "https://schema.org/url"
	factContact = "https://schema.org/contactPoint"
	factEmail   = "https://schema.org/email"
)

// wireApplication is an application as an Offer carries it: facts that programs
// know by their property, and people by their name.
func wireApplication(a Application, p *locale.Printer) (content string, list []vocab.Attachment) {
	add := func(property, field, value string) {
		if value != "" {
			list = append(list, vocab.Attachment{Type: "PropertyValue", Name: p.T("form_application_" + field), Value: value, Property: property})
		}
	}
	if a.Members >= 0 {
		add(factMembers, "members", strconv.Itoa(a.Members))
	}
	add(factStaff, "staff", FormatStaff(a.Staff))
	var kinds []string
	for _, k := range a.Kinds {
		kinds = append(kinds, string(k))
	}
	add(factKinds, "kinds", strings.Join(kinds, ", "))
	add(factEnglish, "english", a.English)
	add(factWebsite, "website", a.Website)
	add(factContact, "contact", a.Contact)
	add(factEmail, "email", a.Email)
	return wireParagraphs(a.Motivation), list
}

// wireParagraphs is a plain text as HTML, "" for none.
func wireParagraphs(plain string) string {
	if plain == "" {
		return ""
	}
	return "<p>" + strings.ReplaceAll(html.EscapeString(plain), "\n", "<br>") + "</p>"
}

// saidPlain is what somebody else wrote, as plain text.
func saidPlain(content string) string {
	return shorten(strings.TrimSpace(text.Plain(content)), maxAnswer)
}

// foreignApplication is what an Offer says; what we do not understand in it was
// not said.
func foreignApplication(offer vocab.Activity, by Profile) Application {
	a := Application{Name: by.Name, Motivation: saidPlain(offer.Content), Members: -1, Staff: -1}
	for _, f := range offer.Attachments {
		value := shorten(oneLine(text.Plain(f.Value)), maxTitle)
		switch f.Property {
		case factMembers:
			if n, err := strconv.Atoi(value); err == nil && n >= 0 && n <= maxCount {
				a.Members = n
			}
		case factStaff:
			a.Staff, _ = ParseStaff(value)
		case factKinds:
			for name := range strings.SplitSeq(value, ",") {
				if k := MemberKind(strings.TrimSpace(name)); slices.Contains(MemberKinds(), k) && !slices.Contains(a.Kinds, k) {
					a.Kinds = append(a.Kinds, k)
				}
			}
		case factEnglish:
			if webURL(f.Value) {
				a.English = f.Value
			}
		case factWebsite:
			if webURL(f.Value) {
				a.Website = f.Value
			}
		case factContact:
			a.Contact = value
		case factEmail:
			if isEmail(value) {
				a.Email = value
			}
		}
	}
	return a
}
