package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pergola/cmd/pergola/front/fronttest"
	"pergola/config"
	"pergola/hub/locale"
)

// What is done and what is taken back is known before anything happens.
func TestQuickstartPlan(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := quickstartCommand{p: texts.Printer("en"), Domain: "photonics.example", Handle: "photonics", Dir: "/srv/nodes", DNS: true}
	for name, test := range map[string]struct {
		service    bool
		want, back []string
	}{
		"with a service": {true, []string{
			"the user pergola of this machine", "the folder /srv/nodes", "the settings of certificates in /srv/nodes/server.toml",
			"the site in /srv/nodes/photonics", "the domain photonics.example leads here", "the service pergola of systemd",
			"the service runs, now and after a restart of the machine", "https://photonics.example/ answers, with a certificate",
		}, []string{
			"the service runs, now and after a restart of the machine", "the service pergola of systemd", "the folder /srv/nodes",
			"the user pergola of this machine",
		}},
		"without": {false, []string{
			"the folder /srv/nodes", "the settings of certificates in /srv/nodes/server.toml",
			"the site in /srv/nodes/photonics", "the domain photonics.example leads here",
		}, []string{"the folder /srv/nodes"}},
	} {
		c.Service = test.service
		var got, back []string
		for _, s := range c.steps(nil) {
			got = append(got, s.what)
			if s.undo != nil {
				back = append([]string{s.what}, back...)
			}
		}
		if !slices.Equal(got, test.want) || !slices.Equal(back, test.back) {
			t.Errorf("%s: %q and back %q", name, got, back)
		}
	}
}

func TestQuickstartDNS(t *testing.T) {
	here, there := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2")
	here6, inside := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("10.0.0.1")
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	p := texts.Printer("en")
	lines := dnsLines("photonics.example", []netip.Addr{here, inside, here6}, p)
	if !slices.Equal(lines, []string{"photonics.example.  A  203.0.113.1", "photonics.example.  AAAA  2001:db8::1"}) {
		t.Errorf("%q", lines)
	}
	if lines := dnsLines("photonics.example", []netip.Addr{inside}, p); len(lines) != 1 || !strings.Contains(lines[0], "behind another") {
		t.Errorf("behind another machine: %q", lines)
	}
	for name, test := range map[string]struct {
		found, own []netip.Addr
		err        error
		want       string // part of what is said, "" when it is good
	}{
		"here":              {found: []netip.Addr{here}, own: []netip.Addr{here}},
		"behind another":    {found: []netip.Addr{there}},
		"in its own hosts":  {found: []netip.Addr{netip.MustParseAddr("127.0.1.1")}, own: []netip.Addr{here}},
		"elsewhere":         {found: []netip.Addr{there}, own: []netip.Addr{here}, want: "leads to 203.0.113.2"},
		"elsewhere as well": {found: []netip.Addr{here, there}, own: []netip.Addr{here}, want: "only some of these"},
		"nowhere":           {own: []netip.Addr{here}, want: "leads nowhere"},
		"no resolver":       {err: errors.New("lookup photonics.example on [::1]:53: read udp [::1]:39643: refused"), want: "leads to: refused"},
	} {
		err := leadsHere("photonics.example", test.found, test.err, test.own, p)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestQuickstartUnit(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := quickstartCommand{p: texts.Printer("en"), Dir: "/srv/nodes"}
	text, err := c.unitFor("/usr/local/bin/pergola")
	if err != nil || !strings.Contains(text, "\nExecStart=/usr/local/bin/pergola serve /srv/nodes\n") ||
		!strings.Contains(text, "\nReadWritePaths=/srv/nodes\n") || strings.Contains(text, "/var/lib") {
		t.Errorf("%v\n%s", err, text)
	}
	for _, program := range []string{"/home/anna/pergola", "/usr/local/bin/pergola $x"} {
		if _, err := c.unitFor(program); err == nil {
			t.Errorf("%s is taken for the service", program)
		}
	}
}

// Wrong answers are asked again with a reason; what was waited for and stopped
// goes on.
func TestQuickstartAsks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nodes")
	args := []string{"quickstart", "--dir", dir, "--no-service"}
	answers := "\nFotonika Klaszter\nhttps://photonics.invalid\n192.0.2.1\nPhotonics.invalid\nnobody\noffice@photonics.invalid\nclub\n\n"
	out, err := invoke(t, answers, append(args, "--wait", "1ms")...)
	for _, want := range []string{
		"an answer is needed", "want the name alone", "want one address", "want cluster or association", "password ",
		"photonics.invalid.  A", "waited for",
	} {
		if err == nil || !strings.Contains(out+err.Error(), want) {
			t.Errorf("nothing says %q: %v\n%s", want, err, out)
		}
	}
	out, err = invoke(t, "", append(args, "--no-dns")...)
	if err != nil || strings.Contains(out, "password ") || strings.Count(out, "there already") != 3 || !strings.Contains(out, "pergola serve "+dir) {
		t.Errorf("once more: %v\n%s", err, out)
	}
	if s, err := config.LoadServer(dir); err != nil || s.TLS != config.TLSByACME || s.ACMEEmail != "office@photonics.invalid" {
		t.Errorf("server.toml: %+v, %v", s, err)
	}
	if out, err := invoke(t, "", "check", dir); err != nil {
		t.Error(err, out)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no domain":      {[]string{"--name", "x"}, "--domain"},
		"a bare word":    {[]string{"--name", "x", "--domain", "localhost"}, "want the name alone"},
		"a reserved one": {[]string{"--name", "x", "--domain", "relay.example"}, "--handle"},
		"removes alone":  {[]string{"--remove-nodes"}, "--undo"},
	} {
		empty := filepath.Join(t.TempDir(), "nodes")
		if out, err := invoke(t, "", append([]string{"quickstart", "--dir", empty, "--no-service", "--no-dns", "--yes"}, test.args...)...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q\n%s", name, err, test.want, out)
		}
		if nodes, _ := filepath.Glob(filepath.Join(empty, "*", config.FileName)); len(nodes) > 0 {
			t.Errorf("%s left %v", name, nodes)
		}
	}
}

func TestTerminalLanguage(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"":   {},
		"hu": {"LANG": "hu_HU.UTF-8"},
		"C":  {"LC_ALL": "C.UTF-8", "LC_MESSAGES": "hu_HU.UTF-8", "LANG": "hu_HU.UTF-8"},
		"en": {"LC_MESSAGES": "en", "LANG": "hu_HU@euro"},
	} {
		if got := terminalLanguage(func(name string) string { return env[name] }); got != want {
			t.Errorf("%v: %q, want %q", env, got, want)
		}
	}
}

// Where the terminal is Hungarian, so is what it is asked and told.
func TestQuickstartSpeaksHungarian(t *testing.T) {
	t.Setenv("LC_ALL", "hu_HU.UTF-8")
	dir := filepath.Join(t.TempDir(), "nodes")
	args := []string{"quickstart", "--dir", dir, "--no-service", "--no-dns"}
	out, err := invoke(t, "Fotonika Klaszter\nlocalhost\nphotonics.invalid\n\nSzövetség\n", args...)
	if err != nil {
		t.Fatal(err, out)
	}
	for _, want := range []string{
		"Mi a szervezet neve?", "Ez nem lehet: csak a név kell", "[1/3] a mappa: " + dir, "jelszó ", "Még semmi sem szolgálja ki: ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("nothing says %q:\n%s", want, out)
		}
	}
	if out, err := invoke(t, "", append(args, "--undo")...); err != nil || !strings.Contains(out, "itt maradnak: "+dir) {
		t.Errorf("undo: %v\n%s", err, out)
	}
	for want, test := range map[string]struct {
		args []string
		code int
	}{
		"a --remove-nodes csak az --undo mellett":   {[]string{"--remove-nodes"}, 2},
		"kisbetűkből, számjegyekből":                {[]string{"--yes", "--name", "x", "--domain", "kék.example"}, 2},
		"ez a cím nem lehet; másikat a --handle":    {[]string{"--yes", "--name", "x", "--domain", "relay.example"}, 2},
		"Ez a név nem használható":                  {[]string{"--yes", "--name", "x", "--domain", "relay.example"}, 2},
		"Nem jött válasz; így is megadható: --name": {nil, 1},
	} {
		args := append([]string{"quickstart", "--dir", filepath.Join(t.TempDir(), "nodes"), "--no-service", "--no-dns"}, test.args...)
		if _, err := invoke(t, "", args...); err == nil || !strings.Contains(err.Error(), want) || exitCode(err) != test.code {
			t.Errorf("%v says %v with %d, want %q with %d", test.args, err, exitCode(err), want, test.code)
		}
	}
}

// A folder is made ready without root, served as the last line says, found to
// answer with a certificate of Pebble's, and removed.
func TestQuickstartGetsACertificate(t *testing.T) {
	https, plain := freeAddress(t), freeAddress(t)
	authority := fronttest.New(t, portOf(t, plain), portOf(t, https), 24*time.Hour)
	authority.Start()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, authority.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "nodes")
	domain := fmt.Sprintf("photonics.localhost:%d", portOf(t, https))
	args := []string{"quickstart", "--dir", dir, "--no-service", "--no-dns", "--yes", "--name", "Fotonika", "--domain", domain, "--password-stdin",
		"--acme-directory", authority.Directory, "--acme-ca-file", ca}
	out, err := invoke(t, "a long password\n", args...)
	if err != nil || !strings.Contains(out, "Nothing serves it yet") || strings.Contains(out, "password") {
		t.Fatalf("%v\n%s", err, out)
	}
	path := filepath.Join(dir, config.ServerFileName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writeServer(t, dir, string(text)+fmt.Sprintf("listen = [%q]\nlisten_http = %q\n", https, plain))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"serve", dir}, strings.NewReader(""), io.Discard, io.Discard) }()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if out, err = invoke(t, "", args...); err != nil || strings.Contains(out, "It runs:") || time.Now().After(end) {
			break
		}
	}
	if err != nil || !strings.Contains(out, "It runs:          https://"+domain+"/\n") || !strings.Contains(out, "Pebble") {
		t.Errorf("while it is served: %v\n%s", err, out)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	undo := []string{"quickstart", "--dir", dir, "--no-service", "--undo"}
	if out, err := invoke(t, "", undo...); err != nil || !exists(filepath.Join(dir, "photonics", "pergola.db")) || !strings.Contains(out, "stay in "+dir) {
		t.Errorf("undo: %v\n%s", err, out)
	}
	if out, err := invoke(t, "", append(undo, "--remove-nodes")...); err != nil {
		t.Errorf("undo: %v\n%s", err, out)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 || left[0].Name() != "mine" {
		t.Errorf("left: %v, %v", left, err)
	}
}
