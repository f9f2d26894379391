package main

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pergola/storage/storagetest"
)

// awaitStatus waits until a page is answered with a status, and returns it.
func awaitStatus(t testing.TB, client *http.Client, address string, status int) string {
	t.Helper()
	got, text := 0, []byte(nil)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		answer, err := client.Get(address)
		if err != nil {
			continue
		}
		text, _ = io.ReadAll(answer.Body)
		answer.Body.Close()
		if got = answer.StatusCode; got == status {
			return string(text)
		}
	}
	t.Fatalf("%s is answered with %d, want %d\n%s", address, got, status, text)
	return ""
}

// The server of the database stops in the middle of a fan-out, and is back some
// seconds later; with PERGOLA_LONG=1 a minute later. The process says so to who
// asks, goes on by itself, and nothing is lost.
func TestPostgresStopsAndIsBack(t *testing.T) {
	t.Parallel()
	followers, away := 300, 2*time.Second // long enough for everything to notice
	if testing.Short() {
		followers = 100
	}
	if os.Getenv("PERGOLA_LONG") == "1" {
		away = time.Minute
	}
	c := newCrowd(t, 10*time.Millisecond)
	database, stop, start := storagetest.Stoppable(t)
	f := newFarm(t, database, c, followers, func(nc *newcomer) { nc.DeliveryWorkers = 4 })
	f.start()
	f.ready()
	client := f.clients[0]
	post(t, client, f.base+"/hu/signin", url.Values{"name": {"office"}, "password": {"office password"}})
	post(t, client, f.base+"/hu/desk/new/news", url.Values{"title.hu": {"Első hír"}, "text.hu": {"A hír szövege."}, "do": {"publish"}})
	c.await(t, followers/3, patience)
	stop()
	if text := awaitStatus(t, client, f.base+"/hu/", http.StatusServiceUnavailable); !strings.Contains(text, "Hamarosan") {
		t.Errorf("who asks meanwhile is told %q", text)
	}
	time.Sleep(away)
	start()
	awaitStatus(t, client, f.base+"/hu/", http.StatusOK)
	c.await(t, followers, time.Minute)
	post(t, client, f.base+"/hu/desk/new/news", url.Values{"title.hu": {"Második hír"}, "text.hu": {"A hír szövege."}, "do": {"publish"}})
	c.await(t, 2*followers, time.Minute)
	t.Logf("%d came twice", c.repeated())
}

// The disk of a node is full. What is there can be read; who writes is told; and
// when there is space again, it goes on.
func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("a small disk can be mounted by root alone: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	const followers = 20
	c := newCrowd(t, 0)
	f := newFarm(t, "", c, followers, func(nc *newcomer) { nc.Dir = filepath.Join(disk, "assoc") })
	cmd := f.start()
	f.ready()
	client := f.clients[0]
	post(t, client, f.base+"/hu/signin", url.Values{"name": {"office"}, "password": {"office password"}})
	publish := func() int {
		form := url.Values{"title.hu": {"Egy hír"}, "text.hu": {strings.Repeat("A hír szövege. ", 400)}, "do": {"publish"}}
		answer, text := submit(t, client, f.base+"/hu/desk/new/news", form)
		if answer.StatusCode == http.StatusInsufficientStorage && !strings.Contains(text, "Elfogyott a tárhely") {
			t.Errorf("who writes is told\n%s", text)
		}
		return answer.StatusCode
	}
	kept := 0
	if status := publish(); status != http.StatusOK {
		t.Fatalf("publishing with space left: status %d", status)
	}
	kept++
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	for status := 0; status != http.StatusInsufficientStorage; {
		if status = publish(); status == http.StatusOK {
			kept++ // in space that the database had already
		} else if status != http.StatusInsufficientStorage {
			t.Fatalf("publishing on a full disk: status %d", status)
		}
	}
	awaitStatus(t, client, f.base+"/hu/", http.StatusOK)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if status := publish(); status != http.StatusOK {
		t.Errorf("publishing with space again: status %d", status)
	}
	kept++
	c.await(t, kept*followers, time.Minute)
	if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
		t.Error(err)
	}
	if out, err := invoke(t, "", "check", disk); err != nil || !strings.Contains(out, "is well") {
		t.Errorf("the node afterwards: %v\n%s", err, out)
	}
	fill(t, filler)
	if out, err := invoke(t, "", "doctor", disk); err == nil || !strings.Contains(out, "Database: It has no room left") || strings.Contains(out, "cannot be read") {
		t.Errorf("the doctor on a full disk: %v\n%s", err, out)
	}
}

// fill writes a file until there is no space left.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
