package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/hub"
)

// A cluster pastes the list of its members and is shown what is wrong with it
// before anything is kept; the association's directory shows the public ones, and
// what becomes of them, once it has been reached. When the cluster leaves, they go.
func TestDirectory(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.join("photonics", "assoc")
		cluster := net.browser().signIn("photonics", "office", "office password")
		const office = "https://photonics.example/hu/office/directory"
		const here, there = "https://photonics.example/hu/members", "https://assoc.example/hu/members"
		cluster.get(office).has(t, "Még senki sincs a jegyzékben")

		table := "név;típus;régió;ágazat;nyilvános\nZala Kft.;;HU22;C;igen\nÓzdi Egyetem;;HU31;;igen\nTitkos Bt.;;;;nem\nHibás Zrt.;bolygó;;;\n"
		checked := cluster.post(office+"/import", url.Values{"table": {table}})
		checked.has(t, "3 sor menthető", "1 sor hibás", "Nem ismerjük: bolygó", "Kft.")
		cluster.get(office).hasNot(t, "Zala")
		imported := cluster.post(office+"/import", url.Values{"table": {table}, "confirm": {"yes"}, "type.3": {"research"}, "legal_form.3": {""}})
		imported.has(t, "Zala Kft.", "Ózdi Egyetem", "Kutatóintézet", "Titkos Bt.", "visszavon").hasNot(t, "Hibás")
		net.settle()
		for _, page := range []string{here, there} {
			p := net.browser().get(page)
			p.has(t, "Zala Kft.", "Ózdi Egyetem", "Nyugat-Dunántúl").hasNot(t, "Titkos")
			if strings.Index(p.Text, "Ózdi") > strings.Index(p.Text, "Zala Kft.") {
				t.Errorf("%s is not in Hungarian order", page)
			}
			net.browser().get(page+"?sector=C").has(t, "Zala Kft.").hasNot(t, "Ózdi")
			net.browser().get(page+"?type=research").has(t, "Ózdi").hasNot(t, "Zala Kft.")
		}
		_, actor := net.fetch(t, actorAt("photonics"))
		_, page := net.fetch(t, fmt.Sprint(actor["members"])+"?page=first")
		if wire := fmt.Sprint(page); !strings.Contains(wire, "https://schema.org/Corporation") || strings.Contains(wire, "Titkos") {
			t.Errorf("on the wire: %s", wire)
		}

		// The association is down while one is removed, and another is changed.
		entries, err := net.node("photonics").hub.OwnDirectory(t.Context(), hub.Program("test"), "hu")
		if err != nil || len(entries) != 3 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		// What nobody sees concerns nobody.
		cluster.post(office+"/remove", url.Values{"id": {entries[1].ID}}).has(t, "Titkos Bt.")
		cluster.post(office+"/restore", url.Values{"id": {entries[1].ID}})
		if _, same := net.fetch(t, actorAt("photonics")); same["updated"] != actor["updated"] {
			t.Errorf("a private member changes the profile from %v to %v", actor["updated"], same["updated"])
		}
		net.down["assoc.example"] = true
		cluster.post(office+"/remove", url.Values{"id": {entries[2].ID}}).has(t, "Törölt tagok")
		cluster.post(office+"/edit", url.Values{"id": {entries[0].ID}, "name": {"Ózdi Műszaki Egyetem"}, "public": {"yes"}})
		net.settle()
		net.browser().get(here).has(t, "Ózdi Műszaki Egyetem").hasNot(t, "Zala")
		net.down["assoc.example"] = false
		net.browser().get(there).has(t, "Zala Kft.")
		net.pass(2 * time.Hour)
		net.browser().get(there).has(t, "Ózdi Műszaki Egyetem").hasNot(t, "Zala")
		cluster.post(office+"/restore", url.Values{"id": {entries[2].ID}})
		net.settle()
		net.browser().get(there).has(t, "Zala Kft.")

		if p := cluster.post(office+"/edit", url.Values{"name": {"Zala Kft."}}); p.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("the same name twice: %d", p.StatusCode)
		}
		cluster.post(office+"/remove", url.Values{"id": {entries[0].Batch}})
		net.settle()
		net.browser().get(there).hasNot(t, "Zala", "Ózdi")
		cluster.post(office+"/restore", url.Values{"id": {entries[0].Batch}})
		net.settle()
		net.browser().get(there).has(t, "Zala")

		net.decide("assoc", "photonics", "removed", "Elmaradt a tagdíj.")
		net.settle()
		net.browser().get(there).hasNot(t, "Zala", "Ózdi")
	})
}

// A long directory comes in pages, in one order over all of them, and what it is
// filtered by stays from page to page.
func TestDirectoryInPages(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		table := "név;ágazat;nyilvános\nZsolt Kft.;C;igen\n"
		for i := range 119 {
			table += fmt.Sprintf("Cég %03d Kft.;%s;igen\n", i, []string{"C", "J"}[i%2])
		}
		const here = "https://photonics.example/hu/members"
		office := net.browser().signIn("photonics", "office", "office password")
		office.post("https://photonics.example/hu/office/directory/import", url.Values{"table": {table}, "confirm": {"yes"}})
		first := net.browser().get(here)
		first.has(t, "120 tagszervezet", "1. oldal, összesen 3", "Cég 000 Kft.", "Cég 049 Kft.", "/hu/members?page=2").hasNot(t, "Cég 050", "Zsolt", "Előző oldal")
		net.browser().get(here+"?page=2").has(t, "Cég 050 Kft.", "Cég 099 Kft.", `href="/hu/members" rel="prev"`, "/hu/members?page=3")
		net.browser().get(here+"?page=99").has(t, "3. oldal", "Cég 100 Kft.", "Zsolt Kft.").hasNot(t, "Következő oldal")
		net.browser().get(here+"?sector=C").has(t, "61 tagszervezet", "1. oldal, összesen 2", "/hu/members?page=2&amp;sector=C")
		net.browser().get(here+"?sector=C&page=2").has(t, "Zsolt Kft.", "Cég 118 Kft.", "/hu/members?sector=C").hasNot(t, "Cég 117")
	})
}
