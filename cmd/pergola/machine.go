package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// serviceName is the name of the service, and of the user that it runs as.
const serviceName = "pergola"

// ours marks what a quick start made, and may take back: the file of the
// service begins with it, and it is the full name of the user.
const ours = "Made by pergola quickstart"

// unitPath is where the file of the service is written.
const unitPath = "/etc/systemd/system/pergola.service"

//go:embed dist/pergola.service
var packagedUnit string

// unitFor is the unit of the package, for a program and the folder.
func (c quickstartCommand) unitFor(program string) (string, error) {
	dir := c.Dir
	for _, hidden := range []string{"/home/", "/root/", "/tmp/", "/run/user/"} {
		if strings.HasPrefix(program, hidden) || strings.HasPrefix(dir, hidden) {
			return "", errors.New(c.p.T("console_hidden", "Path", hidden))
		}
	}
	if strings.ContainsAny(program+dir, " \t\n\"'\\%$;") {
		return "", errors.New(c.p.T("console_plain_paths", "Command", program+" serve "+dir))
	}
	text := strings.ReplaceAll(packagedUnit, "/usr/bin/pergola", program)
	if dir != "/var/lib/pergola" {
		text = strings.ReplaceAll(text, "/var/lib/pergola", dir)
		text = strings.Replace(text, "StateDirectory=pergola\nStateDirectoryMode=0700", "ReadWritePaths="+dir, 1)
	}
	return "# " + ours + ".\n" + text, nil
}

// installedUnit is the file of the service that is in force, and its text; both
// are empty when there is none.
func installedUnit() (path, text string, err error) {
	for _, path := range []string{unitPath, "/usr/local/lib/systemd/system/pergola.service", "/lib/systemd/system/pergola.service"} {
		b, err := os.ReadFile(path)
		if err == nil {
			return path, string(b), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", "", err
		}
	}
	return "", "", nil
}

// command runs a program of the system and returns what it said.
func command(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	said := string(bytes.TrimSpace(out))
	if err != nil {
		return said, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, said)
	}
	return said, nil
}

// serviceIs reports whether the service is "active", "enabled" or "failed".
func serviceIs(ctx context.Context, state string) bool {
	_, err := command(ctx, "systemctl", "is-"+state, "--quiet", serviceName)
	return err == nil
}

// serviceUser is the user of the service, nil when there is none.
func serviceUser() (*user.User, error) {
	u, err := user.Lookup(serviceName)
	if errors.As(err, new(user.UnknownUserError)) {
		return nil, nil
	}
	return u, err
}

// own gives a folder and all that is in it to the user of the service, or to
// root when there is none.
func own(dir string) error {
	uid, gid := 0, 0
	u, err := serviceUser()
	if err == nil && u != nil {
		uid, err = strconv.Atoi(u.Uid)
	}
	if err == nil && u != nil {
		gid, err = strconv.Atoi(u.Gid)
	}
	if err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}
