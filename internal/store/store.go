// Package store keeps what the service must not lose and cannot recompute at once: incidents with every verdict on
// them, the sources' health and gaps, the measures of each month, and what other subjects add in files of their own.
//
// [Open] takes "sqlite:PATH" or "postgres://…" and brings the schema up to date; [Store.Close] ends it. One file holds
// the methods of one subject. The SQL lies in sql/: NNNN_NAME.sql are the migrations, the other files hold queries by
// name. The same text runs on both engines; where it cannot, SUBJECT_postgres.sql has the query of the same name.
//
// Invariants: a write is one transaction, durable when the method returns. Times go in and out as UTC and are kept to
// the microsecond; none is read from a clock: callers pass now. Lists come in pages with a cursor that points at the
// last row, so that rows that come or go between two pages neither repeat nor hide others.
//
// The package judges nothing. Who may see what is decided above it, but for the cases of the desk: each of their queries takes a
// [Sight] and keeps to it.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Store is an open store. Safe for concurrent use.
type Store struct {
	engine  engine
	read    *sql.DB
	write   *sql.DB // the same as read with PostgreSQL; a single connection with SQLite
	queries map[string]string
	bodies  *codec
	release func() error // lets go of the lock
	ready   ready
	beside  bool // another process has the lock
}

// engine is a kind of database.
type engine string

const (
	sqliteEngine   engine = "sqlite"
	postgresEngine engine = "postgres"
)

// Option changes how a store is opened.
type Option func(*options)

type options struct{ readOnly, beside bool }

// ReadOnly opens a store that is there already to read it, beside the process that has it open. It is not migrated, so
// its schema must be the program's own.
func ReadOnly() Option { return func(o *options) { o.readOnly = true } }

// Beside opens a SQLite store to write beside the process that has it open, whose schema must be the program's own; SQLite makes
// the writers of both wait for each other. Where no process has it open, the store is made or brought up to date first. It is
// for commands that change a little of what a service holds; with PostgreSQL, where many may write, it changes nothing.
func Beside() Option { return func(o *options) { o.beside = true } }

// Open opens the store at url and brings its schema up to date. url is "sqlite:PATH", whose file is made when missing,
// or a URL of PostgreSQL, "postgres://USER@HOST/DATABASE".
//
// Only one process may have a SQLite store open to write: for the second the error is [ErrLocked]. A store that a newer
// program has migrated gives an error that says so; nothing is changed then.
func Open(ctx context.Context, url string, opts ...Option) (*Store, error) {
	var o options
	for _, set := range opts {
		set(&o)
	}
	s, err := connect(ctx, url, o)
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	if s.bodies, err = newCodec(); err == nil {
		s.queries, err = loadQueries(s.engine)
	}
	if err == nil {
		if o.readOnly || s.beside {
			err = s.upToDate(ctx)
		} else {
			err = s.migrate(ctx)
		}
	}
	if err == nil && o.beside {
		err = s.letGo()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store: %w", err), s.Close())
	}
	return s, nil
}

// letGo gives the lock back, if this process took it.
func (s *Store) letGo() error {
	release := s.release
	s.release = func() error { return nil }
	return release()
}

func connect(ctx context.Context, url string, o options) (*Store, error) {
	path, isSQLite := strings.CutPrefix(url, "sqlite:")
	switch {
	case isSQLite && path != "":
		return openSQLite(ctx, path, o)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return openPostgres(ctx, url, o)
	}
	scheme, _, _ := strings.Cut(url, ":") // the rest may hold a password
	return nil, fmt.Errorf("its URL begins with %q; sqlite:PATH and postgres://… are known", scheme)
}

// Close ends the store. With SQLite the write-ahead log is folded into the file.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read != s.write {
		err = errors.Join(err, s.read.Close())
	}
	if s.bodies != nil {
		s.bodies.out.Close()
	}
	return errors.Join(err, s.release())
}

// Ping says whether the store answers.
func (s *Store) Ping(ctx context.Context) error { return s.read.PingContext(ctx) }
