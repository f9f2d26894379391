package archive_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pergola/storage"
	"pergola/storage/archive"
	"pergola/storage/blob"
	"pergola/storage/queue"
	"pergola/storage/storagetest"
)

// filled is a node with a queue and an upload.
func filled(t *testing.T) archive.Node {
	t.Helper()
	db := storagetest.Open(t, storagetest.Database(t, storagetest.SQLite))
	var jobs []queue.Job
	for range 500 {
		jobs = append(jobs, queue.Job{Lane: "a.example", Kind: "post", Payload: []byte("{}")})
	}
	if err := db.Queue().Add(t.Context(), jobs...); err != nil {
		t.Fatal(err)
	}
	media := folder(t)
	if _, err := media.Put([]byte("a picture"), ".png"); err != nil {
		t.Fatal(err)
	}
	return archive.Node{DB: db, Media: media, Config: []byte("base_url = 'https://a.example'\n"), BaseURL: "https://a.example", Program: "1"}
}

func folder(t *testing.T) *blob.Store {
	t.Helper()
	s, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	n, path := filled(t), filepath.Join(t.TempDir(), "a.zip")
	m, err := archive.Write(t.Context(), path, n)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	r, err := archive.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.BaseURL != n.BaseURL || r.Program != n.Program || len(m.Differences(r.Contents)) > 0 {
		t.Errorf("the manifest is %+v", r.Manifest)
	}
	if text, err := r.Config(); string(text) != string(n.Config) {
		t.Errorf("configuration %q, %v", text, err)
	}
	there := folder(t)
	if n, err := r.Media(t.Context(), there); n != 1 || err != nil {
		t.Errorf("%d uploads, %v", n, err)
	}
	if names, err := there.Names(); len(names) != 1 || err != nil {
		t.Errorf("uploads %q, %v", names, err)
	}
	for _, kind := range storagetest.Kinds() {
		db := storagetest.Open(t, storagetest.Database(t, kind))
		if err := db.Load(t.Context(), r.Contents, r.Table); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := archive.Write(t.Context(), path, n); !errors.Is(err, fs.ErrExist) {
		t.Errorf("written over a file: %v", err)
	}
}

// What is interrupted leaves no file, nor half of one.
func TestInterruptedWriteLeavesNothing(t *testing.T) {
	for _, at := range []string{"job", "media"} {
		dir := t.TempDir()
		n := filled(t)
		ctx, stop := context.WithCancel(t.Context())
		n.Progress = func(name string, _ int64) {
			if name == at {
				stop()
			}
		}
		if _, err := archive.Write(ctx, filepath.Join(dir, "a.zip"), n); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped at %s: %v", at, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("stopped at %s: %s is left", at, left[0].Name())
		}
	}
}

// A file that is cut off or changed anywhere is refused, or reads as what was
// written.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.zip")
	m, err := archive.Write(t.Context(), path, filled(t))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(data []byte) (storage.Contents, error) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := archive.Open(path)
		if err != nil {
			return storage.Contents{}, err
		}
		defer r.Close()
		return r.Contents, r.Verify(t.Context())
	}
	for n := 0; n < len(whole); n += len(whole)/50 + 1 {
		if _, err := read(whole[:n]); !errors.Is(err, archive.ErrDamaged) {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
	refused := 0
	for n := 0; n < len(whole); n += 97 {
		data := slices.Clone(whole)
		data[n] ^= 0x55
		c, err := read(data)
		if err != nil {
			refused++
		} else if wrong := m.Differences(c); len(wrong) > 0 {
			t.Errorf("byte %d changed: %q", n, wrong)
		}
	}
	if refused == 0 {
		t.Error("no damage was seen")
	}
	if _, err := read([]byte("PK is how it begins, but it is something else")); err == nil || !strings.Contains(err.Error(), "no backup") {
		t.Errorf("something else: %v", err)
	}
}
