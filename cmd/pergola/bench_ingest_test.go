package main

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pergola/federation"
	"pergola/federation/httpsig"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/storage/storagetest"
)

// What ingest should reach of the limit, and, with 100,000 items in the feed, of
// what it reaches with few.
const (
	ingestFloor   = 0.3
	ingestAim     = 0.6
	ingestFull    = 0.9
	ingestAuthors = 20
	ingestCallers = 16
	ingestRound   = 1000
	ingestRounds  = 5
)

// BenchmarkIngest posts signed Creates of 20 known actors to an association
// that passes everything on, over HTTP, 16 at a time. "ratio" compares how
// many are taken in a second with the limit of the machine: the smaller of
//
//   - signatures of that kind verified in a second, on all cores;
//   - durable commits in a second, one after the other, each of the one row that
//     an activity cannot do without: its id and its body. "shared/s" is what 16
//     callers at a time commit when the database may flush for several at once;
//     it is not the limit, and printed to be compared.
//
// "full-ratio" is the same with 100,000 items in the feed before, and "full" how
// much of the one the other is. All take turns, and each turn begins when the
// boosts of the one before, which leave later, have been delivered: "passed/s" is
// how many of both are in a second, after the first may leave. Each figure is a
// median.
func BenchmarkIngest(b *testing.B) {
	for _, kind := range storagetest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			authors := map[httpsig.Scheme][]author{}
			for _, scheme := range []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421} {
				authors[scheme] = newAuthors(b, scheme)
			}
			few, full := newIngest(b, kind, authors), newIngest(b, kind, authors)
			full.fill(b, 100_000)
			// What commits leave to be done afterwards is not for those who take.
			bare := &ingest{base: few.base, node: openBenched(b, foundNode(b, few.base.String(), storagetest.Database(b, kind), hub.Association))}
			for _, scheme := range []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421} {
				b.Run(peers(scheme), func(b *testing.B) {
					few.authors, full.authors, bare.authors = authors[scheme], authors[scheme], authors[scheme]
					for b.Loop() {
						compareIngest(b, few, full, bare)
					}
				})
			}
		})
	}
}

func compareIngest(b *testing.B, few, full, bare *ingest) {
	b.Helper()
	var ratios, fullRatios, fulls, rates, limits, shared, passed []float64
	few.take(b, ingestRound) // connections, statements, caches
	full.take(b, ingestRound)
	few.rest(b)
	full.rest(b)
	for i := range ingestRounds {
		limit := min(bare.verifications(b), bare.commits(b, 1))
		shared = append(shared, bare.commits(b, ingestCallers))
		start := time.Now()
		var rate, fullRate float64
		if i%2 == 0 {
			rate, fullRate = few.take(b, ingestRound), full.take(b, ingestRound)
		} else {
			fullRate, rate = full.take(b, ingestRound), few.take(b, ingestRound)
		}
		few.rest(b)
		full.rest(b)
		passed = append(passed, 2*ingestRound/(time.Since(start)-hub.BoostPause).Seconds())
		rates, limits = append(rates, rate), append(limits, limit)
		ratios, fullRatios, fulls = append(ratios, rate/limit), append(fullRatios, fullRate/limit), append(fulls, fullRate/rate)
	}
	report(b, ratios, ingestFloor, ingestAim)
	b.ReportMetric(median(fullRatios), "full-ratio")
	b.ReportMetric(median(fulls), "full")
	b.ReportMetric(ingestFull, "full-floor")
	b.ReportMetric(median(rates), "activities/s")
	b.ReportMetric(median(limits), "limit/s")
	b.ReportMetric(median(shared), "shared/s")
	b.ReportMetric(median(passed), "passed/s")
	b.ReportMetric(0, "ns/op")
}

// An author is somebody the association follows, at a host of its own.
type author struct {
	vocab.Actor
	key httpsig.Key
}

// newAuthors makes 20 actors whose hosts take whatever they are sent.
func newAuthors(b testing.TB, scheme httpsig.Scheme) []author {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	b.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	authors := make([]author, ingestAuthors)
	for i := range authors {
		name := fmt.Sprintf("c%02d", i)
		id := "http://" + name + ".localhost:" + port + "/a/" + name
		a := author{Actor: vocab.Actor{ID: id, Type: "Organization", PreferredUsername: name, Name: vocab.Text{{Lang: "hu", Value: name}},
			Inbox: id + "/inbox", Outbox: id + "/outbox", URL: id}}
		if scheme == httpsig.Cavage {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				b.Fatal(err)
			}
			a.key = httpsig.Key{ID: id + "#main-key", Private: key}
			pem, err := httpsig.MarshalPublicKey(&key.PublicKey)
			if err != nil {
				b.Fatal(err)
			}
			a.Keys = []vocab.Key{{ID: a.key.ID, Owner: id, PEM: pem}}
		} else {
			public, private, err := ed25519.GenerateKey(rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			a.key = httpsig.Key{ID: id + "#ed25519-key", Private: private}
			a.Keys = []vocab.Key{{ID: a.key.ID, Owner: id, Multibase: httpsig.Multibase(public)}}
		}
		authors[i] = a
	}
	return authors
}

// scheme is how an author signs.
func (a author) scheme() httpsig.Scheme {
	if _, short := a.key.Private.(ed25519.PrivateKey); short {
		return httpsig.RFC9421
	}
	return httpsig.Cavage
}

// An ingest is an association at its address.
type ingest struct {
	node     *node
	database string
	authors  []author // who post
	base     *url.URL
	conns    []net.Conn
	n        int // activities made
	// committed is how often the limit was measured.
	committed int
}

func newIngest(b *testing.B, kind string, authors map[httpsig.Scheme][]author) *ingest {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	f := &ingest{base: &url.URL{Scheme: "http", Host: "assoc.localhost:" + port}, database: storagetest.Database(b, kind)}
	f.node = openBenched(b, foundNode(b, f.base.String(), f.database, hub.Association))
	for _, as := range authors {
		f.authors = as
		f.follow(b)
	}
	startNode(b, f.node)
	server := &http.Server{Handler: f.node.handler}
	var wg sync.WaitGroup
	wg.Go(func() { server.Serve(listener) })
	b.Cleanup(func() {
		server.Close()
		wg.Wait()
	})
	for range ingestCallers {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close() })
		f.conns = append(f.conns, conn)
	}
	return f
}

// follow has the association know and follow the authors.
func (f *ingest) follow(b testing.TB) {
	b.Helper()
	for _, a := range f.authors {
		if err := f.node.db.SaveRemoteActor(b.Context(), federation.RemoteActor{Actor: a.Actor, Fetched: time.Now()}); err != nil {
			b.Fatal(err)
		}
		u, err := url.Parse(a.ID)
		if err != nil {
			b.Fatal(err)
		}
		peer := federation.Peer{Host: u.Host, Scheme: a.scheme(), Ed25519: a.scheme() == httpsig.RFC9421, Seen: time.Now()}
		if err := f.node.db.SavePeer(b.Context(), peer); err != nil {
			b.Fatal(err)
		}
		err = f.node.db.Update(b.Context(), func(tx hub.Tx) error {
			return tx.SaveFollowing(b.Context(), hub.Following{Local: "assoc", Actor: a.ID, State: hub.Accepted, Activity: a.ID + "/follow", Since: time.Now(), Answered: time.Now(), Backfilled: time.Now()})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// fill makes many items of the feed out of one that was received.
func (f *ingest) fill(b *testing.B, n int) {
	b.Helper()
	p := f.sign(b, f.create(b, 0), f.authors[0])
	if err := f.post(f.conns[0], bufio.NewReader(f.conns[0]), p); err != nil {
		b.Fatal(err)
	}
	waitForQueue(b, f.node)
	storagetest.Multiply(b, f.node.db, f.database, p.id, n)
}

// A posted activity is one as it is sent, and the id of its object.
type posted struct {
	id      string
	body    []byte
	request []byte
}

// create makes the nth activity: news in two languages.
func (f *ingest) create(b testing.TB, n int) posted {
	b.Helper()
	create := f.news(n)
	body, err := create.JSON()
	if err != nil {
		b.Fatal(err)
	}
	return posted{id: create.ObjectID, body: body}
}

// news is the Create of the nth item.
func (f *ingest) news(n int) vocab.Activity {
	a := f.authors[n%len(f.authors)]
	id := fmt.Sprintf("%s/o/%s-%06d", strings.TrimSuffix(a.ID, "/a/"+a.PreferredUsername), f.base.Port(), n)
	at := time.Now().Add(-20 * time.Hour).Truncate(time.Second).Add(time.Duration(n) * time.Second)
	to, cc := []string{vocab.Public}, []string{a.ID + "/followers"}
	obj := vocab.Object{ID: id, Type: "Article", AttributedTo: a.ID, URL: id, Published: at, Updated: at, To: to, CC: cc,
		Name:    vocab.Text{{Lang: "hu", Value: fmt.Sprint("Új lézer ", n)}, {Lang: "en", Value: fmt.Sprint("A new laser ", n)}},
		Summary: vocab.Text{{Lang: "hu", Value: "A hír egy bekezdésben."}, {Lang: "en", Value: "The news in a paragraph."}},
		Content: vocab.Text{
			{Lang: "hu", Value: "<p>" + strings.Repeat("A hír <strong>szövege</strong>, ahogyan egy szerkesztő írja. ", 15) + "</p>"},
			{Lang: "en", Value: "<p>" + strings.Repeat("The <strong>text</strong> of the news, as an editor writes it. ", 15) + "</p>"},
		}}
	return vocab.Activity{ID: id + "/create", Type: "Create", Actor: a.ID, ObjectID: id, ObjectType: obj.Type, Object: &obj, To: to, CC: cc, Published: at}
}

// sign makes the request of an activity.
func (f *ingest) sign(b *testing.B, p posted, a author) posted {
	b.Helper()
	r := f.request(b, p.body, a)
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		b.Fatal(err)
	}
	p.request = wire.Bytes()
	return p
}

// request is a signed request with a body.
func (f *ingest) request(b testing.TB, body []byte, a author) *http.Request {
	b.Helper()
	r, err := http.NewRequest(http.MethodPost, f.base.String()+"/inbox", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", vocab.ContentType)
	if err := httpsig.Sign(r, body, a.key, a.scheme()); err != nil {
		b.Fatal(err)
	}
	return r
}

// make makes the next n activities.
func (f *ingest) make(b *testing.B, n int) []posted {
	b.Helper()
	all := make([]posted, n)
	inParallel(runtime.GOMAXPROCS(0), n, func(_, i int) {
		all[i] = f.sign(b, f.create(b, f.n+i), f.authors[(f.n+i)%len(f.authors)])
	})
	f.n += n
	return all
}

// inParallel calls do for all numbers below n, so many at a time.
func inParallel(callers, n int, do func(caller, i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(caller, i)
			}
		})
	}
	wg.Wait()
}

// take posts n new activities and returns how many were taken in a second.
func (f *ingest) take(b *testing.B, n int) float64 {
	b.Helper()
	if f.n == 0 {
		f.n = 1 // the first is that of fill
	}
	all := f.make(b, n)
	runtime.GC()
	readers := make([]*bufio.Reader, len(f.conns))
	for i, conn := range f.conns {
		readers[i] = bufio.NewReader(conn)
	}
	start := time.Now()
	inParallel(len(f.conns), n, func(caller, i int) {
		if err := f.post(f.conns[caller], readers[caller], all[i]); err != nil {
			b.Error(err)
		} else if i%100 == 99 && !slices.Contains(f.newest(b, 100), all[i].id) {
			b.Errorf("%s was answered and is not in the feed", all[i].id)
		}
	})
	took := time.Since(start)
	newest := f.newest(b, n)
	for _, p := range all {
		if !slices.Contains(newest, p.id) {
			b.Fatalf("%s is not in the feed", p.id)
		}
	}
	return float64(n) / took.Seconds()
}

// rest waits until everything taken has been passed on.
func (f *ingest) rest(b *testing.B) {
	b.Helper()
	for waits := true; waits; time.Sleep(20 * time.Millisecond) {
		err := f.node.db.View(b.Context(), func(tx hub.Tx) error {
			bs, err := tx.WaitingBoosts(b.Context(), 1)
			waits = len(bs) > 0
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	waitForQueue(b, f.node)
}

// post sends one activity.
func (f *ingest) post(conn net.Conn, answers *bufio.Reader, p posted) error {
	if _, err := conn.Write(p.request); err != nil {
		return err
	}
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("status %d: %s", answer.StatusCode, text)
	}
	return err
}

// newest are the ids of the newest items of the feed.
func (f *ingest) newest(b *testing.B, n int) []string {
	b.Helper()
	var ids []string
	for p := (hub.Page{Limit: min(n, 200)}); len(ids) < n; {
		es, err := f.node.hub.Feed(b.Context(), hub.FeedFilter{}, p)
		if err != nil {
			b.Error(err)
			return nil
		}
		if len(es) == 0 {
			break
		}
		for _, e := range es {
			ids = append(ids, e.ID)
		}
		p.After = es[len(es)-1].Cursor
	}
	return ids
}

// limitTime is for how long a limit is measured.
const limitTime = 500 * time.Millisecond

// perSecond is how often do is done by so many callers.
func perSecond(b *testing.B, callers int, do func(i int) error) float64 {
	b.Helper()
	var n atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range callers {
		wg.Go(func() {
			for time.Since(start) < limitTime {
				if err := do(int(n.Add(1))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(n.Load()) / time.Since(start).Seconds()
}

// verifications is how many signatures are verified in a second.
func (f *ingest) verifications(b *testing.B) float64 {
	b.Helper()
	a := f.authors[0]
	p := f.sign(b, f.create(b, 0), a)
	var key crypto.PublicKey = a.key.Private.Public()
	return perSecond(b, runtime.GOMAXPROCS(0), func(int) error {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(p.request)))
		if err != nil {
			return err
		}
		sig, err := httpsig.Parse(r)
		if err != nil {
			return err
		}
		return sig.Verify(r, p.body, f.base, key, time.Now())
	})
}

// commits is how many transactions of one row so many callers make durable in a
// second.
func (f *ingest) commits(b *testing.B, callers int) float64 {
	b.Helper()
	body := f.create(b, 0).body
	f.committed++
	return perSecond(b, callers, func(i int) error {
		return f.node.db.Update(b.Context(), func(tx hub.Tx) error {
			_, err := tx.InsertReceived(b.Context(), hub.Received{ID: fmt.Sprintf("%s/x/%d/%d", f.base, f.committed, i), Type: "Create", At: time.Now(), Body: body})
			return err
		})
	})
}
