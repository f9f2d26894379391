package hub

import "testing"

// A teaser stands above the text unless one would read the same twice.
func TestLead(t *testing.T) {
	for _, test := range []struct{ name, teaser, html, want string }{
		{"nothing", "", "", ""},
		{"a text alone", "", "<p>Új mérőhely.</p>", ""},
		{"a teaser alone", "Új mérőhely.", "", "Új mérőhely."},
		{"one of its own", "Már lehet foglalni.", "<p>Új mérőhely.</p>", "Már lehet foglalni."},
		{"the beginning of the text", "Új mérőhely.", "<p>Új\n<strong>mérőhely</strong>.</p>\n<p>Már lehet foglalni.</p>", ""},
		{"the beginning, cut", "Új mérőhely nyílt…", "<p>Új mérőhely nyílt Szegeden.</p>", ""},
	} {
		if got := (ItemText{Teaser: test.teaser, HTML: test.html}).Lead(); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
