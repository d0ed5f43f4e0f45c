package store

import (
	"context"
	"fmt"
)

// Report is what [Store.Check] found.
type Report struct {
	Schema   string    `json:"schema"` // the newest migration
	Tables   []Table   `json:"tables"`
	Problems []Problem `json:"problems"` // at most maxProblems
	Found    int       `json:"problems_total"`
}

// Table is how many rows a table has.
type Table struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// Problem is something that is not as it must be.
type Problem struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// maxProblems bounds a report: a store that is wrong throughout need not be told row by row.
const maxProblems = 1000

func (r *Report) add(where, format string, args ...any) {
	if r.Found++; len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, Problem{where, fmt.Sprintf(format, args...)})
	}
}

// Check looks whether the store is sound: the engine's own check of the file, foreign keys, migrations, counts, and of
// each subject that every body can be read and agrees with what stands beside it. It changes nothing. An error means
// that the check itself could not be finished.
func (s *Store) Check(ctx context.Context) (Report, error) {
	r := Report{Problems: []Problem{}}
	err := s.view(ctx, func(t *tx) error {
		r = Report{Problems: []Problem{}}
		for _, check := range []func(context.Context, *tx, *Report) error{
			s.checkFile, s.checkSchema, s.checkIncidents, checkMonths, checkGaps, checkAccounts, checkPublication, checkBodies,
			checkCases, checkAccess, checkExchange,
		} {
			if err := check(ctx, t, &r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("checking the store: %w", err)
	}
	return r, nil
}

// checkFile has SQLite look through its file. PostgreSQL has tools of its own for that (pg_amcheck) and no foreign key
// that does not hold.
func (s *Store) checkFile(ctx context.Context, t *tx, r *Report) error {
	if s.engine != sqliteEngine {
		return nil
	}
	rows, err := t.tx.QueryContext(ctx, "PRAGMA integrity_check(100)")
	if err != nil {
		return err
	}
	said, err := collect(rows, scanned[string])
	if err != nil {
		return err
	}
	for _, line := range said {
		if line != "ok" {
			r.add("file", "%s", line)
		}
	}
	if rows, err = t.tx.QueryContext(ctx, "PRAGMA foreign_key_check"); err != nil {
		return err
	}
	_, err = collect(rows, func(row scanner) (none struct{}, err error) {
		var table, parent string
		var id, key any
		err = row.Scan(&table, &id, &parent, &key)
		r.add(table, "row %v points at a row of %s that is not there", id, parent)
		return none, err
	})
	return err
}

// checkSchema compares the migrations and counts the rows.
func (s *Store) checkSchema(ctx context.Context, t *tx, r *Report) error {
	all, err := Migrations()
	if err != nil {
		return err
	}
	if left, err := missing(ctx, t.tx, all); err != nil {
		r.add("migration", "%v", err)
	} else if len(left) > 0 {
		r.add("migration", "migration %04d_%s was not taken", left[0].Number, left[0].Name)
	}
	r.Schema = schemaName(all)
	r.Tables, err = countAll(ctx, t.tx, all)
	return err
}

// checkBatch is how many incidents are looked at together.
const checkBatch = 200

// checkIncidents looks at each incident: its columns, its versions, its parties and prefixes.
func (s *Store) checkIncidents(ctx context.Context, t *tx, r *Report) error {
	for after := ""; ; {
		batch, err := list(ctx, t, "check_incidents", scanColumns, after, checkBatch)
		if err != nil {
			return err
		}
		for _, row := range batch {
			if err := s.checkIncident(ctx, t, r, row); err != nil {
				return err
			}
		}
		if len(batch) < checkBatch {
			return nil
		}
		after = batch[len(batch)-1].id
	}
}

func checkGaps(ctx context.Context, t *tx, r *Report) error {
	bad, err := one(ctx, t, "check_gaps", scanned[int])
	if err == nil && bad > 0 {
		r.add("gap", "%d gaps end before they begin, or are filled by nothing", bad)
	}
	return err
}
