package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pergola/cmd/pergola/front/fronttest"
	"pergola/config"
	"pergola/federation/vocab"
	"pergola/hub"
	"pergola/storage/storagetest"
)

// Forty nodes in one process work on a PostgreSQL server as it is installed,
// which allows a hundred connections.
func TestFortyNodesOnOneServer(t *testing.T) {
	if testing.Short() {
		t.Skip("it is long")
	}
	const nodes, allowed = 40, 100
	dir := t.TempDir()
	c := config.Default()
	databases := storagetest.Crowded(t, allowed, nodes, func(database string) {
		c.BaseURL, c.Database = "https://photonics.example", database
		o := hub.Organisation{Name: "photonics", Kind: hub.Cluster, Title: vocab.Text{{Lang: "hu", Value: "Fotonika Klaszter"}}, Languages: []string{"hu"}, Zone: "Europe/Budapest"}
		if err := settle(t.Context(), newcomer{Dir: dir, Config: c, Organisation: o, User: "office", Password: "office password"}); err != nil {
			t.Fatal(err)
		}
	})
	var log fronttest.Log
	h, err := newHouse(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		t.Fatal(err)
	}
	var rooms []*room
	for i, database := range databases {
		c.BaseURL, c.Database = fmt.Sprintf("https://n%d.example", i), database
		own := filepath.Join(dir, fmt.Sprint(i))
		r, err := h.add(nodeConfig{Config: c, Dir: own, Log: h.log})
		if err := errors.Join(err, os.Mkdir(own, 0o700)); err != nil {
			t.Fatal(err)
		}
		rooms = append(rooms, r)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.serve(ctx) }()
	defer func() {
		stop()
		if err := errors.Join(<-ended, h.close()); err != nil {
			t.Error(err)
		}
	}()
	for _, r := range rooms {
		<-r.tried
		if err := r.trouble(); err != nil {
			t.Fatal(err)
		}
	}
	most := 0
	var wg sync.WaitGroup
	for _, r := range rooms {
		if _, err := r.now().hub.Publish(ctx, hub.Program("test"), news("Hír: "+r.host, "")); err != nil {
			t.Fatal(err)
		}
		for range 8 {
			wg.Go(func() {
				w := httptest.NewRecorder()
				r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://"+r.host+"/hu/", nil))
				if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Hír: "+r.host) {
					t.Errorf("%s answers %d", r.host, w.Code)
				}
			})
		}
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for over := false; !over; {
		select {
		case <-done:
			over = true
		case <-time.After(10 * time.Millisecond):
		}
		most = max(most, storagetest.Connections(t, databases[0], false))
	}
	t.Logf("%d connections at most", most)
	if most > allowed*9/10 {
		t.Errorf("%d connections of %d, want a tenth left", most, allowed)
	}
	if text := log.String(); text != "" {
		t.Errorf("the log has\n%s", text)
	}
}
