package vocab_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pergola/federation/vocab"
)

// A dice makes values that are sound but as odd as they may be.
type dice struct{ *rand.Rand }

func (d dice) one(list ...string) string { return list[d.IntN(len(list))] }

func (d dice) maybe() bool { return d.IntN(2) == 0 }

// word is never blank and never the same twice.
func (d dice) word() string {
	runes := []rune("aZ é'\"\\<>&/{}\u2028\u202e\t\n日本🗓️0")
	var b strings.Builder
	for range d.IntN(12) {
		b.WriteRune(runes[d.IntN(len(runes))])
	}
	return fmt.Sprintf("%s#%d", b.String(), d.Uint32())
}

func (d dice) or(f func() string) string {
	if d.maybe() {
		return ""
	}
	return f()
}

func (d dice) url() string {
	return fmt.Sprintf("%s://%s/%s%d%s", d.one("https", "http"), d.one("a.example", "b.example:8080", "[::1]", "é.example"),
		d.one("", "é/", "%C3%A9/", "a+b/", "~x/", "a;b/"), d.Uint32(), d.one("", "?a=b&c=é", "#main", "#é", "?author=0#main-key"))
}

func (d dice) urls() []string {
	list := make([]string, d.IntN(3))
	for i := range list {
		list[i] = d.url()
	}
	return list
}

func (d dice) time() time.Time {
	if d.maybe() {
		return time.Time{}
	}
	return time.Unix(d.Int64N(4e9), 0).UTC()
}

func (d dice) zoned() time.Time {
	return time.Unix(1e9+d.Int64N(1e9), 0).In(time.FixedZone("", (d.IntN(27)-12)*1800+60))
}

func (d dice) text() vocab.Text {
	langs := []string{"hu", "en", "uk", "de-AT", "zh-Hant"}
	d.Shuffle(len(langs), func(i, j int) { langs[i], langs[j] = langs[j], langs[i] })
	var t vocab.Text
	for _, lang := range langs[:d.IntN(len(langs))] {
		t = append(t, vocab.Translation{Lang: lang, Value: d.word()})
	}
	if len(t) > 0 && len(t) != 2 && d.IntN(4) == 0 {
		t[0].Lang = ""
	}
	return t
}

func (d dice) object() vocab.Object {
	o := vocab.Object{
		ID: d.url(), Type: d.one("Article", "Note", "Page", "Event"), AttributedTo: d.or(d.url),
		Name: d.text(), Content: d.text(), URL: d.or(d.url), Published: d.time(), Updated: d.time(),
		InReplyTo: d.or(d.url), To: append(d.urls(), vocab.Public), CC: d.urls(),
	}
	if o.Type != "Note" {
		o.Summary = d.text()
	}
	// A hint that is not given is the language of the first text that has one.
	for _, t := range []vocab.Text{o.Name, o.Content} {
		if len(t) > 0 && t[0].Lang != "" {
			o.Language = t[0].Lang
		}
	}
	if len(o.Content) > 0 && d.maybe() {
		o.Source = vocab.Text{{Lang: o.Content[0].Lang, Value: d.word()}}
	}
	for range d.IntN(3) {
		o.Tags = append(o.Tags, vocab.Tag{Type: d.one("Hashtag", "Mention", "DefinedTerm"), Name: d.or(d.word), Href: d.or(d.url), Term: d.or(d.word), Set: d.or(d.url)})
	}
	for range d.IntN(3) {
		o.Attachments = append(o.Attachments, vocab.Attachment{Type: "Document", Name: d.or(d.word), MediaType: "text/plain", URL: d.url()})
	}
	switch {
	case o.Type == "Event":
		o.Event = d.event()
		if o.Event.ExternalURL == "" {
			o.Event.ExternalURL = o.URL
		}
		if o.Event.ExternalURL == "" {
			o.Event.ExternalURL = o.ID
		}
	case o.Type == "Note" && d.maybe():
		o.Proposal = d.proposal()
	}
	return o
}

func (d dice) event() *vocab.Event {
	e := &vocab.Event{
		Start: d.zoned(), Zone: d.or(func() string { return "Europe/Budapest" }), HideEnd: d.maybe(),
		Status:   d.one(vocab.EventScheduled, vocab.EventTentative, vocab.EventCancelled, vocab.EventPostponed, vocab.EventRescheduled, vocab.EventMovedOnline),
		Category: d.one("MEETING", "BUSINESS"), JoinMode: "external", ExternalURL: d.or(d.url), Capacity: d.IntN(100),
	}
	e.End = e.Start.Add(time.Duration(1+d.IntN(1e6)) * time.Second)
	if d.maybe() {
		e.PreviousStart = d.zoned()
	}
	if d.maybe() {
		e.Online, e.IsOnline = d.url(), true
	}
	if d.maybe() {
		e.Place = &vocab.Place{Name: d.word(), Street: d.or(d.word), PostalCode: d.or(d.word), Locality: d.or(d.word), Country: d.or(d.word)}
	}
	if e.Place != nil && d.maybe() {
		e.Place.Latitude, e.Place.Longitude = float64(d.IntN(90)), d.Float64()*180
	}
	for range d.IntN(3) {
		p := vocab.Party{ID: d.or(d.url), Name: d.word(), URL: d.or(d.url)}
		e.Organizers, e.Funders = append(e.Organizers, p), append(e.Funders, vocab.Party{ID: d.url()})
	}
	return e
}

func (d dice) proposal() *vocab.Proposal {
	p := &vocab.Proposal{
		Purpose: d.one("offer", "request"), Kind: d.one("offer", "request", "funding", "other"), Seeks: d.text(),
		Opens: d.time(), Deadline: d.zoned(), Zone: d.or(func() string { return "Europe/Brussels" }),
		ApplyURL: d.or(d.url), Closed: d.maybe(),
	}
	if d.maybe() {
		p.Countries = []string{"HU", "SK", "AT"}[:1+d.IntN(3)]
	}
	if d.maybe() {
		p.Partnerships, p.Partners = []string{"investment", "of their own"}[:1+d.IntN(2)], []string{"cluster"}
	}
	if d.maybe() {
		p.Role, p.RightsNote, p.Wanted, p.CoFunding = d.text(), d.text(), d.IntN(100), d.IntN(100)
		p.Regions, p.Sectors, p.Keywords = []string{"HU31", "SK04"}[:1+d.IntN(2)], []string{"C"}, []string{"laser", "smart packaging"}
		p.Stage, p.Rights, p.TRLFrom, p.TRLTo = d.one("", "concept"), d.one("", "none"), d.IntN(5), d.IntN(9)
		p.Matter = d.one("", "technology")
		p.Programme = vocab.Programme{Name: d.or(d.word), Call: d.or(d.word), URL: d.or(d.url)}
		p.Languages, p.BehalfTerms = []string{"hu", "en"}, []string{"HU", "company"}
	}
	if d.maybe() {
		p.Behalf, p.CutOffs = vocab.Party{Name: d.word(), URL: d.or(d.url)}, []time.Time{d.zoned(), d.zoned()}
	}
	if p.Closed && d.maybe() {
		p.Result, p.ResultNote = d.one("partner-found", "awarded", "withdrawn", "without-result"), d.text()
	}
	if d.maybe() {
		p.UpTo = &vocab.Money{Amount: fmt.Sprint(d.IntN(1e9)), Currency: "EUR"}
	}
	if d.maybe() {
		p.Total = &vocab.Money{Amount: fmt.Sprintf("%d.%02d", d.IntN(1e9), d.IntN(100)), Currency: "HUF"}
	}
	return p
}

func (d dice) actor() vocab.Actor {
	a := vocab.Actor{
		ID: d.url(), Type: d.one("Application", "Group", "Organization", "Person", "Service"),
		PreferredUsername: d.or(d.word), Name: d.text(), Summary: d.text(), URL: d.or(d.url),
		Inbox: d.url(), Outbox: d.or(d.url), Followers: d.or(d.url), Following: d.or(d.url),
		Featured: d.or(d.url), SharedInbox: d.or(d.url), UpcomingEvents: d.or(d.url),
		Icon: d.picture(), Image: d.picture(), ManuallyApproves: d.maybe(), Discoverable: d.maybe(), Indexable: d.maybe(),
		Webfinger: d.or(d.word), AttributionDomains: d.urls(), Implements: d.urls(), AlsoKnownAs: d.urls(),
		MovedTo: d.or(d.url), Published: d.time(), Updated: d.time(),
	}
	for range d.IntN(3) {
		a.Fields = append(a.Fields, vocab.Attachment{Type: "PropertyValue", Name: d.or(d.word), Value: d.word()})
	}
	for range d.IntN(3) {
		a.Keys = append(a.Keys, vocab.Key{ID: d.url(), Owner: d.url(), PEM: d.word()})
	}
	if d.maybe() {
		a.Keys = append(a.Keys, vocab.Key{ID: d.url(), Owner: d.url(), Multibase: d.word()})
	}
	return a
}

func (d dice) picture() vocab.Picture {
	if d.maybe() {
		return vocab.Picture{}
	}
	return vocab.Picture{URL: d.url(), MediaType: d.one("image/png", "image/jpeg"), Name: d.or(d.word), Width: 1 + d.IntN(4000), Height: 1 + d.IntN(4000)}
}

func (d dice) activity() vocab.Activity {
	a := vocab.Activity{
		ID: d.url(), Type: d.one("Create", "Update", "Delete", "Follow", "Accept", "Undo", "Announce", "Like", "Offer"), Actor: d.url(),
		ObjectID: d.url(), Target: d.or(d.url), To: d.urls(), CC: d.urls(), Published: d.time(), Updated: d.time(),
	}
	switch d.IntN(5) {
	case 0:
		o := d.object()
		a.Object, a.ObjectID, a.ObjectType = &o, o.ID, o.Type
	case 1:
		p := d.actor()
		a.Person, a.ObjectID, a.ObjectType = &p, p.ID, p.Type
	case 2:
		a.Inner = &vocab.Activity{ID: d.url(), Type: d.one("Follow", "Announce"), Actor: d.url(), ObjectID: d.url(), To: d.urls(), Published: d.time()}
		a.ObjectID, a.ObjectType = a.Inner.ID, a.Inner.Type
	case 3:
		a.Object = &vocab.Object{ID: a.ObjectID, Type: "Tombstone", FormerType: d.or(d.word), Deleted: d.time()}
		a.ObjectType = "Tombstone"
	}
	return a
}

func (d dice) collection() vocab.Collection {
	c := vocab.Collection{
		ID: d.url(), Type: d.one("Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"),
		TotalItems: d.IntN(100) - 1, First: d.or(d.url),
	}
	if strings.HasSuffix(c.Type, "Page") {
		c.Next, c.Prev, c.PartOf = d.or(d.url), d.or(d.url), d.or(d.url)
	}
	for range d.IntN(3) {
		item, _ := json.Marshal(d.url())
		c.Items = append(c.Items, json.RawMessage(strings.ReplaceAll(string(item), `\u0026`, "&")))
	}
	return c
}

func TestWhateverWeWriteWeReadTheSame(t *testing.T) {
	for seed := range uint64(200) {
		d := dice{rand.New(rand.NewPCG(seed, 1))}
		for _, doc := range []document{d.object(), d.actor(), d.activity(), d.collection()} {
			b := encode(t, doc)
			if diff := cmp.Diff(doc, decode(t, b), sameDocument()...); diff != "" {
				t.Fatalf("seed %d: %s\nis read differently (-written +read):\n%s", seed, b, diff)
			}
		}
	}
}

// json makes a value that fits nothing: sound words in the wrong places.
func (d dice) json(depth int) any {
	n := d.IntN(12)
	if depth == 0 {
		n = d.IntN(7)
	}
	switch {
	case n < 3:
		return d.one("", "-", "P", "PT1S", "https://a.example/1", "https:", "://", "%zz", "Public", "as:Public", "Note", "2026-11-20T09:00:00Z",
			"2026-11-20", "text/html", "text/html; q=", "en", "48.1", "\x00", "\u2028", "mailto:a@b", "rel", "1e999")
	case n == 3:
		return []float64{0, -1, 1.5, 1e300, -1e300, 1 << 53}[d.IntN(6)]
	case n == 4:
		return nil
	case n == 5:
		return d.maybe()
	case n == 6:
		return json.RawMessage("1e999")
	case n < 9:
		list := make([]any, d.IntN(4))
		for i := range list {
			list[i] = d.json(depth - 1)
		}
		return list
	}
	m := map[string]any{}
	if d.IntN(4) > 0 {
		m["type"] = d.one("Create", "Announce", "Delete", "Note", "Event", "Video", "Person", "Place", "Tombstone", "Link", "Mention", "Image",
			"OrderedCollection", "CollectionPage", "Question", "Relationship", "Hashtag", "Multikey", "PropertyValue", "VirtualLocation", "PublicKey", "Emoji", "Push", "Ticket")
	}
	for range d.IntN(8) {
		m[d.one("id", "type", "actor", "object", "target", "to", "cc", "bto", "audience", "name", "nameMap", "summary", "content", "contentMap",
			"attributedTo", "inReplyTo", "url", "href", "rel", "mediaType", "hreflang", "duration", "published", "updated", "startTime", "endTime", "deleted",
			"formerType", "tag", "attachment", "icon", "image", "location", "latitude", "longitude", "radius", "units", "accuracy", "altitude", "width", "height",
			"inbox", "outbox", "endpoints", "publicKey", "publicKeyPem", "owner", "assertionMethod", "generator", "implements", "preferredUsername",
			"totalItems", "first", "next", "items", "orderedItems", "partOf", "startIndex", "source", "preview", "replies", "result", "instrument", "origin",
			"oneOf", "anyOf", "closed", "current", "streams", "discoverable", "featured", "votersCount", "blurhash", "signatureValue", "signatureAlgorithm",
			"organizers", "address", "funding", "amount", "publishes", "purpose", "@context", "@type", "@id", "relationship", "subject", "describes", "likes",
			"dependsOn", "assignedTo", "hash", "ref", "isResolved", "committed", "context")] = d.json(depth - 1)
	}
	return m
}

// Mutated bytes are seldom JSON; these always are.
func TestOddDocumentsDoNotPanic(t *testing.T) {
	for seed := range uint64(800) {
		d := dice{rand.New(rand.NewPCG(seed, 2))}
		m, ok := d.json(5).(map[string]any)
		if !ok {
			continue
		}
		m["type"] = d.one("Create", "Undo", "Note", "Event", "Video", "Person", "OrderedCollectionPage", "Question", "Place", "Relationship", "Push", "Link")
		if d.maybe() {
			m["id"], m["actor"], m["inbox"] = "https://a.example/1", "https://a.example/u", "https://a.example/i"
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		everyDecoder(b)
		if typed := libraryTakes(t, b); typed != nil {
			_, _ = readActivity(typed, b)
		}
		if doc, err := vocab.DecodeObject(b); err == nil {
			settles(t, doc)
		}
	}
}
