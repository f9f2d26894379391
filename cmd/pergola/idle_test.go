package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What a served node should take of a small machine.
const (
	startFloor  = time.Second
	memoryFloor = 60 << 10 // KiB
	memoryAim   = 40 << 10
)

// A served node, as a program of its own: how long it takes to start, and what
// it keeps of the machine's memory when nobody does anything, after one sign-in.
func TestIdleNodeIsSmall(t *testing.T) {
	binary := program(t)
	address := freeAddress(t)
	dir := t.TempDir()
	base := "http://photonics.localhost:" + address[strings.LastIndex(address, ":")+1:]
	if out, err := invoke(t, "office password\n", "init", filepath.Join(dir, "photonics"), "--base-url", base, "--title", "Fotonika Klaszter",
		"--allow-loopback", "--password-stdin", "--kind", "association"); err != nil {
		t.Fatal(err, out)
	}
	cmd := exec.Command(binary, "serve", dir, "--listen", address)
	started := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the node ended with %v", err)
		}
	})
	client := loopbackClient(address)
	awaitPage(t, client, base+"/hu/")
	took := time.Since(started)
	answer, err := client.PostForm(base+"/hu/signin", url.Values{"name": {"office"}, "password": {"office password"}})
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK || strings.HasSuffix(answer.Request.URL.Path, "/signin") {
		t.Fatalf("signing in: status %d at %s\n%s", answer.StatusCode, answer.Request.URL, text)
	}
	kept := settledMemory(t, cmd.Process.Pid)
	t.Logf("start %d ms (floor %d), memory %.1f MiB (floor %d, aim %d)",
		took.Milliseconds(), startFloor.Milliseconds(), float64(kept)/1024, memoryFloor>>10, memoryAim>>10)
	if took > startFloor {
		t.Errorf("it takes %s to start, want %s", took, startFloor)
	}
	if kept > memoryFloor {
		t.Errorf("it keeps %d KiB, want %d", kept, memoryFloor)
	}
}

// freeAddress is an address on which nobody listens just now. The port is part
// of a node's ids, so it has to be known before the node is made; it is none of
// those that systems give to whoever dials (32768 and above on Linux, 49152 by
// RFC 6335, 6), or a story beside this one could have it before the node does.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+rand.N(22_000)))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("there is no free port")
	return ""
}

// loopbackClient is a browser for which all names mean address.
func loopbackClient(address string) *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", address)
		},
	}}
}

// awaitPage waits until somebody answers.
func awaitPage(t testing.TB, client *http.Client, address string) {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		answer, err := client.Get(address)
		if err == nil {
			io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
			err = fmt.Errorf("status %d", answer.StatusCode)
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// settledMemory is what a process keeps once it keeps no less in the end, in
// KiB: the system takes back what is free with some delay.
func settledMemory(t testing.TB, pid int) int {
	t.Helper()
	least := residentMemory(t, pid)
	for quiet := 0; quiet < 10; quiet++ {
		time.Sleep(200 * time.Millisecond)
		if now := residentMemory(t, pid); now < least {
			least, quiet = now, 0
		}
	}
	return least
}

// residentMemory is VmRSS, in KiB.
func residentMemory(t testing.TB, pid int) int { return memoryOf(t, pid, "VmRSS:") }

// memoryOf is what the system says of a process's memory, in KiB.
func memoryOf(t testing.TB, pid int, what string) int {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(status), what)
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if !found || err != nil {
		t.Fatalf("%s in\n%s", what, status)
	}
	return kib
}
