package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain has the terminal speak English.
func TestMain(m *testing.M) {
	os.Setenv("LC_ALL", "C.UTF-8")
	os.Exit(m.Run())
}

// invoke runs a command line and returns what it printed.
func invoke(t *testing.T, stdin string, args ...string) (out string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	err = run(t.Context(), args, strings.NewReader(stdin), &o, &e)
	return o.String() + e.String(), err
}

func TestFirstNodeByHand(t *testing.T) {
	dir := t.TempDir()
	node := filepath.Join(dir, "photonics")
	out, err := invoke(t, "", "init", node, "--base-url", "https://photonics.example", "--title", "Fotonika Klaszter", "--user", "anna")
	if err != nil {
		t.Fatal(err, out)
	}
	for _, want := range []string{"@photonics@photonics.example", "anna", "password ", "https://photonics.example/hu/signin"} {
		if !strings.Contains(out, want) {
			t.Errorf("init prints\n%s\nwithout %q", out, want)
		}
	}
	if out, err := invoke(t, "", "init", node, "--base-url", "https://other.example", "--title", "x"); err == nil {
		t.Errorf("init makes a node where one is: %s", out)
	}
	if out, err := invoke(t, "a long password\n", "user", "add", node, "bela", "--password-stdin"); err != nil {
		t.Error(err, out)
	}
	if out, err := invoke(t, "", "user", "list", node); err != nil || !strings.Contains(out, "bela") || !strings.Contains(out, "office") {
		t.Errorf("user list: %v\n%s", err, out)
	}
	for _, does := range [][]string{{"disable"}, {"enable"}, {"password", "--password-stdin"}} {
		args := append([]string{"user", does[0], node, "cecil"}, does[1:]...)
		if _, err := invoke(t, "a long password\n", args...); err == nil || !strings.Contains(err.Error(), "there is no account cecil: pergola user list shows which there are") {
			t.Errorf("%v: %v", args, err)
		}
	}
	if out, err := invoke(t, "", "check", dir); err != nil || !strings.Contains(out, "is well") {
		t.Errorf("check: %v\n%s", err, out)
	}
}

func TestInitLeavesNothingBehindWhenItCannot(t *testing.T) {
	dir := t.TempDir()
	node := filepath.Join(dir, "photonics")
	for name, args := range map[string][]string{
		"bad address": {"--base-url", "photonics.example", "--title", "Fotonika"},
		"bad name":    {"--base-url", "https://photonics.example", "--title", "Fotonika", "--name", "Inbox"},
		"bad zone":    {"--base-url", "https://photonics.example", "--title", "Fotonika", "--time-zone", "Budapest"},
		"no database": {"--base-url", "https://photonics.example", "--title", "Fotonika", "--database", "postgres://nobody@127.0.0.1:1/none"},
		"empty title": {"--base-url", "https://photonics.example", "--title", " "},
	} {
		t.Run(name, func(t *testing.T) {
			if out, err := invoke(t, "", append([]string{"init", node}, args...)...); err == nil {
				t.Errorf("init succeeds: %s", out)
			}
			if exists(node) {
				t.Error("half a node is left")
			}
		})
	}
}

func TestUnknownHostIsMisdirected(t *testing.T) {
	h, err := newHouse(quiet())
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "https://unknown.example/", nil))
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("status %d, want 421", w.Code)
	}
}

func TestHelpAndVersion(t *testing.T) {
	if out, err := invoke(t, "", "--help"); err != nil || !strings.Contains(out, "serve") {
		t.Errorf("--help: %v\n%s", err, out)
	}
	if out, err := invoke(t, "", "version"); err != nil || !strings.HasPrefix(out, "pergola ") {
		t.Errorf("version: %v\n%s", err, out)
	}
	if _, err := invoke(t, "", "server"); err == nil || !strings.Contains(err.Error(), "server") {
		t.Errorf("an unknown command: %v", err)
	}
	if out, err := invoke(t, "", "config"); err != nil || !strings.Contains(out, "base_url") {
		t.Errorf("config: %v\n%s", err, out)
	}
}

func TestServeStopsWhenTold(t *testing.T) {
	dir := t.TempDir()
	if out, err := invoke(t, "", "init", filepath.Join(dir, "anna"), "--base-url", "http://anna.localhost:1", "--title", "Anna", "--allow-loopback"); err != nil {
		t.Fatal(err, out)
	}
	ctx, stop := context.WithCancel(t.Context())
	h, err := newHouse(quiet())
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := findNodes(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.add(nodeConfig{Config: nodes[0].config, Dir: nodes[0].dir, Log: quiet()}); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := h.serve(ctx); err != nil {
		t.Error(err)
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}
}
