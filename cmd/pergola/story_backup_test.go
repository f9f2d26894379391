package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pergola/config"
	"pergola/hub"
	"pergola/storage"
	"pergola/storage/archive"
	"pergola/storage/storagetest"
)

// moved ends a node and starts it from another folder.
func (net *network) moved(name, dir string) {
	net.t.Helper()
	if err := net.node(name).close(); err != nil {
		net.t.Fatal(err)
	}
	c, err := config.Load(filepath.Join(dir, config.FileName))
	if err != nil {
		net.t.Fatal(err)
	}
	net.start(name, nodeConfig{Config: c, Dir: dir})
}

// A node is backed up while it publishes, and restored on another machine, into
// either database. As long as the first answers, the second sends nothing;
// then it goes on where the first was, and a follower notices nothing.
func TestBackupIsRestoredElsewhere(t *testing.T) {
	t.Parallel()
	for i, kind := range storagetest.Kinds() {
		other := storagetest.Kinds()[1-i]
		t.Run(kind+" to "+other, func(t *testing.T) {
			databases := map[string]string{"photonics": storagetest.Database(t, kind), "assoc": storagetest.Database(t, storagetest.SQLite)}
			target := storagetest.Database(t, other)
			synctest.Test(t, func(t *testing.T) {
				restoreElsewhere(t, newNetwork(t, databases, []string{"photonics", "assoc"}), target)
			})
		})
	}
}

func restoreElsewhere(t *testing.T, net *network, target string) {
	ctx := t.Context()
	net.followAll("assoc")
	first := net.node("photonics")
	if err := first.hub.SetPicture(ctx, hub.Program("test"), hub.Logo, square(t, 64), "Logó"); err != nil {
		t.Fatal(err)
	}
	net.publish("photonics", news("Első hír", ""))
	net.settle()
	net.down["assoc.example"] = true
	waiting := net.publish("photonics", news("Várakozó hír", ""))
	net.settle()

	// The backup is made while others write.
	dir, file := net.made["photonics.example"].Dir, filepath.Join(t.TempDir(), "b.zip")
	published := make(chan error)
	go func() {
		var err error
		for range 5 {
			_, e := first.hub.Publish(ctx, hub.Program("test"), news("Közben", ""))
			err = errors.Join(err, e)
		}
		published <- err
	}()
	out, err := invoke(t, "", "backup", dir, file)
	if err := errors.Join(err, <-published); err != nil {
		t.Fatal(err, out)
	}
	if !strings.Contains(out, "private keys") {
		t.Errorf("backup says nothing of secrets: %s", out)
	}

	there := filepath.Join(t.TempDir(), "photonics")
	args := []string{"restore", file, there}
	if strings.Contains(target, "://") {
		args = append(args, "--database", target)
	}
	killed := filepath.Join(filepath.Dir(there), ".restore-photonics")
	if err := errors.Join(os.Mkdir(killed, 0o700), os.WriteFile(filepath.Join(killed, "pergola.db"), []byte("half of it"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := invoke(t, "", args...); err != nil {
		t.Fatal(err, out)
	}
	if _, err := os.Stat(killed); !os.IsNotExist(err) {
		t.Errorf("what a killed one left is still there: %v", err)
	}
	if out, err := invoke(t, "", args...); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("restored a second time: %v\n%s", err, out)
	}
	c, err := config.Load(filepath.Join(there, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	nc := nodeConfig{Config: c, Dir: there, Log: quiet(), Client: net.made["photonics.example"].Client}
	if strings.Contains(target, "://") != strings.Contains(c.Database, "://") {
		t.Fatalf("database %q, want one as %q", c.Database, target)
	}
	second, err := newNode(ctx, nc)
	if err != nil {
		t.Fatal(err)
	}

	// The first still answers.
	if err := second.hub.MaySpeak(ctx); !errors.Is(err, hub.ErrSpokenFor) {
		t.Errorf("beside the first: %v, want %v", err, hub.ErrSpokenFor)
	}
	if err := first.hub.MaySpeak(ctx); err != nil {
		t.Errorf("the first may not speak: %v", err)
	}
	running, stop := context.WithCancel(ctx)
	defer time.AfterFunc(3*silence+time.Second, stop).Stop()
	before := len(net.sent)
	if err := second.run(running); err != nil {
		t.Fatal(err)
	}
	for _, sent := range net.sent[before:] {
		if sent.Path != "/nodeinfo/2.1" || sent.To != "photonics.example" {
			t.Errorf("the second sends %s %s to %s", sent.Method, sent.Path, sent.To)
		}
	}
	runs, err := second.hub.Runs(ctx, hub.Program("test"))
	if err != nil {
		t.Fatal(err)
	}
	silent := false
	for _, r := range runs {
		silent = silent || r.Job == "speaking" && r.Error != ""
	}
	if !silent {
		t.Error("the status page does not say that the second waits")
	}
	// With nobody there it goes on.
	net.down["photonics.example"] = true
	if err := second.hub.MaySpeak(ctx); err != nil {
		t.Errorf("alone: %v", err)
	}
	net.down["photonics.example"] = false
	if err := second.close(); err != nil {
		t.Fatal(err)
	}

	// The first is stopped, the name leads to the second.
	net.moved("photonics", there)
	if err := net.node("photonics").waitToSpeak(ctx); err != nil {
		t.Fatal(err)
	}
	i, err := net.node("photonics").hub.Installation(ctx)
	if err != nil || !i.Restored.IsZero() {
		t.Errorf("the second asks for ever: %+v, %v", i, err)
	}
	o, err := net.node("photonics").hub.Organisation(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := net.node("photonics").hub.Media(t.Context(), o.Logo.File); err != nil {
		t.Errorf("the logo: %v", err)
	}
	net.down["assoc.example"] = false
	net.pass(24 * time.Hour)
	again := net.publish("photonics", news("Új gépről", ""))
	net.settle()
	net.browser().get("https://assoc.example/hu/").has(t, "Első hír", "Várakozó hír", "Új gépről")
	for _, id := range []string{waiting.ID, again.ID} {
		if n := net.creates("assoc.example", id); n != 1 {
			t.Errorf("%s came %d times, want once", id, n)
		}
	}
}

// creates counts the Creates of an object that a host took.
func (net *network) creates(host, object string) (n int) {
	for _, s := range net.sent {
		if s.To == host && s.Method == "POST" && s.Status == 202 && strings.Contains(s.Body, `"type":"Create"`) && strings.Contains(s.Body, object) {
			n++
		}
	}
	return n
}

// A restored copy gets no certificate for the name as long as it is silent.
func TestSilentCopyGetsNoCertificate(t *testing.T) {
	t.Parallel()
	database := storagetest.Database(t, storagetest.SQLite)
	synctest.Test(t, func(t *testing.T) {
		net := newNetwork(t, map[string]string{"photonics": database}, []string{"photonics"})
		first := net.made["photonics.example"]
		file, there := filepath.Join(t.TempDir(), "b.zip"), filepath.Join(t.TempDir(), "photonics")
		for _, args := range [][]string{{"backup", first.Dir, file}, {"restore", file, there}} {
			if out, err := invoke(t, "", args...); err != nil {
				t.Fatal(err, out)
			}
		}
		h, err := newHouse(quiet())
		if err != nil {
			t.Fatal(err)
		}
		r, err := h.add(nodeConfig{Config: first.Config, Dir: there, Log: quiet(), Client: first.Client})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		r.begin(t.Context(), &wg)
		time.Sleep(2 * silence)
		if !h.held("photonics.example") || r.now() == nil {
			t.Errorf("beside the first: %v, open %v, want it held", h.held("photonics.example"), r.now() != nil)
		}
		net.mu.Lock()
		net.down["photonics.example"] = true
		net.mu.Unlock()
		time.Sleep(2 * silence)
		if h.held("photonics.example") {
			t.Error("it speaks, and is held")
		}
		if err := r.leave(); err != nil {
			t.Error(err)
		}
		wg.Wait()
	})
}

// A takeover is told once.
func TestTakeOver(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		ctx := t.Context()
		if err := net.node("photonics").hub.Restored(ctx, hub.Program("restore")); err != nil {
			t.Fatal(err)
		}
		c := net.made["photonics.example"]
		c.TakeOver = true
		net.made["photonics.example"] = c
		net.restart("photonics")
		if i, err := net.node("photonics").hub.Installation(ctx); err != nil || !i.Restored.IsZero() {
			t.Errorf("it still waits: %+v, %v", i, err)
		}
	})
}

// A node moves from each database to the other and back, with its queue full:
// everything arrives once, under the ids that it had.
func TestCopyMovesANode(t *testing.T) {
	t.Parallel()
	for i, kind := range storagetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			other := storagetest.Kinds()[1-i]
			databases := map[string]string{"photonics": storagetest.Database(t, kind), "assoc": storagetest.Database(t, storagetest.SQLite)}
			to, back := storagetest.Database(t, other), storagetest.Database(t, kind)
			if other == storagetest.SQLite {
				to = "to.db"
			} else {
				back = "back.db"
			}
			synctest.Test(t, func(t *testing.T) {
				copyNode(t, newNetwork(t, databases, []string{"photonics", "assoc"}), to, back)
			})
		})
	}
}

func copyNode(t *testing.T, net *network, targets ...string) {
	net.followAll("assoc")
	dir := net.made["photonics.example"].Dir
	for _, target := range targets {
		net.down["assoc.example"] = true
		var waiting []hub.Item
		for range 3 {
			waiting = append(waiting, net.publish("photonics", news("Hír: "+target, "")))
		}
		net.settle()
		if err := net.node("photonics").db.Elector().IsLeader(t.Context()); err != nil {
			t.Fatal(err)
		}
		if out, err := invoke(t, "", "copy", dir, "--to", target); err == nil || !strings.Contains(err.Error(), "being served") {
			t.Errorf("copied while it is served: %v\n%s", err, out)
		}
		if err := net.node("photonics").close(); err != nil {
			t.Fatal(err)
		}
		interrupted, stop := context.WithCancel(t.Context())
		stop()
		if err := run(interrupted, []string{"copy", dir, "--to", target}, strings.NewReader(""), &strings.Builder{}, &strings.Builder{}); err == nil {
			t.Error("an interrupted copy succeeds")
		}
		// As one that was killed leaves it.
		if err := os.WriteFile(filepath.Join(dir, "copy-ABCDEFGH.zip.IJKLMNOP.part"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := invoke(t, "", "copy", dir, "--to", target)
		if err != nil || !strings.Contains(out, "To go back") {
			t.Fatal(err, out)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "copy-*")); len(left) > 0 {
			t.Errorf("%q is left", left)
		}
		net.moved("photonics", dir)
		net.down["assoc.example"] = false
		net.pass(24 * time.Hour)
		for _, it := range waiting {
			if n := net.creates("assoc.example", it.ID); n != 1 {
				t.Errorf("%s came %d times, want once", it.ID, n)
			}
		}
	}
}

// Each night a backup is made and the oldest goes.
func TestNightlyBackups(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		c := net.made["photonics.example"]
		c.BackupKeep = 2
		dir := filepath.Join(c.Dir, c.BackupFolder)
		now := time.Now()
		for day := range 4 {
			if err := net.node("photonics").backUp(t.Context(), c, now.AddDate(0, 0, day)); err != nil {
				t.Fatal(err)
			}
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) != 2 || !strings.HasSuffix(files[1], backupName(c, nightly, now.AddDate(0, 0, 3))) {
			t.Errorf("backups %q, %v, want the last two", files, err)
		}
		r, err := archive.Open(files[1])
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.Verify(t.Context()), r.Close()); err != nil {
			t.Error(err)
		}
		if c.BackupFolder = config.FileName; net.node("photonics").backUp(t.Context(), c, now) == nil {
			t.Error("a backup into a file succeeds")
		}
		planned := false
		for _, j := range net.node("photonics").schedule.Jobs() {
			planned = planned || j.Name == "backup"
		}
		if !planned {
			t.Error("no backup is planned")
		}
	})
}

// A night in which the machine is off is made up for after the start, once.
func TestMissedBackupIsMadeUpFor(t *testing.T) {
	story(t, []string{"photonics"}, func(t *testing.T, net *network) {
		c := net.made["photonics.example"]
		runs := func(d time.Duration) (made int) {
			t.Helper()
			before := net.backups(c)
			net.restart("photonics")
			ctx, stop := context.WithCancel(t.Context())
			defer time.AfterFunc(d, stop).Stop()
			if err := net.node("photonics").schedule.Run(ctx); err != nil {
				t.Fatal(err)
			}
			return net.backups(c) - before
		}
		if n := runs(31 * time.Minute); n != 1 {
			t.Errorf("a node that has none: %d backups, want 1", n)
		}
		if n := runs(31 * time.Minute); n != 0 {
			t.Errorf("after the next start: %d backups, want none", n)
		}
		time.Sleep(48 * time.Hour)
		if n := runs(time.Minute - time.Second); n != 0 {
			t.Errorf("in the first minute: %d backups, want none", n)
		}
		if n := runs(31 * time.Minute); n != 1 {
			t.Errorf("after two nights: %d backups, want 1", n)
		}
	})
}

// backups counts the nightly backups of a node.
func (net *network) backups(c nodeConfig) int {
	net.t.Helper()
	files, err := filepath.Glob(filepath.Join(c.Dir, c.BackupFolder, "*"+nightly+"*.zip"))
	if err != nil {
		net.t.Fatal(err)
	}
	return len(files)
}

var release = flag.Bool("release", false, "keep a database of today's schema in storage/testdata, to be opened by later programs")

// released is where a database of each released schema lies.
const released = "../../storage/testdata"

// TestReleasedSchemas opens a node of each released schema: the SQLite file as
// it was, and the backup in both databases.
func TestReleasedSchemas(t *testing.T) {
	if *release {
		keepSchema(t)
	}
	kept, err := filepath.Glob(filepath.Join(released, "schema-*.zip"))
	if err != nil || len(kept) == 0 {
		t.Fatalf("no schema is kept in %s: %v", released, err)
	}
	for _, path := range kept {
		name := strings.TrimSuffix(filepath.Base(path), ".zip")
		t.Run(name+" file", func(t *testing.T) {
			dir := t.TempDir()
			r, err := archive.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			text, err := r.Config()
			if err := errors.Join(err, r.Close()); err != nil {
				t.Fatal(err)
			}
			data := gunzip(t, strings.TrimSuffix(path, ".zip")+".db.gz")
			if err := errors.Join(os.WriteFile(filepath.Join(dir, config.FileName), text, 0o600),
				os.WriteFile(filepath.Join(dir, "pergola.db"), data, 0o600)); err != nil {
				t.Fatal(err)
			}
			opensReleased(t, dir)
			backups, err := filepath.Glob(filepath.Join(dir, "backups", "*schema-*.zip"))
			if want := min(storage.Schema()-r.Schema, 1); err != nil || int64(len(backups)) != want {
				t.Errorf("backups before the upgrade: %q, %v, want %d", backups, err, want)
			}
		})
		for _, kind := range storagetest.Kinds() {
			t.Run(name+" "+kind, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "photonics")
				args := []string{"restore", path, dir}
				if kind == storagetest.Postgres {
					args = append(args, "--database", storagetest.Blank(t, kind))
				}
				if out, err := invoke(t, "", args...); err != nil {
					t.Fatal(err, out)
				}
				opensReleased(t, dir)
			})
		}
	}
}

// opensReleased serves the node in a folder and looks whether all is there.
func opensReleased(t *testing.T, dir string) {
	t.Helper()
	c, err := config.Load(filepath.Join(dir, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	net := newNetwork(t, nil, nil)
	for range 2 { // the second time there is nothing to upgrade
		net.start("photonics", nodeConfig{Config: c, Dir: dir})
		page := net.browser().get("https://photonics.example/hu/")
		page.has(t, "Photonics Klaszter", "A kiadás híre", "A kiadás eseménye")
		if code, actor := net.fetch(t, "https://photonics.example/a/photonics"); code != 200 || actor["publicKey"] == nil {
			t.Errorf("the actor: %d %v", code, actor)
		}
		if n, err := net.node("photonics").hub.CountFollowers(t.Context()); n != 2 || err != nil {
			t.Errorf("%d followers, %v, want 2", n, err)
		}
		net.browser().signIn("photonics", "office", "office password").get("https://photonics.example/hu/office/status").has(t, "Pergola")
		if err := net.node("photonics").close(); err != nil {
			t.Fatal(err)
		}
		delete(net.nodes, "photonics.example")
	}
}
