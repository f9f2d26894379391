package hub

import (
	"slices"

	"pergola/federation/vocab"
	"pergola/hub/locale"
	"pergola/hub/roster"
	"pergola/hub/text"
)

// What the facts of an answer and of an introduction are called on the wire, beside
// those of an application.
const (
	factOrganisation = "https://schema.org/legalName"
	factCountry      = "https://schema.org/addressCountry"
	factKind         = "https://schema.org/additionalType"
	factCooperation  = "https://schema.org/category"
	factUnclear      = "https://schema.org/Question"
	factAbout        = "https://schema.org/description"
	factPhone        = "https://schema.org/telephone"
)

// wireExpression is an answer as an Offer carries it: facts that programs know by
// their property, and people by their name.
func wireExpression(e Expression, p *locale.Printer) (content string, facts []vocab.Attachment) {
	return wireParagraphs(e.Message), wireAttachments(p, []propertyValue{
		{factOrganisation, "form_interest_organisation", e.Organisation}, {factCountry, "form_interest_country", e.Country},
		{factKind, "form_interest_kind", e.Kind}, {factCooperation, "form_interest_cooperation", e.Cooperation},
		{factUnclear, "form_interest_unclear", e.Unclear}, {factAbout, "form_interest_about", e.About},
	})
}

// A propertyValue is a fact, with the key of its name.
type propertyValue struct{ property, key, value string }

func wireAttachments(p *locale.Printer, of []propertyValue) (list []vocab.Attachment) {
	for _, f := range of {
		if f.value != "" {
			list = append(list, vocab.Attachment{Type: "PropertyValue", Name: p.T(f.key), Value: f.value, Property: f.property})
		}
	}
	return list
}

// foreignExpression is what an Offer says; what we do not understand in it was not
// said.
func foreignExpression(offer vocab.Activity, by Profile) Expression {
	e := Expression{Name: by.Name, Message: saidPlain(offer.Content)}
	for _, f := range offer.Attachments {
		plain, line := saidPlain(f.Value), shorten(oneLine(text.Plain(f.Value)), maxTitle)
		switch f.Property {
		case factOrganisation:
			e.Organisation = line
		case factCountry:
			if roster.IsCountry(line) {
				e.Country = line
			}
		case factKind:
			if slices.Contains(PartnerTerms(), line) {
				e.Kind = line
			}
		case factCooperation:
			e.Cooperation = plain
		case factUnclear:
			e.Unclear = plain
		case factAbout:
			e.About = plain
		}
	}
	return e
}

// wireIntroduction is whom to talk to, as an Invite carries it.
func wireIntroduction(n Introduction, p *locale.Printer) []vocab.Attachment {
	return wireAttachments(p, []propertyValue{
		{factContact, "form_introduction_person", n.Person}, {factOrganisation, "form_introduction_organisation", n.Organisation},
		{factEmail, "form_introduction_email", n.Email}, {factPhone, "form_introduction_phone", n.Phone},
	})
}

// foreignIntroduction is what an Invite says.
func foreignIntroduction(a vocab.Activity) *Introduction {
	n := &Introduction{Wanted: true, Invite: a.ID, Given: len(a.Attachments) > 0}
	for _, f := range a.Attachments {
		line := shorten(oneLine(text.Plain(f.Value)), maxTitle)
		switch f.Property {
		case factContact:
			n.Person = line
		case factOrganisation:
			n.Organisation = line
		case factEmail:
			if isEmail(line) {
				n.Email = line
			}
		case factPhone:
			n.Phone = line
		}
	}
	return n
}

// bareOffer is the Offer of an answer, with nothing of what was said in it.
func (h *Hub) bareOffer(o Organisation, i Interest) vocab.Activity {
	by, to := h.Self(o), i.Other
	if i.Part == Caller {
		by, to = to, by
	}
	return vocab.Activity{ID: i.Offer, Type: "Offer", ObjectType: "Agreement", Actor: by, To: []string{to}, Published: i.Since, Agreement: vocab.Satisfying(i.Call)}
}
