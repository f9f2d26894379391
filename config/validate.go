package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxWorkers is the most deliveries that may go on at the same time.
const maxWorkers = 256

// maxBackups is the most nightly backups that may be kept.
const maxBackups = 366

// levels are the values of LogLevel.
var levels = map[string]slog.Level{
	"debug": slog.LevelDebug,
	"info":  slog.LevelInfo,
	"warn":  slog.LevelWarn,
	"error": slog.LevelError,
}

var (
	hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)
	fileName = regexp.MustCompile(`^[\p{L}\p{N}._/-]+$`)
)

// ErrInvalid is what every error about the content of a file is.
var ErrInvalid = errors.New("invalid configuration")

// A problem is one thing wrong with one key.
type problem struct {
	key  string
	line int // in the file, from 1; 0 when there is none
	text string
}

func (p problem) Error() string { return p.text }

func (p problem) Is(target error) bool { return target == ErrInvalid }

// wrong says that value does not do for key, and what would.
func wrong(key string, value any, want string, args ...any) problem {
	shown := fmt.Sprint(value)
	if v, ok := value.(string); ok {
		shown = strconv.Quote(v)
	}
	return problem{key: key, text: fmt.Sprintf("%s = %s: want %s", key, shown, fmt.Sprintf(want, args...))}
}

// Validate reports everything that is wrong with c, joined with [errors.Join];
// each error names a key, its value and what would be right, and none shows a
// password.
func (c Config) Validate() error { return joined(c.problems()) }

func joined(problems []problem) error {
	var errs []error
	for _, p := range problems {
		errs = append(errs, p)
	}
	return errors.Join(errs...)
}

func (c Config) manual() string { return "pergola config" }

func (c Config) problems() []problem {
	found := slices.Concat(c.checkBaseURL(), c.checkDatabase())
	if _, ok := levels[c.LogLevel]; !ok {
		found = append(found, wrong("log_level", c.LogLevel, `"debug", "info", "warn" or "error"`))
	}
	if c.DeliveryWorkers < 1 || c.DeliveryWorkers > maxWorkers {
		found = append(found, wrong("delivery_workers", c.DeliveryWorkers, "a whole number from 1 to %d", maxWorkers))
	}
	if c.BackupFolder == "" || slices.Contains([]string{".", "media", "cache"}, filepath.Clean(c.BackupFolder)) {
		found = append(found, wrong("backup_folder", c.BackupFolder, `a folder of its own, such as "backups" or "/var/backups/pergola"`))
	}
	if c.BackupKeep < 0 || c.BackupKeep > maxBackups {
		found = append(found, wrong("backup_keep", c.BackupKeep, "a whole number from 0 to %d", maxBackups))
	}
	return found
}

func (c Config) checkBaseURL() []problem {
	const key = "base_url"
	if c.BaseURL == "" {
		return []problem{{key: key, text: `base_url is missing: want the address of this node, such as "https://cluster.example"`}}
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return []problem{wrong(key, redacted(c.BaseURL), `an address such as "https://cluster.example"`)}
	}
	// Ids are compared byte by byte, so there must be one way only to write it.
	if c.BaseURL != u.Scheme+"://"+u.Host {
		return []problem{wrong(key, redacted(c.BaseURL), "scheme, host name and port only: %q", u.Scheme+"://"+u.Host)}
	}
	_, err = netip.ParseAddr(u.Hostname())
	if err != nil && (!hostName.MatchString(u.Hostname()) || len(u.Hostname()) > 253) {
		return []problem{wrong(key, c.BaseURL, "a host name in small ASCII letters, digits and hyphens (an accented name in its xn-- form)")}
	}
	if p := u.Port(); strings.HasSuffix(u.Host, ":") || p != "" && !goodPort(u.Scheme, p) {
		return []problem{wrong(key, c.BaseURL, "a port from 1 to 65535, left out where it is the usual one (443 for https, 80 for http)")}
	}
	switch {
	case u.Scheme == "https":
		return nil
	case !isLoopback(u.Hostname()):
		return []problem{wrong(key, c.BaseURL, "https; http is for localhost, names below .localhost and 127.0.0.1")}
	case !c.AllowLoopback:
		return []problem{wrong(key, c.BaseURL, "https, or allow_loopback = true for a demonstration on this machine")}
	}
	return nil
}

func goodPort(scheme, port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	usual := scheme == "https" && n == 443 || scheme == "http" && n == 80
	return err == nil && n != 0 && !usual && strconv.FormatUint(n, 10) == port
}

func isLoopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || strings.HasSuffix(host, ".localhost")
}

func (c Config) checkDatabase() []problem {
	const key = "database"
	if !isPostgres(c.Database) {
		var found []problem
		if !fileName.MatchString(c.Database) || !filepath.IsLocal(c.Database) || strings.HasSuffix(c.Database, "/") {
			found = append(found, wrong(key, redacted(c.Database),
				`a file inside the node's folder, such as "pergola.db", or "postgres://user@host/name"`))
		}
		if c.DatabasePasswordFile != "" {
			found = append(found, wrong("database_password_file", c.DatabasePasswordFile,
				"none, because database is a file, not a postgres:// address"))
		}
		return found
	}
	u, err := url.Parse(c.Database)
	if err != nil || u.Host == "" && u.Query().Get("host") == "" || u.Fragment != "" {
		return []problem{wrong(key, redacted(c.Database), `an address such as "postgres://user@host/name"`)}
	}
	_, inside := u.User.Password()
	for name := range u.Query() {
		inside = inside || strings.Contains(strings.ToLower(name), "password")
	}
	if inside {
		return []problem{wrong(key, redacted(c.Database), "no password inside: put it into a file and name that in database_password_file")}
	}
	return nil
}

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// redacted returns s, or a hint of it when a password may be in it.
func redacted(s string) string {
	if u, err := url.Parse(s); err == nil && u.Scheme != "" && u.Host != "" && u.RawQuery == "" && u.Fragment == "" {
		return u.Redacted()
	}
	if !strings.Contains(s, "@") && !strings.Contains(strings.ToLower(s), "password") {
		return s
	}
	if scheme, _, ok := strings.Cut(s, "://"); ok && hostName.MatchString(scheme) {
		return scheme + "://…"
	}
	return "…"
}
