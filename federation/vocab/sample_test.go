package vocab_test

import (
	"encoding/json"
	"time"

	"pergola/federation/vocab"
)

const (
	node      = "https://klaszter.example"
	self      = node + "/a/klaszter"
	followers = self + "/followers"
	somebody  = "https://other.example/u/é"
)

var (
	published = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	updated   = time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC)
	budapest  = time.FixedZone("", 3600)
)

func sampleActor() vocab.Actor {
	return vocab.Actor{
		ID: self, Type: "Organization", PreferredUsername: "klaszter",
		Name:    vocab.Text{{Lang: "hu", Value: "Északi Klaszter"}, {Lang: "en", Value: "Northern Cluster"}},
		Summary: vocab.Text{{Lang: "hu", Value: "<p>Gépipar &amp; szolgáltatás</p>"}, {Lang: "en", Value: "<p>Machinery</p>"}},
		URL:     node + "/hu/", Inbox: self + "/inbox", Outbox: self + "/outbox",
		Followers: followers, Following: self + "/following", Featured: self + "/featured",
		SharedInbox: node + "/inbox", UpcomingEvents: self + "/events",
		Collections: self + "/collections", Members: self + "/directory", CanFeature: followers,
		Bodies: self + "/bodies",
		Certifications: []vocab.Certification{
			{Name: "Cluster Management Excellence Label", Issuer: "Minősítő Hivatal", Level: "GOLD", From: "2025-03-01", Until: "2028-02", URL: "https://label.example/klaszter"},
			{Name: "Akkreditált klaszter"},
		},
		Contacts: []vocab.ContactPoint{
			{Role: vocab.Text{{Lang: "hu", Value: "Nemzetközi kapcsolatok"}, {Lang: "en", Value: "International relations"}}, URL: node + "/contact/01JROLE"},
		},
		Keys: []vocab.Key{
			{ID: self + "#main-key", Owner: self, PEM: "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"},
			{ID: self + "#ed25519-key", Owner: self, Multibase: "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"},
		},
		Icon:  vocab.Picture{URL: node + "/media/logo.png", MediaType: "image/png", Name: "Fogaskerék", Width: 512, Height: 512},
		Image: vocab.Picture{URL: node + "/media/banner", MediaType: "image/jpeg"},
		Fields: []vocab.Attachment{
			{Type: "PropertyValue", Name: "Web", Value: `<a href="https://klaszter.example/" rel="me">klaszter.example</a>`},
			{Type: "Link", Name: "Web", URL: node + "/", MediaType: "text/html"},
		},
		Discoverable: true, Indexable: true,
		Webfinger:          "klaszter@klaszter.example",
		AttributionDomains: []string{"klaszter.example"},
		Implements:         []string{vocab.ImplementsRFC9421, vocab.ImplementsRFC9421Ed25519},
		MemberOf:           []string{"https://other.example/a/assoc"},
		AlsoKnownAs:        []string{"https://old.example/a/klaszter"},
		Published:          published, Updated: updated,
	}
}

func sampleInstance() vocab.Actor {
	id := node + "/actor"
	return vocab.Actor{
		ID: id, Type: "Application", PreferredUsername: "relay",
		Name: vocab.Text{{Value: "klaszter.example"}}, URL: node + "/",
		Inbox: id + "/inbox", Outbox: id + "/outbox", Followers: id + "/followers",
		Keys: []vocab.Key{{ID: id + "#main-key", Owner: id, PEM: "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"}},
	}
}

func sampleArticle() vocab.Object {
	return vocab.Object{
		ID: node + "/o/01JARTICLE", Type: "Article", AttributedTo: self,
		Name:     vocab.Text{{Lang: "hu", Value: "Új labor"}, {Lang: "en", Value: "A new laboratory"}},
		Summary:  vocab.Text{{Lang: "hu", Value: "<p>Megnyílt.</p>"}, {Lang: "en", Value: "<p>It is open.</p>"}},
		Content:  vocab.Text{{Lang: "hu", Value: "<p><strong>Új labor</strong> &amp; gép</p>"}, {Lang: "en", Value: "<p>A new <em>laboratory</em></p>"}},
		Language: "hu", URL: node + "/hu/i/01JARTICLE/uj-labor", Published: published, Updated: updated,
		To: []string{vocab.Public}, CC: []string{followers},
		Tags: []vocab.Tag{
			{Type: "Hashtag", Name: "#labor", Href: node + "/hu/t/labor"},
			{Type: "DefinedTerm", Name: "Digital", Term: "digital", Set: "https://clustercollaboration.eu/typology"},
		},
		Attachments: []vocab.Attachment{
			{Type: "Image", Name: "A labor", MediaType: "image/jpeg", URL: node + "/media/labor.jpg"},
			{Type: "Document", Name: "Adatlap", MediaType: "application/pdf", URL: node + "/media/adat.pdf"},
		},
		Source: vocab.Text{{Lang: "hu", Value: "**Új labor** & gép"}},
	}
}

func sampleEvent() vocab.Object {
	o := sampleArticle()
	o.ID, o.Type, o.URL = node+"/o/01JEVENT", "Event", node+"/hu/i/01JEVENT/robotnap"
	o.Name = vocab.Text{{Lang: "hu", Value: "Robotnap"}, {Lang: "en", Value: "Robot day"}}
	o.Attachments, o.Source = nil, nil
	o.Event = &vocab.Event{
		Start:  time.Date(2026, 12, 3, 10, 0, 0, 0, budapest),
		End:    time.Date(2026, 12, 3, 16, 30, 0, 0, budapest),
		Zone:   "Europe/Budapest",
		Status: vocab.EventScheduled,
		Place: &vocab.Place{
			Name: "Technika Háza", Street: "Fő utca 1.", PostalCode: "3530", Locality: "Miskolc",
			Region: "Észak-Magyarország", Country: "HU", Latitude: 48, Longitude: 20.7784,
		},
		Category: "NETWORKING", JoinMode: "external", ExternalURL: node + "/hu/i/01JEVENT/robotnap",
		Organizers: []vocab.Party{{ID: "https://partner.example/a/kamara"}, {Name: "Egyetem", URL: "https://egyetem.example/"}},
		Funders:    []vocab.Party{{Name: "Alap"}},
		Capacity:   80,
	}
	return o
}

func onlineEvent() vocab.Object {
	o := sampleEvent()
	o.Event.Place, o.Event.Online, o.Event.IsOnline = nil, "https://meet.example/robot", true
	o.Event.HideEnd = true
	return o
}

func joinedEvent() vocab.Object {
	o := sampleEvent()
	o.Event.JoinMode, o.Event.ExternalURL = "restricted", node+"/hu/events/01JEVENT/register"
	o.Event.Going, o.Event.Remaining = 68, 12
	return o
}

func hybridEvent() vocab.Object {
	o := sampleEvent()
	o.Event.Online, o.Event.IsOnline = "https://meet.example/robot", true
	o.Attachments = []vocab.Attachment{{Type: "Image", MediaType: "image/png", URL: node + "/media/robot.png"}}
	return o
}

func cancelledEvent() vocab.Object {
	o := sampleEvent()
	o.Name = vocab.Text{{Lang: "hu", Value: "Elmarad: Robotnap"}, {Lang: "en", Value: "Cancelled: Robot day"}}
	o.Event.Status = vocab.EventCancelled
	return o
}

func movedEvent() vocab.Object {
	o := sampleEvent()
	o.Event.Status = vocab.EventRescheduled
	o.Event.PreviousStart = o.Event.Start
	o.Event.Start, o.Event.End = o.Event.Start.AddDate(0, 0, 7), o.Event.End.AddDate(0, 0, 7)
	return o
}

func sampleCall() vocab.Object {
	o := sampleArticle()
	o.ID, o.Type, o.URL = node+"/o/01JCALL", "Note", node+"/hu/i/01JCALL/palyazat"
	o.Name = vocab.Text{{Lang: "hu", Value: "Pályázat"}, {Lang: "en", Value: "Call"}}
	o.Summary, o.Attachments, o.Source = nil, nil, nil
	o.Proposal = &vocab.Proposal{
		Purpose: "offer", Kind: "funding",
		Matter:    "technology",
		Seeks:     vocab.Text{{Lang: "hu", Value: "kkv-k"}, {Lang: "en", Value: "SMEs"}},
		Opens:     time.Date(2026, 12, 1, 8, 0, 0, 0, budapest),
		Deadline:  time.Date(2027, 1, 15, 17, 0, 0, 0, budapest),
		Zone:      "Europe/Brussels",
		Countries: []string{"HU", "SK"},

		Partnerships: []string{"rd-cooperation", "investment"},
		Partners:     []string{"university"},

		Role:        vocab.Text{{Lang: "hu", Value: "a prototípus bemérése"}, {Lang: "en", Value: "measure the prototype"}},
		Wanted:      2,
		Regions:     []string{"HU31", "SK04"},
		Sectors:     []string{"C"},
		Keywords:    []string{"lézer", "smart packaging"},
		Stage:       "prototype",
		TRLFrom:     4,
		TRLTo:       6,
		Rights:      "applied",
		RightsNote:  vocab.Text{{Lang: "hu", Value: "egy bejelentés"}},
		Programme:   vocab.Programme{Name: "Horizon Europe", Call: "HE-2027-01", URL: "https://programme.example/"},
		CoFunding:   70,
		CutOffs:     []time.Time{time.Date(2026, 12, 15, 17, 0, 0, 0, budapest)},
		Languages:   []string{"hu", "en"},
		Behalf:      vocab.Party{Name: "Optika Kft.", URL: "https://optika.example/"},
		BehalfTerms: []string{"HU", "company", "sme-49"},

		UpTo:     &vocab.Money{Amount: "60000", Currency: "EUR"},
		Total:    &vocab.Money{Amount: "2000000.50", Currency: "EUR"},
		ApplyURL: "https://apply.example/",
	}
	return o
}

func closedCall() vocab.Object {
	o := sampleCall()
	o.Proposal = &vocab.Proposal{Purpose: "request", Kind: "other", Closed: true, ApplyURL: "mailto:office@apply.example"}
	return o
}

// doing is an activity of ours whose object is an id.
func doing(typ, object string) vocab.Activity {
	return vocab.Activity{
		ID: node + "/x/01J" + typ, Type: typ, Actor: self, ObjectID: object,
		To: []string{vocab.Public}, CC: []string{followers}, Published: published,
	}
}

// publishing is an activity of ours with an object in it.
func publishing(typ string, o vocab.Object) vocab.Activity {
	a := doing(typ, o.ID)
	a.ObjectType, a.Object = o.Type, &o
	return a
}

func answering(typ, inner string) vocab.Activity {
	a := doing(typ, "https://other.example/x/1")
	a.ObjectType, a.To, a.CC = inner, []string{"https://other.example/u/é"}, nil
	a.Inner = &vocab.Activity{
		ID: "https://other.example/x/1", Type: inner, Actor: "https://other.example/u/é", ObjectID: self,
	}
	return a
}

// to is an activity for one alone.
func to(a vocab.Activity, one string) vocab.Activity {
	a.To, a.CC = []string{one}, nil
	return a
}

func unfollowing() vocab.Activity {
	follow := to(doing("Follow", somebody), somebody)
	a := to(doing("Undo", follow.ID), somebody)
	a.ObjectType, a.Inner = "Follow", &follow
	return a
}

func pinning(typ string) vocab.Activity {
	a := doing(typ, node+"/o/01JARTICLE")
	a.Target = self + "/featured"
	return a
}

// sampleAnswer is what an editor says to a comment.
func sampleAnswer() vocab.Object {
	return vocab.Object{
		ID: node + "/o/01JANSWER", Type: "Note", AttributedTo: self, InReplyTo: "https://other.example/posts/1", Language: "hu",
		Content: vocab.Text{{Lang: "hu", Value: `<p><span class="h-card"><a href="https://other.example/@é" class="u-url mention">@<span>é</span></a></span> Köszönjük!</p>`}},
		URL:     node + "/hu/i/01JARTICLE/uj-labor", Published: published, To: []string{vocab.Public}, CC: []string{somebody, followers},
		Tags: []vocab.Tag{{Type: "Mention", Name: "@é@other.example", Href: somebody}},
	}
}

// privateAnswer is for who commented alone.
func privateAnswer() vocab.Object {
	o := sampleAnswer()
	o.To, o.CC, o.URL = []string{somebody}, nil, ""
	return o
}

// sampleNotice says that an event was moved.
func sampleNotice() vocab.Object {
	return vocab.Object{
		ID: node + "/o/01JNOTICE", Type: "Note", AttributedTo: self, InReplyTo: node + "/o/01JEVENT", Language: "hu",
		Content: vocab.Text{{Lang: "hu", Value: "<p>Új időpont: Robotnap</p>"}, {Lang: "en", Value: "<p>New date: Robot day</p>"}},
		URL:     node + "/hu/i/01JEVENT/robotnap", Published: published, To: []string{vocab.Public}, CC: []string{followers},
	}
}

func featureRequest() vocab.Activity {
	a := doing("FeatureRequest", "https://other.example/u/é")
	a.Instrument, a.To, a.CC = self+"/members", []string{a.ObjectID}, nil
	return a
}

func featureAccept() vocab.Activity {
	a := doing("Accept", "https://other.example/x/1")
	a.Result, a.To, a.CC = node+"/o/01JCONSENT", []string{"https://other.example/u/é"}, nil
	return a
}

// offering is an application for membership.
func offering() vocab.Activity {
	const association = "https://other.example/a/assoc"
	a := doing("Offer", "")
	a.ObjectType, a.Target, a.To, a.CC = "Relationship", association, []string{association}, nil
	a.Relation = &vocab.Relationship{Subject: self, Relationship: vocab.MemberOf, Object: association}
	a.Content = "<p>Együtt többre megyünk.</p>"
	a.Attachments = []vocab.Attachment{{Type: "PropertyValue", Name: "Munkatársak", Value: "1.5", Property: "https://schema.org/numberOfEmployees"}}
	return a
}

// aboutOffer is what is said of an application, by either side.
func aboutOffer(typ string) vocab.Activity {
	offer := offering()
	a := doing(typ, offer.ID)
	a.ObjectType, a.Inner, a.Content, a.To, a.CC = "Offer", &offer, "<p>Kérjük a honlap angol oldalát.</p>", offer.To, nil
	switch typ {
	case "Update": // the only one with all that the Offer says
		a.Content, a.Updated, offer.Updated = "", updated, updated
		return a
	case "Undo":
	default:
		a.ID, a.Actor, a.To = "https://other.example/x/2", offer.Target, []string{offer.Actor}
	}
	offer.Content, offer.Attachments = "", nil
	return a
}

const (
	otherCall = "https://other.example/o/1"
	caller    = "https://other.example/a/klaszter"
	agreement = "https://other.example/o/2"
)

// answeringCall is an answer to a call of somebody else. (FEP-0837)
func answeringCall() vocab.Activity {
	a := doing("Offer", "")
	a.ObjectType, a.To, a.CC = "Agreement", []string{caller}, nil
	a.Agreement = vocab.Satisfying(otherCall)
	a.Content = "<p>Van ilyen üzemünk.</p>"
	a.Attachments = []vocab.Attachment{{Type: "PropertyValue", Name: "Ország", Value: "UA", Property: "https://schema.org/addressCountry"}}
	return a
}

// aboutAnswer is what the caller says of an answer.
func aboutAnswer(typ string) vocab.Activity {
	offer := answeringCall()
	a := doing(typ, offer.ID)
	a.ID, a.Actor, a.Content, a.To, a.CC = "https://other.example/x/2", caller, "<p>Beszéljük meg!</p>", []string{self}, nil
	if typ == "Accept" {
		a.Agreement, a.Result = offer.Agreement, agreement
	}
	return a
}

func undoingAnswer() vocab.Activity {
	offer := answeringCall()
	offer.Content, offer.Attachments = "", nil
	a := doing("Undo", offer.ID)
	a.ObjectType, a.Inner, a.To, a.CC = "Offer", &offer, offer.To, nil
	return a
}

// introducing says that one would like to be introduced, and to whom the contact
// is given then.
func introducing(given bool) vocab.Activity {
	offer := answeringCall()
	offer.Content, offer.Attachments = "", nil
	a := doing("Invite", offer.ID)
	a.ObjectType, a.Inner, a.Target, a.To, a.CC = "Offer", &offer, caller, offer.To, nil
	if given {
		a.Attachments = []vocab.Attachment{{Type: "PropertyValue", Name: "E-mail", Value: "iroda@klaszter.example", Property: "https://schema.org/email"}}
	}
	return a
}

func undoingIntroduction() vocab.Activity {
	invite := introducing(false)
	invite.Inner, invite.ObjectType = nil, ""
	a := doing("Undo", invite.ID)
	a.ObjectType, a.Inner, a.To, a.CC = "Invite", &invite, invite.To, nil
	return a
}

// confirming says to the answerer and to an association that there is an
// agreement.
func confirming() vocab.Activity {
	o := vocab.Object{ID: "https://other.example/o/3", Type: "Document", AttributedTo: caller, Name: vocab.Text{{Value: "Megállapodás"}}, Context: agreement, Published: published, To: []string{self, "https://assoc.example/a/assoc"}}
	a := publishing("Create", o)
	a.ID, a.Actor, a.Context, a.To, a.CC = "https://other.example/x/3", caller, answeringCall().ID, o.To, nil
	return a
}

// inviting is an invitation to hold an event together, with the event.
func inviting() vocab.Activity {
	const guest = "https://other.example/a/optika"
	a := publishing("Invite", sampleEvent())
	a.Target, a.To, a.CC, a.Content = guest, []string{guest}, nil, "<p>Legyünk ott együtt.</p>"
	return a
}

// aboutInvite is what is said of an invitation, by either side.
func aboutInvite(typ string) vocab.Activity {
	invite := inviting()
	invite.Object, invite.ObjectType, invite.Content = nil, "", ""
	a := doing(typ, invite.ID)
	a.ObjectType, a.Inner, a.Content, a.To, a.CC = "Invite", &invite, "<p>Aznap vásáron vagyunk.</p>", invite.To, nil
	if typ != "Undo" {
		a.ID, a.Actor, a.To = "https://other.example/x/2", invite.Target, []string{self}
	}
	if typ == "Accept" {
		a.Content, a.CC = "", []string{vocab.Public}
	}
	return a
}

// agreed is who agreed to be named.
func agreed() vocab.Party {
	return vocab.Party{ID: "https://other.example/a/optika", Name: "Optika Klaszter", URL: "https://other.example/", Consent: "https://other.example/x/2"}
}

func jointEvent() vocab.Object {
	o := sampleEvent()
	o.Event.Organizers = []vocab.Party{agreed(), {Name: "Egyetem"}}
	return o
}

// programmeEvent is the third of a series, with a session in another country.
func programmeEvent() vocab.Object {
	o := jointEvent()
	o.Event.Series, o.Event.PartOf = vocab.Series{Name: "Ipari Éjszaka", Edition: 3, Years: 2}, node+"/o/01JWEEK"
	o.Event.Sessions = []vocab.Session{
		{
			Name: vocab.Text{{Lang: "hu", Value: "Nyitott gyár"}, {Lang: "en", Value: "Open factory"}}, Zone: "Europe/Budapest", Track: "Gyárlátogatás",
			Start: o.Event.Start, End: o.Event.Start.Add(45 * time.Minute), Place: "2. csarnok", Country: "HU",
			Speakers: []vocab.Speaker{{Name: "Kiss Éva", Organisation: "Gyár Zrt."}, {Name: "Nagy Pál"}}, Holder: &vocab.Party{Name: "Egyetem"},
		},
		{
			Name: vocab.Text{{Lang: "en", Value: "Lisbon"}}, Zone: "Europe/Lisbon", Start: o.Event.Start.UTC(), Country: "PT",
			Online: "https://meet.example/pt", Holder: &vocab.Party{ID: agreed().ID, Name: agreed().Name},
		},
	}
	return o
}

func signedPosition() vocab.Object {
	o := sampleArticle()
	o.Tags, o.Signers = append(o.Tags, vocab.Tag{Type: "DefinedTerm", Name: "position", Term: "position", Set: "https://schema.org/CreativeWork"}), []vocab.Party{agreed()}
	return o
}

func removingMember() vocab.Activity {
	a := doing("Remove", "https://other.example/u/é")
	a.Target, a.Context, a.Content = self+"/members", "https://other.example/x/1", "<p>Megszűnt.</p>"
	a.To, a.CC = []string{a.ObjectID}, nil
	return a
}

func featuredCollection() vocab.FeaturedCollection {
	return vocab.FeaturedCollection{
		ID: self + "/members", AttributedTo: self, Name: "Tagjaink", URL: node + "/", Published: published, Updated: updated,
		Items: []vocab.FeaturedItem{{ID: node + "/o/01JITEM", Actor: "https://other.example/u/é", Authorization: "https://other.example/stamps/1", Published: updated}},
	}
}

func updatingActor() vocab.Activity {
	person := sampleActor()
	a := doing("Update", person.ID)
	a.ObjectType, a.Person, a.Updated = person.Type, &person, updated
	return a
}

func tombstone() vocab.Object {
	return vocab.Object{ID: node + "/o/01JEVENT", Type: "Tombstone", FormerType: "Event", Deleted: updated}
}

func sampleCollection() vocab.Collection {
	return vocab.Collection{
		ID: self + "/outbox", Type: "OrderedCollection", TotalItems: 41, First: self + "/outbox?page=1",
	}
}

func samplePage() vocab.Collection {
	return vocab.Collection{
		ID: self + "/outbox?page=2", Type: "OrderedCollectionPage", TotalItems: -1,
		PartOf: self + "/outbox", Next: self + "/outbox?page=3", Prev: self + "/outbox?page=1",
		Items: []json.RawMessage{
			json.RawMessage(`"https://other.example/o/é&1"`),
			json.RawMessage(`{"id":"https://klaszter.example/x/1","type":"Announce","contentMap":{"uk":"а","en":"a"}}`),
		},
	}
}

func emptyCollection() vocab.Collection {
	return vocab.Collection{ID: self + "/featured", Type: "OrderedCollection"}
}

func nestedCollection() vocab.Collection {
	page := samplePage()
	return vocab.Collection{
		ID: self + "/outbox", Type: "OrderedCollection", TotalItems: 2, FirstPage: &page, First: page.ID,
	}
}
