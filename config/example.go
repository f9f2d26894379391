package config

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"

	"github.com/BurntSushi/toml"
)

// Example returns the annotated example file: for each key what [Config] says
// about it, then the key with its default, commented out, or with an example
// where the key has no default and must be given.
func Example() string {
	c := Default()
	fields := fieldsOf(&c)
	docs := comments()
	names := naming(fields)
	var b strings.Builder
	b.WriteString(comment(strings.Replace(docs["Config"], "A Config", "This file", 1)))
	for _, f := range fields {
		b.WriteString("\n" + comment(names.Replace(docs[f.name])))
		value := f.value.Interface()
		if f.example != "" {
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

// comments returns what the source says about Config, under that name, and
// about each of its fields.
func comments() map[string]string {
	docs := map[string]string{}
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", source, parser.ParseComments)
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
