package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// mostReady is how many statements are kept prepared. Their texts come from few queries and the sizes of pages.
const mostReady = 128

// ready keeps statements that read prepared over all connections, for what is asked with each request. Safe for concurrent use.
type ready struct {
	mu         sync.Mutex
	statements map[string]*sql.Stmt // by text
}

// statement gives a prepared statement, and what lets go of it.
func (s *Store) statement(ctx context.Context, text string) (p *sql.Stmt, release func() error, err error) {
	s.ready.mu.Lock()
	defer s.ready.mu.Unlock()
	keep := func() error { return nil }
	if p = s.ready.statements[text]; p != nil {
		return p, keep, nil
	}
	if p, err = s.read.PrepareContext(ctx, text); err != nil {
		return nil, nil, err
	}
	if len(s.ready.statements) >= mostReady {
		return p, p.Close, nil
	}
	if s.ready.statements == nil {
		s.ready.statements = map[string]*sql.Stmt{}
	}
	s.ready.statements[text] = p
	return p, keep, nil
}

// atOnce runs a single query that reads, without a transaction around it, and hands over its rows.
func (s *Store) atOnce(ctx context.Context, text string, args []any, each func(*sql.Rows) error) error {
	p, release, err := s.statement(ctx, text)
	if err != nil {
		return translate(err)
	}
	rows, err := p.QueryContext(ctx, args...)
	if err != nil {
		return translate(errors.Join(err, release()))
	}
	err = each(rows)
	return translate(errors.Join(err, rows.Err(), rows.Close(), release()))
}

// first gives the first row of a named query that reads; without one the error is [ErrNotFound].
func first[T any](ctx context.Context, s *Store, name string, scan func(scanner) (T, error), args ...any) (v T, err error) {
	err = s.atOnce(ctx, s.queries[name], args, func(rows *sql.Rows) error {
		if !rows.Next() {
			return errors.Join(rows.Err(), ErrNotFound)
		}
		v, err = scan(rows)
		return err
	})
	return v, err
}
