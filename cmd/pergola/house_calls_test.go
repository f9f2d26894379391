package main_test

import (
	"fmt"
	"go/ast"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// methodCalls calls yield with each call of the form x.name(…) in f.
func methodCalls(f *goFile, yield func(call *ast.CallExpr, x ast.Expr, name string)) {
	ast.Inspect(f.tree, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
				yield(call, sel.X, sel.Sel.Name)
			}
		}
		return true
	})
}

var failed = regexp.MustCompile("^[\"`](?i:failed|failure|errors?|could ?n[o']t|can ?n[o']t|unable)\\b")

func checkErrors(files []*goFile) (wrong []string) {
	for _, f := range production(files) {
		methodCalls(f, func(call *ast.CallExpr, x ast.Expr, name string) {
			makes := nameOf(x) == "fmt" && name == "Errorf" || nameOf(x) == "errors" && name == "New"
			if text := literal(call, 0); makes && failed.MatchString(text) {
				wrong = append(wrong, fmt.Sprintf("%s: say what was being done, not that it failed: %s", f.at(call), text))
			}
		})
	}
	return wrong
}

var (
	phrase = regexp.MustCompile(`^"[a-z][^.!]*"$`)
	levels = []string{"Debug", "Info", "Warn", "Error"}
)

func checkLogs(files []*goFile) (wrong []string) {
	for _, f := range production(files) {
		imports(f, func(spec *ast.ImportSpec, p string) {
			if p == "log" {
				wrong = append(wrong, fmt.Sprintf("%s: log: use log/slog", f.at(spec)))
			}
		})
		methodCalls(f, func(call *ast.CallExpr, x ast.Expr, name string) {
			level, withContext := strings.CutSuffix(name, "Context")
			to := strings.ToLower(nameOf(x))
			isLog := strings.HasSuffix(to, "log") || strings.HasSuffix(to, "logger")
			switch {
			case withContext && slices.Contains(levels, level):
				if text := literal(call, 1); !phrase.MatchString(text) {
					wrong = append(wrong, fmt.Sprintf("%s: log message %s is not a constant lower-case phrase", f.at(call), text))
				}
				wrong = append(wrong, checkKeys(f, call, 2)...)
			case isLog && slices.Contains(levels, name):
				wrong = append(wrong, fmt.Sprintf("%s: %s.%s without Context", f.at(call), nameOf(x), name))
			case isLog && name == "With":
				wrong = append(wrong, checkKeys(f, call, 0)...)
			case to == "slog" && (name == "Default" || name == "SetDefault"):
				wrong = append(wrong, fmt.Sprintf("%s: slog.%s: a log is passed in", f.at(call), name))
			}
		})
	}
	return wrong
}

// checkKeys wants key, value, key, value … from argument first on.
func checkKeys(f *goFile, call *ast.CallExpr, first int) (wrong []string) {
	for i := first; i < len(call.Args); i += 2 {
		if key := strings.Trim(literal(call, i), `"`); !slices.Contains(logKeys, key) {
			wrong = append(wrong, fmt.Sprintf("%s: argument %d is %q, not a key of logKeys", f.at(call), i+1, key))
		}
	}
	if (len(call.Args)-first)%2 != 0 {
		wrong = append(wrong, fmt.Sprintf("%s: a key without a value", f.at(call)))
	}
	return wrong
}

// checkGoroutines lets a goroutine start in the packages of mayStart, or with
// the Go of a group whose Wait stands in the same function. Wherever it
// starts, a panic in it must not end the program.
func checkGoroutines(files []*goFile) (wrong []string) {
	safe := recovering(files)
	for _, f := range production(files) {
		for _, d := range f.tree.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				body, group := started(n)
				if body == nil {
					return true
				}
				waits := group != "" && calls(fn.Body, group, "Wait")
				if !waits && !slices.Contains(mayStart, f.pkg) {
					wrong = append(wrong, fmt.Sprintf("%s: a goroutine that %s does not wait for belongs to %v", f.at(n), fn.Name.Name, mayStart))
				}
				if !recovers(body, safe[f.pkg]) {
					wrong = append(wrong, fmt.Sprintf("%s: a panic in this goroutine ends the program", f.at(n)))
				}
				return true
			})
		}
	}
	return wrong
}

// started returns what n, a go statement or a group's Go, runs in a goroutine,
// and the name of the group.
func started(n ast.Node) (body ast.Node, group string) {
	switch n := n.(type) {
	case *ast.GoStmt:
		return n.Call, ""
	case *ast.CallExpr:
		if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Go" && len(n.Args) == 1 {
			return n.Args[0], nameOf(sel.X)
		}
	}
	return nil, ""
}

// recovering finds, by package, the names of the functions that recover or
// call one that does.
func recovering(files []*goFile) map[string]map[string]bool {
	safe := map[string]map[string]bool{}
	for more := true; more; {
		more = false
		for _, f := range production(files) {
			if safe[f.pkg] == nil {
				safe[f.pkg] = map[string]bool{"recover": true}
			}
			for _, d := range f.tree.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if ok && fn.Body != nil && !safe[f.pkg][fn.Name.Name] && recovers(fn.Body, safe[f.pkg]) {
					safe[f.pkg][fn.Name.Name], more = true, true
				}
			}
		}
	}
	return safe
}

// recovers reports whether a name of safe is used in n.
func recovers(n ast.Node, safe map[string]bool) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && safe[id.Name] {
			found = true
		}
		return !found
	})
	return found
}

func checkContext(files []*goFile) (wrong []string) {
	for _, f := range files {
		ast.Inspect(f.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncType:
				for i, p := range n.Params.List {
					if i > 0 && isContext(p.Type) && !isTesting(n.Params.List[0].Type) {
						wrong = append(wrong, fmt.Sprintf("%s: ctx is not the first parameter", f.at(p)))
					}
				}
			case *ast.StructType:
				for _, field := range n.Fields.List {
					if isContext(field.Type) && !f.test {
						wrong = append(wrong, fmt.Sprintf("%s: ctx is stored", f.at(field)))
					}
				}
			}
			return true
		})
	}
	return wrong
}

func isContext(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	return ok && nameOf(sel.X) == "context" && sel.Sel.Name == "Context"
}

func isTesting(e ast.Expr) bool {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	sel, ok := e.(*ast.SelectorExpr)
	return ok && nameOf(sel.X) == "testing"
}

// A specification is cited where a comment names it: by its number, or, where
// the name is a common word, with a section.
var (
	numbered = `RFC\s+\d+(?:bis)?|FEP-[0-9a-f]{4}|draft-[a-z-]+-\d\d|NodeInfo\s+\d\.\d|JSON-LD\s+\d\.\d|JSON\s+Feed\s+\d\.\d|WCAG\s+\d\.\d`
	citation = regexp.MustCompile(`\b(?:` + numbered + `|ActivityPub(?:,\s+[\d"B])|ActivityStreams(?:,\s+[\d"A-Z]))`)
	linkLine = regexp.MustCompile(`(?m)^\[([^\]]+)\]: https?://\S+$`)
	document = regexp.MustCompile(`\[(` + numbered + `|ActivityPub|ActivityStreams)[^\]]*\](?:\(|: )https?://`)
)

// cited returns the names of the specifications that text cites.
func cited(text string) (names []string) {
	for _, m := range citation.FindAllString(text, -1) {
		name, _, _ := strings.Cut(m, ",")
		names = append(names, strings.Join(strings.Fields(name), " "))
	}
	return names
}

// checkCitations compares what the comments of a top package's folder cite
// with the link lines at the end of its package comment: [RFC 9421]: https://…
func checkCitations(files []*goFile) (wrong []string) {
	where := map[string]string{} // the first citation, by top package and name
	lists := map[string]bool{}
	for _, f := range production(files) {
		top := topOf(f.pkg)
		for _, c := range f.tree.Comments {
			if c == f.tree.Doc && f.pkg == top {
				for _, m := range linkLine.FindAllStringSubmatch(c.Text(), -1) {
					lists[top+" "+m[1]] = true
				}
				continue
			}
			for _, name := range cited(c.Text()) {
				if key := top + " " + name; where[key] == "" {
					where[key] = f.at(c)
				}
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(where)) {
		if top, name, _ := strings.Cut(key, " "); !lists[key] {
			wrong = append(wrong, fmt.Sprintf("%s: %s is not listed in the comment of package %s", where[key], name, top))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(lists)) {
		if top, name, _ := strings.Cut(key, " "); where[key] == "" {
			wrong = append(wrong, fmt.Sprintf("%s: its comment lists %s, which nothing there cites", top, name))
		}
	}
	return wrong
}

// topOf is the top package of a folder.
func topOf(pkg string) string {
	if strings.HasPrefix(pkg, "cmd/") {
		return pkg
	}
	top, _, _ := strings.Cut(pkg, "/")
	return top
}

// checkFederationFile compares the links of FEDERATION.md with those of package
// federation's comment. FEP-67ff is what the file itself obeys.
func checkFederationFile(text string, files []*goFile) (wrong []string) {
	told := map[string]bool{}
	for _, m := range document.FindAllStringSubmatch(text, -1) {
		told[strings.Join(strings.Fields(m[1]), " ")] = true
	}
	delete(told, "FEP-67ff")
	lists := map[string]bool{}
	for _, f := range production(files) {
		if f.pkg != "federation" || f.tree.Doc == nil {
			continue
		}
		for _, m := range linkLine.FindAllStringSubmatch(f.tree.Doc.Text(), -1) {
			lists[m[1]] = true
		}
	}
	for name := range told {
		if !lists[name] {
			wrong = append(wrong, fmt.Sprintf("FEDERATION.md: links to %s, which package federation does not list", name))
		}
	}
	for name := range lists {
		if !told[name] {
			wrong = append(wrong, fmt.Sprintf("FEDERATION.md: does not link to %s, which package federation lists", name))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// outside are words that belong to a plan or to somebody's machine, and not to
// the project. They are written so that they do not find themselves.
var outside = regexp.MustCompile(`\bTOD` + `O\b|\bFIXM` + `E\b|(?:^|[^\w./-])/wor` + `k/|\.\./share` + `d\b|` +
	`\b(?:proxy\.golan` + `g\.org|sum\.golan` + `g\.org|registry\.npmj` + `s\.org|pyp` + `i\.org|deb\.debia` + `n\.org)\b`)

func checkWords(name, text string) (wrong []string) {
	for i, line := range strings.Split(text, "\n") {
		for _, word := range outside.FindAllString(line, -1) {
			// Where the recorded payloads are, the run by hand must know.
			if name == ".ci/run" && strings.HasPrefix(word, "../") {
				continue
			}
			wrong = append(wrong, fmt.Sprintf("%s:%d: %q does not belong here", name, i+1, word))
		}
	}
	return wrong
}
