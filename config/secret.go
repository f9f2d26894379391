package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
)

// maxPassword is the most bytes that a password file may hold.
const maxPassword = 4 << 10

// masked is what is seen of a Secret.
const masked = "(secret)"

// A Secret does not show: not in logs, not with a verb of package fmt (but %p,
// which vet refuses), not in JSON or TOML. Convert it with string(s) where it
// is used.
type Secret string

// String returns a constant, never the secret.
func (Secret) String() string { return masked }

// GoString returns a constant, never the secret.
func (Secret) GoString() string { return masked }

// Format writes a constant whatever the verb is. With String alone a wrong
// verb such as %d would print the secret.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// LogValue returns a constant, never the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText returns a constant, never the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// Password reads DatabasePasswordFile, taken relative to dir, the node's
// folder. It returns "" when no file is named, and an error when the file
// cannot be read, is empty or holds more than one line.
func (c Config) Password(dir string) (Secret, error) {
	if c.DatabasePasswordFile == "" {
		return "", nil
	}
	path := Within(dir, c.DatabasePasswordFile)
	b, err := readBounded(path, maxPassword)
	if err != nil {
		return "", fmt.Errorf("reading database_password_file: %w", err)
	}
	b = bytes.TrimRight(b, "\r\n")
	if len(b) == 0 {
		return "", fmt.Errorf("reading database_password_file: %s is empty", path)
	}
	if bytes.ContainsAny(b, "\r\n\x00") {
		return "", fmt.Errorf("reading database_password_file: %s has more than one line", path)
	}
	return Secret(b), nil
}

// readBounded reads a file of at most limit bytes.
func readBounded(path string, limit int64) (_ []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return b, nil
}
