package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/cron"
	"pergola/hub/locale"
	"pergola/hub/web"
	"pergola/storage"
	"pergola/storage/blob"
	"pergola/storage/storagetest"
)

// A house is a whole site over a database of its own.
type house struct {
	t      testing.TB
	db     *storage.DB
	hub    *hub.Hub
	site   http.Handler
	editor hub.Who
	office hub.Who
}

const base = "http://szovetseg.example"

// open founds an organisation of a kind and opens its site.
func open(t testing.TB, kind hub.Kind) *house {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	root, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	db := storagetest.Open(t, storagetest.Database(t, storagetest.SQLite))
	fed := federation.New(federation.Options{Base: root, Store: db, Version: "test", Organisation: "iroda", Instance: hub.Instance, Log: log})
	h := hub.New(hub.Options{Store: db, Federation: fed, Base: root, Locale: texts, Log: log, Media: folder(t), Cache: folder(t)})
	if err := h.Found(t.Context(), hub.Organisation{
		Name: "iroda", Kind: kind, Languages: []string{"hu", "en"}, Zone: "Europe/Budapest", Demo: true,
		Title: vocab.Text{{Lang: "hu", Value: "Mintaklaszterek Szövetsége"}, {Lang: "en", Value: "Association of Sample Clusters"}},
		About: vocab.Text{
			{Lang: "hu", Value: "A szövetség **nyolc klaszter** híreit, eseményeit és együttműködési felhívásait gyűjti egy helyre.\n\nTagjaink az élelmiszeripartól az építőiparig több mint kétszáz vállalkozást fognak össze."},
			{Lang: "en", Value: "The association brings the news, events and cooperation calls of **eight clusters** together in one place."},
		},
		Website: "https://szovetseg.example/", Email: "iroda@szovetseg.example", Place: "1051 Budapest, Példa utca 1.",
	}); err != nil {
		t.Fatal(err)
	}
	site := web.New(web.Options{Hub: h, Base: root, Locale: texts, Version: "test", Log: log})
	return &house{
		t: t, db: db, hub: h, site: site.Handler(),
		editor: hub.Who{Account: "e", Name: "szerk", Role: hub.Editor},
		office: hub.Who{Account: "o", Name: "iroda", Role: hub.Office},
	}
}

// folder is an empty one for files.
func folder(t testing.TB) *blob.Store {
	t.Helper()
	s, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// follows has the organisation follow a cluster that is not there.
func (h *house) follows(name, title, about string) string {
	h.t.Helper()
	host := name + ".example"
	id := "http://" + host + "/a/" + name
	actor := vocab.Actor{
		ID: id, Type: "Organization", PreferredUsername: name, Name: vocab.Text{{Lang: "hu", Value: title}}, URL: "http://" + host + "/",
		Summary: vocab.Text{{Lang: "hu", Value: about}}, Inbox: id + "/inbox", Outbox: id + "/outbox", Webfinger: name + "@" + host,
	}
	if err := h.db.SaveRemoteActor(h.t.Context(), federation.RemoteActor{Actor: actor, Fetched: time.Now()}); err != nil {
		h.t.Fatal(err)
	}
	h.update(func(ctx context.Context, tx hub.Tx) error {
		return tx.SaveFollowing(ctx, hub.Following{
			Local: "iroda", Actor: id, State: hub.Accepted, Activity: base + "/x/follow-" + name, Since: time.Now().AddDate(0, -3, 0),
		})
	})
	return id
}

// arrives puts somebody else's item into the feed.
func (h *house) arrives(author, name string, it hub.Item) hub.Item {
	h.t.Helper()
	it.ID, it.URL = strings.Replace(author, "/a/", "/o/", 1)+"/"+name, strings.Replace(author, "/a/", "/hu/i/", 1)+"/"+name
	it.Author, it.State = author, hub.Published
	if it.Published.IsZero() {
		it.Published = time.Now().Add(-time.Hour)
	}
	it.Received, it.Updated, it.Feed = it.Published, it.Published, it.Published
	h.update(func(ctx context.Context, tx hub.Tx) error {
		if err := tx.InsertItem(ctx, it); err != nil {
			return err
		}
		return tx.InsertProvenance(ctx, hub.Provenance{Item: it.ID, Actor: author, How: "sent", Activity: it.ID + "/x", At: it.Received})
	})
	return it
}

func (h *house) update(f func(context.Context, hub.Tx) error) {
	h.t.Helper()
	if err := h.db.Update(h.t.Context(), func(tx hub.Tx) error { return f(h.t.Context(), tx) }); err != nil {
		h.t.Fatal(err)
	}
}

// publishes publishes an own item.
func (h *house) publishes(it hub.Item) hub.Item {
	h.t.Helper()
	it, err := h.hub.Publish(h.t.Context(), h.editor, it)
	if err != nil {
		h.t.Fatal(err)
	}
	return it
}

// get asks for a page; edit may change the request.
func (h *house) get(path string, edit ...func(*http.Request)) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.ask(http.MethodGet, path, edit...)
}

func (h *house) ask(method, path string, edit ...func(*http.Request)) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), method, base+path, nil)
	for _, e := range edit {
		e(r)
	}
	w := httptest.NewRecorder()
	h.site.ServeHTTP(w, r)
	return w
}

// news is a news item in Hungarian and, when there is a title for it, English.
func news(hu, en string) hub.Item {
	it := hub.Item{Type: hub.News, Texts: []hub.ItemText{words("hu", hu)}}
	if en != "" {
		it.Texts = append(it.Texts, words("en", en))
	}
	return it
}

func words(lang, title string) hub.ItemText {
	body := "A részletekről a következő hetekben adunk hírt."
	if lang == "en" {
		body = "Details will follow in the coming weeks."
	}
	return hub.ItemText{Lang: lang, Title: title, Teaser: body, Markdown: body, HTML: "<p>" + body + "</p>"}
}

// in is a moment so many days from now, at an hour in Budapest.
func in(days, hour int) hub.When {
	zone := "Europe/Budapest"
	loc, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	now := time.Now().In(loc)
	at := time.Date(now.Year(), now.Month(), now.Day()+days, hour, 0, 0, 0, loc)
	return hub.NewWhen(at, zone)
}

func event(hu string, start, end hub.When, place vocab.Place) hub.Item {
	it := news(hu, "")
	it.Type = hub.AnEvent
	it.Event = &hub.Event{Start: start, End: end, Status: vocab.EventScheduled, Place: place}
	return it
}

func call(hu string, purpose hub.Purpose, deadline hub.When) hub.Item {
	it := news(hu, "")
	it.Type = hub.ACall
	it.Call = &hub.Call{
		Purpose: purpose, Seeks: vocab.Text{{Lang: "hu", Value: "szenzorgyártó vállalkozást"}}, Countries: []string{"HU", "SK"},
		UpTo: vocab.Money{Amount: "60000", Currency: "EUR"}, Total: vocab.Money{Amount: "2800000", Currency: "EUR"}, Deadline: deadline,
	}
	return it
}

// furnished is an association with something of everything.
func furnished(t testing.TB) *house {
	h := open(t, hub.Association)
	izlanc := h.follows("izlanc", "Ízlánc Élelmiszer- és Gasztronómia Klaszter", "<p>Dél-alföldi élelmiszeripari vállalkozások.</p>")
	medhid := h.follows("medhid", "MedTech Híd Klaszter", "<p>Orvostechnikai fejlesztők és kórházak.</p>")
	h.follows("falazat", "Falazat Építőipari Klaszter", "<p>Építőipari vállalkozások.</p>")
	h.arrives(izlanc, "siker", news("Csomagolás és élelmiszer: közös siker két klaszter tagjaitól", ""))
	h.arrives(medhid, "minosites", news("Megújult a MedTech Híd minősítése", "The label of MedTech Híd was renewed"))
	h.arrives(izlanc, "english", hub.Item{Type: hub.News, Texts: []hub.ItemText{words("en", "Study visit to the Lviv region, online")}})
	moved := event("Klasztermenedzser-képzés", in(9, 9), in(11, 16), vocab.Place{Name: "Szegedi Inkubátorház", Locality: "Szeged", Country: "HU"})
	moved.Event.Status, moved.Event.PreviousStart = vocab.EventRescheduled, in(2, 9).At
	h.arrives(izlanc, "kepzes", moved)
	off := event("Gyárlátogatás Győrben", in(16, 10), hub.When{}, vocab.Place{Locality: "Győr", Country: "HU"})
	off.Event.Status = vocab.EventCancelled
	h.arrives(medhid, "gyar", off)
	brussels := in(34, 13)
	brussels.Zone = "Europe/Lisbon"
	abroad := event("Pályázati infónap", hub.NewWhen(brussels.At, "Europe/Lisbon"), hub.When{}, vocab.Place{})
	abroad.Event.Online = "https://meet.example/infonap"
	abroad.Event.Organisers = []vocab.Party{{Name: "Európai Klaszterhálózat"}}
	h.arrives(medhid, "infonap", abroad)
	h.arrives(medhid, "kereses", call("IoT-szenzorok gyümölcsösökbe", hub.Request, in(3, 17)))
	h.arrives(izlanc, "palyazat", call("Innovációs utalvány kis- és középvállalkozásoknak", hub.Funding, in(40, 23)))
	h.publishes(event("Klaszter Expo", in(24, 10), in(25, 16), vocab.Place{Name: "Miskolci Egyetem", Street: "Egyetemváros", PostalCode: "3515", Locality: "Miskolc", Country: "HU"}))
	h.publishes(news("Elindult a közös hírfolyam", "The shared feed is open"))
	d, err := h.hub.SaveDigest(t.Context(), h.office, hub.Digest{
		Title: vocab.Text{{Lang: "hu", Value: "Heti összefoglaló"}, {Lang: "en", Value: "Weekly digest"}},
		Rule:  rule(t), Enabled: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.hub.SendDigestNow(t.Context(), h.office, d.ID); err != nil {
		t.Fatal(err)
	}
	return h
}

func rule(t testing.TB) cron.Rule {
	t.Helper()
	r, err := cron.Parse("0 8 * * 1", "Europe/Budapest")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// many has a cluster send so many news items.
func (h *house) many(author string, n int) {
	h.t.Helper()
	for i := range n {
		it := news(fmt.Sprintf("%d. hír", i+1), "")
		it.Published = time.Now().Add(-time.Duration(n-i) * time.Hour)
		h.arrives(author, fmt.Sprintf("n%d", i), it)
	}
}
