package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the module's folder, seen from this package.
const root = "../.."

// mayImport lists all packages of the module and says which of the others each
// may import. The order of the house is cmd, storage, hub, federation; leaves
// import nothing of ours.
var mayImport = map[string][]string{
	"config":                      {},
	"federation":                  {"federation/check", "federation/httpsig", "federation/nodeinfo", "federation/vocab", "federation/webfinger"},
	"federation/check":            {},
	"federation/httpsig":          {},
	"federation/nodeinfo":         {},
	"federation/vocab":            {},
	"federation/webfinger":        {},
	"hub":                         {"federation", "federation/check", "federation/httpsig", "federation/nodeinfo", "federation/vocab", "hub/cron", "hub/locale", "hub/picture", "hub/roster", "hub/text"},
	"hub/atom":                    {},
	"hub/cron":                    {},
	"hub/locale":                  {},
	"hub/picture":                 {},
	"hub/roster":                  {},
	"hub/schedule":                {"hub", "hub/cron"},
	"hub/text":                    {},
	"hub/web":                     {"federation/check", "federation/vocab", "hub", "hub/atom", "hub/cron", "hub/locale", "hub/roster", "hub/text"},
	"storage":                     {"federation", "federation/httpsig", "federation/vocab", "hub", "hub/cron", "storage/queue"},
	"storage/archive":             {"storage", "storage/blob"},
	"storage/blob":                {},
	"storage/queue":               {},
	"storage/storagetest":         {"storage", "hub"},
	"cmd/pergola":                 {"..."}, // it wires, so it sees everything
	"cmd/pergola/front":           {},
	"cmd/pergola/front/fronttest": {},
}

// owners says which packages import a dependency: all of these do, and no
// other may. Beside the modules of go.mod it has the two packages of the
// standard library that would carry a layer's affairs into another.
var owners = map[string][]string{
	"code.dny.dev/ssrf":                   {"federation"},
	"database/sql":                        {"storage"},
	"github.com/BurntSushi/toml":          {"cmd/pergola", "config", "hub/locale"},
	"github.com/alecthomas/kong":          {"cmd/pergola"},
	"github.com/alexedwards/argon2id":     {"hub"},
	"github.com/caddyserver/certmagic":    {"cmd/pergola/front"},
	"github.com/dunglas/httpsfv":          {"federation/httpsig"},
	"github.com/go-chi/chi/v5":            {"federation", "hub/web"},
	"github.com/go-chi/httprate":          {"cmd/pergola/front"},
	"github.com/go-co-op/gocron/v2":       {"hub/schedule"},
	"github.com/go-fed/activity":          {"federation", "federation/vocab"},
	"github.com/jackc/pgx/v5":             {"storage", "storage/storagetest"},
	"github.com/microcosm-cc/bluemonday":  {"hub/text"},
	"github.com/nicksnyder/go-i18n/v2":    {"hub/locale"},
	"github.com/oklog/ulid/v2":            {"hub", "storage/queue", "storage/storagetest"},
	"github.com/pressly/goose/v3":         {"storage"},
	"github.com/prometheus/client_golang": {"cmd/pergola/front"},
	"github.com/robfig/cron/v3":           {"hub/cron"},
	"github.com/yuin/goldmark":            {"hub/text"},
	"go.uber.org/zap":                     {"cmd/pergola/front"}, // certmagic's log
	"golang.org/x/image":                  {"hub/picture"},
	"golang.org/x/net":                    {"cmd/pergola/front/fronttest", "federation", "federation/webfinger", "hub", "hub/text"},
	"golang.org/x/sync":                   {"cmd/pergola", "federation", "storage"},
	"golang.org/x/text":                   {"hub", "hub/locale", "hub/roster", "hub/text", "hub/web", "storage"},
	"modernc.org/sqlite":                  {"storage"},
	"net/http":                            {"cmd/pergola", "cmd/pergola/front", "cmd/pergola/front/fronttest", "federation", "federation/check", "federation/httpsig", "federation/webfinger", "hub/web"},
}

// testOwners says the same of what only tests import; "..." is every package.
var testOwners = map[string][]string{
	"github.com/chromedp/cdproto":       {"cmd/pergola"},
	"github.com/chromedp/chromedp":      {"cmd/pergola"},
	"github.com/go-fed/httpsig":         {"federation/httpsig"}, // an oracle
	"github.com/google/go-cmp":          {"..."},
	"github.com/jba/templatecheck":      {"hub/web"},
	"github.com/remitly-oss/httpsig-go": {"federation/httpsig"}, // an oracle
	"golang.org/x/net":                  {"hub/web"},            // reads what was rendered
}

// mayStart lists the packages that may start a goroutine which outlives the
// function it is started in.
var mayStart = []string{"cmd/pergola", "cmd/pergola/front", "cmd/pergola/front/fronttest", "federation", "hub/schedule", "storage/queue"}

// logKeys are the keys of attributes. A fact has one name everywhere, so a new
// key is one that says what none of these does.
var logKeys = []string{
	"activity", "actor", "address", "after", "attempt", "err", "followers", "host", "inbox", "job", "kind", "lane", "listen",
	"method", "org", "panic", "path", "request", "stack", "status", "took", "type", "until", "url",
}

// drawers are names that do not say what is inside.
var drawers = []string{"base", "common", "helper", "helpers", "misc", "mock", "mocks", "model", "models", "shared", "type", "types", "util", "utils"}

// folders are those that may be seen in the root.
var folders = []string{"cmd", "config", "federation", "hub", "storage"}

// A goFile is one source file of the module.
type goFile struct {
	path string // from the root
	pkg  string // its folder, from the root
	test bool
	tree *ast.File
	fset *token.FileSet
}

// at is where n stands, for the beginning of a message.
func (f *goFile) at(n ast.Node) string {
	return f.path + ":" + strings.TrimPrefix(f.fset.Position(n.Pos()).String(), f.path+":")
}

func parseFile(name string, src []byte) (*goFile, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &goFile{path: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), tree: tree, fset: fset}, nil
}

// A rule looks at the files of the module and returns what is wrong with them.
type rule func(files []*goFile) []string

// rules are the rules of the house that can be seen in the sources alone.
var rules = []struct {
	name  string
	check rule
}{
	{"packages are those of the house", checkPackages},
	{"imports go one way", checkImports},
	{"dependencies have owners", checkOwners},
	{"packages have a comment", checkPackageComments},
	{"exported names have a comment", checkDocs},
	{"names say what is meant", checkNames},
	{"nothing happens by import", checkInit},
	{"errors say what was being done", checkErrors},
	{"logs are phrases with known keys", checkLogs},
	{"goroutines end and recover", checkGoroutines},
	{"ctx is the first parameter", checkContext},
	{"specifications are listed", checkCitations},
}

// TestHouse keeps the rules that the compiler does not.
func TestHouse(t *testing.T) {
	files, texts := readTree(t)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) { report(t, r.check(files)) })
	}
	t.Run("go.mod agrees with the owners", func(t *testing.T) {
		report(t, checkRequirements(texts["go.mod"]))
	})
	t.Run("FEDERATION.md agrees with package federation", func(t *testing.T) {
		if text, ok := texts["FEDERATION.md"]; ok {
			report(t, checkFederationFile(text, files))
		}
	})
	t.Run("words that stay outside", func(t *testing.T) {
		for name, text := range texts {
			report(t, checkWords(name, text))
		}
	})
	t.Run("folders in the root", func(t *testing.T) {
		entries, err := os.ReadDir(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(folders, e.Name()) {
				t.Errorf("%s: want none but %v", e.Name(), folders)
			}
		}
	})
}

func report(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

// otherModule is a folder that is a module of its own, which compares the queue
// with what the program does not require.
const otherModule = "storage/queue/river"

// readTree reads the module: its Go files, and the text of all files by name.
func readTree(t *testing.T) ([]*goFile, map[string]string) {
	t.Helper()
	var files []*goFile
	texts := map[string]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() || d.Name() == ".git" { // a file in a second work tree
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if slices.Contains(b, 0) {
			return nil // not a text
		}
		texts[rel] = string(b)
		if path.Ext(rel) != ".go" || path.Dir(rel) == otherModule {
			return nil
		}
		f, err := parseFile(rel, b)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, texts
}
