package config

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

// Example returns the annotated example file: for each key what [Config] says
// about it, then the key with its default, commented out, or with an example
// where the key has no default and must be given.
func Example() string {
	c := Default()
	return example(&c, "Config", source)
}

// ServerExample is Example for the settings of a process, [Server].
func ServerExample() string {
	s := DefaultServer()
	return example(&s, "Server", serverSource)
}

// example explains settings whose type has that name in that source.
func example(s settings, name, source string) string {
	fields := fieldsOf(s)
	docs := comments(source)
	names := naming(fields)
	var b strings.Builder
	b.WriteString(comment(strings.Replace(docs[name], "A "+name, "This file", 1)))
	for _, f := range fields {
		b.WriteString("\n" + comment(names.Replace(docs[f.name])))
		value := f.value.Interface()
		switch {
		case f.example != "" && f.value.Kind() == reflect.Slice:
			value = []string{f.example}
		case f.example != "":
			value = f.example
		}
		if f.key != "base_url" {
			b.WriteString("# ")
		}
		b.WriteString(line(f.key, value))
	}
	return b.String()
}

// naming turns the names of fields into those of keys.
func naming(fields []field) *strings.Replacer {
	var pairs []string
	for _, f := range fields {
		// With its end, so that Database is not found in DatabasePasswordFile.
		for _, end := range []string{" ", "\n", ".", ",", ";", ":"} {
			pairs = append(pairs, f.name+end, f.key+end)
		}
	}
	return strings.NewReplacer(pairs...)
}

// comments returns what a source says about its types and their fields, by name.
func comments(source string) map[string]string {
	docs := map[string]string{}
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ParseComments)
	if err != nil {
		return docs // not reached: the file was compiled
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return false
		case *ast.GenDecl:
			if len(n.Specs) == 1 {
				if ts, ok := n.Specs[0].(*ast.TypeSpec); ok {
					docs[ts.Name.Name] = n.Doc.Text()
				}
			}
		case *ast.Field:
			for _, name := range n.Names {
				docs[name.Name] = n.Doc.Text()
			}
		}
		return true
	})
	return docs
}

// comment puts # before each line of text.
func comment(text string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		b.WriteString(strings.TrimRight("# "+l, " \n") + "\n")
	}
	return b.String()
}

// line is key = value in TOML, with its line end.
func line(key string, value any) string {
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(map[string]any{key: value}); err != nil {
		return fmt.Sprintf("# %s: %v\n", key, err) // not reached: text, numbers and lists are TOML
	}
	return b.String()
}
