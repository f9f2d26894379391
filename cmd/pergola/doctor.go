package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"

	"pergola/config"
	"pergola/federation"
	"pergola/federation/check"
	"pergola/hub"
	"pergola/hub/locale"
	"pergola/storage"
)

type doctorCommand struct {
	Dir      string `arg:"" help:"Folder of node folders, or one node's folder." type:"existingdir"`
	Through  string `help:"Have another node look from outside as well: https://association.example. It must follow this one."`
	JSON     bool   `name:"json" help:"Print one JSON document instead of lines."`
	Language string `enum:"en,hu," default:"" help:"Language of the lines: en or hu; that of the terminal unless it is said."`
}

// Run looks at everything, also while it is served, and says what to do.
func (c doctorCommand) Run(ctx context.Context, t *terminal) error {
	return c.run(ctx, t, doctor{Resolve: federation.Resolve, Dial: federation.DialAnything, Own: ownAddresses})
}

// A doctor is how nodes are looked at.
type doctor struct {
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Dial reaches the node's public address.
	Dial federation.Dial
	// Own are the addresses of this machine.
	Own func() []netip.Addr
	// Probe and Client reach the node and others; nil for the usual ones.
	Probe, Client *http.Client
}

// A nodeReport is what was found of one node.
type nodeReport struct {
	Dir    string    `json:"dir"`
	URL    string    `json:"url"`
	Checks []finding `json:"checks"`
}

// A finding is a check with its words.
type finding struct {
	check.Check
	// From is the node that saw it, "" for this one.
	From  string `json:"from,omitempty"`
	Title string `json:"title"`
	What  string `json:"what"`
	Do    string `json:"do,omitempty"`
}

func (c doctorCommand) run(ctx context.Context, t *terminal, d doctor) error {
	texts, err := locale.Load()
	if err != nil {
		return err
	}
	p := texts.Printer(cmp.Or(c.Language, t.language))
	out := t.out
	if c.JSON {
		out = io.Discard
	}
	nodes, wrong := findNodes(c.Dir)
	if len(nodes) == 0 && wrong != nil {
		return wrong
	}
	var reports []nodeReport
	var all []check.Check
	take := func(r *nodeReport, k check.Check, from string) {
		f := finding{Check: k, From: from}
		f.Title, f.What, f.Do = k.Say(p)
		f.print(out, p)
		r.Checks = append(r.Checks, f)
		all = append(all, k)
	}
	if wrong != nil {
		fmt.Fprintf(out, "%s\n", c.Dir)
		r := nodeReport{Dir: c.Dir}
		take(&r, check.Found("config", check.Failed, "wrong", "Error", wrong.Error()), "")
		reports = append(reports, r)
	}
	for _, n := range nodes {
		fmt.Fprintf(out, "%s (%s)\n", n.config.BaseURL, n.dir)
		r := nodeReport{Dir: n.dir, URL: n.config.BaseURL}
		d.examine(ctx, n, c.Through, func(k check.Check, from string) { take(&r, k, from) })
		reports = append(reports, r)
	}
	failed := count(all, check.Failed)
	if c.JSON {
		e := json.NewEncoder(t.out)
		e.SetIndent("", "  ")
		err = e.Encode(map[string]any{"severity": check.Worst(all), "nodes": reports})
	} else {
		if check.Worst(all) == check.OK {
			fmt.Fprint(out, p.T("doctor_all_well"), " ")
		}
		_, err = fmt.Fprintln(out, p.T("doctor_sum", "Failed", failed, "Warnings", count(all, check.Warning), "Good", count(all, check.OK)))
	}
	if failed > 0 {
		err = errors.Join(err, errors.New(strconv.Itoa(failed)+" of "+strconv.Itoa(len(all))+" checks failed"))
	}
	return err
}

func count(all []check.Check, s check.Severity) (n int) {
	for _, c := range all {
		if c.Severity == s {
			n++
		}
	}
	return n
}

// print writes a finding as a line, and what to do below it.
func (f finding) print(w io.Writer, p *locale.Printer) {
	indent := ""
	if f.From != "" {
		indent = "  "
	}
	fmt.Fprintf(w, "  %s%-8s  %s: %s\n", indent, p.T("doctor_"+string(f.Severity)), f.Title, f.What)
	if f.Do != "" {
		fmt.Fprintf(w, "  %s          %s %s\n", indent, p.T("doctor_do"), f.Do)
	}
}

// examine looks at a node from inside, and from outside where that is asked for.
func (d doctor) examine(ctx context.Context, n nodeDir, through string, tell func(k check.Check, from string)) {
	found := func(k check.Check) { tell(k, "") }
	c := nodeConfig{Config: n.config, Dir: n.dir, Log: slog.New(slog.DiscardHandler)}
	unreadable := func(err error) { found(check.Database{Read: err}.Check()) }
	database, err := databaseOf(c)
	if err != nil {
		unreadable(err)
		return
	}
	db, err := storage.OpenToRead(ctx, database, c.Log)
	if err != nil {
		unreadable(err)
		return
	}
	defer db.Close() // it was only read
	kept := databaseCheck(ctx, db, true)
	found(kept)
	found(diskCheck(n.dir))
	if kept.Verdict == "full" || kept.Verdict == "unreadable" {
		return // all the rest is read from it
	}

	base, err := url.Parse(n.config.BaseURL)
	if err != nil {
		found(check.Found("config", check.Failed, "wrong", "Error", err.Error()))
		return
	}
	h := hub.New(hub.Options{Store: db, Base: base, Log: c.Log})
	checks, err := h.Health(ctx, hub.Program("doctor"))
	for _, k := range checks {
		found(k)
	}
	var o hub.Organisation
	if err == nil {
		o, err = h.Organisation(ctx)
	}
	if err != nil {
		unreadable(err)
		return
	}
	fed := d.server(n.config, base, o, db)
	fed.Examine(ctx, federation.Eye{Client: d.probe(), Resolve: d.Resolve, Dial: d.Dial, Own: d.Own()}, found)
	if others, err := h.Acquaintances(ctx, mostClocks); err == nil {
		fed.ReadClocks(ctx, others)
	}
	if through != "" {
		from := ""
		fed.ExamineThrough(ctx, through, func(k check.Check) {
			tell(k, from)
			from = through // all but the first are what is seen there
		})
	}
	found(fed.Clocks().Check())
}

// mostClocks is how many other sites' clocks are looked at.
const mostClocks = 5

// server speaks for the node to find out how that goes; it keeps nothing.
func (d doctor) server(c config.Config, base *url.URL, o hub.Organisation, db *storage.DB) *federation.Server {
	client := d.Client
	if client == nil {
		client = federation.NewClient(federation.ClientOptions{AllowLoopback: c.AllowLoopback})
	}
	return federation.New(federation.Options{
		Base: base, Client: client, Probe: d.probe(), Store: db, Version: version,
		Organisation: o.Name, Instance: hub.Instance, Resolve: d.Resolve,
	})
}

func (d doctor) probe() *http.Client {
	if d.Probe != nil {
		return d.Probe
	}
	return federation.NewProbe(federation.ClientOptions{}, d.Dial)
}

// ownAddresses are those of this machine; none when it does not say.
func ownAddresses() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var own []netip.Addr
	for _, a := range all {
		p, err := netip.ParsePrefix(a.String())
		if err == nil && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
			own = append(own, p.Addr().Unmap())
		}
	}
	return own
}
