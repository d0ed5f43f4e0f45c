package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// tx is one transaction that runs queries by name and keeps them prepared.
type tx struct {
	tx       *sql.Tx
	queries  map[string]string
	prepared map[string]*sql.Stmt // by text
}

// update runs do in a transaction that writes: all of it is kept, or nothing.
func (s *Store) update(ctx context.Context, do func(*tx) error) error {
	return translate(s.once(ctx, s.write, nil, func(t *tx) error {
		if err := s.engine.turn(ctx, t.tx, takeTurn); err != nil {
			return err
		}
		return do(t)
	}))
}

// view runs do in a transaction that reads, so that all of its queries see one state.
func (s *Store) view(ctx context.Context, do func(*tx) error) error {
	opt := &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
	if s.engine == sqliteEngine {
		opt = nil // a transaction sees one state, and the connection only reads
	}
	return translate(s.once(ctx, s.read, opt, do))
}

func (s *Store) once(ctx context.Context, db *sql.DB, opt *sql.TxOptions, do func(*tx) error) error {
	t, err := db.BeginTx(ctx, opt)
	if err != nil {
		return err
	}
	defer t.Rollback() // does nothing after a commit
	if err := do(&tx{tx: t, queries: s.queries, prepared: map[string]*sql.Stmt{}}); err != nil {
		return err
	}
	return t.Commit()
}

// stmt gives a named query, prepared.
func (t *tx) stmt(ctx context.Context, name string) (*sql.Stmt, error) {
	text, known := t.queries[name]
	if !known {
		panic("store: no query " + name) // a programmer's error
	}
	p, err := t.prepare(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", name, err)
	}
	return p, nil
}

// prepare prepares a query once; the transaction's end closes it.
func (t *tx) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if p := t.prepared[text]; p != nil {
		return p, nil
	}
	p, err := t.tx.PrepareContext(ctx, text)
	if err == nil {
		t.prepared[text] = p
	}
	return p, err
}

// exec runs a named query and says how many rows it touched.
func (t *tx) exec(ctx context.Context, name string, args ...any) (int64, error) {
	p, err := t.stmt(ctx, name)
	if err != nil {
		return 0, err
	}
	result, err := p.ExecContext(ctx, args...)
	if err != nil {
		return 0, fmt.Errorf("query %s: %w", name, err)
	}
	return result.RowsAffected()
}

// scanner is a row to read.
type scanner interface{ Scan(into ...any) error }

// one gives the single row of a named query; without one the error is sql.ErrNoRows, which update and view make
// ErrNotFound.
func one[T any](ctx context.Context, t *tx, name string, scan func(scanner) (T, error), args ...any) (T, error) {
	p, err := t.stmt(ctx, name)
	if err != nil {
		var none T
		return none, err
	}
	return scan(p.QueryRowContext(ctx, args...))
}

// list gives all rows of a named query.
func list[T any](ctx context.Context, t *tx, name string, scan func(scanner) (T, error), args ...any) ([]T, error) {
	p, err := t.stmt(ctx, name)
	if err != nil {
		return nil, err
	}
	rows, err := p.QueryContext(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", name, err)
	}
	return collect(rows, scan)
}

// run gives all rows of a query that was put together.
func run[T any](ctx context.Context, t *tx, b *builder, scan func(scanner) (T, error)) ([]T, error) {
	p, err := t.prepare(ctx, b.text.String())
	if err != nil {
		return nil, err
	}
	rows, err := p.QueryContext(ctx, b.args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, scan)
}

func collect[T any](rows *sql.Rows, scan func(scanner) (T, error)) ([]T, error) {
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		out = append(out, v)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// scanned reads a row of one column.
func scanned[T any](row scanner) (v T, err error) {
	err = row.Scan(&v)
	return v, err
}
