package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"pergola/config"
	"pergola/hub"
	"pergola/storage"
)

type userCommand struct {
	List     userListCommand     `cmd:"" help:"List the accounts of a node."`
	Add      userAddCommand      `cmd:"" help:"Add an account."`
	Password userPasswordCommand `cmd:"" help:"Give an account another password. It is signed out everywhere."`
	Disable  userDisableCommand  `cmd:"" help:"Shut an account out."`
	Enable   userEnableCommand   `cmd:"" help:"Let an account in again."`
}

// A nodeArg is the node that a command is about.
type nodeArg struct {
	Dir string `arg:"" help:"Folder of the node." type:"existingdir"`
}

// Validate wants a node there, not a folder of nodes.
func (a nodeArg) Validate() error {
	if exists(filepath.Join(a.Dir, config.FileName)) {
		return nil
	}
	hint := ""
	if nodes, err := listNodes(a.Dir); err == nil && len(nodes) > 0 {
		hint = ": say which node in it, such as " + nodes[0].dir
	}
	return fmt.Errorf("%s is no node, since it has no %s%s", a.Dir, config.FileName, hint)
}

// with opens the node for a command.
func (a nodeArg) with(ctx context.Context, t *terminal, f func(*hub.Hub, hub.Who) error) (err error) {
	c, err := config.Load(filepath.Join(a.Dir, config.FileName))
	if err != nil {
		return err
	}
	n, err := newNode(ctx, nodeConfig{Config: c, Dir: a.Dir, Log: logger(t.err, slog.LevelInfo)})
	if errors.Is(err, storage.ErrInUse) {
		return fmt.Errorf("%s is being served: use its page for accounts, or stop it first", a.Dir)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	return f(n.hub, hub.Program("command line"))
}

type userListCommand struct{ nodeArg }

// Run lists the accounts.
func (c userListCommand) Run(ctx context.Context, t *terminal) error {
	return c.with(ctx, t, func(h *hub.Hub, who hub.Who) error {
		accounts, err := h.Accounts(ctx, who)
		for _, a := range accounts {
			state := ""
			if !a.Disabled.IsZero() {
				state = "  disabled since " + a.Disabled.Format("2006-01-02")
			}
			fmt.Fprintf(t.out, "%-30s %s%s\n", a.Name, a.Role, state)
		}
		return err
	})
}

type userAddCommand struct {
	nodeArg
	Name          string `arg:"" help:"What is typed to sign in."`
	Role          string `enum:"editor,office" default:"editor" help:"editor writes; office does everything."`
	PasswordStdin bool   `help:"Read the password from standard input instead of making one."`
}

// Run adds an account.
func (c userAddCommand) Run(ctx context.Context, t *terminal) error {
	return c.with(ctx, t, func(h *hub.Hub, who hub.Who) error {
		return withPassword(t, c.PasswordStdin, func(password string) error {
			_, err := h.AddAccount(ctx, who, c.Name, password, hub.Role(c.Role))
			return err
		})
	})
}

type userPasswordCommand struct {
	accountArg
	PasswordStdin bool `help:"Read the password from standard input instead of making one."`
}

// Run changes a password.
func (c userPasswordCommand) Run(ctx context.Context, t *terminal) error {
	return c.withAccount(ctx, t, func(h *hub.Hub, who hub.Who, id string) error {
		return withPassword(t, c.PasswordStdin, func(password string) error {
			return h.SetPassword(ctx, who, id, password)
		})
	})
}

// withPassword makes a password or reads it, and prints what it made.
func withPassword(t *terminal, stdin bool, f func(string) error) error {
	password, made, err := choosePassword(t, stdin)
	if err != nil {
		return err
	}
	if err := f(password); err != nil || !made {
		return err
	}
	_, err = fmt.Fprintf(t.out, "password %s   (shown this once)\n", password)
	return err
}

type userDisableCommand struct{ accountArg }

// Run shuts an account out.
func (c userDisableCommand) Run(ctx context.Context, t *terminal) error {
	return c.withAccount(ctx, t, func(h *hub.Hub, who hub.Who, id string) error { return h.SetDisabled(ctx, who, id, true) })
}

type userEnableCommand struct{ accountArg }

// Run lets an account in again.
func (c userEnableCommand) Run(ctx context.Context, t *terminal) error {
	return c.withAccount(ctx, t, func(h *hub.Hub, who hub.Who, id string) error { return h.SetDisabled(ctx, who, id, false) })
}

// An accountArg is the account that a command is about.
type accountArg struct {
	nodeArg
	Name string `arg:"" help:"The account's name."`
}

// withAccount opens the node for f, which is given the account's id.
func (a accountArg) withAccount(ctx context.Context, t *terminal, f func(h *hub.Hub, who hub.Who, id string) error) error {
	return a.with(ctx, t, func(h *hub.Hub, who hub.Who) error {
		account, err := h.AccountNamed(ctx, who, a.Name)
		switch {
		case errors.Is(err, hub.ErrNotFound):
			return fmt.Errorf("there is no account %s: pergola user list shows which there are", a.Name)
		case err != nil:
			return fmt.Errorf("account %s: %w", a.Name, err)
		}
		return f(h, who, account.ID)
	})
}
