package storage

import (
	"context"
	"database/sql"
	"errors"
)

// maxStatements is how many statements a connection keeps prepared.
const maxStatements = 512

// A session is one connection to a file with the statements it has prepared:
// preparing costs as much as a small statement. It is used by one goroutine at
// a time.
type session struct {
	conn     *sql.Conn
	prepared map[string]*statement
	shared   bool // its transaction is several callers'
}

// A statement must not run again while its rows are read.
type statement struct {
	*sql.Stmt
	reading bool
}

func newSession(conn *sql.Conn) *session {
	return &session{conn: conn, prepared: map[string]*statement{}}
}

func (s *session) close() error {
	var err error
	for _, p := range s.prepared {
		err = errors.Join(err, p.Close())
	}
	return errors.Join(err, s.conn.Close())
}

// prepare returns nil when query has to run unprepared.
func (s *session) prepare(ctx context.Context, query string) (*statement, error) {
	if p := s.prepared[query]; p != nil {
		if p.reading {
			return nil, nil
		}
		return p, nil
	}
	if len(s.prepared) >= maxStatements {
		return nil, nil
	}
	p, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.prepared[query] = &statement{Stmt: p}
	return s.prepared[query], nil
}

// spare keeps a ctx that ends from interrupting a statement in a transaction of
// several callers: an interrupted write would undo what all of them have done.
func (s *session) spare(ctx context.Context) context.Context {
	if s.shared && ctx.Err() == nil {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// ExecContext runs query, prepared once.
func (s *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx = s.spare(ctx)
	p, err := s.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return s.conn.ExecContext(ctx, query, args...)
	}
	return p.ExecContext(ctx, args...)
}

// later runs query at once.
func (s *session) later(ctx context.Context, query string, args []any) error {
	_, err := s.ExecContext(ctx, query, args...)
	return err
}

// row runs query, prepared once.
func (s *session) row(ctx context.Context, query string, args []any) row {
	ctx = s.spare(ctx)
	p, err := s.prepare(ctx, query)
	if p == nil || err != nil {
		return s.conn.QueryRowContext(ctx, query, args...) // tells err again
	}
	return p.QueryRowContext(ctx, args...)
}

// each runs query, prepared once, unless its rows are just being read.
func (s *session) each(ctx context.Context, scan func(row) error, query string, args []any) error {
	ctx = s.spare(ctx)
	p, err := s.prepare(ctx, query)
	if err != nil {
		return err
	}
	var rows *sql.Rows
	if p == nil {
		rows, err = s.conn.QueryContext(ctx, query, args...)
	} else {
		p.reading = true
		defer func() { p.reading = false }()
		rows, err = p.QueryContext(ctx, args...)
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	return scanAll(rows, scan)
}
