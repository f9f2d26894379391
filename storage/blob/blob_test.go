package blob_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/storage/blob"
)

func open(t *testing.T, dir string) *blob.Store {
	t.Helper()
	s, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "media")
	s := open(t, dir)
	name, err := s.Put([]byte("a picture"), ".png")
	if err != nil || !strings.HasSuffix(name, ".png") || len(name) != 44 {
		t.Fatalf("Put = %q, %v", name, err)
	}
	// Many at a time, another process among them, keep the same.
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			other := open(t, dir)
			if same, err := other.Put([]byte("a picture"), ".png"); err != nil || same != name {
				t.Errorf("Put = %q, %v", same, err)
			}
		})
	}
	wg.Wait()
	if other, err := s.Put([]byte("another"), ".png"); err != nil || other == name {
		t.Errorf("another is %q, %v", other, err)
	}
	if data, err := s.Get(name); err != nil || string(data) != "a picture" {
		t.Errorf("Get = %q, %v", data, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v: something is left over", entries, err)
	}
	hour := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, name), hour, hour); err != nil {
		t.Fatal(err)
	}
	if old, err := s.Old(time.Minute); err != nil || !slices.Equal(old, []string{name}) {
		t.Errorf("old: %v, %v", old, err)
	}
	if _, err := s.Put([]byte("a picture"), ".png"); err != nil {
		t.Fatal(err)
	}
	if old, err := s.Old(time.Minute); err != nil || len(old) > 0 {
		t.Errorf("old, but put again: %v, %v", old, err)
	}
	for range 2 {
		if err := s.Delete(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Get(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Delete: %v", err)
	}
}

// TestOnlyItsOwn: no name leads out of the folder, nor to what Put has not made.
func TestOnlyItsOwn(t *testing.T) {
	parent := t.TempDir()
	secret := filepath.Join(parent, "pergola.db")
	if err := os.WriteFile(secret, []byte("keys"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, filepath.Join(parent, "media"))
	link := strings.Repeat("a", 40) + ".png"
	if err := os.Symlink(secret, filepath.Join(parent, "media", link)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../pergola.db", "", ".", "..", "x.png", "/etc/passwd", secret, link + "/..", strings.Repeat("a", 40) + ".html5"} {
		if data, err := s.Get(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Get(%q) = %q, %v", name, data, err)
		}
		if err := s.Delete(name); err != nil {
			t.Errorf("Delete(%q): %v", name, err)
		}
	}
	if data, err := s.Get(link); err == nil {
		t.Errorf("a link led to %q", data)
	}
	if kept, err := os.ReadFile(secret); err != nil || !slices.Equal(kept, []byte("keys")) {
		t.Errorf("%q, %v", kept, err)
	}
	for _, ext := range []string{"", "png", "/../x.png", ".."} {
		if name, err := s.Put([]byte("x"), ext); err == nil {
			t.Errorf("Put with %q = %q", ext, name)
		}
	}
}
