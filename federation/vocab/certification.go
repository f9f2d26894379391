package vocab

// A Certification is what somebody else says officially of an organisation: a
// quality label, an accreditation. (schema.org, Certification)
type Certification struct {
	Name, Issuer, Level string
	// From and Until are a year, a month or a day, "" when not said.
	From, Until string
	URL         string
}

func (c Certification) document() map[string]any {
	d := map[string]any{"type": "Certification", "name": c.Name}
	if c.Issuer != "" {
		d["issuedBy"] = map[string]any{"type": "Organization", "name": c.Issuer}
	}
	if c.Level != "" {
		d["certificationRating"] = map[string]any{"type": "Rating", "ratingValue": c.Level}
	}
	put(d, "validFrom", c.From)
	put(d, "expires", c.Until)
	put(d, "url", c.URL)
	return d
}

func readCertifications(n *node) []Certification {
	var all []Certification
	for _, v := range n.get("hasCertification").list() {
		c := Certification{
			Name: v.short("name"), Issuer: v.get("issuedBy").first().short("name"),
			Level: v.get("certificationRating").first().short("ratingValue"),
			From:  v.short("validFrom"), Until: v.short("expires"), URL: v.get("url").link(),
		}
		if c.Name != "" && len(all) < maxIDs {
			all = append(all, c)
		}
	}
	return all
}

// A ContactPoint is a role in which an organisation can be written to, at a page
// with a form: there is no address in it. (schema.org, ContactPoint)
type ContactPoint struct {
	Role Text
	URL  string
}

func (c ContactPoint) document() map[string]any {
	d := map[string]any{"type": "ContactPoint", "url": c.URL}
	putText(d, "contactType", c.Role)
	return d
}

func readContactPoints(n *node) []ContactPoint {
	var all []ContactPoint
	for _, v := range n.get("contactPoint").list() {
		c := ContactPoint{Role: v.textOf("contactType", maxShort), URL: v.get("url").link()}
		if len(c.Role) > 0 && c.URL != "" && len(all) < maxIDs {
			all = append(all, c)
		}
	}
	return all
}
