package storage

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
)

// Shares divide the connections that one process has to a server among its
// databases there, so that all of them together stay below what the server
// allows; nil divides nothing.
type Shares struct {
	mu      sync.Mutex
	servers map[string]*server
}

// A server is one that databases are on.
type server struct {
	connections int // for this process; 0 until it is known
	databases   []*DB
}

// usual is how many connections a server allows that was not asked yet.
const usual = 90

// What a database needs at least: one connection for the leader's lock and one
// for everything else; and from when on it listens, with a third.
const (
	fewest    = 2
	listening = 4
)

// NewShares returns shares that nobody has yet.
func NewShares() *Shares { return &Shares{servers: map[string]*server{}} }

// join gives a database its share, and takes from those of the others.
func (s *Shares) join(ctx context.Context, db *DB) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	on := s.servers[db.host]
	if on == nil {
		on = &server{}
		s.servers[db.host] = on
	}
	on.databases = append(on.databases, db)
	on.divide()
	s.mu.Unlock()
	var allowed int
	err := db.view(ctx, func(t *tx) error {
		return t.queryRow(ctx, db.dialect.connections).Scan(&allowed)
	})
	if err != nil {
		return fmt.Errorf("asking how many connections there may be: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	on.connections = allowed - allowed/10 // a tenth is for others
	on.divide()
	if want := fewest * len(on.databases); on.connections < want {
		db.log.WarnContext(ctx, "the database server has too low a max_connections for the nodes of this process",
			"err", fmt.Errorf("%d connections are there, %d are wanted", on.connections, want))
	}
	return nil
}

// leave gives a database's share to the others.
func (s *Shares) leave(db *DB) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if on := s.servers[db.host]; on != nil {
		on.databases = slices.DeleteFunc(on.databases, func(other *DB) bool { return other == db })
		on.divide()
	}
}

func (s *server) divide() {
	connections := s.connections
	if connections == 0 {
		connections = usual
	}
	for _, db := range s.databases {
		db.limit(connections / len(s.databases))
	}
}

// limit lets a database on a server have so many connections.
func (db *DB) limit(share int) {
	pool, listens := portion(share)
	db.listens.Store(listens)
	pool = min(pool, mostPooled())
	db.main.SetMaxOpenConns(pool)
	db.main.SetMaxIdleConns(pool)
}

// portion is what a share is used for, after the leader's lock: a pool, and a
// connection to listen with where there are enough.
func portion(share int) (pool int, listens bool) {
	if share >= listening {
		return share - 2, true
	}
	return max(1, share-1), false
}

// unlimited is the share of a database that divides with nobody.
const unlimited = math.MaxInt32
