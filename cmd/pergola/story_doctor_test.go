package main

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"pergola/federation/check"
	"pergola/hub"
)

// through has a node of the network looked at by another.
func (net *network) through(name, doctor string) (all []string) {
	net.node(name).fed.ExamineThrough(net.t.Context(), "https://"+doctor+".example", func(c check.Check) {
		all = append(all, c.Name+" "+string(c.Severity)+" "+c.Verdict)
	})
	return all
}

// A cluster has the association look at it from outside, and is told what stands
// in the way. The association's office can switch that off; who is not followed
// is not looked at.
func TestTheAssociationLooksFromOutside(t *testing.T) {
	story(t, []string{"photonics", "assoc", "stranger"}, func(t *testing.T, net *network) {
		if _, err := net.node("assoc").hub.Follow(t.Context(), hub.Program("test"), "@photonics@photonics.example"); err != nil {
			t.Fatal(err)
		}
		net.settle()

		got := strings.Join(net.through("photonics", "assoc"), ", ")
		want := "through ok good, dns ok good, address ok good, webfinger ok good, actor ok good, nodeinfo ok good, " +
			"signature_cavage ok good, signature_rfc9421 ok good, signature_ed25519 ok good"
		if got != want {
			t.Errorf("well:\n%s, want\n%s", got, want)
		}
		before := len(net.sent)
		if got := fmt.Sprint(net.through("stranger", "assoc")); got != "[through warning not_offered]" {
			t.Errorf("a stranger: %s", got)
		}
		for _, r := range net.sent[before:] {
			if r.From == "assoc.example" {
				t.Errorf("a stranger had %s %s asked", r.To, r.Path)
			}
		}

		// What stands in front of the cluster answers for it.
		whole := net.hosts["photonics.example"]
		net.hosts["photonics.example"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/.well-known/webfinger") {
				http.NotFound(w, r)
				return
			}
			whole.ServeHTTP(w, r)
		})
		net.pass(hub.UndoPeriod * 4)
		if got := fmt.Sprint(net.through("photonics", "assoc")); !strings.Contains(got, "webfinger failed missing") {
			t.Errorf("without WebFinger: %s", got)
		}
		net.hosts["photonics.example"] = whole

		office := net.browser().signIn("assoc", "office", "office password")
		office.get("https://assoc.example/hu/office/status").has(t, "Mások oldalainak vizsgálata", "Kikapcsolás")
		office.post("https://assoc.example/hu/office/examines", url.Values{"on": {"no"}}).has(t, "Bekapcsolás", "kikapcsolta mások oldalainak vizsgálatát")
		if got := fmt.Sprint(net.through("photonics", "assoc")); got != "[through warning not_offered]" {
			t.Errorf("switched off: %s", got)
		}
		editor := net.browser().signIn("assoc", "editor", "editor password")
		if p := editor.post("https://assoc.example/hu/office/examines", url.Values{"on": {"yes"}}); p.StatusCode != http.StatusForbidden {
			t.Errorf("an editor switches: status %d", p.StatusCode)
		}
		office.post("https://assoc.example/hu/office/examines", url.Values{"on": {"yes"}})
		net.pass(hub.UndoPeriod * 4)
		if got := net.through("photonics", "assoc"); len(got) != 9 {
			t.Errorf("switched on again: %v", got)
		}
	})
}

// The office sees in one look whether all is well, and else what to do.
func TestTheStatusPageSaysWhatIsWrong(t *testing.T) {
	story(t, []string{"photonics", "assoc"}, func(t *testing.T, net *network) {
		net.followAll("assoc")
		n := net.node("photonics")
		run := func(job, wrong string) {
			if err := n.hub.RecordRun(t.Context(), hub.Run{Job: job, Started: time.Now(), Finished: time.Now(), Error: wrong}); err != nil {
				t.Fatal(err)
			}
		}
		run("deletions", "")
		b := net.browser().signIn("photonics", "office", "office password")
		const page = "https://photonics.example/hu/office/status"
		b.get(page).has(t, "Minden rendben", "Minden megérkezett", "Szabad:").hasNot(t, "Teendő:")

		net.down["assoc.example"] = true
		net.publish("photonics", news("Új lézer", ""))
		net.settle()
		run("backup", "no room")
		b.get(page).has(t, "Valami nincs rendben", "assoc.example", "no room", "Teendő:", "Nem válaszoló oldalak: 1")
		net.browser().signIn("photonics", "editor", "editor password").get(page).hasNot(t, "no room")

		run("backup", "")
		net.down["assoc.example"] = false
		net.pass(2 * hub.UndoPeriod * 60)
		run("deletions", "")
		b.get(page).has(t, "Minden rendben").hasNot(t, "no room")
	})
}

// resolveExample is a resolver for a network.
func resolveExample(_ context.Context, host string) ([]netip.Addr, error) {
	if !strings.HasSuffix(host, ".example") {
		return nil, fmt.Errorf("looking up %s: no such host", host)
	}
	return []netip.Addr{netip.MustParseAddr("203.0.113.7")}, nil
}
