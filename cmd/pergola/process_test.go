package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pergola/cmd/pergola/front"
	"pergola/cmd/pergola/front/fronttest"
	"pergola/config"
	"pergola/federation/check"
)

const childArgs = "PERGOLA_CHILD_ARGS"

// TestChild is the program itself, as the process of the tests below.
func TestChild(t *testing.T) {
	var args []string
	if json.Unmarshal([]byte(os.Getenv(childArgs)), &args) != nil {
		return // it is run by other tests
	}
	os.Args = append([]string{"pergola"}, args...)
	main()
}

// child is a command line as a process of its own, which writes to out.
func child(t testing.TB, out io.Writer, args ...string) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childArgs+"="+string(text))
	cmd.Stderr = out
	return cmd
}

// A settled node has its folder below dir, for http on this machine at address.
func settled(t *testing.T, address string) (dir, base string) {
	t.Helper()
	dir = t.TempDir()
	base = "http://photonics.localhost:" + address[strings.LastIndex(address, ":")+1:]
	out, err := invoke(t, "office password\n", "init", filepath.Join(dir, "photonics"), "--base-url", base, "--title", "Fotonika Klaszter",
		"--allow-loopback", "--password-stdin", "--kind", "association")
	if err != nil {
		t.Fatal(err, out)
	}
	return dir, base
}

func writeServer(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, config.ServerFileName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Wrong settings end with 2, all else that fails with 1; each in one line for
// each problem.
func TestExitCodes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	good, _ := settled(t, taken.Addr().String())
	bad, _ := settled(t, taken.Addr().String())
	writeServer(t, bad, "tls = 'on'\nlisen = []\n")
	node := filepath.Join(bad, "photonics", config.FileName)
	text, _ := os.ReadFile(node)
	if err := os.WriteFile(node, append(text, "log_level = 'loud'\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		code int
		want []string // beginnings of lines
	}{
		{[]string{"serve"}, 2, []string{`pergola: expected "<dir>"`}},
		{[]string{"serve", bad}, 2, []string{
			"pergola: " + filepath.Join(bad, "server.toml") + `:1: tls = "on": want "proxy" or "acme"`,
			filepath.Join(bad, "server.toml") + `:2: unknown key "lisen": did you mean "listen"?`,
			node + ":",
		}},
		{[]string{"check", bad}, 2, []string{"pergola: " + filepath.Join(bad, "server.toml") + ":1:", filepath.Join(bad, "server.toml") + ":2:", node + ":"}},
		{[]string{"serve", good, "--listen", taken.Addr().String()}, 1, []string{
			"pergola: the address " + taken.Addr().String() + " is in use by another program: end that, or name another",
		}},
		{[]string{"serve", t.TempDir()}, 1, []string{"pergola: no node in "}},
		{[]string{"serve", good, "--listen", "nowhere"}, 2, []string{`pergola: listen = "nowhere": want addresses with a port`}},
		{[]string{"backup", good}, 2, []string{
			"pergola: backup: " + good + " is no node, since it has no pergola.toml: say which node in it, such as " + filepath.Join(good, "photonics"),
		}},
		{[]string{"init", filepath.Join(t.TempDir(), "anna"), "--base-url", "https://anna.example", "--title", "Anna", "--time-zone", "Budapest"}, 2, []string{
			"pergola: founding anna: zone: There is no such time zone. Choose one from the list, or type one like Europe/Budapest.",
		}},
	} {
		var out bytes.Buffer
		cmd := child(t, &out, test.args...)
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != test.code {
			t.Errorf("%v: %v, want %d", test.args, err, test.code)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if test.args[0] == "serve" && len(test.args) == 1 {
			lines = lines[len(lines)-1:] // the usage stands before
		}
		for i, want := range test.want {
			if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
				t.Errorf("%v says\n%s\nwant line %d to begin with %s", test.args, out.String(), i+1, want)
			}
		}
	}
}

// A visited program is one that serves, in this process or in one of its own.
type visited struct {
	base   string
	client *http.Client
}

func (s visited) get(t *testing.T, address string) (int, string, http.Header) {
	t.Helper()
	answer, err := s.client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b), answer.Header
}

// The first signal lets what is asked for be answered, the second does not
// wait.
func TestSignals(t *testing.T) {
	for _, second := range []bool{false, true} {
		t.Run(fmt.Sprintf("second %v", second), func(t *testing.T) {
			address := freeAddress(t)
			dir, base := settled(t, address)
			cmd := child(t, t.Output(), "serve", dir, "--listen", address)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			t.Cleanup(func() { cmd.Process.Kill() })
			awaitPage(t, loopbackClient(address), base+"/healthz/live")

			// Somebody signs in, and has not sent all of it yet.
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST /hu/signin HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n"+
				"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 36\r\nExpect: 100-continue\r\n\r\n", strings.TrimPrefix(base, "http://"))
			goAhead := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
			if _, err := io.ReadFull(conn, goAhead); err != nil {
				t.Fatalf("no go-ahead: %q, %v", goAhead, err)
			}
			cmd.Process.Signal(syscall.SIGTERM)
			for { // until nobody listens any more
				late, err := net.Dial("tcp", address)
				if err != nil {
					break
				}
				late.Close()
			}
			if second {
				cmd.Process.Signal(syscall.SIGTERM)
				if err := <-ended; err == nil {
					t.Error("it ends well although it was broken off")
				}
				return
			}
			fmt.Fprint(conn, "name=office&password=office+password")
			text, err := io.ReadAll(conn)
			if err != nil || !strings.HasPrefix(string(text), "HTTP/1.1 303") {
				t.Errorf("signing in: %q, %v", text, err)
			}
			if err := <-ended; err != nil {
				t.Errorf("it ends with %v", err)
			}
		})
	}
}

// A node that is served tells how it is, gives its figures, and logs what it
// answers under the number that the proxy gave.
func TestServeTellsHowItIs(t *testing.T) {
	address, private := freeAddress(t), freeAddress(t)
	dir, base := settled(t, address)
	writeServer(t, dir, fmt.Sprintf("listen = [%q]\nmetrics = %q\n", address, private))
	node := filepath.Join(dir, "photonics", config.FileName)
	text, _ := os.ReadFile(node)
	if err := os.WriteFile(node, append(text, "log_level = 'debug'\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	var log fronttest.Log
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"serve", dir}, strings.NewReader(""), io.Discard, &log) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	s := visited{base, loopbackClient(address)}
	awaitPage(t, s.client, base+"/healthz")
	host := strings.TrimPrefix(base, "http://")
	for path, want := range map[string]string{
		"/healthz/live":  `{"live":true}`,
		"/healthz/ready": `{"database":"good","ready":true}`,
	} {
		if status, text, _ := s.get(t, base+path); status != 200 || strings.TrimSpace(text) != want {
			t.Errorf("%s: %d %s, want %s", path, status, text, want)
		}
	}
	var told struct {
		Ready  bool
		Checks map[string]check.Severity
	}
	if status, text, _ := s.get(t, base+"/healthz"); status != 200 || json.Unmarshal([]byte(text), &told) != nil || !told.Ready {
		t.Errorf("/healthz: %d %s", status, text)
	}
	for _, name := range []string{"database", "disk", "clock", "deliveries", "digests"} {
		if told.Checks[name] != check.OK {
			t.Errorf("%s is %q, of %v", name, told.Checks[name], told.Checks)
		}
	}
	s.get(t, base+"/hu/")
	s.get(t, base+"/hu/none")
	if answer, err := s.client.Post(base+"/inbox", "application/activity+json", strings.NewReader("{")); err != nil || answer.StatusCode != 400 {
		t.Errorf("a broken activity: %v, %v", answer, err)
	}
	r, _ := http.NewRequest("GET", base+"/hu/", nil)
	r.Header.Set("X-Request-Id", "proxy-4711")
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	if answer, err := s.client.Do(r); err != nil || answer.Header.Get("X-Request-Id") != "proxy-4711" {
		t.Errorf("the number of the proxy: %v, %v", answer, err)
	} else {
		answer.Body.Close()
	}

	own := visited{"http://" + private, http.DefaultClient}
	if status, text, _ := own.get(t, own.base+"/healthz/ready"); status != 200 || strings.TrimSpace(text) != `{"nodes":{"`+host+`":{"database":"good","ready":true}},"ready":true}` {
		t.Errorf("health of all: %d %s", status, text)
	}
	wanted := []string{
		`pergola_requests_total{org="` + host + `",route="page",status="200"} 2`,
		`pergola_requests_total{org="` + host + `",route="page",status="404"} 1`,
		`pergola_inbox_refused_total{org="` + host + `",reason="malformed"} 1`,
		`pergola_request_seconds_count{org="` + host + `",route="page"} 3`,
		`pergola_lanes{org="` + host + `",state="held"} 0`,
		`pergola_oldest_delivery_seconds{org="` + host + `"} 0`,
		`pergola_digest_lag_seconds{org="` + host + `"} 0`,
		`pergola_ready{org="` + host + `"} 1`,
		`go_goroutines `, `process_resident_memory_bytes `,
	}
	// A request is logged, and then counted, just after it was answered.
	lacks := func(text string) func(string) bool {
		return func(want string) bool { return !strings.Contains(text, "\n"+want) }
	}
	_, figures, _ := own.get(t, own.base+"/metrics")
	for end := time.Now().Add(patience); slices.ContainsFunc(wanted, lacks(figures)) && time.Now().Before(end); {
		_, figures, _ = own.get(t, own.base+"/metrics")
	}
	for _, want := range wanted {
		if lacks(figures)(want) {
			t.Errorf("the figures lack %s:\n%s", want, figures)
		}
	}
	compareFigures(t, figures)
	if status, _, _ := s.get(t, base+"/metrics"); status != 404 {
		t.Errorf("the figures are public: status %d", status)
	}
	for _, want := range []string{"path=/hu/ status=200", "address=203.0.113.9:0", "request=proxy-4711"} {
		if text := log.String(); !regexp.MustCompile(`(?m)^.*msg="request answered".*` + regexp.QuoteMeta(want)).MatchString(text) {
			t.Errorf("the log lacks %s:\n%s", want, text)
		}
	}
}

var figureName = regexp.MustCompile(`\bpergola_[a-z_]+\b`)

// compareFigures wants every figure in the README.
func compareFigures(t *testing.T, figures string) {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(figures, "\n") {
		if name, ok := strings.CutPrefix(line, "# TYPE pergola_"); ok {
			name, _, _ = strings.Cut("pergola_"+name, " ")
			if !strings.Contains(string(readme), "`"+name+"`") {
				t.Errorf("README.md does not tell of %s", name)
			}
		}
	}
	for _, name := range figureName.FindAllString(string(readme), -1) {
		// What is counted per event is not there before the first.
		if !strings.Contains(figures, "# TYPE "+name+" ") && name != "pergola_deliveries_total" && name != "pergola_certificate_end_seconds" {
			t.Errorf("README.md tells of %s, which is none", name)
		}
	}
}

// A folder whose server.toml asks for it is served over https with a certificate
// that was got for it, which health and figures tell of.
func TestServeWithItsOwnCertificates(t *testing.T) {
	https, plain, private := freeAddress(t), freeAddress(t), freeAddress(t)
	authority := fronttest.New(t, portOf(t, plain), portOf(t, https), 24*time.Hour)
	authority.Start()
	host := fmt.Sprintf("photonics.example:%d", portOf(t, https))
	dir := t.TempDir()
	if out, err := invoke(t, "", "init", filepath.Join(dir, "photonics"), "--base-url", "https://"+host, "--title", "Fotonika Klaszter"); err != nil {
		t.Fatal(err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "authority.pem"), authority.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	writeServer(t, dir, fmt.Sprintf("tls = 'acme'\nlisten = [%q]\nlisten_http = %q\nmetrics = %q\nacme_directory = %q\nacme_ca_file = 'authority.pem'\nacme_email = 'office@photonics.example'\n",
		https, plain, private, authority.Directory))
	if out, err := invoke(t, "", "check", dir); err != nil {
		t.Fatal(err, out)
	}
	var log fronttest.Log
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"serve", dir}, strings.NewReader(""), io.Discard, &log) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	client := loopbackClient(https)
	transport := client.Transport.(*http.Transport)
	transport.TLSClientConfig, transport.ForceAttemptHTTP2 = &tls.Config{RootCAs: authority.Roots()}, true
	awaitPage(t, client, "https://"+host+"/hu/")
	s := visited{"https://" + host, client}
	if _, _, header := s.get(t, s.base+"/hu/"); header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
	good := regexp.MustCompile(`^{"certificate":"good until 20[0-9-]+T[0-9:]+Z","database":"good","ready":true}\n$`)
	if status, text, _ := s.get(t, s.base+"/healthz/ready"); status != 200 || !good.MatchString(text) {
		t.Errorf("health: %d %s", status, text)
	}
	own := visited{"http://" + private, http.DefaultClient}
	if _, figures, _ := own.get(t, own.base+"/metrics"); !strings.Contains(figures, `pergola_certificate_end_seconds{org="`+host+`"}`) {
		t.Errorf("the figures lack the certificate:\n%s", figures)
	}
	led := loopbackClient(plain)
	led.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := led.Get("http://photonics.example/hu/?x=y")
	if err != nil || answer.StatusCode != http.StatusMovedPermanently || answer.Header.Get("Location") != s.base+"/hu/?x=y" {
		t.Errorf("over http: %v, %v", answer, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "certificates")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the certificates: %v, %v", info, err)
	}
	for _, want := range []string{"waiting for a first certificate", "certificate obtained"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	port, err := strconv.Atoi(address[strings.LastIndex(address, ":")+1:])
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestChecksBeforeThereIsACertificate(t *testing.T) {
	certificates, err := front.NewCertificates(front.CertificateOptions{Dir: t.TempDir(), Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	defer certificates.Close()
	checks := []vital{{"database", true, "good"}, certificateCheck(certificates, "photonics.example", time.Now())}
	if checks[1].State != "none yet" || ready(checks) {
		t.Errorf("%+v", checks)
	}
	w := httptest.NewRecorder()
	healthHandler(func(context.Context, bool) health { return healthOf(checks) }).ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
	if want := `{"certificate":"none yet","database":"good","ready":false}`; w.Code != 503 || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("%d %s, want 503 %s", w.Code, w.Body, want)
	}
}
