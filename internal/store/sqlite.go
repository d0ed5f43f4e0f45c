package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// readers is how many connections read a SQLite store at once. Its pages are in the file cache; more only wait for the
// processor.
const readers = 8

// openSQLite opens the file at path.
//
// The write-ahead log lets readers go on beside the one writer. synchronous is FULL: with NORMAL a power cut may take
// back the last transactions, and unlike incidents, which the journal gives again, an account or a dispute is nowhere
// else. The watch writes about once a second, so the sync of each commit costs little.
func openSQLite(ctx context.Context, path string, o options) (*Store, error) {
	if o.readOnly {
		return openSQLiteToRead(ctx, path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	release, err := lock(path + ".lock")
	taken := o.beside && errors.Is(err, ErrLocked)
	if taken {
		release, err = func() error { return nil }, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := &Store{engine: sqliteEngine, release: release, beside: taken}
	// The file of accounts and tokens is for its owner alone; SQLite gives its log the same rights.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = file.Close()
	}
	if err == nil {
		s.write, err = sql.Open("sqlite", sqliteName(path, "_txlock", "immediate", "_pragma", "journal_mode(wal)",
			"_pragma", "synchronous(full)", "_pragma", "foreign_keys(1)"))
	}
	if err != nil {
		return nil, errors.Join(err, release())
	}
	s.write.SetMaxOpenConns(1)
	if err := s.write.PingContext(ctx); err != nil { // makes the log before a reader looks for it
		return nil, errors.Join(err, s.write.Close(), release())
	}
	if s.read, err = sql.Open("sqlite", sqliteName(path, "_pragma", "query_only(1)")); err != nil {
		return nil, errors.Join(err, s.write.Close(), release())
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return s, nil
}

func openSQLiteToRead(ctx context.Context, path string) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", sqliteName(path, "mode", "ro"))
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{engine: sqliteEngine, read: db, write: db, release: func() error { return nil }}, nil
}

// sqliteName gives the driver's name of the file at path, with these parameters and a wait for locks that last a moment.
func sqliteName(path string, pairs ...string) string {
	query := url.Values{"_pragma": {"busy_timeout(10000)"}}
	for i := 0; i < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}).String()
}
