// Command pergola makes one node, or many, out of the parts and runs it.
//
// It knows how the parts fit together and what is typed to start them. It
// knows no rule of the product and none of the protocol: those are the
// packages'.
//
// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a small machine may have no zones of its own

	"github.com/alecthomas/kong"

	"pergola/cmd/pergola/front"
	"pergola/config"
	"pergola/hub"
	"pergola/hub/locale"
)

// version is what `pergola version` prints.
const version = "0.1.0"

func main() {
	limitMemory()
	// The first signal ends the work in order, the second at once. Both are taken
	// from the beginning: the second may come while the first is being obeyed.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() {
		<-signals
		<-signals
		os.Exit(1)
	})
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "pergola:", err)
		os.Exit(exitCode(err))
	}
}

// exitCode is 2 for what was typed wrong, on the command line or in a file, and
// 1 for all else.
func exitCode(err error) int {
	var unknown *kong.ParseError
	if errors.As(err, &unknown) || errors.As(err, new(*hub.InvalidError)) || errors.Is(err, config.ErrInvalid) {
		return 2
	}
	return 1
}

// A command line. Each command is a struct with a run method in a file of its
// own.
type commands struct {
	Quickstart quickstartCommand `cmd:"" help:"Make this machine serve a node: domain, certificate, service, first account."`
	Serve      serveCommand      `cmd:"" help:"Serve the nodes in a folder."`
	Init       initCommand       `cmd:"" help:"Make a node: its configuration, keys and first account."`
	Config     configCommand     `cmd:"" help:"Print the configuration file with all keys explained."`
	Check      checkCommand      `cmd:"" help:"Say everything that is wrong with the nodes in a folder."`
	Doctor     doctorCommand     `cmd:"" help:"Find out what is wrong with a node, from inside and from outside, and say what to do."`
	User       userCommand       `cmd:"" help:"List, add and change the accounts of a node."`
	Backup     backupCommand     `cmd:"" help:"Write a node into one file, also while it is served."`
	Restore    restoreCommand    `cmd:"" help:"Make a node from a backup."`
	Copy       copyCommand       `cmd:"" help:"Move a node from one database to another."`
	Demo       demoCommand       `cmd:"" help:"Run an association and eight clusters on this machine, to try it out."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

// A terminal is what a command reads from and writes to.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	language string
}

// speaker says things in the language of the terminal.
func (t *terminal) speaker() (*locale.Printer, error) {
	texts, err := locale.Load()
	if err != nil {
		return nil, err
	}
	return texts.Printer(t.language), nil
}

// terminalLanguage is that of the terminal, by the variables that say so: the
// first that is set counts.
func terminalLanguage(env func(string) string) string {
	said := cmp.Or(env("LC_ALL"), env("LC_MESSAGES"), env("LANG"))
	return first(strings.FieldsFunc(said, func(r rune) bool { return strings.ContainsRune("_.@", r) }))
}

// run is the program: arguments in, an error out.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) error {
	var c commands
	parser, err := kong.New(&c,
		kong.Name("pergola"),
		kong.Description("A frame for clusters: each publishes on its own node, the association's gathers what they publish."),
		kong.Writers(out, errs),
		kong.UsageOnError(),
		kong.Exit(func(int) { panic(helped{}) }),
	)
	if err != nil {
		return err
	}
	parsed, err := parse(parser, args)
	if parsed == nil || err != nil {
		return err
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	t := &terminal{in, out, errs, terminalLanguage(os.Getenv)}
	return t.worded(parsed.Run(t))
}

// A worded error says in words what hub refused, where hub has keys.
type worded struct {
	error
	text string
}

func (w worded) Error() string { return w.text }
func (w worded) Unwrap() error { return w.error }

func (t *terminal) worded(err error) error {
	invalid, is := errors.AsType[*hub.InvalidError](err)
	if !is {
		return err
	}
	p, unspoken := t.speaker()
	if unspoken != nil {
		return errors.Join(err, unspoken)
	}
	var said []string
	for _, f := range invalid.Fields {
		said = append(said, f.Field+": "+f.Say(p))
	}
	return worded{err, strings.Replace(err.Error(), invalid.Error(), strings.Join(said, " "), 1)}
}

// helped is thrown by kong when it has printed its help and wants to exit.
type helped struct{}

func parse(parser *kong.Kong, args []string) (c *kong.Context, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			if _, ok := thrown.(helped); !ok {
				panic(thrown)
			}
			c, err = nil, nil
		}
	}()
	c, err = parser.Parse(args)
	if unknown := (*kong.ParseError)(nil); errors.As(err, &unknown) {
		return nil, fmt.Errorf("%w (pergola --help says more)", err)
	}
	return c, err
}

// logger writes what operators read.
func logger(w io.Writer, level slog.Leveler) *slog.Logger {
	return front.Numbered(slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level})))
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(t *terminal) error {
	_, err := fmt.Fprintln(t.out, "pergola", version)
	return err
}
