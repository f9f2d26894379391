package main_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// production leaves the tests out.
func production(files []*goFile) []*goFile {
	return slices.DeleteFunc(slices.Clone(files), func(f *goFile) bool { return f.test })
}

// imports calls yield with the path of each import of f.
func imports(f *goFile, yield func(spec *ast.ImportSpec, p string)) {
	for _, spec := range f.tree.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			yield(spec, p)
		}
	}
}

// listed reports whether list has name or "...".
func listed(list []string, name string) bool {
	return slices.Contains(list, name) || slices.Contains(list, "...")
}

func checkPackages(files []*goFile) (wrong []string) {
	there := map[string]bool{}
	for _, f := range files {
		if _, ok := mayImport[f.pkg]; !ok && !there[f.pkg] {
			wrong = append(wrong, fmt.Sprintf("%s: not a package of mayImport: say there what it may import", f.pkg))
		}
		there[f.pkg] = true
	}
	for _, pkg := range slices.Sorted(maps.Keys(mayImport)) {
		if !there[pkg] {
			wrong = append(wrong, fmt.Sprintf("%s: in mayImport, but there is no such package", pkg))
		}
	}
	return wrong
}

// checkImports lets tests import what they like of ours: the compiler refuses
// cycles, and a test may put its package into a whole.
func checkImports(files []*goFile) (wrong []string) {
	for _, f := range production(files) {
		imports(f, func(spec *ast.ImportSpec, p string) {
			ours, ok := strings.CutPrefix(p, "pergola/")
			if ok && !listed(mayImport[f.pkg], ours) {
				wrong = append(wrong, fmt.Sprintf("%s: package %s may not import %s", f.at(spec), f.pkg, ours))
			}
		})
	}
	return wrong
}

// checkOwners looks both ways: nobody but an owner imports a dependency, and
// every owner does.
func checkOwners(files []*goFile) (wrong []string) {
	used := map[string]bool{}
	for _, f := range files {
		imports(f, func(spec *ast.ImportSpec, p string) {
			dep := dependency(p)
			if dep == "" {
				return
			}
			used[dep+" "+f.pkg] = used[dep+" "+f.pkg] || !f.test
			used[dep+" test "+f.pkg] = used[dep+" test "+f.pkg] || f.test
			if listed(owners[dep], f.pkg) || f.test && (listed(testOwners[dep], f.pkg) || !strings.Contains(dep, ".")) {
				return
			}
			wrong = append(wrong, fmt.Sprintf("%s: %s belongs to %q, in tests to %q", f.at(spec), p, owners[dep], testOwners[dep]))
		})
	}
	for dep, pkgs := range owners {
		for _, pkg := range pkgs {
			if !used[dep+" "+pkg] {
				wrong = append(wrong, fmt.Sprintf("%s: an owner of %s that does not import it", pkg, dep))
			}
		}
	}
	for dep, pkgs := range testOwners {
		for _, pkg := range pkgs {
			if pkg != "..." && !used[dep+" test "+pkg] {
				wrong = append(wrong, fmt.Sprintf("%s: an owner of %s in tests that does not import it there", pkg, dep))
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// dependency is the name in owners or testOwners under which an import goes,
// or the import itself where there is none, or "" where none is needed.
func dependency(p string) string {
	for _, table := range []map[string][]string{owners, testOwners} {
		for dep := range table {
			if p == dep || strings.Contains(dep, ".") && strings.HasPrefix(p, dep+"/") {
				return dep
			}
		}
	}
	if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") {
		return p
	}
	return ""
}

var requirement = regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+) v\S+( // indirect)?$`)

// checkRequirements compares the direct requirements of go.mod with the owners.
func checkRequirements(gomod string) (wrong []string) {
	direct := map[string]bool{}
	for _, m := range requirement.FindAllStringSubmatch(gomod, -1) {
		direct[m[1]] = m[2] == ""
		if direct[m[1]] && owners[m[1]] == nil && testOwners[m[1]] == nil {
			wrong = append(wrong, fmt.Sprintf("go.mod: %s has no owner", m[1]))
		}
	}
	for _, table := range []map[string][]string{owners, testOwners} {
		for dep := range table {
			if strings.Contains(dep, ".") && !direct[dep] {
				wrong = append(wrong, fmt.Sprintf("go.mod: %s has owners, but is not required, or as indirect only", dep))
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// checkPackageComments wants one comment per package, in the file that is
// named like it.
func checkPackageComments(files []*goFile) (wrong []string) {
	found := map[string]int{}
	for _, f := range production(files) {
		found[f.pkg] += 0
		if f.tree.Doc == nil {
			continue
		}
		found[f.pkg]++
		name := f.tree.Name.Name
		start, homes := "Package "+name+" ", []string{name + ".go", "doc.go"}
		if name == "main" {
			start, homes = "Command "+path.Base(f.pkg)+" ", []string{"main.go", "doc.go"}
		}
		if !strings.HasPrefix(f.tree.Doc.Text(), start) {
			wrong = append(wrong, fmt.Sprintf("%s: the package comment does not begin with %q", f.path, start))
		}
		if !slices.Contains(homes, path.Base(f.path)) {
			wrong = append(wrong, fmt.Sprintf("%s: the package comment stands in none of %v", f.path, homes))
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(found)) {
		if found[pkg] != 1 {
			wrong = append(wrong, fmt.Sprintf("%s: %d package comments, want one", pkg, found[pkg]))
		}
	}
	return wrong
}

func checkDocs(files []*goFile) (wrong []string) {
	for _, f := range production(files) {
		missing := func(id *ast.Ident, docs ...*ast.CommentGroup) {
			if id.IsExported() && !slices.ContainsFunc(docs, func(d *ast.CommentGroup) bool { return d != nil }) {
				wrong = append(wrong, fmt.Sprintf("%s: %s is not documented", f.at(id), id.Name))
			}
		}
		for _, d := range f.tree.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if visible(d) {
					missing(d.Name, d.Doc)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						missing(s.Name, d.Doc, s.Doc)
					case *ast.ValueSpec:
						missing(s.Names[0], d.Doc, s.Doc, s.Comment)
					}
				}
			}
		}
	}
	return wrong
}

// visible reports whether a caller outside can see d. The methods that every
// error has explain themselves.
func visible(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	if d.Name.Name == "Error" || d.Name.Name == "Unwrap" {
		return false
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported()
}

func checkNames(files []*goFile) (wrong []string) {
	for _, f := range files {
		pkg := strings.TrimSuffix(f.tree.Name.Name, "_test")
		file := strings.TrimSuffix(strings.TrimSuffix(path.Base(f.path), ".go"), "_test")
		for _, name := range []string{pkg, file} {
			if slices.Contains(drawers, name) {
				wrong = append(wrong, fmt.Sprintf("%s: %q does not say what is inside", f.path, name))
			}
		}
		if !f.test && pkg != "main" && pkg != path.Base(f.pkg) {
			wrong = append(wrong, fmt.Sprintf("%s: package %s in folder %s", f.path, pkg, f.pkg))
		}
		for _, id := range declared(f) {
			lower := strings.ToLower(id.Name)
			if !f.test && id.IsExported() && lower != pkg && strings.HasPrefix(lower, pkg) {
				wrong = append(wrong, fmt.Sprintf("%s: %s.%s stutters", f.at(id), pkg, id.Name))
			}
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if s, ok := n.(*ast.TypeSpec); ok && (s.Name.Name == "clock" || strings.HasSuffix(s.Name.Name, "Clock")) {
				wrong = append(wrong, fmt.Sprintf("%s: type %s: use time.Now, and testing/synctest", f.at(s), s.Name.Name))
			}
			return true
		})
	}
	return wrong
}

// declared returns the names that f gives to its package, without methods.
func declared(f *goFile) (ids []*ast.Ident) {
	for _, d := range f.tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				ids = append(ids, d.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					ids = append(ids, s.Name)
				case *ast.ValueSpec:
					ids = append(ids, s.Names...)
				}
			}
		}
	}
	return ids
}

// blank are the imports for their effect, and who may have them.
var blank = map[string]string{
	"embed":              "...",
	"modernc.org/sqlite": "storage",
	"time/tzdata":        "cmd/pergola",
}

// checkInit refuses what an importer gets without asking: init functions,
// variables that anybody may change, registration, and a program that ends
// elsewhere than in main.
func checkInit(files []*goFile) (wrong []string) {
	for _, f := range files {
		imports(f, func(spec *ast.ImportSpec, p string) {
			if spec.Name != nil && spec.Name.Name == "_" && !f.test && !listed([]string{blank[p]}, f.pkg) {
				wrong = append(wrong, fmt.Sprintf("%s: %s is imported for its effect", f.at(spec), p))
			}
		})
		for _, d := range f.tree.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == "init" && d.Recv == nil {
					wrong = append(wrong, fmt.Sprintf("%s: func init", f.at(d)))
				}
				if f.path != "cmd/pergola/main.go" && !f.test && d.Body != nil && calls(d.Body, "os", "Exit") {
					wrong = append(wrong, fmt.Sprintf("%s: %s ends the program", f.at(d), d.Name.Name))
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR && !f.test {
					wrong = append(wrong, exportedVars(f, d)...)
				}
			}
		}
	}
	return wrong
}

func exportedVars(f *goFile, d *ast.GenDecl) (wrong []string) {
	for _, s := range d.Specs {
		for _, id := range s.(*ast.ValueSpec).Names {
			if id.IsExported() && !strings.HasPrefix(id.Name, "Err") {
				wrong = append(wrong, fmt.Sprintf("%s: exported variable %s", f.at(id), id.Name))
			}
		}
	}
	return wrong
}

// calls reports whether x.name(…) stands in n.
func calls(n ast.Node, x, name string) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == name && nameOf(sel.X) == x {
			found = true
		}
		return !found
	})
	return found
}

// nameOf is the last name of an expression such as log, s.log or s.logger().
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.CallExpr:
		return nameOf(e.Fun)
	}
	return ""
}

// literal is the text of argument i of call as it stands, or "" where it is
// not a literal.
func literal(call *ast.CallExpr, i int) string {
	if i < len(call.Args) {
		if b, ok := call.Args[i].(*ast.BasicLit); ok && b.Kind == token.STRING {
			return b.Value
		}
	}
	return ""
}
