package main

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/hub"
)

// A call with all it can say arrives as it was written. Another cluster is shown
// which of its members it may interest. It is marked before it closes, closes
// itself without a notice, and its result reaches pages, notes and the digest.
func TestLifeOfACall(t *testing.T) {
	story(t, []string{"medtech", "photonics", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		if _, err := net.node("photonics").hub.Follow(t.Context(), hub.Program("test"), "@medtech@medtech.example"); err != nil {
			t.Fatal(err)
		}
		bo := net.mastodon("social.example", "bo")
		bo.follow("https://medtech.example/a/medtech")
		net.settle()
		desk := net.browser().signIn("medtech", "editor", "editor password")
		form := url.Values{
			"title.hu": {"Lézeres vágót keresünk"}, "text.hu": {"Egy pályázathoz."}, "seeks.hu": {"gyártót"}, "role.hu": {"a prototípus gyártása"},
			"purpose": {"request"}, "matter": {"rd"}, "partners": {"sme-49"}, "wanted": {"2"}, "countries": {"HU"}, "regions": {"HU31"}, "other_regions": {"SK04"},
			"sectors": {"C"}, "keywords": {"lézer, okoskötés"}, "stage": {"prototype"}, "trl_from": {"4"}, "trl_to": {"6"},
			"rights": {"applied"}, "rights_note.hu": {"egy bejelentés"}, "programme": {"Minta program"}, "programme_call": {"MP-1"}, "programme_url": {"https://program.example/"},
			"co_funding": {"70"}, "languages": {"hu", "en"}, "behalf_country": {"HU"}, "behalf_kind": {"company"}, "behalf_size": {"sme-10"},
			"deadline": {later(10)}, "deadline_time": {"17:00"}, "cut_off.1": {later(4)}, "cut_off.1_time": {"12:00"}, "zone": {"Europe/Brussels"},
			"apply_url": {"https://apply.example/"}, "do": {"publish"},
		}
		form.Set("trl_to", "3")
		form.Set("wanted", "sok")
		desk.post("https://medtech.example/hu/desk/new/call", form).has(t, "A felső szint alacsonyabb az alsónál.", "Egész számot írjon", "a prototípus gyártása")
		form.Set("trl_to", "6")
		form.Set("wanted", "2")
		desk.post("https://medtech.example/hu/desk/new/call", form).has(t, "Lézeres vágót keresünk")
		net.settle()

		own, err := net.node("medtech").hub.OpenCalls(t.Context(), hub.FeedFilter{Own: true}, hub.Page{Limit: 5})
		if err != nil || len(own) != 1 {
			t.Fatal(own, err)
		}
		there := "https://assoc.example/hu/item?id=" + url.QueryEscape(own[0].ID)
		for _, address := range []string{own[0].URL, there} {
			net.browser().get(address).has(t, "kutatás-fejlesztés", "a prototípus gyártása", "Észak-Magyarország, SK04", "Feldolgozóipar", "lézer, okoskötés", "prototípus", "4–6",
				"szabadalmi bejelentés", "egy bejelentés", "Minta program, MP-1", "70", "magyar, angol", "egy szervezet, név nélkül (Magyarország, Vállalkozás, legfeljebb 10 fős cég)", "12:00 (Brüsszel)")
		}
		got, err := net.node("assoc").hub.Entry(t.Context(), own[0].ID)
		if err != nil || got.Call.Wanted != 2 || len(got.Call.CutOffs) != 1 || got.Call.CutOffs[0] != own[0].Call.CutOffs[0] {
			t.Errorf("the association has %+v, %v", got.Call, err)
		}

		office := net.browser().signIn("photonics", "office", "office password")
		office.post("https://photonics.example/hu/office/directory/edit", url.Values{"name": {"Lézer Műhely Kft."}, "region": {"HU31"}, "sectors": {"C"}, "keywords": {"lézer"}, "public": {"yes"}})
		office.post("https://photonics.example/hu/office/directory/edit", url.Values{"name": {"Távoli Kft."}, "region": {"HU11"}, "sectors": {"K"}, "public": {"yes"}})
		office.get("https://photonics.example/hu/desk/matches").has(t, "Lézeres vágót keresünk", "Lézer Műhely Kft.",
			"ágazat: Feldolgozóipar · kulcsszó: lézer · a partner fajtája: Vállalkozás · régió: Észak-Magyarország").hasNot(t, "Távoli")
		office.get("https://photonics.example/en/item?id="+url.QueryEscape(own[0].ID)).has(t, "Which members may be interested?")

		net.pass(4 * 24 * time.Hour)
		net.browser().get("https://assoc.example/hu/calls").has(t, "hamarosan zárul, még 6 nap")
		before := len(bo.got("Create"))
		net.pass(7 * 24 * time.Hour)
		net.browser().get(there).has(t, "Lezárva: már nem vár jelentkezést", "Lézeres vágót keresünk")
		updates := bo.got("Update")
		if len(updates) != 1 || !strings.Contains(updates[0].Object.Content.In("hu"), "Lezárva: Lézeres vágót keresünk") || !updates[0].Object.Proposal.Closed {
			t.Fatalf("bo got %d Updates: %+v", len(updates), updates)
		}
		if n := len(bo.got("Create")); n != before {
			t.Errorf("%d notices of a deadline that everybody knew", n-before)
		}

		result := "https://medtech.example/hu/desk/result?id=" + url.QueryEscape(own[0].ID)
		desk.post(result, url.Values{"result": {"partner-found"}, "result_note.hu": {"Egy szegedi műhely."}}).has(t, "megvan a partner", "Közzétettük az eredményt.")
		net.settle()
		for _, address := range []string{own[0].URL, there, "https://assoc.example/hu/", "https://assoc.example/hu/feed.atom"} {
			net.browser().get(address).has(t, "megvan a partner", "Egy szegedi műhely.")
		}
		creates := bo.got("Create")
		if note := creates[len(creates)-1].Object.Content.In("hu"); len(creates) != before+1 || !strings.Contains(note, "Eredmény: megvan a partner – Egy szegedi műhely.") {
			t.Errorf("bo is told %s", note)
		}
		updates = bo.got("Update")
		if p := updates[len(updates)-1].Object.Proposal; p.Result != "partner-found" || p.ResultNote.In("hu") != "Egy szegedi műhely." {
			t.Errorf("bo got the result %+v", p)
		}
		assoc := net.node("assoc")
		i, err := assoc.hub.SendDigestNow(t.Context(), hub.Program("test"), digestOf(t, assoc))
		if err != nil {
			t.Fatal(err)
		}
		if e, err := assoc.hub.Entry(t.Context(), i.Item); err != nil || !strings.Contains(e.Text("hu").HTML, "megvan a partner – Egy szegedi műhely.") {
			t.Errorf("the digest says %s, %v", e.Text("hu").HTML, err)
		}
		desk.get("https://medtech.example/hu/desk").has(t, "Lezárva")
	})
}
