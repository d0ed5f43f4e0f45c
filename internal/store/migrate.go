package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Migration is one step of the schema.
type Migration struct {
	Number int    // of its file's name
	Name   string // the file's name without number and ending
	Digest string // SHA-256 of its text, in hex
	Text   string
}

// Migrations are the steps that this program knows, in order. Steps are only ever appended.
func Migrations() ([]Migration, error) {
	names, err := fs.Glob(texts, "sql/*.sql")
	if err != nil {
		return nil, err
	}
	var all []Migration
	for _, name := range names { // in order of name
		if !isMigration(name) {
			continue
		}
		text, err := texts.ReadFile(name)
		if err != nil {
			return nil, err
		}
		number, title, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".sql"), "_")
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 && all[len(all)-1].Number == n {
			return nil, fmt.Errorf("migration %d is there twice", n)
		}
		sum := sha256.Sum256(text)
		all = append(all, Migration{n, title, hex.EncodeToString(sum[:]), string(text)})
	}
	return all, nil
}

// isMigration says whether a file of sql/ is a step of the schema: its name begins with a digit.
func isMigration(name string) bool {
	base := path.Base(name)
	return base[0] >= '0' && base[0] <= '9'
}

// The record of migrations is the one table that no migration makes.
const (
	makeRecord = `CREATE TABLE IF NOT EXISTS migration (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL)`
	readRecord = `SELECT number, name, digest FROM migration ORDER BY number`
	addRecord  = `INSERT INTO migration (number, name, digest) VALUES ($1, $2, $3)`
)

// migrate takes the steps that the store has not taken yet, all in one transaction.
func (s *Store) migrate(ctx context.Context) error {
	known, err := Migrations()
	if err != nil {
		return err
	}
	return s.once(ctx, s.write, nil, func(t *tx) error {
		if err := s.engine.turn(ctx, t.tx, takeSteps); err != nil {
			return err
		}
		if _, err := t.tx.ExecContext(ctx, makeRecord); err != nil {
			return err
		}
		missing, err := missing(ctx, t.tx, known)
		if err != nil {
			return err
		}
		for _, m := range missing {
			if _, err := t.tx.ExecContext(ctx, m.Text); err != nil {
				return fmt.Errorf("migration %04d_%s: %w", m.Number, m.Name, err)
			}
			if _, err := t.tx.ExecContext(ctx, addRecord, m.Number, m.Name, m.Digest); err != nil {
				return err
			}
		}
		return nil
	})
}

// upToDate wants every step taken.
func (s *Store) upToDate(ctx context.Context) error {
	known, err := Migrations()
	if err != nil {
		return err
	}
	return s.once(ctx, s.read, nil, func(t *tx) error {
		missing, err := missing(ctx, t.tx, known)
		if err != nil {
			return fmt.Errorf("reading its migrations: %w", err)
		}
		if len(missing) > 0 {
			return fmt.Errorf("its schema is older than this program's: migration %04d_%s was not taken", missing[0].Number, missing[0].Name)
		}
		return nil
	})
}

// missing compares the store's record with the known steps and gives those to take.
func missing(ctx context.Context, t *sql.Tx, known []Migration) ([]Migration, error) {
	rows, err := t.QueryContext(ctx, readRecord)
	if err != nil {
		return nil, err
	}
	taken, err := collect(rows, func(row scanner) (m Migration, err error) {
		err = row.Scan(&m.Number, &m.Name, &m.Digest)
		return m, err
	})
	if err != nil {
		return nil, err
	}
	for i, m := range taken {
		switch {
		case i >= len(known):
			return nil, fmt.Errorf("a newer program made it: it has migration %04d_%s, unknown here", m.Number, m.Name)
		case known[i].Number != m.Number || known[i].Name != m.Name:
			return nil, fmt.Errorf("it has migration %04d_%s where this program has %04d_%s", m.Number, m.Name, known[i].Number, known[i].Name)
		case known[i].Digest != m.Digest:
			return nil, fmt.Errorf("its migration %04d_%s differs from this program's: %w", m.Number, m.Name, errChanged)
		}
	}
	return known[len(taken):], nil
}

var errChanged = errors.New("a migration is never changed, only followed by another")
