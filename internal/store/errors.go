package store

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What a caller may want to tell apart.
var (
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the row is there already, or stands in the way of another's rule.
	ErrConflict = errors.New("conflict")
	// ErrLocked: another process has the store open to write.
	ErrLocked = errors.New("another process has the store open")
	// ErrFull: the disk is full; nothing of the transaction was kept.
	ErrFull = errors.New("the disk is full")
)

// PostgreSQL's codes, of its manual's appendix A.
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
	diskFull            = "53100"
)

// translate puts this package's errors in front of the engines'.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff { // the rest of an extended code says which kind
		case sqlite3.SQLITE_CONSTRAINT:
			return fmt.Errorf("%w: %w", ErrConflict, err)
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return fmt.Errorf("%w: %w", ErrLocked, err)
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	}
	switch code := postgresCode(err); code {
	case uniqueViolation, foreignKeyViolation:
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case diskFull:
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// postgresCode gives the code of an error of PostgreSQL; empty for any other.
func postgresCode(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}
