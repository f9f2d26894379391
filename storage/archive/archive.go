// Package archive writes a whole node into one file, and reads it again: the
// rows of its database, its uploads and its configuration.
//
// It knows the form of the file, which any program for ZIP opens: a folder
// "tables" with a line of JSON for each row, a folder "media", the
// configuration, and at the end "manifest.json", which says what there must be
// and with which SHA-256. It does not know what the rows mean, nor where a node
// is to be put. What can be fetched again, the copies of others' pictures, is
// not in it. Secrets are: private keys, and hashes of passwords.
package archive

import (
	"archive/zip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pergola/storage"
	"pergola/storage/blob"
)

// Format is the number of the form of file that is written here.
const Format = 1

// The names inside the file.
const (
	manifestName = "manifest.json"
	configName   = "pergola.toml"
	tables       = "tables/"
	media        = "media/"
)

// ErrDamaged says that a file is not as it was written.
var ErrDamaged = errors.New("the file is damaged")

// A Manifest says what a file holds.
type Manifest struct {
	Format  int       `json:"format"`
	Program string    `json:"program"` // the version that wrote it
	Made    time.Time `json:"made"`
	BaseURL string    `json:"base_url"`
	storage.Contents
	// Files are all but the tables and the manifest.
	Files []File `json:"files"`
}

// A File is a file inside.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // in hex
}

// A Node is what is written into a file.
type Node struct {
	DB *storage.DB
	// Media are the uploads; nil for none.
	Media *blob.Store
	// Config is the text of the configuration; nil for none.
	Config           []byte
	BaseURL, Program string
	// Progress is called now and then with what is being written, and how many
	// bytes of it have been.
	Progress func(name string, bytes int64)
}

// Write writes a new file, for its owner only, and reads it again to see that it
// is good. The file is there as a whole or not at all: [fs.ErrExist].
func Write(ctx context.Context, path string, n Node) (m Manifest, err error) {
	if _, err := os.Lstat(path); err == nil {
		return m, fmt.Errorf("writing %s: %w", path, fs.ErrExist)
	}
	part := path + "." + rand.Text()[:8] + ".part"
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return m, err
	}
	defer func() {
		if f.Close(); err != nil {
			err = errors.Join(fmt.Errorf("writing %s: %w", path, err), os.Remove(part))
		}
	}()
	if m, err = n.write(ctx, f); err != nil {
		return m, err
	}
	if err := errors.Join(f.Sync(), verify(ctx, part)); err != nil {
		return m, err
	}
	// A link fails where somebody has put a file meanwhile, a rename does not.
	if err := os.Link(part, path); errors.Is(err, fs.ErrExist) {
		return m, err
	} else if err != nil {
		return m, os.Rename(part, path)
	}
	return m, errors.Join(os.Remove(part), syncFolder(filepath.Dir(path)))
}

// syncFolder makes the names in a folder survive a power cut.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func verify(ctx context.Context, path string) error {
	r, err := Open(path)
	if err != nil {
		return err
	}
	return errors.Join(r.Verify(ctx), r.Close())
}

// write writes everything. The uploads come last: what was uploaded after the
// rows were read is too much, which does no harm.
func (n Node) write(ctx context.Context, to io.Writer) (Manifest, error) {
	z := zip.NewWriter(to)
	m := Manifest{Format: Format, Program: n.Program, Made: time.Now().UTC().Truncate(time.Second), BaseURL: n.BaseURL, Files: []File{}}
	var err error
	m.Contents, err = n.DB.Dump(ctx, func(table string) (io.Writer, error) {
		w, err := create(z, tables+table+".jsonl", zip.Deflate)
		return &counted{w: w, name: table, progress: n.Progress}, err
	})
	if err != nil {
		return m, err
	}
	add := func(name string, method uint16, data []byte) error {
		w, err := create(z, name, method)
		if err == nil {
			_, err = w.Write(data)
		}
		sum := sha256.Sum256(data)
		m.Files = append(m.Files, File{name, int64(len(data)), hex.EncodeToString(sum[:])})
		return errors.Join(err, ctx.Err())
	}
	if n.Config != nil {
		if err := add(configName, zip.Deflate, n.Config); err != nil {
			return m, err
		}
	}
	if n.Media != nil {
		uploads := &counted{w: io.Discard, name: "media", progress: n.Progress}
		names, err := n.Media.Names()
		if err != nil {
			return m, err
		}
		for _, name := range names {
			data, err := n.Media.Get(name)
			if errors.Is(err, fs.ErrNotExist) {
				continue // deleted meanwhile
			}
			if err == nil {
				_, _ = uploads.Write(data) // counts
				err = add(media+name, zip.Store, data)
			}
			if err != nil {
				return m, err
			}
		}
	}
	w, err := create(z, manifestName, zip.Deflate)
	if err != nil {
		return m, err
	}
	lines := json.NewEncoder(w)
	lines.SetIndent("", "\t")
	return m, errors.Join(lines.Encode(m), z.Close())
}

// create begins a file inside.
func create(z *zip.Writer, name string, method uint16) (io.Writer, error) {
	return z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: time.Now()})
}

// A counted tells how many bytes went through it.
type counted struct {
	w        io.Writer
	name     string
	bytes    int64
	progress func(string, int64)
}

// Write implements [io.Writer].
func (c *counted) Write(b []byte) (int, error) {
	c.bytes += int64(len(b))
	if c.progress != nil {
		c.progress(c.name, c.bytes)
	}
	return c.w.Write(b)
}

// A Reader reads a file.
type Reader struct {
	Manifest
	zip *zip.ReadCloser
}

// maxManifest and maxFile are the most bytes of the manifest and of another
// file that are read at once.
const maxManifest, maxFile = 16 << 20, 64 << 20

// Open opens a file and reads what should be in it. [ErrDamaged]
func Open(path string) (*Reader, error) {
	z, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) {
		return nil, fmt.Errorf("%s: %w, or no backup at all: it does not end as one does", path, ErrDamaged)
	}
	if err != nil {
		return nil, err
	}
	r := &Reader{zip: z}
	if err := r.readManifest(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), z.Close())
	}
	return r, nil
}

func (r *Reader) readManifest() error {
	f, err := r.zip.Open(manifestName)
	if err != nil {
		return fmt.Errorf("this is no backup: it has no %s", manifestName)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err == nil {
		err = json.Unmarshal(data, &r.Manifest)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s: %w", ErrDamaged, manifestName, err)
	case r.Format > Format || r.Format == 1 && r.Schema > storage.Schema():
		return fmt.Errorf("a newer pergola (%s) made this backup, for schema %d; this program knows %d: use one that is as new",
			r.Program, r.Schema, storage.Schema())
	case r.Format < 1:
		return fmt.Errorf("this is no backup: its %s says nothing of a format", manifestName)
	}
	return nil
}

// Close ends the reading.
func (r *Reader) Close() error { return r.zip.Close() }

// Verify reads everything and compares it with the manifest. [ErrDamaged]
func (r *Reader) Verify(ctx context.Context) error {
	for _, t := range r.Tables {
		f, err := r.Table(t.Name)
		if err == nil {
			_, err = io.Copy(io.Discard, f)
			err = errors.Join(err, f.Close(), ctx.Err())
		}
		if err != nil {
			return err
		}
	}
	for _, f := range r.Files {
		if _, err := r.file(f); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Table opens the lines of a table. When they are not those that were written,
// the last Read says so. [ErrDamaged]
func (r *Reader) Table(name string) (io.ReadCloser, error) {
	for _, t := range r.Tables {
		if t.Name == name {
			return r.open(tables+name+".jsonl", t.SHA256)
		}
	}
	return nil, fmt.Errorf("%w: it has no table %s", ErrDamaged, name)
}

func (r *Reader) open(name, sum string) (io.ReadCloser, error) {
	f, err := r.zip.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %s is missing", ErrDamaged, name)
	}
	return &checked{ReadCloser: f, name: name, want: sum, sum: sha256.New()}, nil
}

func (r *Reader) file(f File) ([]byte, error) {
	opened, err := r.open(f.Name, f.SHA256)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	if f.Bytes > maxFile {
		return nil, fmt.Errorf("%w: %s has %d bytes", ErrDamaged, f.Name, f.Bytes)
	}
	return io.ReadAll(io.LimitReader(opened, maxFile+1))
}

// Config is the text of the node's configuration.
func (r *Reader) Config() ([]byte, error) {
	for _, f := range r.Files {
		if f.Name == configName {
			return r.file(f)
		}
	}
	return nil, fmt.Errorf("%w: it has no %s", ErrDamaged, configName)
}

// Media puts the uploads into a folder and returns how many there are.
func (r *Reader) Media(ctx context.Context, into *blob.Store) (n int, err error) {
	for _, f := range r.Files {
		name, upload := strings.CutPrefix(f.Name, media)
		if !upload {
			continue
		}
		data, err := r.file(f)
		if err != nil {
			return n, err
		}
		put, err := into.Put(data, filepath.Ext(name))
		if err == nil && put != name {
			err = fmt.Errorf("%w: %s is called %s", ErrDamaged, put, name)
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// A checked compares the sum at the end.
type checked struct {
	io.ReadCloser
	name, want string
	sum        hash.Hash
}

// Read implements [io.Reader].
func (c *checked) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.sum.Write(b[:n])
	switch {
	case errors.Is(err, io.EOF) && hex.EncodeToString(c.sum.Sum(nil)) != c.want:
		return n, fmt.Errorf("%w: %s is not what was written", ErrDamaged, c.name)
	case err != nil && !errors.Is(err, io.EOF):
		return n, fmt.Errorf("%w: %s: %w", ErrDamaged, c.name, err)
	}
	return n, err
}
