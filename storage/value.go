package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/storage/queue"
)

// never is later than all times: milliseconds that stand for none.
const never = int64(1) << 62

// ms is t as a column keeps it: NULL for no time.
func ms(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// A moment reads a column of milliseconds; NULL is no time.
type moment struct{ t *time.Time }

// Scan implements [sql.Scanner].
func (m moment) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m.t = time.Time{}
	case int64:
		*m.t = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a time of type %T", v)
	}
	return nil
}

// A words reads and writes a column that holds a text in several languages, as
// pairs in their order.
type words struct{ text *vocab.Text }

// Scan implements [sql.Scanner].
func (w words) Scan(v any) error {
	var pairs [][2]string
	if err := scanJSON(v, &pairs); err != nil {
		return err
	}
	*w.text = pairsText(pairs)
	return nil
}

func textPairs(t vocab.Text) [][2]string {
	pairs := make([][2]string, len(t))
	for i, tr := range t {
		pairs[i] = [2]string{tr.Lang, tr.Value}
	}
	return pairs
}

func pairsText(pairs [][2]string) vocab.Text {
	return converted(pairs, func(p [2]string) vocab.Translation { return vocab.Translation{Lang: p[0], Value: p[1]} })
}

// converted is what one makes of each of a list, nil of none.
func converted[A, B any](list []A, one func(A) B) []B {
	var all []B
	for _, a := range list {
		all = append(all, one(a))
	}
	return all
}

// A list reads a column that holds a JSON array of strings.
type list struct{ of *[]string }

// Scan implements [sql.Scanner].
func (l list) Scan(v any) error { return scanJSON(v, l.of) }

// A document reads a column that holds JSON as asJSON wrote it.
type document struct{ into any }

// Scan implements [sql.Scanner].
func (d document) Scan(v any) error { return scanJSON(v, d.into) }

func scanJSON(v, into any) error {
	switch v := v.(type) {
	case string:
		return json.Unmarshal([]byte(v), into)
	case []byte:
		return json.Unmarshal(v, into)
	}
	return fmt.Errorf("JSON of type %T", v)
}

// asJSON is a column of JSON. The values are ours and cannot fail to encode.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// storable leaves out what a text column of a server cannot hold: what is not
// UTF-8, and NUL.
func storable(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

// maxPage is the most entries of a page, and of a list of placeholders.
const maxPage = 200

func pageSize(p hub.Page) int { return min(max(p.Limit, 1), maxPage) }

// A place is where a page of a list begins that is ordered by time, or by some
// other number, and then by id.
type place struct {
	at int64
	id string
}

// The beginning of lists in each direction.
func newest() place { return place{at: math.MaxInt64} }
func oldest() place { return place{at: math.MinInt64} }

// maxCursor is the longest cursor that is read: a number, a point and an id.
const maxCursor = 2100

// cursor is a place as pages carry it.
func cursor(at int64, id string) string { return strconv.FormatInt(at, 10) + "." + id }

// placeAfter reads a cursor; one that cannot be read is the beginning.
func placeAfter(p hub.Page, beginning place) place {
	at, id, found := strings.Cut(p.After, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	if !found || err != nil || len(p.After) > maxCursor {
		return beginning
	}
	return place{n, id}
}

// placeOf is where a page begins after the last one seen, which is given by its
// id; the query finds its time. When it is not there, that is the beginning.
func (r records) placeOf(ctx context.Context, p hub.Page, query string) (place, error) {
	if p.After == "" {
		return newest(), nil
	}
	after := place{id: p.After}
	err := r.queryRow(ctx, query, after.id).Scan(&after.at)
	if errors.Is(err, sql.ErrNoRows) {
		return newest(), nil
	}
	return after, told(err, "reading the place after", after.id)
}

// later is the one of two places that comes later in an ascending list.
func (p place) later(q place) place {
	if q.at > p.at || q.at == p.at && q.id > p.id {
		return q
	}
	return p
}

// holder is the nth placeholder.
func holder(n int) string { return "$" + strconv.Itoa(n) }

// among returns the placeholders for ids and appends the arguments to those before.
func among(ids []string, before ...any) (string, []any) {
	return queue.List(len(before)+1, ids), queue.Args(ids, before...)
}
