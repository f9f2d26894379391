package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pergola/config"
	"pergola/hub/locale"
)

type quickstartCommand struct {
	Name          string        `help:"What the organisation is called."`
	Domain        string        `help:"Where the world is to reach it: cluster.example. It can never change."`
	Email         string        `help:"Where the authority that issues certificates may write; none for nowhere."`
	Kind          string        `help:"What it is: cluster or association. That decides what the menu shows first."`
	Yes           bool          `help:"Ask nothing: what is not said is as usual."`
	Handle        string        `help:"User part of its address, @HANDLE@cluster.example; the first part of the domain unless it is said."`
	Dir           string        `default:"/var/lib/pergola" help:"Folder that is to be served."`
	DNS           bool          `name:"dns" default:"true" negatable:"" help:"Wait until the domain leads to this machine."`
	Service       bool          `default:"true" negatable:"" help:"Make a user and a service of systemd, where there is one."`
	Wait          time.Duration `default:"1h" help:"How long to wait for the domain, and for the site to answer."`
	ACMEDirectory string        `name:"acme-directory" help:"Address of the authority that issues certificates."`
	ACMECAFile    string        `name:"acme-ca-file" type:"existingfile" help:"File with the certificate by which that authority is recognised."`
	Undo          bool          `help:"Take everything back but the folder with the nodes."`
	Remove        bool          `name:"remove-nodes" help:"With --undo: remove the nodes in the folder as well, for ever."`
	beginning
	p *locale.Printer `kong:"-"`
}

// Run does what has not been done yet, or takes it back.
func (c quickstartCommand) Run(ctx context.Context, t *terminal) (err error) {
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return err
	}
	if c.p, err = t.speaker(); err != nil {
		return err
	}
	if c.Remove && !c.Undo {
		return worded{config.ErrInvalid, c.p.T("console_undo_alone")}
	}
	if c.Service && os.Geteuid() != 0 {
		return errors.New(c.p.T("console_root_alone"))
	}
	if c.Service && !exists("/run/systemd/system") {
		fmt.Fprintln(t.out, c.p.T("console_no_systemd"))
		c.Service = false
	}
	if c.Undo {
		return c.undo(ctx, t)
	}
	if err := c.complete(ctx, t); err != nil {
		return err
	}
	return c.take(ctx, t, c.steps(t))
}

// complete finds the answers: those of an earlier run, those on the command
// line, then those to questions.
func (c *quickstartCommand) complete(ctx context.Context, t *terminal) error {
	made, err := c.recall()
	if err != nil {
		return err
	}
	if exists(filepath.Join(c.Dir, config.ServerFileName)) {
		c.Email = cmp.Or(c.Email, "none")
	}
	if !made {
		in := bufio.NewReader(io.LimitReader(t.in, 64<<10))
		t.in = in // a password may follow
		for _, q := range c.questions() {
			if err := c.settle(ctx, t, in, q); err != nil {
				return err
			}
		}
	}
	c.Domain, c.Kind = strings.ToLower(c.Domain), c.kindOf(c.Kind)
	if c.Handle == "" {
		c.Handle = handleOf(c.Domain)
	}
	return nil
}

// recall takes over what is known of a node that is there already, and reports
// whether there is one: that of the domain, or the only one when no domain is
// said.
func (c *quickstartCommand) recall() (bool, error) {
	if !exists(c.Dir) {
		return false, nil
	}
	nodes, err := listNodes(c.Dir)
	if err != nil {
		return false, err
	}
	for _, n := range nodes {
		host := hostName(n.config.BaseURL)
		if n.err == nil && (strings.EqualFold(host, c.Domain) || c.Domain == "" && len(nodes) == 1) {
			c.Domain, c.Handle = host, filepath.Base(n.dir)
			return true, nil
		}
	}
	return false, nil
}

// A question is what must be known before anything is done.
type question struct {
	flag, text, usual string
	answer            *string
	check             func(string) error
}

func (c *quickstartCommand) questions() []question {
	return []question{
		{"name", c.p.T("console_name"), "", &c.Name, func(string) error { return nil }},
		{"domain", c.p.T("console_domain"), "", &c.Domain, c.checkDomain},
		{"email", c.p.T("console_email"), "none", &c.Email, c.checkEmail},
		{"kind", c.p.T("console_kind"), "cluster", &c.Kind, c.checkKind},
	}
}

// settle finds a good answer: the one that was given, the usual one when nothing
// may be asked, or what somebody types, as often as that takes.
func (c *quickstartCommand) settle(ctx context.Context, t *terminal, in *bufio.Reader, q question) error {
	judge := func() error {
		if *q.answer == "" {
			return errors.New(c.p.T("console_empty"))
		}
		return q.check(*q.answer)
	}
	if *q.answer == "" && c.Yes {
		*q.answer = q.usual
	}
	if *q.answer != "" || c.Yes {
		if err := judge(); err != nil {
			return worded{config.ErrInvalid, fmt.Sprintf("--%s %q: %v", q.flag, *q.answer, err)}
		}
		return nil
	}
	for {
		fmt.Fprint(t.out, q.text)
		if q.usual != "" {
			fmt.Fprintf(t.out, " [%s]", q.usual)
		}
		fmt.Fprint(t.out, "\n> ")
		line, err := readLine(ctx, in)
		if err != nil {
			return fmt.Errorf("%s: %w", c.p.T("console_no_answer", "Flag", "--"+q.flag), err)
		}
		*q.answer = cmp.Or(strings.TrimSpace(line), q.usual)
		if err := judge(); err == nil {
			return nil
		} else {
			fmt.Fprintln(t.out, c.p.T("console_wrong", "Problem", err))
		}
	}
}

// readLine is a line, or an error when ctx ends: who is asked may go away.
func readLine(ctx context.Context, in *bufio.Reader) (string, error) {
	type result struct {
		line string
		err  error
	}
	got := make(chan result, 1)
	go func() {
		var r result
		r.err = guard(func() (err error) { r.line, err = in.ReadString('\n'); return err })
		if r.line != "" {
			r.err = nil
		}
		got <- r
	}()
	select {
	case r := <-got:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (c *quickstartCommand) checkDomain(s string) error {
	host := hostOnly(s)
	if _, err := netip.ParseAddr(host); err == nil || strings.ContainsAny(s, "/@ ") || !strings.Contains(host, ".") {
		return errors.New(c.p.T("console_bad_domain"))
	}
	node := config.Default()
	node.BaseURL = "https://" + strings.ToLower(s)
	if node.Validate() != nil {
		return errors.New(c.p.T("console_bad_host"))
	}
	return nil
}

func (c *quickstartCommand) checkKind(s string) error {
	if s = c.kindOf(s); s != "cluster" && s != "association" {
		return errors.New(c.p.T("console_bad_kind"))
	}
	return nil
}

// kindOf is a kind by its word in the language of the terminal, or as it was said.
func (c *quickstartCommand) kindOf(s string) string {
	for _, kind := range []string{"cluster", "association"} {
		if strings.EqualFold(s, c.p.T("console_"+kind)) {
			return kind
		}
	}
	return s
}

func (c *quickstartCommand) checkEmail(s string) error {
	server := config.DefaultServer()
	server.ACMEEmail = noneIsEmpty(s)
	if s != "none" && !strings.Contains(s, "@") || server.Validate() != nil {
		return errors.New(c.p.T("console_bad_email"))
	}
	return nil
}

func noneIsEmpty(s string) string {
	if s == "none" {
		return ""
	}
	return s
}

// handleOf is what an organisation is called in its address when nothing else is
// said: @photonics@photonics.example.
func handleOf(domain string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(domain, "www."), ".")
	return strings.ReplaceAll(first, "-", "_")
}

// hostOnly is a host without its port.
func hostOnly(hostPort string) string {
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		return host
	}
	return hostPort
}

// dnsLines are what is to be set so that a host leads to one of these addresses.
func dnsLines(host string, own []netip.Addr, p *locale.Printer) []string {
	var lines []string
	for _, a := range public(own) {
		kind := "A"
		if a.Is6() {
			kind = "AAAA"
		}
		lines = append(lines, fmt.Sprintf("%s.  %s  %s", host, kind, a))
	}
	if len(lines) == 0 {
		lines = []string{host + ".  A  (" + p.T("console_behind") + ")"}
	}
	return lines
}

// public are the addresses that the world can reach.
func public(own []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(own), netip.Addr.IsPrivate)
}
