package storagetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/oklog/ulid/v2"

	"pergola/storage"
)

// A server is a PostgreSQL server on which databases can be made.
type server struct {
	url      *url.URL  // of its database "postgres"
	template string    // a migrated database; "" where none may be left behind
	alive    io.Closer // the server ends when this is closed
}

// One private server serves all tests of a process, because a start takes a
// second; the process has no other end at which a shared one could be stopped.
var private = sync.OnceValues(startPrivate)

func freshDatabase(t testing.TB) (string, error) {
	var s *server
	named := os.Getenv("PERGOLA_TEST_POSTGRES")
	if named != "" {
		u, err := url.Parse(named)
		if err != nil {
			return "", err
		}
		s = &server{url: u}
	} else {
		var err error
		if s, err = private(); err != nil {
			return "", err
		}
	}
	database, name, err := s.create(t.Context())
	if err == nil && named != "" {
		t.Cleanup(func() {
			drop := `DROP DATABASE ` + name + ` WITH (FORCE)`
			if err := s.exec(context.WithoutCancel(t.Context()), drop); err != nil {
				t.Error(err)
			}
		})
	}
	return database, err
}

func (s *server) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.url.String())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// create makes a database and returns its address and name.
func (s *server) create(ctx context.Context) (database, name string, err error) {
	name = "pergola_" + strings.ToLower(ulid.Make().String())
	if s.template != "" {
		err = s.exec(ctx, `CREATE DATABASE `+name+` TEMPLATE `+s.template)
	} else {
		err = s.exec(ctx, `CREATE DATABASE `+name+` TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'hu'`)
	}
	if err != nil {
		return "", "", fmt.Errorf("making a database: %w", err)
	}
	u := *s.url
	u.Path = "/" + name
	return u.String(), name, nil
}

// startPrivate starts a server that listens on a socket in a temporary folder,
// and makes the template for its databases.
func startPrivate() (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pergola-pg-")
	if err != nil {
		return nil, err
	}
	attr, err := unprivileged(dir)
	var alive io.Closer
	if err == nil {
		alive, err = watch(bin, dir, attr)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s := &server{alive: alive, url: &url.URL{
		Scheme:   "postgres",
		Path:     "/postgres",
		RawQuery: url.Values{"host": {dir}, "user": {"postgres"}}.Encode(),
	}}
	ctx := context.Background() // the server is not one test's
	database, name, err := s.create(ctx)
	if err != nil {
		return nil, err
	}
	db, err := storage.Open(ctx, database, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	s.template = name
	return s, db.Close()
}

// errNone says that there is no PostgreSQL on the machine.
var errNone = errors.New("initdb is neither in /usr/lib/postgresql nor in PATH, and PERGOLA_TEST_POSTGRES is not set")

// binaries returns the folder of the newest PostgreSQL on the machine.
func binaries() (string, error) {
	found, version := "", -1
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is good
	for _, dir := range dirs {
		v, err := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		if _, stat := os.Stat(filepath.Join(dir, "initdb")); err == nil && stat == nil && v > version {
			found, version = dir, v
		}
	}
	if found != "" {
		return found, nil
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", errNone
	}
	return filepath.Dir(initdb), nil
}

// unprivileged gives dir to a user other than root, as whom initdb refuses to
// run, and returns how to run as that user.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setsid: true} // an interrupt is not for the server
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, uidErr := strconv.Atoi(u.Uid)
	gid, gidErr := strconv.Atoi(u.Gid)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, uid, gid)
}

// watch starts a shell that starts the server and stops it as soon as the pipe
// to the shell is closed, as it is when this process ends in whatever way.
func watch(bin, dir string, attr *syscall.SysProcAttr) (io.Closer, error) {
	const script = `
		cd "$2" && PATH="$1:$PATH" && export PATH
		initdb -D data -U postgres -A trust -E UTF8 --no-locale --no-sync >log 2>&1 &&
		pg_ctl -D data -l log -w start -o "-k $2 -c listen_addresses= -c max_connections=200 -c log_min_messages=error" >>log 2>&1 </dev/null &&
		echo started || tail -n 5 log
		read -r end
		pg_ctl -D data -m immediate stop >/dev/null 2>&1
		cd / && rm -rf "$2"`
	cmd := exec.Command("/bin/sh", "-c", script, "sh", bin, dir)
	cmd.SysProcAttr = attr
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if strings.TrimSpace(line) != "started" {
		return nil, errors.Join(fmt.Errorf("starting a server: %q", strings.TrimSpace(line)), err, alive.Close())
	}
	return alive, nil
}
