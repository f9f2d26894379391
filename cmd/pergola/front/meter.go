package front

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Figures are what is measured of a node when somebody asks.
type Figures struct {
	Org string
	// Lanes counts the lanes of its queue by state.
	Lanes map[string]int
	// Oldest is for how long the oldest delivery has been waiting; 0 when none
	// is.
	Oldest time.Duration
	// DigestLag is for how long a digest has been due and not been sent; 0 when
	// none is.
	DigestLag time.Duration
	// CertificateUntil is when the certificate ends; zero without one.
	CertificateUntil time.Time
	// Ready says that it does its work.
	Ready bool
}

// A Meter counts what happens. A nil one counts nothing.
type Meter struct {
	figures    http.Handler
	requests   *prometheus.CounterVec
	durations  *prometheus.HistogramVec
	refused    *prometheus.CounterVec
	deliveries *prometheus.CounterVec
	unopened   prometheus.Counter
}

// NewMeter returns a meter; measure is asked for the figures of all nodes each
// time that they are read.
func NewMeter(version string, measure func(ctx context.Context) []Figures) *Meter {
	m := &Meter{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "pergola_requests_total", Help: "Requests answered, by what was asked for and status.",
		}, []string{"org", "route", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "pergola_request_seconds", Help: "How long an answer took.",
			Buckets: []float64{.005, .02, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"org", "route"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "pergola_inbox_refused_total", Help: "Deliveries to inboxes that were not taken, by reason.",
		}, []string{"org", "reason"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "pergola_deliveries_total", Help: "Tries to deliver to other hosts, by outcome.",
		}, []string{"org", "outcome"}),
		unopened: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "pergola_connections_refused_total", Help: "Connections beyond what may be open at the same time.",
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "pergola_build_info", Help: "Which program runs; always 1.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.requests, m.durations, m.refused, m.deliveries, m.unopened, build, newGauges(measure),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.figures = promhttp.HandlerFor(registry, promhttp.HandlerOpts{Timeout: window})
	return m
}

// ServeHTTP implements [http.Handler]: the figures in the text format of
// Prometheus.
func (m *Meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.figures.ServeHTTP(w, r)
}

func (m *Meter) observe(route Route, status int, took time.Duration) {
	if m == nil {
		return
	}
	m.requests.WithLabelValues(route.Org, route.Class, strconv.Itoa(status)).Inc()
	m.durations.WithLabelValues(route.Org, route.Class).Observe(took.Seconds())
	if route.Inbox && status >= 400 {
		m.refused.WithLabelValues(route.Org, reason(status)).Inc()
	}
}

// reason is why a delivery was not taken, by the status it was answered with.
func reason(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType:
		return "malformed"
	case http.StatusUnauthorized:
		return "signature"
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusNotFound, http.StatusGone:
		return "nobody"
	case http.StatusRequestEntityTooLarge:
		return "large"
	case http.StatusTooManyRequests:
		return "rate"
	case http.StatusServiceUnavailable:
		return "busy"
	}
	return "other"
}

func (m *Meter) refuseConnection() {
	if m != nil {
		m.unopened.Inc()
	}
}

// Deliver counts a try to deliver.
func (m *Meter) Deliver(org, outcome string) {
	if m != nil {
		m.deliveries.WithLabelValues(org, outcome).Inc()
	}
}

// gauges are the figures of nodes, read when they are asked for.
type gauges struct {
	measure                                   func(ctx context.Context) []Figures
	lanes, oldest, digests, certificate, well *prometheus.Desc
}

func newGauges(measure func(ctx context.Context) []Figures) *gauges {
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, append([]string{"org"}, labels...), nil)
	}
	return &gauges{
		measure:     measure,
		lanes:       gauge("pergola_lanes", "Hosts that are delivered to, by state.", "state"),
		oldest:      gauge("pergola_oldest_delivery_seconds", "For how long the oldest delivery has been waiting."),
		digests:     gauge("pergola_digest_lag_seconds", "For how long a digest has been due and not been sent."),
		certificate: gauge("pergola_certificate_end_seconds", "When the certificate ends, in seconds since 1970."),
		well:        gauge("pergola_ready", "1 when the node does its work."),
	}
}

// Describe implements [prometheus.Collector].
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.lanes, g.oldest, g.digests, g.certificate, g.well} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	// Prometheus hands on no context; the time is that of a request for them.
	ctx, cancel := context.WithTimeout(context.Background(), window)
	defer cancel()
	tell := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	for _, f := range g.measure(ctx) {
		for state, n := range f.Lanes {
			tell(g.lanes, float64(n), f.Org, state)
		}
		tell(g.oldest, f.Oldest.Seconds(), f.Org)
		tell(g.digests, f.DigestLag.Seconds(), f.Org)
		if !f.CertificateUntil.IsZero() {
			tell(g.certificate, float64(f.CertificateUntil.Unix()), f.Org)
		}
		ready := 0.0
		if f.Ready {
			ready = 1
		}
		tell(g.well, ready, f.Org)
	}
}
