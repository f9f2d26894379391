package storage

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"pergola/hub"
)

// explain says of an error of the database what it means, where that is not the
// program's fault: [hub.ErrAway] and [hub.ErrFull] pass when their cause does.
func (d dialect) explain(err error) error {
	if c, is := errors.AsType[*pgconn.ConnectError](err); is {
		err = unconnected{err, c}
	}
	switch {
	case err == nil, errors.Is(err, hub.ErrAway), errors.Is(err, hub.ErrFull), errors.Is(err, errDamaged):
		return err
	case isDamaged(err):
		return fmt.Errorf("%w: %w", errDamaged, err)
	case isFull(err):
		return fmt.Errorf("%w: %w", hub.ErrFull, err)
	case d.server && isAway(err):
		return fmt.Errorf("%w: %w", hub.ErrAway, err)
	}
	return err
}

// An unconnected error says in one line why a server was not connected to.
type unconnected struct {
	error
	connecting *pgconn.ConnectError
}

func (e unconnected) Error() string {
	to := e.connecting.Config
	tries := strings.Split(e.connecting.Unwrap().Error(), "\n")
	return fmt.Sprintf("no connection to PostgreSQL at %s as user %s: see that it runs there, and that the names and the password are right: %s",
		net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))), to.User, tries[len(tries)-1])
}

func (e unconnected) Unwrap() error { return e.error }

// errDamaged says that what is in a file is not what was written.
var errDamaged = errors.New("the database file is damaged: restore the last good backup into another folder (pergola restore)")

// isDamaged reports that a file is no database, or one with something wrong in it.
func isDamaged(err error) bool {
	e, ok := errors.AsType[interface {
		error
		Code() int
	}](err)
	return ok && (e.Code()&0xff == 11 || e.Code()&0xff == 26) // SQLITE_CORRUPT, SQLITE_NOTADB
}

// isFull reports that there is no space. (PostgreSQL, appendix A: 53100)
func isFull(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "53100"
	}
	e, ok := errors.AsType[interface {
		error
		Code() int
	}](err)
	return ok && (e.Code()&0xff == 13 || e.Code() == 4874) || // SQLITE_FULL, SQLITE_IOERR_SHMSIZE
		errors.Is(err, syscall.ENOSPC)
}

// isAway reports that a server cannot be reached, is about to stop or to start,
// or takes nobody else in. A server that refuses us for what we say is there.
// (PostgreSQL, appendix A: classes 08, 53 and 57P)
func isAway(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "53300" || strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P")
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[*net.OpError](err)
	return connecting || network || pgconn.SafeToRetry(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// errMoved says that what a node works on is no longer what it is named by:
// whatever it writes from now on would be lost.
var errMoved = errors.New("the database file was moved or removed while it was in use")

// watchTime is how long it takes until that is noticed.
const watchTime = time.Second

// Watch returns an error when the file of the database is not at its place any
// more, and nil when ctx ends.
func (db *DB) Watch(ctx context.Context) error {
	tick := time.NewTicker(watchTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := db.Moved(); err != nil {
			return err
		}
	}
}

// Moved is the error that says that the file of the database is not at its place
// any more, or nil. A server looks after its files itself.
func (db *DB) Moved() error {
	if db.file == nil {
		return nil
	}
	now, err := os.Stat(db.file.path)
	if errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(now, db.file.opened) {
		return fmt.Errorf("%s: %w", db.file.path, errMoved)
	}
	return nil
}
