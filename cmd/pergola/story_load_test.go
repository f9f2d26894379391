package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/config"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
	"pergola/storage"
	"pergola/storage/storagetest"
)

// Who takes part in the load.
const (
	loadClusters = 4
	loadWell     = 30 // hosts of followers that answer at once
	loadSlow     = 5  // that take a second
	loadDumb     = 3  // that never answer
	loadDead     = 5  // at which nobody listens
)

// An association and its clusters in one process are read, written to from
// outside, edited and followed for an hour with PERGOLA_LONG=1, or for some
// seconds. As much is deleted as is published, so what the process keeps of the
// machine must not grow, whatever the database does.
func TestMixedLoad(t *testing.T) {
	took, each := 6*time.Second, 500*time.Millisecond
	l := bustle{pause: 150 * time.Millisecond, keep: 3}
	if os.Getenv("PERGOLA_LONG") == "1" {
		took, each = time.Hour, time.Minute
		l = bustle{pause: 2 * time.Second, keep: 40}
	}
	binary := program(t)
	storagetest.EachDatabase(t, func(t *testing.T, database string) {
		t.Parallel()
		l := l
		samples := l.run(t, binary, database, took, each)
		t.Logf("%d visits, %d activities from outside, %d edits, %d pictures", l.visits, l.arrivals, l.edits, l.pictures)
		for _, one := range []struct {
			what  string
			of    func(sample) float64
			limit float64 // in percent
		}{
			{"memory", func(s sample) float64 { return s.memory }, 10},
			{"files", func(s sample) float64 { return s.files }, 5},
			{"goroutines", func(s sample) float64 { return s.goroutines }, 5},
			{"heap", func(s sample) float64 { return s.heap }, 0},
			{"database", func(s sample) float64 { return s.database }, 0},
		} {
			var values []float64
			for _, s := range samples {
				values = append(values, one.of(s))
			}
			before, after := quarters(values)
			t.Logf("%s: %.1f, then %.1f", one.what, before, after)
			if before <= 0 {
				t.Errorf("%s: nothing was measured", one.what)
			}
			if took == time.Hour && one.limit > 0 && after > before*(1+one.limit/100) {
				t.Errorf("%s: it grows by more than %g %%", one.what, one.limit)
			}
		}
	})
}

// quarters are the medians of the second quarter, when all is warm, and of the
// last.
func quarters(values []float64) (before, after float64) {
	n := len(values)
	return median(values[n/4 : n/2]), median(values[n-n/4:])
}

func TestQuarters(t *testing.T) {
	for _, test := range []struct{ values, want []float64 }{
		{[]float64{1, 2, 5, 5, 5, 5, 5, 5}, []float64{5, 5}},
		{[]float64{1, 2, 3, 4, 5, 6, 7, 8}, []float64{4, 8}},
		{[]float64{0, 0, 0, 5, 5, 5, 0, 0, 0, 5, 90, 5}, []float64{5, 5}},
	} {
		if before, after := quarters(test.values); before != test.want[0] || after != test.want[1] {
			t.Errorf("quarters(%v) = %g, %g, want %v", test.values, before, after, test.want)
		}
	}
}

// A bustle is what many do at the same time, each at its own pace.
type bustle struct {
	*settlement
	t       testing.TB
	pause   time.Duration // between two steps of an editor, or of those outside
	keep    int           // items of each that are there at a time
	outside *ingest
	client  *http.Client        // a visitor's
	editor  *http.Client        // signed in
	ours    map[string][]string // items that are there, by node

	visits, arrivals, edits, pictures int
}

// A sample is what the process has at a moment; sizes are in MiB.
type sample struct {
	memory, heap, database  float64
	files, goroutines, jobs float64
}

func (l *bustle) run(t *testing.T, binary, database string, took, each time.Duration) (samples []sample) {
	l.t, l.settlement, l.ours = t, newSettlement(t), map[string][]string{}
	l.client = loopbackClient(l.address)
	home, _ := url.Parse(l.base("assoc"))
	l.outside = &ingest{base: home, authors: newAuthors(t, httpsig.RFC9421)}
	well, slow, dumb := newCrowd(t, 0), newCrowd(t, time.Second), newCrowd(t, time.Minute)
	dead := &crowd{port: strconv.Itoa(portOf(t, freeAddress(t)))}
	l.settle(loadClusters, database, func(assoc *node) {
		for c, many := range map[*crowd]int{well: loadWell, slow: loadSlow, dumb: loadDumb, dead: loadDead} {
			c.follow(t, assoc, "assoc", many)
		}
		l.outside.node = assoc
		l.outside.follow(t)
	})
	if !strings.Contains(database, "://") {
		database = filepath.Join(l.dir, "assoc", config.Default().Database)
	}
	private := freeAddress(t)
	writeServer(t, l.dir, fmt.Sprintf("listen = [%q]\nmetrics = %q\n", l.address, private))
	cmd := exec.Command(binary, "serve", l.dir)
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			t.Errorf("the process ended with %v", err)
		}
	}()
	awaitPage(t, l.client, l.base("assoc")+"/hu/")

	ctx, stop := context.WithTimeout(t.Context(), took)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { l.visits = every(ctx, l.pause/8, l.visit) })
	wg.Go(func() { l.arrivals = every(ctx, l.pause, l.arrive) })
	wg.Go(func() { l.edits = every(ctx, l.pause, l.edit) })
	wg.Go(func() { l.pictures = every(ctx, 15*l.pause, l.picture) })
	t.Log("     at  memory    heap  files  goroutines  database   jobs")
	every(ctx, each, func(i int) {
		s := l.sample(cmd.Process.Pid, "http://"+private+"/metrics", database)
		t.Logf("%7s %7.1f %7.1f %6.0f %11.0f %9.1f %6.0f", time.Duration(i+1)*each, s.memory, s.heap, s.files, s.goroutines, s.database, s.jobs)
		samples = append(samples, s)
	})
	wg.Wait()
	well.await(t, 3*loadWell, patience)
	slow.await(t, 3*loadSlow, patience)
	return samples
}

// every does something again and again until ctx ends, and returns how often.
func every(ctx context.Context, pause time.Duration, do func(i int)) (times int) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return times
		case <-ticker.C:
			do(times)
			times++
		}
	}
}

func (l *bustle) sample(pid int, metrics, database string) (s sample) {
	l.t.Helper()
	const mib = 1 << 20
	figures := l.get(http.DefaultClient, metrics)
	for name, to := range map[string]*float64{"go_memstats_heap_alloc_bytes": &s.heap, "go_goroutines": &s.goroutines} {
		_, rest, _ := strings.Cut(figures, "\n"+name+" ")
		number, _, _ := strings.Cut(rest, "\n")
		*to, _ = strconv.ParseFloat(number, 64) // what is missing is 0
	}
	files, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/fd")
	if err != nil {
		l.t.Fatal(err)
	}
	s.files, s.heap, s.memory = float64(len(files)), s.heap/mib, float64(residentMemory(l.t, pid))/1024
	db, err := storage.OpenToRead(l.t.Context(), database, quiet())
	if err != nil {
		l.t.Fatal(err)
	}
	defer db.Close()
	condition, err := db.Condition(l.t.Context(), false)
	if err != nil {
		l.t.Fatal(err)
	}
	s.database = float64(condition.Size) / mib
	lanes, err := db.Queue().Lanes(l.t.Context(), "", 5000)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, lane := range lanes {
		s.jobs += float64(lane.Waiting)
	}
	return s
}

// name is that of one node after the other.
func (l *bustle) name(i int) string {
	if i %= loadClusters + 1; i > 0 {
		return clusterName(i)
	}
	return "assoc"
}

// entrances are where visitors and programs come in; NAME is the node's.
var entrances = []string{
	"/hu/", "/en/feed.atom", "/a/NAME", "/hu/feed.json", "/hu/events", "/a/NAME/outbox", "/hu/clusters", "/en/",
	"/.well-known/webfinger?resource=acct:NAME@HOST", "/hu/about", "/a/NAME/outbox?page=1", "/hu/calls", "/nodeinfo/2.1", "/a/NAME/followers", "/hu/members",
}

var innerLink = regexp.MustCompile(`(?:href|src)="(/[^"]+)"`)

// visit looks at a page, and at one that it leads to.
func (l *bustle) visit(i int) {
	base := l.base(l.name(i))
	entrance := strings.NewReplacer("NAME", l.name(i), "HOST", hostName(base)).Replace(entrances[i/(loadClusters+1)%len(entrances)])
	text := l.get(l.client, base+entrance)
	if links := innerLink.FindAllStringSubmatch(text, -1); len(links) > 0 {
		l.get(l.client, base+html.UnescapeString(links[rand.N(len(links))][1]))
	}
}

// get is what an address has. It may have been deleted.
func (l *bustle) get(client *http.Client, address string) string {
	r, _ := http.NewRequestWithContext(l.t.Context(), http.MethodGet, address, nil)
	if strings.Contains(address, "/a/") {
		r.Header.Set("Accept", vocab.ContentType)
	}
	return l.do(client, r, http.StatusOK, http.StatusNotFound, http.StatusGone)
}

func (l *bustle) do(client *http.Client, r *http.Request, want ...int) string {
	answer, err := client.Do(r)
	if err != nil {
		l.t.Error(err)
		return ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	for _, status := range want {
		if answer.StatusCode == status && err == nil {
			return string(text)
		}
	}
	l.t.Errorf("%s %s: status %d, %v", r.Method, r.URL, answer.StatusCode, err)
	return ""
}

// arrive publishes an item outside, changes it, and deletes an old one.
func (l *bustle) arrive(i int) {
	n := i / 3
	a := l.outside.news(n)
	switch i % 3 {
	case 1:
		a.ID, a.Type, a.Object.Updated = a.ObjectID+"/update", "Update", time.Now()
	case 2:
		if n -= l.keep; n < 0 {
			return
		}
		a = l.outside.news(n)
		a.ID, a.Type, a.Object, a.ObjectType = a.ObjectID+"/delete", "Delete", nil, ""
	}
	body, err := a.JSON()
	if err != nil {
		l.t.Error(err)
		return
	}
	author := l.outside.authors[n%len(l.outside.authors)]
	l.do(l.client, l.outside.request(l.t, body, author), http.StatusAccepted)
}

// edit publishes an item by the form, changes it, and deletes an old one. Each
// time somebody signs in and out.
func (l *bustle) edit(i int) {
	name := l.name(i / 3)
	base := l.base(name)
	form := url.Values{"title.hu": {"Új lézer " + strconv.Itoa(i)}, "text.hu": {strings.Repeat("A hír **szövege**. ", 50)}, "do": {"publish"}}
	switch items := l.ours[name]; i % 3 {
	case 0:
		l.editor = l.signIn(base)
		answer, text := submit(l.t, l.editor, base+"/hu/desk/new/news", form)
		if answer.StatusCode != http.StatusOK {
			l.t.Errorf("publishing: status %d\n%s", answer.StatusCode, text)
		}
		l.ours[name] = append(items, base+"/o/"+path.Base(path.Dir(answer.Request.URL.Path)))
	case 1:
		address := base + "/hu/desk/edit?id=" + url.QueryEscape(items[len(items)-1])
		if version := editBase.FindStringSubmatch(l.get(l.editor, address)); version != nil {
			form.Set("base", version[1])
		}
		post(l.t, l.editor, address, form)
	case 2:
		if len(items) > l.keep {
			post(l.t, l.editor, base+"/hu/desk/delete", url.Values{"id": {items[0]}})
			l.ours[name] = items[1:]
		}
		l.signOut(l.editor, base)
	}
}

func (l *bustle) signIn(base string) *http.Client {
	client := loopbackClient(l.address)
	post(l.t, client, base+"/hu/signin", url.Values{"name": {"office"}, "password": {"office password"}})
	return client
}

func (l *bustle) signOut(client *http.Client, base string) {
	post(l.t, client, base+"/hu/signout", nil)
	client.CloseIdleConnections()
}

// picture gives an organisation another logo.
func (l *bustle) picture(i int) {
	base := l.base(l.name(i))
	logo := image.NewNRGBA(image.Rect(0, 0, 400, 400))
	for x := range 400 * 400 {
		logo.Set(x%400, x/400, color.NRGBA{uint8(x), uint8(x >> 8), uint8(i), 255})
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "logo.png")
	if err = errors.Join(err, png.Encode(file, logo), form.WriteField("place", "logo"), form.WriteField("logo_alt", "Lézer"), form.Close()); err != nil {
		l.t.Error(err)
		return
	}
	client := l.signIn(base)
	r, _ := http.NewRequestWithContext(l.t.Context(), http.MethodPost, base+"/hu/office/picture", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	l.do(client, r, http.StatusOK)
	l.signOut(client, base)
}
