// Package blob keeps files: pictures that were uploaded, and copies of those of
// others.
//
// It knows a folder. A file is named by what is in it, so the same file twice
// is one, and what a name stands for never changes. It does not know what the
// files are, nor who needs them.
package blob

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"time"
)

// A Store is a folder of files. It is safe for concurrent use, by several
// processes too.
type Store struct{ root *os.Root }

// Open makes the folder when it is not there. Nothing outside of it is ever
// touched.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder: %w", err)
	}
	return &Store{root}, nil
}

// Close ends the use of the folder.
func (s *Store) Close() error { return s.root.Close() }

// names are those of files that are kept here.
var names = regexp.MustCompile(`^[0-9a-f]{40}\.[a-z]{2,4}$`)

// Put keeps a file and returns its name: a hash of what is in it, and ext
// (".png"). It is there as a whole or not at all.
func (s *Store) Put(data []byte, ext string) (name string, err error) {
	sum := sha256.Sum256(data)
	name = hex.EncodeToString(sum[:20]) + ext
	if !names.MatchString(name) {
		return "", fmt.Errorf("keeping a file: no extension %q", ext)
	}
	// It is there already: then it is needed anew, see Old.
	if now := time.Now(); s.root.Chtimes(name, now, now) == nil {
		return name, nil
	}
	part := rand.Text() + ".part"
	if err = s.write(part, data); err == nil {
		err = s.root.Rename(part, name)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("keeping %s: %w", name, err), ignoreMissing(s.root.Remove(part)))
	}
	return name, nil
}

// write writes a file and waits until it is on the disk.
func (s *Store) write(name string, data []byte) error {
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// ignoreMissing is err unless it is that there is no such file.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Get is what is in a file. [fs.ErrNotExist] when there is none of that name,
// or none could be.
func (s *Store) Get(name string) ([]byte, error) {
	if !names.MatchString(name) {
		return nil, fmt.Errorf("file %.80q: %w", name, fs.ErrNotExist)
	}
	return s.root.ReadFile(name)
}

// Names are the names of all files.
func (s *Store) Names() ([]string, error) {
	return s.those(func(fs.FileInfo) bool { return true })
}

// Old are the names of files that were put here longer ago than age.
func (s *Store) Old(age time.Duration) ([]string, error) {
	return s.those(func(info fs.FileInfo) bool { return time.Since(info.ModTime()) > age })
}

func (s *Store) those(want func(fs.FileInfo) bool) ([]string, error) {
	entries, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var those []string
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && names.MatchString(e.Name()) && want(info) {
			those = append(those, e.Name())
		}
	}
	return those, nil
}

// Delete deletes a file. That there is none is no error.
func (s *Store) Delete(name string) error {
	if !names.MatchString(name) {
		return nil
	}
	return ignoreMissing(s.root.Remove(name))
}
