package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pergola/federation/vocab"
	"pergola/hub"
)

func TestPublishing(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	for _, test := range []struct {
		kind  string
		typed map[string]string
		says  []string
	}{
		{"news", map[string]string{"text.hu": "Egy **fontos** hír.", "title.en": "An English title"},
			[]string{"<strong>fontos</strong>", "/hu/i/"}},
		{"event", map[string]string{
			"start": "2030-11-20", "start_time": "18:00", "end_time": "20:30", "place": "Klaszterház", "town": "Miskolc",
			"organisers": "Minta Klaszter | https://minta.example\nMásik", "online": "meet.example",
		}, nil},
		{"event", map[string]string{
			"start": "2030-11-20", "start_time": "18:00", "end_time": "20:30", "place": "Klaszterház", "town": "Miskolc",
			"organisers": "Minta Klaszter | https://minta.example\nMásik",
		}, []string{"2030. november 20., 18:00–20:30", "Klaszterház", "Minta Klaszter, Másik"}},
		{"call", map[string]string{
			"purpose": "funding", "seeks.hu": "Kis cégeket", "up_to": "60 000", "currency": "EUR", "deadline": "2030-11-30",
			"countries": "SK", "apply_url": "https://minta.example/palyazat",
		}, []string{"2030. november 30., 23:59", "60\u00a0000\u00a0€", "Szlovákia", "Kis cégeket"}},
	} {
		t.Run(test.kind, func(t *testing.T) {
			path := "/hu/desk/new/" + test.kind
			form := formIn(t, v.get(path).Body.String(), "title.hu")
			form.Set("title.hu", "A legújabb közlemény")
			for name, value := range test.typed {
				form.Set(name, value)
			}
			form.Set("do", "publish")
			if test.says == nil {
				page := v.refused(path, form, "online")
				wants(t, page, `value="meet.example"`, `value="2030-11-20"`, `value="18:00"`, "A legújabb közlemény", "Másik")
				return
			}
			page := v.get(v.done(path, form)).Body.String()
			wants(t, page, "A legújabb közlemény", "Közzétéve. A követők megkapják.")
			wants(t, page, test.says...)
		})
	}
}

func TestErrorsAtTheirInputs(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	for _, test := range []struct {
		kind, do string
		typed    url.Values
		inputs   []string
	}{
		{"news", "publish", url.Values{}, []string{"title.hu"}},
		{"news", "draft", url.Values{"text.en": {"Text"}}, []string{"title.en"}},
		{"news", "preview", url.Values{"title.hu": {"ab"}}, []string{"title.hu"}},
		{"event", "publish", url.Values{"title.hu": {"Cím"}}, []string{"start", "place"}},
		{"event", "publish", url.Values{"start": {"2030-02-01"}, "end": {"2030-01-01"}}, []string{"title.hu", "end"}},
		{"event", "draft", url.Values{"title.hu": {"Cím"}, "start": {"2030-01-01"}, "start_zone_other": {"Mars/Base"}}, []string{"start_zone"}},
		{"event", "publish", url.Values{"register_url": {"javascript:alert(1)"}}, []string{"register_url"}},
		{"event", "publish", url.Values{"organisers": {"Minta | @minta"}}, []string{"organisers"}},
		{"call", "publish", url.Values{"title.hu": {"Cím"}, "other_countries": {"ZZ"}}, []string{"purpose", "other_countries"}},
		{"call", "publish", url.Values{"up_to": {"sok"}, "currency": {"FORINT"}}, []string{"up_to", "currency"}},
	} {
		t.Run(test.kind+" "+test.typed.Encode(), func(t *testing.T) {
			test.typed.Set("do", test.do)
			page := v.refused("/hu/desk/new/"+test.kind, test.typed, test.inputs...)
			missingTexts(t, test.kind, page)
			again := formIn(t, page, "title.hu")
			for name, value := range test.typed {
				if name == "do" || strings.HasSuffix(name, "_zone_other") {
					continue
				}
				if !slices.Equal(again[name], value) {
					t.Errorf("%s is shown again as %q, want %q", name, again[name], value)
				}
			}
		})
	}
}

func TestPreviewAndDraft(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	form := url.Values{"title.hu": {"Vázlat"}, "text.hu": {"*dőlt*"}, "title.en": {"Sketch"}, "do": {"preview"}}
	w := v.post("/hu/desk/new/news", form)
	page := w.Body.String()
	if w.Code != http.StatusOK {
		t.Fatalf("preview = %d", w.Code)
	}
	wants(t, page, `id="preview"`, "<em>dőlt</em>", `<h1 aria-level="3">Vázlat</h1>`, `<h1 aria-level="3" lang="en">Sketch</h1>`)
	wantsNot(t, v.get("/hu/desk").Body.String(), "Vázlat")

	form = formIn(t, page, "title.hu")
	form.Set("do", "draft")
	edit := v.done("/hu/desk/new/news", form)
	wants(t, v.get("/hu/desk").Body.String(), "Piszkozatok", "Vázlat")
	wantsNot(t, h.get("/hu/").Body.String(), "Vázlat")

	form = formIn(t, v.get(edit).Body.String(), "title.hu")
	if got := form.Get("text.hu"); got != "*dőlt*" {
		t.Errorf("the draft's text = %q", got)
	}
	form.Set("do", "publish")
	v.done(edit, form)
	wants(t, h.get("/hu/").Body.String(), "Vázlat")
	wantsNot(t, v.get("/hu/desk").Body.String(), "Piszkozatok")
}

func TestFormChangesNothingByItself(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	it := event("Találkozó", in(20, 18), in(20, 20), vocab.Place{Name: "Ház", Locality: "Eger", Country: "HU", Latitude: 47.9})
	it.Event.Organisers = []vocab.Party{{ID: "https://minta.example/a/minta", Name: "Minta"}, {Name: "Név"}}
	it = h.publishes(it)
	path := "/hu/desk/edit?id=" + url.QueryEscape(it.ID)
	form := formIn(t, v.get(path).Body.String(), "title.hu")
	form.Set("do", "publish")
	v.done(path, form)
	got, err := h.hub.OwnItem(t.Context(), h.editor, it.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Event.Start != it.Event.Start || got.Event.End != it.Event.End || got.Event.Place != it.Event.Place ||
		!slices.Equal(got.Event.Organisers, it.Event.Organisers) || got.Change != hub.NothingAtAll {
		t.Errorf("the event became\n%+v, was\n%+v", *got.Event, *it.Event)
	}
}

func TestTwoEditorsAtOnce(t *testing.T) {
	h := open(t, hub.Cluster)
	one, other := h.signedIn("eszter", hub.Editor), h.signedIn("erno", hub.Editor)
	it := h.publishes(news("Közös hír", ""))
	path := "/hu/desk/edit?id=" + url.QueryEscape(it.ID)
	mine := formIn(t, one.get(path).Body.String(), "title.hu")
	theirs := formIn(t, other.get(path).Body.String(), "title.hu")
	mine.Set("title.hu", "Eszter címe")
	mine.Set("do", "publish")
	one.done(path, mine)
	theirs.Set("title.hu", "Ernő címe")
	theirs.Set("do", "publish")
	page := other.refused(path, theirs)
	wants(t, page, "valaki más módosította", "Ernő címe")
	again := formIn(t, page, "title.hu")
	again.Set("do", "publish")
	wants(t, other.get(other.done(path, again)).Body.String(), "Ernő címe")
}

func TestEventCommands(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	it := h.publishes(event("Találkozó", in(20, 18), in(20, 20), vocab.Place{Name: "Ház", Locality: "Eger"}))
	id := url.QueryEscape(it.ID)
	move := "/hu/desk/move?id=" + id
	form := formIn(t, v.get(move).Body.String(), "start")
	v.refused(move, form, "start")
	v.refused(move, url.Values{"start_zone": {"Europe/Budapest"}}, "start")
	form.Set("start", in(21, 18).Local[:10])
	form.Set("end", in(21, 20).Local[:10])
	wants(t, v.get(v.done(move, form)).Body.String(), "Az új időpont megjelent.", "Eredetileg")

	confirm := v.get("/hu/desk/cancel?id=" + id)
	wants(t, confirm.Body.String(), "Biztosan lemondja", "Találkozó")
	v.done("/hu/desk/cancel", formIn(t, confirm.Body.String(), "id"))
	wants(t, v.get("/hu/desk").Body.String(), "Elmarad", "Mégis megtartjuk")
	if w := v.post("/hu/desk/cancel", url.Values{"id": {it.ID}}); w.Code != http.StatusConflict {
		t.Errorf("cancelling twice = %d", w.Code)
	}
	v.done("/hu/desk/reinstate", url.Values{"id": {it.ID}})
	wantsNot(t, v.get("/hu/desk").Body.String(), "Mégis megtartjuk")
}

func TestCloseCall(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	it := h.publishes(call("Partnert keresünk", hub.Request, in(20, 12)))
	confirm := v.get("/hu/desk/close?id=" + url.QueryEscape(it.ID)).Body.String()
	v.done("/hu/desk/close", formIn(t, confirm, "id"))
	wants(t, v.get("/hu/desk").Body.String(), "Lezárva")
}

// Which calls may interest which members, and why; what is private in the
// directory is for the office alone.
func TestMatches(t *testing.T) {
	h := open(t, hub.Cluster)
	v, o := h.signedIn("eszter", hub.Editor), h.signedIn("iroda", hub.Office)
	wants(t, v.get("/hu/desk/matches").Body.String(), "A tagjegyzék még üres")
	wants(t, o.get("/hu/desk/matches").Body.String(), "A tagjegyzék még üres", "Tagjegyzék szerkesztése")
	add := func(name, public string) {
		t.Helper()
		o.done("/hu/office/directory/edit", url.Values{"name": {name}, "sectors": {"C"}, "region": {"HU31"}, "keywords": {"lézer"}, "public": {public}})
	}
	add("Optika Kft.", "yes")
	add("Titok Kft.", "no")
	wants(t, v.get("/hu/desk/matches").Body.String(), "Nincs nyitott felhívás")
	plain := h.publishes(call("Szállodát keresünk", hub.Request, in(20, 12)))
	path := "/hu/desk/matches?id=" + url.QueryEscape(plain.ID)
	wants(t, v.get("/hu/desk/matches").Body.String(), "Egyik nyitott felhívás sem illik a tagokra")
	wants(t, v.get(path).Body.String(), "A jegyzék szerint egyik tagot sem érdekli.")
	it := call("Lézerekhez értőt keresünk", hub.Request, in(3, 12))
	it.Call.Sectors, it.Call.Partners, it.Call.Regions = []string{"C"}, []string{"sme-49"}, []string{"HU31"}
	it = h.publishes(it)
	page := v.get("/hu/desk/matches").Body.String()
	wants(t, page, "Lézerekhez értőt keresünk", "hamarosan zárul", "Optika Kft.",
		"ágazat: Feldolgozóipar · kulcsszó: lézer · a partner fajtája: Vállalkozás · régió: Észak-Magyarország", `aria-current="page">Felhívások a tagoknak`)
	wantsNot(t, page, "Titok Kft.", "Szállodát")
	wants(t, o.get("/en/desk/matches").Body.String(), "Titok Kft.", "sector: Manufacturing")
	own := "/hu/i/" + it.ID[strings.LastIndexByte(it.ID, '/')+1:]
	wants(t, v.get(own).Body.String(), "Melyik tagjukat érdekelheti?", "/hu/desk/matches?id=")
	wantsNot(t, h.get(own).Body.String(), "Melyik tagjukat")
	if w := v.get("/hu/desk/matches?id=http://nowhere.example/o/1"); w.Code != http.StatusNotFound {
		t.Errorf("of a call that there is not = %d", w.Code)
	}
	if w := h.get("/hu/desk/matches"); w.Code == http.StatusOK {
		t.Errorf("for everybody = %d", w.Code)
	}
}

// A checklist says what would make a call better, as it is typed and when it is
// public; its author alone sees it.
func TestChecklist(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	page := v.get("/hu/desk/new/call").Body.String()
	wants(t, page, "Mitől jó egy felhívás?", "0 / 9 megvan", `○ <a href="#f-purpose">`)
	form := formIn(t, page, "title.hu")
	form.Set("title.hu", "Partnert keresünk")
	form.Set("purpose", "request")
	form.Set("trl_from", "6")
	form.Set("trl_to", "4")
	form.Set("wanted", "sok")
	form.Set("do", "draft")
	w := v.post("/hu/desk/new/call", form)
	if w.Code != http.StatusUnprocessableEntity {
		t.Fatalf("a draft with mistakes = %d", w.Code)
	}
	wants(t, w.Body.String(), "1 / 9 megvan", "✓ Kiderül, merre folyik majd a pénz", "Egész számot írjon ebből a tartományból: 1–999.", `value="sok"`)
	form.Set("wanted", "2")
	wants(t, v.post("/hu/desk/new/call", form).Body.String(), "A felső szint alacsonyabb az alsónál.")
	form.Set("trl_to", "7")
	form.Set("sectors", "C")
	form.Set("other_regions", "sk04")
	form.Set("cut_off.1", "2030-10-01")
	form.Set("do", "preview")
	wants(t, v.post("/hu/desk/new/call", form).Body.String(), "Feldolgozóipar", "SK04", "6–7", "2030. október 1., 23:59 (Budapest)", "2 / 9 megvan")
	form.Set("do", "publish")
	path := v.done("/hu/desk/new/call", form)
	wants(t, v.get(path).Body.String(), "Mitől jó egy felhívás? (3 / 9 megvan)", "#f-apply_url")
	wantsNot(t, h.get(path).Body.String(), "Mitől jó")
}

// What came of a call closes it, and is shown on its page, in lists and in the
// form for it.
func TestRecordResult(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	it := h.publishes(call("Partnert keresünk", hub.Request, in(20, 12)))
	path := "/hu/desk/result?id=" + url.QueryEscape(it.ID)
	wants(t, v.get("/hu/desk").Body.String(), ">Eredmény</a>")
	wants(t, v.get(path).Body.String(), "Mi lett a felhívásból?", "eredmény nélkül zárult")
	w := v.post(path, url.Values{"result_note.hu": {"Két műhely."}})
	if w.Code != http.StatusUnprocessableEntity {
		t.Fatalf("no result = %d", w.Code)
	}
	wants(t, w.Body.String(), "Kérjük, töltse ki.", `value="Két műhely."`)
	v.done(path, url.Values{"result": {"awarded"}, "result_note.hu": {"Két műhely."}})
	page := h.get("/hu/i/" + it.ID[strings.LastIndexByte(it.ID, '/')+1:]).Body.String()
	wants(t, page, "Lezárva: odaítélték – Két műhely.", "<dt>Eredmény</dt><dd>odaítélték</dd>", "<dt>Az eredményről</dt><dd>Két műhely.</dd>")
	wants(t, h.get("/hu/").Body.String(), "Lezárva: odaítélték – Két műhely.")
	wants(t, h.get("/hu/feed.atom").Body.String(), "odaítélték")
	wants(t, v.get(path).Body.String(), `value="awarded" checked`)
}

func TestDeleteAndUndo(t *testing.T) {
	h := open(t, hub.Cluster)
	v := h.signedIn("eszter", hub.Editor)
	it := h.publishes(news("Törlendő", ""))
	confirm := v.get("/hu/desk/delete?id=" + url.QueryEscape(it.ID)).Body.String()
	wants(t, confirm, "30 másodpercig visszavonható")
	v.done("/hu/desk/delete", formIn(t, confirm, "id"))
	wantsNot(t, h.get("/hu/").Body.String(), "Törlendő")
	page := v.get("/hu/desk").Body.String()
	wants(t, page, "Addig visszavonható", "Mégse törlődjön: Törlendő")
	v.done("/hu/desk/undelete", formIn(t, page, "id"))
	wants(t, h.get("/hu/").Body.String(), "Törlendő")
	if w := v.post("/hu/desk/undelete", url.Values{"id": {it.ID}}); w.Code != http.StatusConflict {
		t.Errorf("undoing twice = %d", w.Code)
	}
	for _, p := range []string{"edit", "move", "cancel", "close", "result", "delete"} {
		if w := v.get("/hu/desk/" + p + "?id=http://nowhere.example/o/1"); w.Code != http.StatusNotFound {
			t.Errorf("%s of what is not there = %d, want 404", p, w.Code)
		}
	}
}
