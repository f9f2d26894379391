package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"pergola/cmd/pergola/front"
	"pergola/config"
	"pergola/federation"
	"pergola/federation/check"
	"pergola/hub"
)

// A step is a part of a quick start.
type step struct {
	// what will be there when it is done.
	what string
	// done reports whether it is there already.
	done func(ctx context.Context) (bool, error)
	do   func(ctx context.Context) error
	// undo takes it back and says what it did, "" for nothing; nil where it
	// stays.
	undo func(ctx context.Context) (string, error)
}

// take does the steps that are not done yet.
func (c quickstartCommand) take(ctx context.Context, t *terminal, steps []step) error {
	for i, s := range steps {
		done, err := s.done(ctx)
		if err == nil {
			note := ""
			if done {
				note = ": " + c.p.T("console_there")
			}
			fmt.Fprintf(t.out, "[%d/%d] %s%s\n", i+1, len(steps), s.what, note)
			if !done {
				err = s.do(ctx)
			}
		}
		switch {
		case ctx.Err() != nil:
			return errors.New(c.p.T("console_stopped", "Step", s.what) + "\n" + c.p.T("console_nothing_lost"))
		case err != nil:
			return fmt.Errorf("%s: %w\n%s", s.what, err, c.p.T("console_again"))
		}
	}
	if !c.Service {
		if err := c.answers(ctx, t); err != nil {
			_, err = fmt.Fprintf(t.out, "%s\n%s  pergola serve %s\n%s\n",
				c.p.T("console_idle", "Problem", err), c.p.T("console_start"), c.Dir, c.p.T("console_then"))
			return err
		}
	}
	_, err := fmt.Fprintln(t.out, strings.Join([]string{
		c.p.T("console_runs", "URL", "https://"+c.Domain+"/"),
		c.p.T("console_address", "Address", "@"+c.Handle+"@"+c.Domain),
		c.p.T("console_sign_in", "URL", "https://"+c.Domain+"/"+first(c.Languages)+"/signin"),
		c.p.T("console_look_after", "Command", c.as()+"pergola doctor "+c.Dir),
		c.p.T("console_take_back", "Command", "pergola quickstart --undo"),
	}, "\n"))
	return err
}

// as is how a command is run as the user that owns the folder.
func (c quickstartCommand) as() string {
	if c.Service {
		return "runuser -u " + serviceName + " -- "
	}
	return ""
}

// undo takes the steps back, the last one first.
func (c quickstartCommand) undo(ctx context.Context, t *terminal) error {
	for _, s := range slices.Backward(c.steps(t)) {
		if s.undo == nil {
			continue
		}
		said, err := s.undo(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", c.p.T("console_undoing", "Step", s.what), err)
		}
		if said != "" {
			fmt.Fprintln(t.out, said)
		}
	}
	return nil
}

// steps are all that there is to do, in order. To list them changes nothing.
func (c quickstartCommand) steps(t *terminal) []step {
	steps := []step{c.folder(), c.settings(), c.node(t)}
	if c.DNS {
		steps = append(steps, c.domain(t))
	}
	if c.Service {
		return append(append([]step{c.user()}, steps...), c.unit(), c.service(), c.site(t))
	}
	return steps
}

func (c quickstartCommand) user() step {
	return step{
		what: c.p.T("console_user", "Name", serviceName),
		done: func(context.Context) (bool, error) {
			u, err := serviceUser()
			return u != nil, err
		},
		do: func(ctx context.Context) error {
			_, err := command(ctx, "useradd", "--system", "--user-group", "--no-create-home", "--home-dir", c.Dir,
				"--shell", "/usr/sbin/nologin", "--comment", ours, serviceName)
			return err
		},
		undo: func(ctx context.Context) (string, error) {
			u, err := serviceUser()
			if err != nil || u == nil {
				return "", err
			}
			if u.Name != ours {
				return c.p.T("console_user_stays", "Name", serviceName), nil
			}
			said := c.p.T("console_user_gone", "Name", serviceName)
			if _, err := command(ctx, "userdel", serviceName); err != nil || !exists(c.Dir) {
				return said, err
			}
			return said + " " + c.p.T("console_given_to_root", "Dir", c.Dir), own(c.Dir)
		},
	}
}

func (c quickstartCommand) folder() step {
	return step{
		what: c.p.T("console_folder", "Dir", c.Dir),
		done: func(context.Context) (bool, error) { return exists(c.Dir), nil },
		do:   func(context.Context) error { return os.MkdirAll(c.Dir, 0o700) },
		undo: func(context.Context) (string, error) {
			switch {
			case !exists(c.Dir):
				return "", nil
			case c.Remove:
				return c.p.T("console_all_gone", "Dir", c.Dir), c.clear()
			}
			return c.p.T("console_sites_stay", "Dir", c.Dir), nil
		},
	}
}

// clear removes the nodes, what belongs to all of them, and the folder when
// nothing else is in it.
func (c quickstartCommand) clear() error {
	nodes, err := listNodes(c.Dir)
	paths := []string{filepath.Join(c.Dir, config.ServerFileName), filepath.Join(c.Dir, authorityFile), front.CertificateDir(c.Dir), c.unfinished()}
	for _, n := range nodes {
		paths = append(paths, n.dir)
	}
	for _, path := range paths {
		err = errors.Join(err, os.RemoveAll(path))
	}
	_ = os.Remove(c.Dir) // what another put there stays
	return err
}

func (c quickstartCommand) settings() step {
	path := filepath.Join(c.Dir, config.ServerFileName)
	return step{
		what: c.p.T("console_settings", "Path", path),
		done: func(context.Context) (bool, error) { return exists(path), nil },
		do: func(ctx context.Context) error {
			text, err := c.serverFile()
			if err == nil {
				err = os.WriteFile(path, text, 0o600)
			}
			if err == nil && c.Service && serviceIs(ctx, "active") {
				_, err = command(ctx, "systemctl", "stop", serviceName) // it is started with them
			}
			return err
		},
	}
}

// authorityFile is the copy of what --acme-ca-file names, in the folder.
const authorityFile = "authority.pem"

// serverFile is what server.toml will be.
func (c quickstartCommand) serverFile() ([]byte, error) {
	s := map[string]string{"tls": config.TLSByACME, "acme_email": noneIsEmpty(c.Email), "acme_directory": c.ACMEDirectory}
	maps.DeleteFunc(s, func(_, value string) bool { return value == "" })
	if c.ACMECAFile != "" {
		pem, err := os.ReadFile(c.ACMECAFile)
		if err != nil {
			return nil, err
		}
		// The service may not see where it lies.
		s["acme_ca_file"] = authorityFile
		if err := os.WriteFile(filepath.Join(c.Dir, authorityFile), pem, 0o600); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(s); err != nil {
		return nil, err
	}
	_, err := config.ParseServer(b.String())
	return b.Bytes(), err
}

// unfinished is where a node is put together; a folder with such a name is not
// served.
func (c quickstartCommand) unfinished() string { return filepath.Join(c.Dir, ".quickstart") }

func (c quickstartCommand) node(t *terminal) step {
	dir := filepath.Join(c.Dir, c.Handle)
	return step{
		what: c.p.T("console_site", "Dir", dir),
		done: func(context.Context) (bool, error) { return exists(filepath.Join(dir, config.FileName)), nil },
		do: func(ctx context.Context) error {
			if err := os.RemoveAll(c.unfinished()); err != nil {
				return err
			}
			said, err := initCommand{
				Dir: c.unfinished(), BaseURL: "https://" + c.Domain, Title: c.Name, Name: c.Handle, Kind: c.Kind,
				Database: config.Default().Database, beginning: c.beginning,
			}.make(ctx, t)
			if errors.As(err, new(*hub.InvalidError)) {
				err = fmt.Errorf("%s: %w", c.p.T("console_handle", "Address", "@"+c.Handle+"@"+c.Domain), err)
			}
			if err == nil && c.Service {
				err = own(c.unfinished())
			}
			if err == nil {
				err = os.Rename(c.unfinished(), dir)
			}
			if err == nil {
				_, err = fmt.Fprint(t.out, said)
			}
			return err
		},
	}
}

func (c quickstartCommand) domain(t *terminal) step {
	host := hostOnly(c.Domain)
	return step{
		what: c.p.T("console_leads", "Host", host),
		done: func(context.Context) (bool, error) { return false, nil },
		do: func(ctx context.Context) error {
			look := func(ctx context.Context) error {
				found, err := federation.Resolve(ctx, host)
				return leadsHere(host, found, err, public(ownAddresses()), c.p)
			}
			if look(ctx) == nil {
				return nil
			}
			fmt.Fprintln(t.out, "  "+c.p.T("console_dns"))
			for _, line := range dnsLines(host, ownAddresses(), c.p) {
				fmt.Fprintln(t.out, "    "+line)
			}
			return c.until(ctx, t, look)
		},
	}
}

// leadsHere says in words why a host does not lead to these addresses, nil when
// it does. Where this machine has none that is public, any will do: another is
// in front of it; and where it was told itself that the host is its own, what
// the world sees cannot be told from here.
func leadsHere(host string, found []netip.Addr, err error, own []netip.Addr, p check.Speaker) error {
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		err = nil
	}
	if err != nil { // the rest of its text is another each time
		err = errors.New(err.Error()[strings.LastIndex(err.Error(), ": ")+1:])
	}
	k := check.DNS{Host: host, Found: found, Err: err, Own: own}.Check()
	if k.Severity == check.OK || k.Verdict == "loopback" {
		return nil
	}
	_, what, do := k.Say(p)
	return errors.New(what + " " + do)
}

func (c quickstartCommand) unit() step {
	return step{
		what: c.p.T("console_unit", "Name", serviceName),
		done: func(context.Context) (bool, error) {
			path, text, err := installedUnit()
			if err == nil && path != "" && !strings.Contains(text, " serve "+c.Dir+"\n") {
				err = errors.New(c.p.T("console_other_folder", "Path", path))
			}
			return path != "", err
		},
		do: func(ctx context.Context) error {
			program, err := os.Executable()
			if err != nil {
				return err
			}
			text, err := c.unitFor(program)
			if err != nil {
				return err
			}
			if err := os.WriteFile(unitPath, []byte(text), 0o644); err != nil {
				return err
			}
			_, err = command(ctx, "systemctl", "daemon-reload")
			return err
		},
		undo: func(ctx context.Context) (string, error) {
			path, text, err := installedUnit()
			switch {
			case err != nil || path == "":
				return "", err
			case !strings.HasPrefix(text, "# "+ours):
				return c.p.T("console_unit_stays", "Path", path), nil
			}
			err = os.Remove(path)
			if err == nil {
				_, err = command(ctx, "systemctl", "daemon-reload")
			}
			return c.p.T("console_removed", "Path", path), err
		},
	}
}

func (c quickstartCommand) service() step {
	return step{
		what: c.p.T("console_service"),
		done: func(ctx context.Context) (bool, error) {
			return serviceIs(ctx, "enabled") && serviceIs(ctx, "active"), nil
		},
		do: func(ctx context.Context) error {
			settings, err := config.LoadServer(c.Dir)
			if err != nil {
				return err
			}
			if err := own(c.Dir); err != nil {
				return err
			}
			if !serviceIs(ctx, "active") {
				doors, err := openDoors(settings)
				if taken, is := errors.AsType[front.InUseError](err); is {
					return errors.New(c.p.T("console_in_use", "Address", taken.Address))
				}
				if err != nil {
					return err
				}
				closeDoors(doors)
				_, _ = command(ctx, "systemctl", "reset-failed", serviceName) // it may have been tried too often
			}
			_, err = command(ctx, "systemctl", "enable", "--now", serviceName)
			return err
		},
		undo: func(ctx context.Context) (string, error) {
			if path, _, err := installedUnit(); err != nil || path == "" {
				return "", err
			}
			_, err := command(ctx, "systemctl", "disable", "--now", serviceName)
			return c.p.T("console_stops", "Name", serviceName), err
		},
	}
}

func (c quickstartCommand) site(t *terminal) step {
	return step{
		what: c.p.T("console_answers", "Host", c.Domain),
		done: func(context.Context) (bool, error) { return false, nil },
		do: func(ctx context.Context) error {
			began := fmt.Sprintf("@%d", time.Now().Unix()-1)
			var ended error
			err := c.until(ctx, t, func(ctx context.Context) error {
				err := c.answers(ctx, t)
				if err == nil {
					return nil
				}
				said, _ := command(ctx, "journalctl", "--quiet", "--unit", serviceName, "--identifier", serviceName, "--since", began, "--lines", "1", "--output", "cat")
				if serviceIs(ctx, "failed") {
					ended = errors.New(c.p.T("console_ended", "Problem", said))
					return nil
				}
				if said != "" {
					err = fmt.Errorf("%w; %s", err, c.p.T("console_service_says", "Problem", said))
				}
				return err
			})
			return errors.Join(err, ended)
		},
	}
}

// answers reports why the site does not answer over https. An authority that
// this machine does not know is taken where it was chosen.
func (c quickstartCommand) answers(ctx context.Context, t *terminal) error {
	settings, err := config.LoadServer(c.Dir)
	if err != nil {
		return err
	}
	ca, err := settings.CACertificates(c.Dir)
	if err != nil {
		return err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return err
	}
	roots.AppendCertsFromPEM(ca)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+c.Domain+"/.well-known/nodeinfo", nil)
	if err != nil {
		return err
	}
	answer, err := federation.NewProbe(federation.ClientOptions{RootCAs: roots}, federation.DialAnything).Do(req)
	if unknown := new(x509.UnknownAuthorityError); errors.As(err, unknown) && settings.ACMEDirectory != config.DefaultServer().ACMEDirectory {
		_, err := fmt.Fprintln(t.out, "  "+c.p.T("console_unknown_authority", "Name", unknown.Cert.Issuer))
		return err
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20))
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", req.URL, answer.Status)
	}
	return nil
}

// until tries until it works, and says what is in the way when that changes.
func (c quickstartCommand) until(ctx context.Context, t *terminal, try func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	said := ""
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if text := err.Error(); text != said && ctx.Err() == nil {
			said = text
			fmt.Fprintln(t.out, " ", time.Now().Format(time.TimeOnly), c.p.T("console_waiting", "Problem", text))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.New(c.p.T("console_waited", "Time", c.Wait.String(), "Problem", said))
		}
	}
}
