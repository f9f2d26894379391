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
	url   *url.URL  // of its database "postgres"
	alive io.Closer // a private server ends when this is closed; nil for another

	template string // a migrated database, on a private server
	mu       sync.Mutex
	wiped    []string // databases like a new one, on a private server
}

// One private server serves all tests of a process, because a start takes a
// second; the process has no other end at which a shared one could be stopped.
var private = sync.OnceValues(func() (*server, error) { return startPrivate(200) })

func freshDatabase(t testing.TB) (database string, err error) {
	var s *server
	if named := os.Getenv("PERGOLA_TEST_POSTGRES"); named != "" {
		s = &server{}
		s.url, err = url.Parse(named)
	} else {
		s, err = private()
	}
	if err != nil {
		return "", err
	}
	name, err := s.create(t.Context())
	if err != nil {
		return "", fmt.Errorf("making a database: %w", err)
	}
	t.Cleanup(func() {
		if err := s.giveBack(context.WithoutCancel(t.Context()), name); err != nil {
			t.Errorf("giving back a database: %v", err)
		}
	})
	return s.address(name), nil
}

func (s *server) address(database string) string {
	u := *s.url
	u.Path = "/" + database
	return u.String()
}

// run runs statements without arguments.
func run(ctx context.Context, database, statements string) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statements)
	return err
}

// create makes a database, or takes one that has been wiped, and returns its
// name.
func (s *server) create(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.wiped); n > 0 {
		name := s.wiped[n-1]
		s.wiped = s.wiped[:n-1]
		return name, nil
	}
	name := "pergola_" + strings.ToLower(ulid.Make().String())
	from := `template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'hu'`
	if s.template != "" {
		from = s.template
	}
	return name, run(ctx, s.url.String(), `CREATE DATABASE `+name+` TEMPLATE `+from)
}

// giveBack drops a database. On a private server it is wiped and used again,
// which takes a tenth of the time that making one does.
func (s *server) giveBack(ctx context.Context, name string) error {
	if s.alive == nil {
		return run(ctx, s.url.String(), `DROP DATABASE `+name+` WITH (FORCE)`)
	}
	err := run(ctx, s.address(name), `
		SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid();
		SET session_replication_role = replica;
		DO $$
		DECLARE name text;
		BEGIN
			FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%' LOOP
				EXECUTE format('DELETE FROM public.%I', name);
			END LOOP;
		END $$`)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wiped = append(s.wiped, name)
	return nil
}

// startPrivate starts a server that listens on a socket in a temporary folder,
// and makes the template for its databases.
func startPrivate(connections int) (*server, error) {
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
		alive, err = watch(bin, dir, connections, attr)
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
	name, err := s.create(ctx)
	if err != nil {
		return nil, fmt.Errorf("making a database: %w", err)
	}
	db, err := storage.Open(ctx, s.address(name), slog.New(slog.DiscardHandler))
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

// Stoppable returns the address of a fresh database on a server of its own, which
// can be stopped as in an accident and started again. Where the machine has no
// PostgreSQL it skips the test, or fails it if PERGOLA_REQUIRE_POSTGRES is 1.
func Stoppable(t testing.TB) (database string, stop, start func()) {
	t.Helper()
	s := own(t, 200)
	bin, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	dir := s.url.Query().Get("host")
	attr, err := unprivileged(dir)
	if err != nil {
		t.Fatal(err)
	}
	control := func(args ...string) func() {
		return func() {
			t.Helper()
			cmd := exec.Command(filepath.Join(bin, "pg_ctl"), append([]string{"-D", filepath.Join(dir, "data"), "-w"}, args...)...)
			cmd.SysProcAttr, cmd.Dir = attr, dir
			if err := cmd.Run(); err != nil {
				t.Fatalf("pg_ctl %v: %v", args, err)
			}
		}
	}
	name, err := s.create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s.address(name), control("-m", "immediate", "stop"),
		control("-l", "log", "-o", "-k "+dir+" -c listen_addresses= -c max_connections=200", "start")
}

// own starts a server for one test that allows so many connections.
func own(t testing.TB, connections int) *server {
	t.Helper()
	if _, err := binaries(); err != nil && os.Getenv("PERGOLA_REQUIRE_POSTGRES") != "1" {
		t.Skipf("no PostgreSQL: %v", err)
	}
	s, err := startPrivate(connections)
	if err != nil {
		t.Fatalf("PostgreSQL is required: %v", err)
	}
	t.Cleanup(func() { s.alive.Close() })
	return s
}

// Crowded returns the addresses of n databases on a server of their own that
// allows so many connections. They are copies of one that fill has filled.
func Crowded(t testing.TB, connections, n int, fill func(database string)) []string {
	t.Helper()
	s := own(t, connections)
	var databases []string
	for range n {
		name, err := s.create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if databases = append(databases, s.address(name)); len(databases) == 1 {
			fill(databases[0])
			s.template = name
		}
	}
	return databases
}

// Connections counts those to the server of a database, or to the database alone.
func Connections(t testing.TB, database string, alone bool) (n int) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, `
		SELECT count(*) FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND (NOT $1 OR datname = current_database())`, alone).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// watch starts a shell that starts the server and stops it as soon as the pipe
// to the shell is closed, as it is when this process ends in whatever way.
func watch(bin, dir string, connections int, attr *syscall.SysProcAttr) (io.Closer, error) {
	const script = `
		cd "$2" && PATH="$1:$PATH" && export PATH
		initdb -D data -U postgres -A trust -E UTF8 --no-locale --no-sync >log 2>&1 &&
		pg_ctl -D data -l log -w start -o "-k $2 -c listen_addresses= -c max_connections=$3 -c log_min_messages=error" >>log 2>&1 </dev/null &&
		echo started || tail -n 5 log
		read -r end
		pg_ctl -D data -m immediate stop >/dev/null 2>&1
		cd / && rm -rf "$2"`
	cmd := exec.Command("/bin/sh", "-c", script, "sh", bin, dir, strconv.Itoa(connections))
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
