package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// CaseChange is what a change of a case writes beside the case itself.
type CaseChange struct {
	Log   []CaseEntry
	Notes []Note
	Quiet bool // the case is kept without an entry in the log: what follows from others, such as its next deadline
}

// ChangeCases reads each case of the numbers that the sight sees, lets change alter it, and keeps what came of all in one
// transaction: the case with what the log and the notes say of it. A change that writes no log and is not quiet changes nothing.
// Of a case its state, assignee, compartment, priority, when it was last seen, how often it was reopened, what was reported and the
// times that it may not have are kept. The error is [ErrNotFound] where the sight does not see one of them.
func (s *Store) ChangeCases(ctx context.Context, v Sight, now time.Time, ids []int64, change func(*Case) (CaseChange, error)) error {
	if len(ids) == 0 {
		return nil // and no one has to wait for it
	}
	return s.changeCases(ctx, v, now, ids, false, change, func(*tx) error { return nil })
}

// changeCases changes cases, and does what comes then in the same transaction. Lax: those that are not seen are left out.
func (s *Store) changeCases(ctx context.Context, v Sight, now time.Time, ids []int64, lax bool, change func(*Case) (CaseChange, error), then func(*tx) error) error {
	err := s.update(ctx, func(t *tx) error {
		var entries []CaseEntry
		for _, id := range ids {
			c, err := s.caseIn(ctx, t, v, id)
			if lax && errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return fmt.Errorf("case %d: %w", id, err)
			}
			is, err := change(&c)
			if err != nil {
				return fmt.Errorf("case %d: %w", id, err)
			}
			if len(is.Log) == 0 && !is.Quiet {
				continue
			}
			if err := setCase(ctx, t, id, c); err != nil {
				return err
			}
			if err := addNotes(ctx, t, is.Notes); err != nil {
				return err
			}
			entries = append(entries, is.Log...)
		}
		if err := appendLog(ctx, t, entries, now); err != nil {
			return err
		}
		return then(t)
	})
	if err != nil {
		return fmt.Errorf("changing cases: %w", err)
	}
	return nil
}

func setCase(ctx context.Context, t *tx, id int64, c Case) error {
	args := []any{id, c.State, micros(c.Changed), c.Reopened, c.Priority, c.Assignee, c.Compartment}
	for _, at := range c.optional() {
		args = append(args, optional(*at))
	}
	met := ""
	if len(c.Met) > 0 {
		text, err := json.Marshal(c.Met)
		if err != nil {
			return err
		}
		met = string(text)
	}
	_, err := t.exec(ctx, "case_set", append(args, micros(c.LastSeen), met)...)
	return err
}

// Undo is what a bulk action changed.
type Undo struct {
	ID    string
	Cases []UndoCase
}

// UndoCase is what a case was before a bulk action, and what it became.
type UndoCase struct {
	ID       int64
	Was, Is  string        // states
	Had, Has string        // assignees
	WasTimes [2]*time.Time // Notified, Acknowledged
}

// ChangeSeenCases is [Store.ChangeCases] that leaves out what the sight does not see, and keeps how to take all back: made gives
// that when all is done, and nothing is kept of one without cases.
func (s *Store) ChangeSeenCases(ctx context.Context, v Sight, now time.Time, ids []int64, change func(*Case) (CaseChange, error), made func() Undo) error {
	return s.changeCases(ctx, v, now, ids, true, change, func(t *tx) error {
		u := made()
		if len(u.Cases) == 0 {
			return nil
		}
		body, err := json.Marshal(u)
		if err == nil {
			_, err = t.exec(ctx, "case_undo_add", u.ID, v.Tenant, v.Account, micros(now), body)
		}
		return err
	})
}

// UndoCases takes a bulk action back that the same account made at oldest or later: restore is given each of its cases that
// is still seen. It can be done once; the error is [ErrNotFound] afterwards, later, and for others.
func (s *Store) UndoCases(ctx context.Context, v Sight, now, oldest time.Time, id string, restore func(UndoCase, *Case) CaseChange) error {
	err := s.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, "case_undo_take", id, v.Tenant, v.Account, micros(oldest), micros(now))
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		u, err := one(ctx, t, "case_undo_one", scanJSON[Undo], id)
		if err != nil {
			return err
		}
		var entries []CaseEntry
		for _, was := range u.Cases {
			c, err := s.caseIn(ctx, t, v, was.ID)
			if errors.Is(err, ErrNotFound) {
				continue // it was put into a compartment meanwhile
			}
			if err != nil {
				return err
			}
			is := restore(was, &c)
			if len(is.Log) == 0 {
				continue
			}
			if err := setCase(ctx, t, was.ID, c); err != nil {
				return err
			}
			entries = append(entries, is.Log...)
		}
		return appendLog(ctx, t, entries, now)
	})
	if err != nil {
		return fmt.Errorf("taking back %s: %w", id, err)
	}
	return nil
}

// AddCase opens a case that no report did, with the log's first entries, and gives its number.
func (s *Store) AddCase(ctx context.Context, now time.Time, c Case, log func(id int64) []CaseEntry) (id int64, err error) {
	err = s.update(ctx, func(t *tx) error {
		id, err = s.addCase(ctx, t, now, c, log)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("opening a case of %s: %w", c.Party, err)
	}
	return id, nil
}

func (s *Store) addCase(ctx context.Context, t *tx, now time.Time, c Case, log func(id int64) []CaseEntry) (int64, error) {
	id, err := one(ctx, t, "case_next", scanned[int64])
	if err != nil {
		return 0, err
	}
	_, err = t.exec(ctx, "case_add", id, c.Tenant, c.Party, c.Class, c.Identifier, c.State, micros(c.Opened), micros(c.Changed), micros(c.FirstSeen),
		micros(c.LastSeen), c.Events, c.Addresses, c.Priority, c.TLP, c.Reopened, c.Country, micros(c.Received), c.taxonomy(), c.Compartment,
		optional(c.Detected), optional(c.Noticed), c.Referred, c.Incident)
	if err != nil {
		return 0, err
	}
	return id, appendLog(ctx, t, log(id), now)
}

// ReferCase opens a case of another tenant that was made of one that the sight sees, and gives its number. The new case's log
// begins with where it came from.
func (s *Store) ReferCase(ctx context.Context, v Sight, now time.Time, id int64, refer func(Case) (Case, CaseChange, error)) (other int64, err error) {
	err = s.update(ctx, func(t *tx) error {
		c, err := s.caseIn(ctx, t, v, id)
		if err != nil {
			return err
		}
		own, is, err := refer(c)
		if err != nil {
			return err
		}
		if err := addNotes(ctx, t, is.Notes); err != nil {
			return err
		}
		if err := appendLog(ctx, t, is.Log, now); err != nil {
			return err
		}
		other, err = s.addCase(ctx, t, now, own, func(other int64) []CaseEntry {
			return []CaseEntry{{Case: other, Actor: "desk", Act: "case.referred", Detail: map[string]string{"tenant": c.Tenant}}}
		})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("referring case %d: %w", id, err)
	}
	return other, nil
}

// CaseNumbers gives somebody who opens many cases the numbers low to high, at least few: what is left of its last block behind
// the cases that have a number of it, from next on, with count more where that is not enough.
func (s *Store) CaseNumbers(ctx context.Context, owner string, next, few, count int64) (low, high int64, err error) {
	err = s.update(ctx, func(t *tx) error {
		held, err := list(ctx, t, "case_block", scanBlock, owner)
		if err != nil {
			return err
		}
		if len(held) == 1 {
			used, err := one(ctx, t, "case_block_used", scanned[int64], held[0][0], held[0][1])
			if err != nil {
				return err
			}
			if low, high = max(held[0][0], used+1, next), held[0][1]; high-low+1 >= few {
				return nil
			}
		}
		free, err := one(ctx, t, "case_next", scanned[int64])
		if err != nil {
			return err
		}
		if len(held) == 0 || free != high+1 { // the first, or somebody else has the number behind the block
			low = free
		}
		high = free + count - 1
		_, err = t.exec(ctx, "case_block_put", owner, low, high)
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("taking numbers of cases: %w", err)
	}
	return low, high, nil
}

func scanBlock(row scanner) (v [2]int64, err error) {
	err = row.Scan(&v[0], &v[1])
	return v, err
}
