package vocab_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pergola/federation/vocab"
)

// seed gives f what we write, what others write, and what nobody should.
func seed(f *testing.F) {
	f.Helper()
	for _, dir := range []string{"testdata", os.Getenv("PERGOLA_PAYLOADS")} {
		if dir == "" {
			continue
		}
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
				return err
			}
			b, err := os.ReadFile(path)
			f.Add(b)
			return err
		})
		if err != nil {
			f.Fatal(err)
		}
	}
	for _, doc := range hostile() {
		f.Add([]byte(doc))
	}
}

func FuzzGuard(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		err := guard(b)
		var m map[string]json.RawMessage
		switch unmarshalled := json.Unmarshal(b, &m); {
		case err == nil && (unmarshalled != nil || m == nil):
			t.Errorf("Guard lets %q through: %v", b, unmarshalled)
		case errors.Is(err, vocab.ErrTooLarge) && len(b) < 100:
			t.Errorf("Guard finds %q too large: %v", b, err)
		}
	})
}

// Whatever Repair lets through must not make the library panic.
func FuzzRepair(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) { libraryTakes(t, b) })
}

func FuzzReadActivity(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := readActivity(libraryTakes(t, b), b)
		again, err2 := vocab.DecodeActivity(b)
		if (err == nil) != (err2 == nil) || a.ID != again.ID || a.Actor != again.Actor || a.ObjectID != again.ObjectID {
			t.Errorf("%q is read as %+v, %v and as %+v, %v", b, a, err, again, err2)
		}
	})
}

func FuzzDecodeActivity(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := vocab.DecodeActivity(b); err == nil {
			settles(t, a)
		}
	})
}

func FuzzDecodeObject(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := vocab.DecodeObject(b); err == nil {
			settles(t, o)
		}
	})
}

func FuzzDecodeActor(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := vocab.DecodeActor(b); err == nil {
			settles(t, a)
		}
	})
}

func FuzzDecodeCollection(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := vocab.DecodeCollection(b); err == nil {
			settles(t, c)
		}
	})
}

func FuzzDecodeMember(f *testing.F) {
	seed(f)
	raw, err := sampleMember().Document()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(raw))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := vocab.DecodeMember(b)
		if err != nil {
			return
		}
		if _, err := m.Document(); err != nil {
			t.Errorf("%+v: %v", m, err)
		}
	})
}

func FuzzDecodeBody(f *testing.F) {
	seed(f)
	raw, err := sampleBody().Document()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(raw))
	f.Fuzz(func(t *testing.T, b []byte) {
		body, err := vocab.DecodeBody(b)
		if err != nil {
			return
		}
		if _, err := body.Document(); err != nil {
			t.Errorf("%+v: %v", body, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	seed(f)
	f.Fuzz(func(_ *testing.T, b []byte) { everyDecoder(b) })
}

// settles checks that what was read from somebody else is a value that we
// write and read again without a further change.
func settles(t *testing.T, doc document) {
	t.Helper()
	first, err := doc.JSON()
	if errors.Is(err, vocab.ErrUnknownType) || errors.Is(err, vocab.ErrMalformed) {
		return // not of ours, or with too little in it to be sent
	}
	if err != nil {
		t.Fatalf("JSON of %+v: %v", doc, err)
	}
	d, err := vocab.Decode(first)
	if errors.Is(err, vocab.ErrTooLarge) {
		return
	}
	if err != nil {
		if a, ok := doc.(vocab.Activity); ok && a.ObjectID == "" && a.Object == nil && a.Inner == nil && a.Person == nil {
			return // its object says nothing that we keep
		}
		if c, ok := doc.(vocab.Collection); ok && c.ID == "" {
			return
		}
		t.Fatalf("Decode of our own %s: %v", first, err)
	}
	var read document
	switch {
	case d.Activity != nil:
		read = *d.Activity
	case d.Object != nil:
		read = *d.Object
	case d.Actor != nil:
		read = *d.Actor
	default:
		read = *d.Collection
	}
	second, err := read.JSON()
	if err != nil {
		t.Fatalf("JSON of what was read: %v", err)
	}
	third := encode(t, decode(t, second))
	if !bytes.Equal(second, third) {
		t.Errorf("a document does not settle:\n%s\n%s", second, third)
	}
}

func FuzzAccepted(f *testing.F) {
	f.Add("text/html,application/xhtml+xml,*/*;q=0.8")
	f.Add("application/activity+json;q=NaN,,;q=1e999, text/html;q=-0")
	f.Fuzz(func(t *testing.T, accept string) {
		page, named, document := vocab.Accepted([]string{accept, accept})
		for _, q := range []float64{page, named, document} {
			if !(q >= 0 && q <= 1) || named > document {
				t.Errorf("%q wants %v, %v, %v", accept, page, named, document)
			}
		}
	})
}
