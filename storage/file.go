package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"syscall"
)

// ErrInUse says that another process works on the database file.
var ErrInUse = errors.New("the database file is in use by another process: end that first")

// maxGroup is how many callers share one commit at most.
const maxGroup = 64

// A file is a database in one file: one connection writes, others read beside
// it. The writing callers take turns on the one connection, and those who came
// while the last commit was on its way share the next: the first of them leads,
// which means it begins, lets each of the others run in a savepoint and in its
// own goroutine, and commits for all.
type file struct {
	path   string
	opened os.FileInfo // what it was named by when it was opened
	lock   *os.File    // nil when it is only read
	read   *sql.DB
	places chan struct{} // each reader at work fills one
	writer *session

	mu      sync.Mutex
	readers []*session // that nobody uses, the last used last
	busy    bool       // somebody leads
	waiting []*waiter
}

// A waiter is a caller of update before it has been served.
type waiter struct {
	chosen bool          // to lead, or for a batch; guarded by file.mu
	lead   chan struct{} // it shall lead
	turn   chan *batch   // it may run
	ran    chan struct{} // it has run
	end    chan error    // what the commit said
}

// A batch is one transaction of several callers.
type batch struct {
	alone  bool  // no savepoint is needed
	failed error // the transaction as a whole is lost
}

// lockFile takes path.lock until the returned file is closed or the process
// ends, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("opening %s: %w", path, ErrInUse)
		}
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return f, nil
}

// connect takes the writing connection; before, migrations have used it.
func (f *file) connect(ctx context.Context, main *sql.DB) error {
	conn, err := main.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	f.writer = newSession(conn)
	f.writer.shared = true
	f.admit()
	return nil
}

// admit lets readers in.
func (f *file) admit() {
	f.places = make(chan struct{}, max(4, 2*runtime.GOMAXPROCS(0)))
}

func (f *file) disconnect() error {
	err := f.dismiss()
	if f.read != nil {
		err = errors.Join(err, f.read.Close())
	}
	if f.writer != nil {
		err = errors.Join(err, f.writer.close())
	}
	return err
}

func (f *file) close() error {
	if f.lock == nil {
		return nil // it was opened to be read
	}
	return f.lock.Close()
}

// reader returns the connection that was used last, which knows most, or a new
// one: those that are seldom needed cost memory.
func (f *file) reader(ctx context.Context) (*session, error) {
	f.mu.Lock()
	if n := len(f.readers); n > 0 {
		s := f.readers[n-1]
		f.readers = f.readers[:n-1]
		f.mu.Unlock()
		return s, nil
	}
	f.mu.Unlock()
	conn, err := f.read.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	return newSession(conn), nil
}

// dismiss closes the readers that nobody uses.
func (f *file) dismiss() error {
	f.mu.Lock()
	readers := f.readers
	f.readers = nil
	f.mu.Unlock()
	var err error
	for _, s := range readers {
		err = errors.Join(err, s.close())
	}
	return err
}

// view runs g on a reading connection of its own.
func (f *file) view(ctx context.Context, d dialect, g func(*tx) error) (err error) {
	select {
	case f.places <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-f.places }()
	s, err := f.reader(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if s != nil {
			f.mu.Lock()
			f.readers = append(f.readers, s)
			f.mu.Unlock()
		}
	}()
	// The end must reach the connection even when ctx is over.
	free := context.WithoutCancel(ctx)
	if _, err := s.ExecContext(free, "BEGIN"); err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	t := &tx{on: s, dialect: d}
	defer func() {
		t.over = true
		if _, end := s.ExecContext(free, "ROLLBACK"); end != nil {
			err = errors.Join(err, end, s.close())
			s = nil
		}
	}()
	if err := g(t); err != nil {
		return err
	}
	t.committed()
	return nil
}

// update runs g in the next shared transaction.
func (f *file) update(ctx context.Context, d dialect, g func(*tx) error) error {
	if f.writer == nil {
		return errOnlyRead
	}
	w := &waiter{lead: make(chan struct{}, 1), turn: make(chan *batch, 1), ran: make(chan struct{}, 1), end: make(chan error, 1)}
	t := &tx{on: f.writer, dialect: d}
	f.mu.Lock()
	f.waiting = append(f.waiting, w)
	if !f.busy {
		f.busy, w.chosen = true, true
		w.lead <- struct{}{}
	}
	f.mu.Unlock()

	done := ctx.Done()
	for {
		select {
		case <-w.lead:
			return f.leadBatch(ctx, t, g)
		case b := <-w.turn:
			return f.follow(ctx, b, w, t, g)
		case <-done:
			if f.leave(w) {
				return ctx.Err()
			}
			done = nil // its turn has come already
		}
	}
}

// leave takes w out of the line, if it is still in it.
func (f *file) leave(w *waiter) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if w.chosen {
		return false
	}
	f.waiting = slices.DeleteFunc(f.waiting, func(other *waiter) bool { return other == w })
	return true
}

// take returns the callers of the next batch, up to so many, the leader first.
func (f *file) take(most int) []*waiter {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := min(len(f.waiting), most)
	taken := f.waiting[:n:n]
	f.waiting = append([]*waiter(nil), f.waiting[n:]...)
	for _, w := range taken {
		w.chosen = true
	}
	return taken
}

// hand lets the first in the line lead, or nobody.
func (f *file) hand() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy = len(f.waiting) > 0
	if f.busy {
		f.waiting[0].chosen = true
		f.waiting[0].lead <- struct{}{}
	}
}

// leadBatch runs the others' functions and then the leader's own. The commit is
// deferred, so that the others are served even if the leader's function panics.
func (f *file) leadBatch(ctx context.Context, t *tx, g func(*tx) error) (err error) {
	others := f.take(maxGroup)[1:]
	free := context.WithoutCancel(ctx) // the others' transaction outlives this caller
	b := &batch{alone: len(others) == 0}
	if _, err := f.writer.ExecContext(free, "BEGIN IMMEDIATE"); err != nil {
		b.failed = fmt.Errorf("beginning a transaction: %w", err)
	}
	defer func() {
		end := f.commit(free, b)
		f.hand()
		for _, o := range others {
			o.end <- end
		}
		if err == nil {
			err = end
		}
		if err == nil {
			t.committed()
		}
	}()
	for i := 0; i < len(others); i++ {
		others[i].turn <- b
		<-others[i].ran
		if i+1 == len(others) {
			// Who came meanwhile need not wait for another commit.
			others = append(others, f.take(maxGroup-1-len(others))...)
		}
	}
	err = errPanicked
	err = f.run(ctx, b, t, g)
	return err
}

// errPanicked keeps a leader that panics from taking itself for committed.
var errPanicked = errors.New("the transaction's function did not return")

func (f *file) follow(ctx context.Context, b *batch, w *waiter, t *tx, g func(*tx) error) error {
	err := func() error {
		defer func() { w.ran <- struct{}{} }()
		return f.run(ctx, b, t, g)
	}()
	if err != nil {
		return err
	}
	if err := <-w.end; err != nil {
		return err
	}
	t.committed()
	return nil
}

// run runs g in its savepoint, and undoes it when it does not return nil.
func (f *file) run(ctx context.Context, b *batch, t *tx, g func(*tx) error) (err error) {
	if err := errors.Join(b.failed, ctx.Err()); err != nil {
		return err
	}
	free := context.WithoutCancel(ctx)
	if !b.alone {
		if _, err := f.writer.ExecContext(free, "SAVEPOINT caller"); err != nil {
			b.failed = fmt.Errorf("setting a savepoint: %w", err)
			return b.failed
		}
	}
	good := false
	defer func() {
		t.over = true
		if end := f.settle(free, b, good); end != nil {
			b.failed, err = end, errors.Join(err, end)
		}
	}()
	err = g(t)
	good = err == nil
	return err
}

// settle keeps or undoes what one caller has done.
func (f *file) settle(ctx context.Context, b *batch, good bool) error {
	if b.alone {
		if !good {
			b.failed = errUndone
		}
		return nil
	}
	if !good {
		if _, err := f.writer.ExecContext(ctx, "ROLLBACK TO caller"); err != nil {
			return fmt.Errorf("undoing: %w", err)
		}
	}
	if _, err := f.writer.ExecContext(ctx, "RELEASE caller"); err != nil {
		return fmt.Errorf("ending a savepoint: %w", err)
	}
	return nil
}

// errUndone ends the batch of a single caller that wants nothing kept.
var errUndone = errors.New("the transaction was undone")

// commit ends the transaction and says whether it is kept.
func (f *file) commit(ctx context.Context, b *batch) error {
	err := b.failed
	if err == nil {
		if _, err = f.writer.ExecContext(ctx, "COMMIT"); err == nil {
			return nil
		}
		err = fmt.Errorf("committing: %w", err)
	}
	// Where it could not begin, or has been undone by the database itself,
	// there is nothing to roll back; err says so already.
	_, _ = f.writer.ExecContext(ctx, "ROLLBACK")
	return err
}
