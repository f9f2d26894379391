package main_test

import (
	"slices"
	"strings"
	"testing"
)

// TestHouseBites shows each rule a source that keeps it and some that do not.
func TestHouseBites(t *testing.T) {
	tests := []struct {
		check rule
		path  string
		src   string
		want  string // within one of the problems; "" means no problem
	}{
		{checkImports, "hub/web/x.go", `import "pergola/hub"`, ""},
		{checkImports, "hub/x.go", `import "pergola/storage"`, "package hub may not import storage"},
		{checkImports, "storage/x.go", `import "pergola/config"`, "may not import config"},
		{checkImports, "federation/vocab/x.go", `import "pergola/federation/httpsig"`, "may not import federation/httpsig"},
		{checkImports, "hub/web/x_test.go", `import "pergola/storage"`, ""},
		{checkImports, "cmd/pergola/x.go", `import "pergola/config"`, ""},

		{checkPackageComments, "hub/hub.go", "", ""},
		{checkPackageComments, "hub/x.go", "", "stands in none of [hub.go doc.go]"},
		{checkPackageComments, "cmd/pergola/main.go", "", `does not begin with "Command pergola "`},

		{checkDocs, "hub/x.go", "// A is.\ntype A int\n\n// B is.\nfunc (A) B() {}\n\n// D is.\nconst (\n\tD = 1\n\tE = 2\n)", ""},
		{checkDocs, "hub/x.go", "type A int", "A is not documented"},
		{checkDocs, "hub/x.go", "func A() {}", "A is not documented"},
		{checkDocs, "hub/x.go", "// A is.\ntype A int\n\nfunc (*A) B() {}", "B is not documented"},
		{checkDocs, "hub/x.go", "type a int\n\nfunc (a) B() {}\n\nfunc c() {}", ""},
		{checkDocs, "hub/x.go", "const A = 1", "A is not documented"},

		{checkNames, "hub/x.go", "type Hub int\ntype Event int", ""},
		{checkNames, "hub/x.go", "type HubEvent int", "hub.HubEvent stutters"},
		{checkNames, "hub/x.go", "func HubOpen() {}", "stutters"},
		{checkNames, "hub/utils.go", "", `"utils" does not say`},
		{checkNames, "hub/helpers_test.go", "", `"helpers" does not say`},
		{checkNames, "hub/x.go", "type Clock interface{}", "type Clock"},
		{checkNames, "hub/x_test.go", "func f() { type fakeClock int }", "type fakeClock"},

		{checkInit, "hub/x.go", "var ErrNone, small = 1, 2\n\nfunc (t) init() {}", ""},
		{checkInit, "hub/x.go", "func init() {}", "func init"},
		{checkInit, "hub/x.go", "var Default = 1", "exported variable Default"},
		{checkInit, "hub/x.go", "import _ \"image/png\"", "imported for its effect"},
		{checkInit, "hub/x.go", "import _ \"embed\"", ""},
		{checkInit, "hub/x.go", "func f() { os.Exit(1) }", "f ends the program"},

		{checkErrors, "hub/x.go", `var err = fmt.Errorf("reading x: %w", err)`, ""},
		{checkErrors, "hub/x.go", `var err = errors.New("erroneous is a word")`, ""},
		{checkErrors, "hub/x.go", `var err = fmt.Errorf("failed to read: %w", err)`, "say what was being done"},
		{checkErrors, "hub/x.go", `var err = fmt.Errorf("error reading: %w", err)`, "say what was being done"},
		{checkErrors, "hub/x.go", `var err = errors.New("Could not read")`, "say what was being done"},

		{checkLogs, "hub/x.go", `func f() { h.log.InfoContext(ctx, "looking up", "actor", id, "err", err) }`, ""},
		{checkLogs, "hub/x.go", `func f() { h.log.Info("looking up") }`, "log.Info without Context"},
		{checkLogs, "hub/x.go", `func f() { slog.Default() }`, "a log is passed in"},
		{checkLogs, "hub/x.go", `func f() { h.log.InfoContext(ctx, "Looking up.") }`, "not a constant lower-case phrase"},
		{checkLogs, "hub/x.go", `func f() { h.log.InfoContext(ctx, text) }`, "not a constant lower-case phrase"},
		{checkLogs, "hub/x.go", `func f() { h.log.InfoContext(ctx, "looking up", "Actor", id) }`, `"Actor", not a key`},
		{checkLogs, "hub/x.go", `func f() { h.log.InfoContext(ctx, "looking up", "actor") }`, "a key without a value"},
		{checkLogs, "hub/x.go", `func f() { h.log.InfoContext(ctx, "looking up", slog.Any("err", err)) }`, "not a key"},
		{checkLogs, "cmd/pergola/x.go", `func f() { logger(w).With("organisation", x) }`, `"organisation", not a key`},
		{checkLogs, "hub/x.go", `import "log"`, "use log/slog"},

		{checkGoroutines, "hub/x.go", "func f() { wg.Go(func() { defer func() { recover() }() }); wg.Wait() }", ""},
		{checkGoroutines, "hub/x.go", "func f() { wg.Go(func() { recover() }); other.Wait() }", "that f does not wait for"},
		{checkGoroutines, "hub/x.go", "func f() { go func() { recover() }() }", "that f does not wait for"},
		{checkGoroutines, "federation/x.go", "func f() { go func() { recover() }() }", ""},
		{checkGoroutines, "federation/x.go", "func f() { go func() {}() }", "ends the program"},
		{checkGoroutines, "federation/x.go", "func f() { go g() }\nfunc g() { defer h() }\nfunc h() { recover() }", ""},
		{checkGoroutines, "federation/x.go", "func f() { go g() }\nfunc g() {}", "ends the program"},
		{checkGoroutines, "federation/x_test.go", "func f() { go g() }", ""},

		{checkContext, "hub/x.go", "func f(ctx context.Context, n int) {}", ""},
		{checkContext, "hub/x.go", "func f(n int, ctx context.Context) {}", "ctx is not the first"},
		{checkContext, "hub/x.go", "type I interface{ M(n int, ctx context.Context) }", "ctx is not the first"},
		{checkContext, "hub/x_test.go", "func f(t *testing.T, ctx context.Context) {}", ""},
		{checkContext, "hub/x.go", "type s struct{ ctx context.Context }", "ctx is stored"},
		{checkContext, "hub/x.go", "type s struct{ context.Context }", "ctx is stored"},

		{checkCitations, "hub/web/x.go", "// f does. (RFC\n// 9110, 8.8.3)\nfunc f() {}", "RFC 9110 is not listed in the comment of package hub"},
		{checkCitations, "federation/x.go", "// f does. (ActivityPub, 7.1.3)\nfunc f() {}", "ActivityPub is not listed"},
		{checkCitations, "federation/x.go", "// f does as FEP-8a8e wants.\nfunc f() {}", "FEP-8a8e is not listed"},
		{checkCitations, "federation/x.go", "// f speaks ActivityPub, and well.\nfunc f() {}", ""},
		{checkCitations, "federation/x_test.go", "// RFC 8032, 7.1", ""},
	}
	for _, test := range tests {
		got := test.check([]*goFile{source(t, test.path, "", test.src)})
		if test.want == "" && len(got) != 0 {
			t.Errorf("%s:\n%s\ngave %q, want nothing", test.path, test.src, got)
		}
		if test.want != "" && !contains(got, test.want) {
			t.Errorf("%s:\n%s\ngave %q, want %q", test.path, test.src, got, test.want)
		}
	}
}

// source is a file with a package comment, which goes on with more.
func source(t *testing.T, name, more, src string) *goFile {
	t.Helper()
	folder := strings.Split(name, "/")
	pkg := folder[len(folder)-2]
	if folder[0] == "cmd" {
		pkg = "main"
	}
	f, err := parseFile(name, []byte("// Package "+pkg+" is a sample.\n"+more+"package "+pkg+"\n\n"+src+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func contains(problems []string, want string) bool {
	return slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, want) })
}

func TestHouseBitesInPackages(t *testing.T) {
	var whole []*goFile
	for pkg := range mayImport {
		whole = append(whole, source(t, pkg+"/x.go", "", ""))
	}
	if got := checkPackages(whole); len(got) != 0 {
		t.Errorf("the packages of the house: %q, want nothing", got)
	}
	if got := checkPackages(append(whole, source(t, "hub/mail/x.go", "", ""))); !contains(got, "hub/mail: not a package") {
		t.Errorf("with hub/mail: %q", got)
	}
	if got := checkPackages(whole[1:]); !contains(got, whole[0].pkg+": in mayImport, but") {
		t.Errorf("without %s: %q", whole[0].pkg, got)
	}
	if got := checkPackageComments([]*goFile{source(t, "hub/hub.go", "", ""), source(t, "hub/doc.go", "", "")}); !contains(got, "hub: 2 package comments") {
		t.Errorf("with two package comments: %q", got)
	}
}

func TestHouseBitesInDependencies(t *testing.T) {
	const unused, foreign = "does not import", "belongs to"
	tests := []struct{ path, imported, want string }{
		{"hub/schedule/x.go", "github.com/go-co-op/gocron/v2", ""},
		{"hub/x.go", "github.com/go-co-op/gocron/v2", foreign},
		{"federation/vocab/x.go", "github.com/go-fed/activity/streams/vocab", ""},
		{"hub/x.go", "github.com/go-fed/activity/streams/vocab", foreign},
		{"hub/x.go", "database/sql", foreign},
		{"hub/x.go", "net/http", foreign},
		{"hub/x_test.go", "net/http", ""},
		{"hub/x_test.go", "net/http/httptest", ""},
		{"hub/x_test.go", "github.com/google/go-cmp/cmp", ""},
		{"hub/x.go", "github.com/google/go-cmp/cmp", foreign},
		{"hub/x_test.go", "github.com/stretchr/testify/require", foreign},
		{"hub/x.go", "example.org/new", foreign},
		{"hub/x.go", "net/url", ""},
	}
	for _, test := range tests {
		got := checkOwners([]*goFile{source(t, test.path, "", `import "`+test.imported+`"`)})
		got = slices.DeleteFunc(got, func(p string) bool { return strings.Contains(p, unused) })
		if test.want == "" && len(got) != 0 || test.want != "" && !contains(got, test.want) {
			t.Errorf("%s imports %s: %q, want %q", test.path, test.imported, got, test.want)
		}
	}
	got := checkOwners([]*goFile{source(t, "hub/schedule/x.go", "", "")})
	for _, want := range []string{"hub/schedule: an owner of github.com/go-co-op/gocron/v2", "hub/web: an owner of github.com/jba/templatecheck in tests"} {
		if !contains(got, want) {
			t.Errorf("an owner that does not import: %q, want %q", got, want)
		}
	}
	// A test does not make its package an owner.
	got = checkOwners([]*goFile{source(t, "hub/schedule/x_test.go", "", `import "github.com/go-co-op/gocron/v2"`)})
	if !contains(got, "hub/schedule: an owner of github.com/go-co-op/gocron/v2 that") {
		t.Errorf("an owner that imports in tests only: %q", got)
	}
	got = checkRequirements("module pergola\n\nrequire (\n\texample.org/new v1.0.0\n\texample.org/far v1.0.0 // indirect\n\tcode.dny.dev/ssrf v0.3.0\n\tmodernc.org/sqlite v1.60.1 // indirect\n)\n")
	for _, want := range []string{"example.org/new has no owner", "modernc.org/sqlite has owners", "github.com/go-chi/chi/v5 has owners"} {
		if !contains(got, want) {
			t.Errorf("go.mod: %q, want %q", got, want)
		}
	}
	if contains(got, "far") || contains(got, "ssrf") {
		t.Errorf("go.mod: %q, want nothing of ssrf and far", got)
	}
}

func TestHouseBitesInCitations(t *testing.T) {
	const list = "//\n// [RFC 9421]: https://www.rfc-editor.org/rfc/rfc9421\n"
	top := source(t, "federation/federation.go", list, "")
	below := source(t, "federation/httpsig/x.go", "", "// f does. (RFC 9421, 2.2)\nfunc f() {}")
	if got := checkCitations([]*goFile{top, below}); len(got) != 0 {
		t.Errorf("listed and cited: %q, want nothing", got)
	}
	if got := checkCitations([]*goFile{top}); !contains(got, "lists RFC 9421, which nothing there cites") {
		t.Errorf("listed only: %q", got)
	}
	if got := checkCitations([]*goFile{top, source(t, "hub/x.go", "", "// (RFC 9421, 2.2)")}); len(got) != 2 {
		t.Errorf("listed in federation and cited in hub: %q, want two problems", got)
	}
	const told = "# Federation\n\n- [FEP-67ff: FEDERATION.md](https://w3id.org/fep/67ff)\n- [RFC 9421, HTTP Message Signatures](https://www.rfc-editor.org/rfc/rfc9421)\n"
	if got := checkFederationFile(told, []*goFile{top}); len(got) != 0 {
		t.Errorf("FEDERATION.md with the same list: %q, want nothing", got)
	}
	if got := checkFederationFile(told+"- [ActivityPub](https://www.w3.org/TR/activitypub/)\n", []*goFile{top}); !contains(got, "links to ActivityPub, which") {
		t.Errorf("FEDERATION.md with more: %q", got)
	}
	if got := checkFederationFile("# Federation\n", []*goFile{top}); !contains(got, "does not link to RFC 9421") {
		t.Errorf("FEDERATION.md with less: %q", got)
	}
}

func TestHouseBitesInWords(t *testing.T) {
	tests := []struct {
		path, text string
		want       int
	}{
		{"hub/x.go", "// TO" + "DO: more", 1},
		{"hub/x.go", "// TO" + "DOS, toDO, see homework/x and https://a.example/work/", 0},
		{"README.md", "cd /wor" + "k/main\n\nls ../share" + "d/x", 2},
		{".ci/run", "ls ../share" + "d/x", 0},
		{".ci/run", "ls /wor" + "k/main", 1},
		{".ci/run", "GOPROXY=https://proxy.golan" + "g.org", 1},
	}
	for _, test := range tests {
		if got := checkWords(test.path, test.text); len(got) != test.want {
			t.Errorf("%s with %q: %q, want %d problems", test.path, test.text, got, test.want)
		}
	}
}
