package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// connections bounds how many connections to PostgreSQL one process holds.
const connections = 12

// openPostgres connects to the database at url.
func openPostgres(ctx context.Context, url string, o options) (*Store, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("its URL is not one of PostgreSQL") // the error would show the password
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "pahra"
	}
	if o.readOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connecting to PostgreSQL at %s: %w", config.Host, err), db.Close())
	}
	return &Store{engine: postgresEngine, read: db, write: db, release: func() error { return nil }}, nil
}

// Writers of PostgreSQL take turns, as those of SQLite must: then a transaction sees what the one before it left and
// never has to run again. The locks are PostgreSQL's advisory ones, of the database; their numbers are arbitrary.
const (
	takeTurn  = `SELECT pg_advisory_xact_lock(7140910)`
	takeSteps = `SELECT pg_advisory_xact_lock(7140911)`
)

// turn waits for the transaction's turn to write; it ends with the transaction.
func (e engine) turn(ctx context.Context, t *sql.Tx, lock string) error {
	if e != postgresEngine {
		return nil // SQLite has begun it with its one lock
	}
	_, err := t.ExecContext(ctx, lock)
	return err
}
