package storage

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"pergola/storage/queue"
)

// ErrNotEmpty says that a database holds something already.
var ErrNotEmpty = errors.New("the database holds something already")

// Contents are what a database holds, in a form that does not tell which
// database it is: the same rows have the same sums on both.
type Contents struct {
	// Schema is the number of the last migration.
	Schema int64 `json:"schema"`
	// Tables are in the order of their names.
	Tables []Table `json:"tables"`
}

// A Table is what is known of a table and its rows. A row is a line: a JSON
// array with the values of Columns in their order, bytes in base64. The rows
// are in the order of the primary key.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"` // in the order of their names
	Rows    int64    `json:"rows"`
	// SHA256 is that of the lines, in hex.
	SHA256 string `json:"sha256"`
}

// A Column is a column of a table.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	key  int    // its place in the primary key, from 1; 0 for none
}

// A Kind is what a column holds.
type Kind string

// The kinds of columns.
const (
	Text    Kind = "text"
	Integer Kind = "integer"
	Boolean Kind = "boolean"
	Bytes   Kind = "bytes"
)

// kinds are the types of columns, as both databases call them.
var kinds = map[string]Kind{
	"TEXT": Text, "INTEGER": Integer, "BIGINT": Integer, "SMALLINT": Integer,
	"BOOLEAN": Boolean, "BLOB": Bytes, "BYTEA": Bytes,
}

// notDumped are the tables of which no rows are taken along, and why.
var notDumped = map[string]string{
	"goose_db_version": "the migrations keep it",
}

// Differences says in which tables c and d differ, a line for each.
func (c Contents) Differences(d Contents) []string {
	var all []string
	if c.Schema != d.Schema {
		all = append(all, fmt.Sprintf("schema %d and %d", c.Schema, d.Schema))
	}
	others := map[string]Table{}
	for _, t := range d.Tables {
		others[t.Name] = t
	}
	for _, t := range c.Tables {
		o, there := others[t.Name]
		delete(others, t.Name)
		switch {
		case !there:
			all = append(all, t.Name+" is missing")
		case t.Rows != o.Rows:
			all = append(all, fmt.Sprintf("%s has %d rows and %d", t.Name, t.Rows, o.Rows))
		case t.SHA256 != o.SHA256:
			all = append(all, t.Name+" has other rows")
		}
	}
	for _, t := range d.Tables {
		if _, more := others[t.Name]; more {
			all = append(all, t.Name+" is too many")
		}
	}
	return all
}

// Rows is how many rows there are in all tables.
func (c Contents) Rows() (n int64) {
	for _, t := range c.Tables {
		n += t.Rows
	}
	return n
}

// Dump writes the rows of all tables, as they were at one moment, each table to
// the writer that to returns for it. Others may go on writing meanwhile.
func (db *DB) Dump(ctx context.Context, to func(table string) (io.Writer, error)) (c Contents, err error) {
	err = db.view(ctx, func(t *tx) error {
		c, err = t.dump(ctx, to)
		return err
	})
	return c, err
}

// Contents counts and sums up the rows of all tables.
func (db *DB) Contents(ctx context.Context) (Contents, error) {
	return db.Dump(ctx, func(string) (io.Writer, error) { return io.Discard, nil })
}

// Load fills an empty database of the same schema with rows as Dump has written
// them; from opens those of a table. All of them are there at the end, and are
// those of c, or none is: [ErrNotEmpty].
func (db *DB) Load(ctx context.Context, c Contents, from func(table string) (io.ReadCloser, error)) error {
	return db.update(ctx, func(t *tx) error {
		empty, err := t.dump(ctx, func(string) (io.Writer, error) { return io.Discard, nil })
		if err != nil {
			return err
		}
		if empty.Rows() > 0 {
			return ErrNotEmpty
		}
		if empty.Schema != c.Schema {
			return fmt.Errorf("the database has schema %d, the rows are of schema %d", empty.Schema, c.Schema)
		}
		for _, table := range c.Tables {
			if err := t.load(ctx, table, empty.Tables, from); err != nil {
				return fmt.Errorf("loading table %s: %w", table.Name, err)
			}
		}
		loaded, err := t.dump(ctx, func(string) (io.Writer, error) { return io.Discard, nil })
		if err != nil {
			return err
		}
		if wrong := c.Differences(loaded); len(wrong) > 0 {
			return fmt.Errorf("what was loaded is not what was kept: %s", strings.Join(wrong, "; "))
		}
		return nil
	})
}

// tables are all tables and their columns.
func (t *tx) tables(ctx context.Context) ([]Table, error) {
	var all []Table
	err := t.Each(ctx, func(r row) error {
		var table, kind string
		var c Column
		if err := r.Scan(&table, &c.Name, &kind, &c.key); err != nil {
			return err
		}
		if notDumped[table] != "" {
			return nil
		}
		if c.Kind = kinds[strings.ToUpper(kind)]; c.Kind == "" {
			return fmt.Errorf("column %s.%s is of type %q", table, c.Name, kind)
		}
		if len(all) == 0 || all[len(all)-1].Name != table {
			all = append(all, Table{Name: table})
		}
		last := &all[len(all)-1]
		last.Columns = append(last.Columns, c)
		return nil
	}, t.dialect.columns)
	return all, err
}

func (t *tx) dump(ctx context.Context, to func(table string) (io.Writer, error)) (c Contents, err error) {
	if err := t.queryRow(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`).Scan(&c.Schema); err != nil {
		return c, fmt.Errorf("reading the schema's number: %w", err)
	}
	if c.Tables, err = t.tables(ctx); err != nil {
		return c, fmt.Errorf("reading the list of tables: %w", err)
	}
	for i := range c.Tables {
		table := &c.Tables[i]
		w, err := to(table.Name)
		if err == nil {
			err = t.dumpTable(ctx, table, w)
		}
		if err != nil {
			return c, fmt.Errorf("reading table %s: %w", table.Name, err)
		}
	}
	return c, nil
}

// dumpTable writes the rows of a table and notes their number and sum.
func (t *tx) dumpTable(ctx context.Context, table *Table, to io.Writer) error {
	values := make([]any, len(table.Columns))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	buffered := bufio.NewWriterSize(to, 64<<10)
	sum := sha256.New()
	lines := json.NewEncoder(io.MultiWriter(buffered, sum))
	lines.SetEscapeHTML(false)
	err := t.Each(ctx, func(r row) error {
		if err := errors.Join(ctx.Err(), r.Scan(into...)); err != nil {
			return err
		}
		for i, c := range table.Columns {
			var err error
			if values[i], err = c.Kind.plain(values[i]); err != nil {
				return fmt.Errorf("column %s: %w", c.Name, err)
			}
		}
		table.Rows++
		return lines.Encode(values)
	}, table.selection())
	table.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return errors.Join(err, buffered.Flush())
}

// selection reads all rows in the order of the primary key, or of all columns
// where there is none.
func (t Table) selection() string {
	var key []Column
	for _, c := range t.Columns {
		if c.key > 0 {
			key = append(key, c)
		}
	}
	slices.SortFunc(key, func(a, b Column) int { return a.key - b.key })
	if len(key) == 0 {
		key = t.Columns
	}
	return "SELECT " + quoted(t.Columns) + " FROM " + quote(t.Name) + " ORDER BY " + quoted(key)
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoted(columns []Column) string {
	return strings.Join(converted(columns, func(c Column) string { return quote(c.Name) }), ", ")
}

// plain makes of a value as a database gives it the one that both would give.
func (k Kind) plain(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		switch k {
		case Text:
			return storable(v), nil
		case Bytes:
			return []byte(v), nil
		}
	case []byte:
		switch k {
		case Text:
			return storable(string(v)), nil
		case Bytes:
			return append([]byte{}, v...), nil // no bytes are not NULL
		}
	case int32:
		return k.plain(int64(v))
	case int64:
		switch k {
		case Integer:
			return v, nil
		case Boolean:
			return v != 0, nil
		}
	case bool:
		if k == Boolean {
			return v, nil
		}
	}
	return nil, fmt.Errorf("a %T is no %s", v, k)
}

// value reads a value of a line.
func (k Kind) value(raw json.RawMessage) (any, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	switch k {
	case Text:
		return decoded("", raw)
	case Integer:
		return decoded(int64(0), raw)
	case Boolean:
		return decoded(false, raw)
	}
	return decoded([]byte{}, raw) // which is not NULL
}

func decoded[T any](v T, raw json.RawMessage) (any, error) {
	err := json.Unmarshal(raw, &v)
	return v, err
}

const (
	// maxLine is the longest row that is read, in bytes.
	maxLine = 256 << 20
	// Of one statement that inserts: rows, values, bytes of lines.
	maxRows, maxValues, maxBatch = 200, 30_000, 1 << 20
)

// load inserts the rows of a table, which here must have the same columns.
func (t *tx) load(ctx context.Context, table Table, here []Table, from func(table string) (io.ReadCloser, error)) (err error) {
	i := slices.IndexFunc(here, func(h Table) bool { return h.Name == table.Name })
	same := func(a, b Column) bool { return a.Name == b.Name && a.Kind == b.Kind }
	if i < 0 || !slices.EqualFunc(here[i].Columns, table.Columns, same) {
		return errors.New("this database has no such table, or other columns in it")
	}
	r, err := from(table.Name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	most, bytesRead := min(maxRows, maxValues/len(table.Columns)), 0
	var args []any
	for n := 1; lines.Scan(); n++ {
		values, err := table.values(lines.Bytes())
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		args, bytesRead = append(args, values...), bytesRead+len(lines.Bytes())
		if len(args) >= most*len(table.Columns) || bytesRead >= maxBatch {
			if err := t.insertRows(ctx, table, args); err != nil {
				return err
			}
			args, bytesRead = nil, 0
		}
	}
	return errors.Join(lines.Err(), t.insertRows(ctx, table, args))
}

// values reads a line.
func (t Table) values(line []byte) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(bytes.TrimSpace(line), &raw); err != nil {
		return nil, err
	}
	if len(raw) != len(t.Columns) {
		return nil, fmt.Errorf("%d values, want %d", len(raw), len(t.Columns))
	}
	values := make([]any, len(raw))
	for i, c := range t.Columns {
		var err error
		if values[i], err = c.Kind.value(raw[i]); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return values, nil
}

func (t *tx) insertRows(ctx context.Context, table Table, args []any) error {
	if len(args) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	columns := len(table.Columns)
	_, err := t.Exec(ctx, "INSERT INTO "+quote(table.Name)+" ("+quoted(table.Columns)+") VALUES "+
		queue.Tuples(len(args)/columns, columns), args...)
	return err
}
