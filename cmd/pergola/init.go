package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"pergola/config"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/hub/cron"
	"pergola/hub/locale"
)

type initCommand struct {
	Dir                  string `arg:"" help:"Folder of the new node, DIR/NAME. NAME is the user part of its address unless --name says otherwise."`
	BaseURL              string `required:"" help:"Where the world reaches it, https://cluster.example. It can never change."`
	Title                string `required:"" help:"What the organisation is called."`
	Name                 string `help:"User part of its address: @NAME@host."`
	Kind                 string `enum:"cluster,association" default:"cluster" help:"What it is: cluster or association. That decides what the menu shows first."`
	Database             string `default:"pergola.db" help:"A file in the folder, or postgres://… without a password."`
	DatabasePasswordFile string `help:"File with the password for PostgreSQL."`
	AllowLoopback        bool   `help:"Let it talk to this machine over http, to try things out."`
	beginning
}

// A beginning is what a new node is told, by whatever command, and nobody need
// think about.
type beginning struct {
	Languages     []string `default:"hu,en" help:"What it publishes in; the first is the default."`
	TimeZone      string   `default:"Europe/Budapest" help:"Time zone of its office."`
	User          string   `default:"office" help:"Name of the first account."`
	PasswordStdin bool     `help:"Read the first account's password from standard input instead of making one."`
}

// Run makes the node, or nothing at all.
func (c initCommand) Run(ctx context.Context, t *terminal) error {
	if c.Name == "" {
		c.Name = strings.ToLower(filepath.Base(c.Dir))
	}
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	said, err := c.make(ctx, t)
	if err != nil {
		return err
	}
	p, err := t.speaker()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "%s\n%s%s\n%s\n", p.T("console_made", "Dir", c.Dir), said,
		p.T("console_serve", "Command", "pergola serve "+filepath.Dir(filepath.Clean(c.Dir))),
		p.T("console_made_sign_in", "URL", c.BaseURL+"/"+first(c.Languages)+"/signin"))
	return err
}

// make makes the node, and returns what is to be told of it.
func (c initCommand) make(ctx context.Context, t *terminal) (said string, err error) {
	p, err := t.speaker()
	if err != nil {
		return "", err
	}
	password, made, err := choosePassword(t, c.PasswordStdin)
	if err != nil {
		return "", err
	}
	if exists(filepath.Join(c.Dir, config.FileName)) {
		return "", fmt.Errorf("%s is a node already", c.Dir)
	}
	n := newcomer{Dir: c.Dir, Config: config.Default(), User: c.User, Password: password}
	n.BaseURL = c.BaseURL
	n.Database, n.DatabasePasswordFile, n.AllowLoopback = c.Database, c.DatabasePasswordFile, c.AllowLoopback
	n.Organisation = hub.Organisation{
		Name: c.Name, Kind: hub.Kind(c.Kind), Title: vocab.Text{{Lang: first(c.Languages), Value: c.Title}},
		Languages: c.Languages, Zone: c.TimeZone, BoostAll: c.Kind == string(hub.Association),
	}
	if n.Organisation.Kind == hub.Association {
		n.Digests = []hub.Digest{{Title: weeklyTitle(c.Languages), Rule: cron.Weekly(1, 8, 0, c.TimeZone), Enabled: true}}
	}
	if err := n.settle(ctx, logger(t.err, slog.LevelWarn)); err != nil {
		return "", err
	}
	said = "  " + p.T("console_made_address", "Address", "@"+c.Name+"@"+hostName(n.BaseURL)) + "\n  " + p.T("console_made_account", "Name", c.User) + "\n"
	if made {
		said += "  " + p.T("console_made_password", "Password", password) + "\n"
	}
	return said, nil
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// weeklyTitle is what the digest of a new association is called.
func weeklyTitle(langs []string) vocab.Text {
	var title vocab.Text
	texts, err := locale.Load()
	if err != nil {
		return nil
	}
	for _, lang := range langs {
		title = append(title, vocab.Translation{Lang: lang, Value: texts.Printer(lang).T("wire_weekly_digest")})
	}
	return title
}

// choosePassword takes a line from standard input, or makes one that is random
// and can be read out on the telephone.
func choosePassword(t *terminal, stdin bool) (password string, made bool, err error) {
	if !stdin {
		s := strings.ToLower(rand.Text())
		return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16], true, nil
	}
	line, err := bufio.NewReader(io.LimitReader(t.in, 4096)).ReadString('\n')
	if err != nil && line == "" {
		return "", false, fmt.Errorf("reading the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), false, nil
}

// A newcomer is a node that is to be made.
type newcomer struct {
	Dir string
	config.Config
	Organisation   hub.Organisation
	Digests        []hub.Digest
	User, Password string
}

// settle makes the folder, the configuration, the database, the organisation
// with its keys, and the first account. When something of it does not work,
// nothing of it stays.
func (n newcomer) settle(ctx context.Context, log *slog.Logger) (err error) {
	there := exists(n.Dir)
	if err := os.MkdirAll(n.Dir, 0o700); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	path := filepath.Join(n.Dir, config.FileName)
	defer func() {
		if err == nil {
			return
		}
		if there {
			os.Remove(path)
			return
		}
		os.RemoveAll(n.Dir)
	}()
	if err := config.Create(path, n.Config); err != nil {
		return err
	}
	made, err := openNode(ctx, nodeConfig{Config: n.Config, Dir: n.Dir, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, made.close()) }()
	h := hub.New(hub.Options{Store: made.db, Base: made.base, Log: log})
	who := hub.Program("init")
	if err := h.Found(ctx, n.Organisation); err != nil {
		return fmt.Errorf("founding %s: %w", n.Organisation.Name, err)
	}
	if _, err := h.AddAccount(ctx, who, n.User, n.Password, hub.Office); err != nil {
		return fmt.Errorf("adding account %s: %w", n.User, err)
	}
	for _, d := range n.Digests {
		if _, err := h.SaveDigest(ctx, who, d); err != nil {
			return fmt.Errorf("adding a digest: %w", err)
		}
	}
	return nil
}
