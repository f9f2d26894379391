package config_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pergola/config"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestExample(t *testing.T) {
	got := config.Example()
	compareGolden(t, "example.toml", got)
	c, err := config.Parse(got)
	if err != nil {
		t.Errorf("Parse(Example()): %v", err)
	}
	if want := with(config.Default(), "https://cluster.example"); !cmp.Equal(c, want) {
		t.Errorf("Parse(Example()) = %+v, want %+v", c, want)
	}
	// Each key that is commented out must be right once it is not.
	for l := range strings.Lines(got) {
		if key, ok := strings.CutPrefix(l, "# "); ok && strings.Contains(key, " = ") && !strings.HasPrefix(key, "database_password_file") {
			if _, err := config.Parse(got + key); err != nil {
				t.Errorf("with %q: %v", key, err)
			}
		}
	}
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the example differs from %s; look, then run with -update (-want +got):\n%s", golden, diff)
	}
}

func with(c config.Config, baseURL string) config.Config {
	c.BaseURL = baseURL
	return c
}

func TestParse(t *testing.T) {
	got, err := config.Parse(`
		base_url = "http://photonics.localhost:8080"
		database = "postgres://pergola@db.example:5433/pergola?sslmode=require"
		database_password_file = "password"
		log_level = "debug"
		allow_loopback = true
		delivery_workers = 256
		backup_folder = "/var/backups/pergola"
		backup_keep = 0`)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		BaseURL:              "http://photonics.localhost:8080",
		Database:             "postgres://pergola@db.example:5433/pergola?sslmode=require",
		DatabasePasswordFile: "password",
		LogLevel:             "debug",
		AllowLoopback:        true,
		DeliveryWorkers:      256,
		BackupFolder:         "/var/backups/pergola",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
	if got.Level() != slog.LevelDebug {
		t.Errorf("Level() = %v, want DEBUG", got.Level())
	}
}

func TestParseReportsEveryProblem(t *testing.T) {
	const base = `base_url = "https://a.example"` + "\n"
	tests := []struct {
		name, text string
		want       []string // the lines of the error
	}{
		{"empty", "", []string{
			`pergola.toml: base_url is missing: want the address of this node, such as "https://cluster.example"`,
		}},
		{"everything", "base_url = 'ftp://x'\ndatabasse = 'x'\ndatabase = '/x'\nlanguages = ['hu']\n" +
			"log_level = 'loud'\nallow_loopback = 'yes'\ndelivery_workers = 1000\nbackup_folder = './media'\nbackup_keep = -1\n[mail]\nhost = 'x'\n", []string{
			`pergola.toml:1: base_url = "ftp://x": want an address such as "https://cluster.example"`,
			`pergola.toml:2: unknown key "databasse": did you mean "database"?`,
			`pergola.toml:3: database = "/x": want a file inside the node's folder, such as "pergola.db", or "postgres://user@host/name"`,
			`pergola.toml:4: unknown key "languages": pergola config prints all keys`,
			`pergola.toml:5: log_level = "loud": want "debug", "info", "warn" or "error"`,
			`pergola.toml:6: allow_loopback = "yes": want true or false, without quotes`,
			`pergola.toml:7: delivery_workers = 1000: want a whole number from 1 to 256`,
			`pergola.toml:8: backup_folder = "./media": want a folder of its own, such as "backups" or "/var/backups/pergola"`,
			`pergola.toml:9: backup_keep = -1: want a whole number from 0 to 366`,
			`pergola.toml:10: unknown key "mail": pergola config prints all keys`,
		}},
		{"one line without quotes", "base_url = https://a.example\nlog_level = 'loud'\n", []string{
			`pergola.toml:1: not TOML: expected value but found "https" instead; text stands in quotes`,
			`pergola.toml:2: log_level = "loud": want "debug", "info", "warn" or "error"`,
		}},
		{"types", base + "database = ['pergola.db']\ndelivery_workers = '16'\nlog_level = 3\nallow_loopback = 1979-05-27\n", []string{
			`pergola.toml:2: database = "[…]": want text in quotes`,
			`pergola.toml:3: delivery_workers = "16": want a whole number, without quotes`,
			`pergola.toml:4: log_level = 3: want text in quotes`,
			`pergola.toml:5: allow_loopback = "a date": want true or false, without quotes`,
		}},
		{"case matters", base + "Log_Level = 'info'", []string{
			`pergola.toml:2: unknown key "Log_Level": did you mean "log_level"?`,
		}},
		{"password key", base + "database_password = 'hunter2'", []string{
			`pergola.toml:2: unknown key "database_password": did you mean "database_password_file"?`,
		}},
		{"twice", base + base, []string{
			`pergola.toml:2: not TOML: Key 'base_url' has already been defined`,
		}},
		{"password file for a file", base + "database_password_file = 'x'", []string{
			`pergola.toml:2: database_password_file = "x": want none, because database is a file, not a postgres:// address`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := config.Parse(test.text)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(test.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBaseURL(t *testing.T) {
	tests := []struct {
		url      string
		loopback bool
		ok       bool
	}{
		{"https://a.example", false, true},
		{"https://a.example:8443", false, true},
		{"https://xn--rvztr-dsa7h.example", false, true},
		{"https://[2001:db8::1]", false, true},
		{"http://localhost:8080", true, true},
		{"http://a.localhost:8080", true, true},
		{"http://127.0.0.1:8080", true, true},
		{"http://localhost:8080", false, false},
		{"http://a.example", true, false},
		{"http://notlocalhost", true, false},
		{"http://localhost.example", true, false},
		{"http://127.0.0.2", true, false},
		{"https://a.example/", false, false},
		{"https://a.example/x", false, false},
		{"https://a.example?", false, false},
		{"https://a.example#", false, false},
		{"https://u@a.example", false, false},
		{"https://A.example", false, false},
		{"https://árvíz.example", false, false},
		{"https://a_b.example", false, false},
		{"https://a.example.", false, false},
		{"https://a.example:", false, false},
		{"https://a.example:443", false, false},
		{"https://a.example:0443", false, false},
		{"https://a.example:0", false, false},
		{"https://a.example:65536", false, false},
		{"https://", false, false},
		{"HTTPS://a.example", false, false},
		{"a.example", false, false},
		{"//a.example", false, false},
		{"https://a b.example", false, false},
	}
	for _, test := range tests {
		c := with(config.Default(), test.url)
		c.AllowLoopback = test.loopback
		if err := c.Validate(); (err == nil) != test.ok {
			t.Errorf("base_url %q with allow_loopback %v: %v, want ok %v", test.url, test.loopback, err, test.ok)
		}
	}
}

func TestDatabase(t *testing.T) {
	tests := []struct {
		database string
		ok       bool
	}{
		{"pergola.db", true},
		{"data/névsor-2.db", true},
		{"postgres://pergola@db.example/pergola", true},
		{"postgresql:///pergola?host=/var/run/postgresql", true},
		{"", false},
		{"..", false},
		{"../other/pergola.db", false},
		{"/var/lib/pergola.db", false},
		{"data/", false},
		{":memory:", false},
		{"pergola.db?_pragma=synchronous(0)", false},
		{"file:pergola.db", false},
		{"mysql://db.example/pergola", false},
		{"postgres://", false},
		{"postgres://pergola:hunter2@db.example/pergola", false},
		{"postgres://pergola:@db.example/pergola", false},
		{"postgres://db.example/pergola?password=hunter2", false},
		{"postgres://db.example/pergola?sslpassword=hunter2", false},
		{"postgres://pergola:hunter2@db.example:port/pergola", false},
		{"postgres://pergola:hunter2%zz@db.example/pergola", false},
		{"https://pergola:hunter2@db.example/pergola", false},
		{"host=db.example password=hunter2", false},
	}
	for _, test := range tests {
		c := with(config.Default(), "https://a.example")
		c.Database = test.database
		err := c.Validate()
		if (err == nil) != test.ok {
			t.Errorf("database %q: %v, want ok %v", test.database, err, test.ok)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("database %q: the error shows the password: %v", test.database, err)
		}
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), config.FileName)
	if _, err := config.Load(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Load of a file that is not there: %v, want ErrNotExist", err)
	}
	if err := os.WriteFile(path, []byte("\nlog_level = 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(path); err == nil || !strings.Contains(err.Error(), path+":2: log_level = 1: want text") {
		t.Errorf("Load: %v, want path and line", err)
	}
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(path); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("Load of a large file: %v, want that it is too large", err)
	}
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), config.FileName)
	if err := config.Create(path, config.Default()); err == nil {
		t.Error("Create without base_url: no error")
	}
	c := with(config.Default(), "http://a.localhost:8080")
	c.AllowLoopback = true
	if err := config.Create(path, c); err != nil {
		t.Fatal(err)
	}
	got, err := config.Load(path)
	if err != nil || !cmp.Equal(got, c) {
		t.Errorf("Load = %+v, %v, want %+v", got, err, c)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	text, _ := os.ReadFile(path)
	if strings.Contains(string(text), "log_level") {
		t.Errorf("the file names a default:\n%s", text)
	}
	if err := config.Create(path, c); !errors.Is(err, os.ErrExist) {
		t.Errorf("Create over a file: %v, want ErrExist", err)
	}
}

func TestChanged(t *testing.T) {
	const text = "# mine\nbase_url = 'https://a.example'\n database='a.db' # why\nlog_level = \"warn\"\n"
	tests := []struct {
		name, text string
		change     func(*config.Config)
		want       string
	}{
		{"nothing", text, func(*config.Config) {}, text},
		{"a key", text, func(c *config.Config) { c.Database = "b.db" }, strings.Replace(text, " database='a.db' # why", `database = "b.db"`, 1)},
		{"to its default", text, func(c *config.Config) { c.LogLevel = "info" }, strings.Replace(text, "log_level = \"warn\"\n", "", 1)},
		{"one that is not there", text, func(c *config.Config) { c.BackupKeep = 3 }, text + "backup_keep = 3\n"},
		{"to what is refused", text, func(c *config.Config) { c.Database = "/b.db" }, ""},
		{"over several lines", strings.Replace(text, "'a.db'", "\"\"\"\na.db\"\"\"", 1), func(c *config.Config) { c.Database = "b.db" }, ""},
		{"what is wrong already", "x = 1", func(*config.Config) {}, ""},
	}
	for _, test := range tests {
		got, err := config.Changed(test.text, test.change)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: %q, %v, want %q", test.name, got, err, test.want)
		}
	}
}

func TestChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), config.FileName)
	if err := config.Create(path, with(config.Default(), "https://a.example")); err != nil {
		t.Fatal(err)
	}
	if err := config.Change(path, func(c *config.Config) { c.Database = "b.db" }); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil || c.Database != "b.db" {
		t.Errorf("%+v, %v", c, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	if config.Change(path, func(c *config.Config) { c.Database = "" }) == nil {
		t.Error("changed to what is refused")
	}
}

func TestSecret(t *testing.T) {
	s := config.Secret("hunter2")
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "plain", s, "inside", struct{ S config.Secret }{s})
	j, err := json.Marshal(map[string]any{"s": s})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(j), s.String(), s.GoString()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10s"} {
		shown = append(shown, fmt.Sprintf(verb, s), fmt.Sprintf(verb, struct{ S config.Secret }{s}), fmt.Sprintf(verb, []config.Secret{s}))
	}
	for _, out := range shown {
		if strings.Contains(out, "hunter2") || strings.Contains(strings.ToLower(out), "68756e746572") {
			t.Errorf("the secret shows: %s", out)
		}
	}
	if string(s) != "hunter2" {
		t.Error("the secret is lost")
	}
}

func TestPassword(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		content string
		want    config.Secret
		ok      bool
	}{
		{"hunter2\n", "hunter2", true},
		{" hunter2 \r\n", " hunter2 ", true},
		{"", "", false},
		{"\n", "", false},
		{"a\nb\n", "", false},
		{strings.Repeat("x", 5000), "", false},
	}
	for _, test := range tests {
		path := filepath.Join(dir, "password")
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"password", path} {
			got, err := config.Config{DatabasePasswordFile: name}.Password(dir)
			if got != test.want || (err == nil) != test.ok {
				t.Errorf("Password of %q = %q, %v, want %q", test.content, string(got), err, string(test.want))
			}
			if err != nil && len(test.content) > 0 && strings.Contains(err.Error(), "xxx") {
				t.Errorf("the error shows the password: %v", err)
			}
		}
	}
	if s, err := (config.Config{}).Password(dir); s != "" || err != nil {
		t.Errorf("Password without a file = %q, %v", string(s), err)
	}
	if _, err := (config.Config{DatabasePasswordFile: "none"}).Password(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Password of a missing file: %v, want ErrNotExist", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(config.Example())
	f.Add("base_url = 'https://a.example'\ndatabase = 'postgres://u:hunter2@h/d'\n")
	f.Add("languages = [[[1]]]\n[a.b]\nc = {d = 1}\n[[e]]\n")
	f.Add("a = '''\n\nbase_url = 1")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := config.Parse(text)
		if err == nil && c.Validate() != nil {
			t.Errorf("Parse accepts what Validate refuses: %v", c.Validate())
		}
	})
}
