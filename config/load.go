package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxFile is the most bytes that a configuration file may hold.
const maxFile = 64 << 10

// assignment is a line that gives a key a value.
var assignment = regexp.MustCompile(`^\s*["']?([A-Za-z0-9_-]+)["']?\s*=`)

// settings are a Config or a Server.
type settings interface {
	problems() []problem
	// manual is the command that prints all keys.
	manual() string
}

// Load reads the file at path and checks it. Everything that is wrong with it
// is reported at once, each problem as path:line: and a sentence; the error is
// then [ErrInvalid].
func Load(path string) (Config, error) {
	c := Default()
	err := load(path, &c)
	return c, err
}

// LoadServer is Load for the settings of a process, in the folder that it
// serves. Without a file they are those of [DefaultServer].
func LoadServer(dir string) (Server, error) {
	s := DefaultServer()
	err := load(filepath.Join(dir, ServerFileName), &s)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	return s, err
}

func load(path string, s settings) error {
	b, err := readBounded(path, maxFile)
	if err != nil {
		return fmt.Errorf("reading configuration: %w", err)
	}
	return join(path, decode(string(b), s))
}

// Parse is Load for a text that is at hand already.
func Parse(text string) (Config, error) {
	c := Default()
	err := parseText(FileName, text, &c)
	return c, err
}

// ParseServer is LoadServer for a text that is at hand already.
func ParseServer(text string) (Server, error) {
	s := DefaultServer()
	err := parseText(ServerFileName, text, &s)
	return s, err
}

func parseText(name, text string, s settings) error {
	if len(text) > maxFile {
		return fmt.Errorf("reading configuration: text is larger than %d bytes", maxFile)
	}
	return join(name, decode(text, s))
}

// join sorts problems as they stand in the file and puts path before them.
func join(path string, problems []problem) error {
	slices.SortStableFunc(problems, func(a, b problem) int { return a.line - b.line })
	var errs []error
	for _, p := range problems {
		if p.line > 0 {
			errs = append(errs, fmt.Errorf("%s:%d: %w", path, p.line, p))
		} else {
			errs = append(errs, fmt.Errorf("%s: %w", path, p))
		}
	}
	return errors.Join(errs...)
}

// decode puts what text says into s, which holds the defaults. Values are put into place
// here and not by package toml, which stops at the first that does not fit and
// does not mind the case of keys.
func decode(text string, s settings) []problem {
	values, broken, found := parse(text)
	if values == nil {
		return found
	}
	lines := keyLines(text)
	bad := map[string]bool{broken: true}
	fields := fieldsOf(s)
	for key, value := range values {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
		if i < 0 {
			found = append(found, unknown(key, fields, s.manual()))
			continue
		}
		if want := assign(fields[i].value, value); want != "" {
			found = append(found, wrong(key, describe(value), "%s", want))
			bad[key] = true
		}
	}
	for _, p := range s.problems() {
		if !bad[p.key] {
			found = append(found, p)
		}
	}
	for i, p := range found {
		if p.line == 0 {
			found[i].line = lines[p.key]
		}
	}
	return found
}

// parse reads text as TOML. When one line is all that keeps it from being
// TOML, it returns the values of the other lines, the key that this line would
// have set, and the problem; when more is amiss, no values.
func parse(text string) (values map[string]any, broken string, found []problem) {
	if _, err := toml.Decode(text, &values); err != nil {
		p := syntax(err)
		lines := strings.Split(text, "\n")
		if p.line < 1 || p.line > len(lines) {
			return nil, "", []problem{p}
		}
		if m := assignment.FindStringSubmatch(lines[p.line-1]); m != nil {
			broken = m[1]
		}
		lines[p.line-1] = ""
		values = nil
		if _, err := toml.Decode(strings.Join(lines, "\n"), &values); err != nil {
			return nil, "", []problem{p}
		}
		found = append(found, p)
	}
	if values == nil {
		values = map[string]any{}
	}
	return values, broken, found
}

func syntax(err error) problem {
	var pe toml.ParseError
	if !errors.As(err, &pe) {
		return problem{text: "not TOML: " + err.Error()}
	}
	text := "not TOML: " + strings.TrimSuffix(pe.Message, ".")
	if strings.HasPrefix(pe.Message, "expected value") {
		text += "; text stands in quotes"
	}
	return problem{line: pe.Position.Line, text: text}
}

// keyLines finds the line of each key of the first level. Package toml knows
// the lines of what it cannot read only.
func keyLines(text string) map[string]int {
	lines := map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		name := strings.Trim(line, "[] \t\r")
		if m := assignment.FindStringSubmatch(line); m != nil {
			name = m[1]
		}
		if lines[name] == 0 {
			lines[name] = i + 1
		}
	}
	return lines
}

// A field is one key and the place in the settings where its value goes.
type field struct {
	key, name, example string
	value              reflect.Value
}

// fieldsOf lists the keys in the order of the struct.
func fieldsOf(s settings) []field {
	v := reflect.ValueOf(s).Elem()
	fields := make([]field, v.NumField())
	for i := range fields {
		f := v.Type().Field(i)
		fields[i] = field{key: f.Tag.Get("toml"), name: f.Name, example: f.Tag.Get("example"), value: v.Field(i)}
	}
	return fields
}

// assign puts value into dst, or says what would fit there.
func assign(dst reflect.Value, value any) (want string) {
	switch dst.Interface().(type) {
	case string:
		s, ok := value.(string)
		if !ok {
			return "text in quotes"
		}
		dst.SetString(s)
	case bool:
		b, ok := value.(bool)
		if !ok {
			return "true or false, without quotes"
		}
		dst.SetBool(b)
	case int:
		n, ok := value.(int64)
		if !ok {
			return "a whole number, without quotes"
		}
		dst.SetInt(n)
	case []string:
		list, ok := value.([]any)
		texts := make([]string, len(list))
		for i, v := range list {
			if texts[i], ok = v.(string); !ok {
				break
			}
		}
		if !ok {
			return `a list of texts in quotes, such as ["one", "two"]`
		}
		dst.Set(reflect.ValueOf(texts))
	}
	return ""
}

// describe shows a value of the wrong type. What is more than a number or a
// word may hold a password, so only its kind is shown.
func describe(value any) any {
	switch v := value.(type) {
	case string:
		return redacted(v)
	case bool, int64, float64:
		return v
	case []any:
		return "[…]"
	case map[string]any, []map[string]any:
		return "{…}"
	}
	return "a date"
}

// unknown says that there is no such key, and which one may have been meant.
func unknown(key string, fields []field, manual string) problem {
	text := fmt.Sprintf("unknown key %q", key)
	best, near := "", len(key)/2+1
	for _, f := range fields {
		d := distance(strings.ToLower(key), f.key)
		if strings.HasPrefix(f.key, key) {
			d = 1
		}
		if d < near {
			best, near = f.key, d
		}
	}
	if best != "" {
		text += fmt.Sprintf(": did you mean %q?", best)
	} else {
		text += ": " + manual + " prints all keys"
	}
	return problem{key: key, text: text}
}

// distance counts the letters to insert, delete or replace between a and b
// (Levenshtein). Keys longer than 64 bytes are like nothing.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// Within is where a path of a configuration leads, which counts from the folder of
// its file.
func Within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// Create writes a new file at path with the settings of c that differ from the
// defaults, readable by its owner only. It refuses settings that Validate
// refuses and never replaces a file (the error is then [os.ErrExist]).
func Create(path string, c Config) (err error) {
	if err := c.Validate(); err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("# The settings of this node. All keys, with their meaning: pergola config\n\n")
	usual := Default()
	defaults := fieldsOf(&usual)
	for i, f := range fieldsOf(&c) {
		if !reflect.DeepEqual(f.value.Interface(), defaults[i].value.Interface()) {
			b.WriteString(line(f.key, f.value.Interface()))
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing configuration: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing configuration: %w", err)
	}
	return f.Sync()
}
