package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// ExchangeStandings gives what stands of an item in each collection.
func (s *Store) ExchangeStandings(ctx context.Context, item string) (all []ExchangeStanding, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "exchange_standings", scanStanding, item)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what stands of item %s: %w", item, err)
	}
	return all, nil
}

// LetPass keeps that a person let a version of an item pass where the agreement's version asks for one; the sequencer takes it up. The
// error is [ErrNotFound] where that version of the item does not stand under that version of the agreement.
func (s *Store) LetPass(ctx context.Context, collection, item string, version int64, agreement int) error {
	err := s.update(ctx, func(t *tx) error {
		return touched(ctx, t, "exchange_standing_pass", collection, item, version, agreement)
	})
	if err != nil {
		return fmt.Errorf("letting item %s pass: %w", item, err)
	}
	return nil
}

// ExchangeDue gives items of a collection that have to be decided on anew: those decided before an epoch, and those whose time has come.
func (s *Store) ExchangeDue(ctx context.Context, collection string, epoch int64, now time.Time, limit int) (items []string, err error) {
	err = s.view(ctx, func(t *tx) error {
		if items, err = list(ctx, t, "exchange_due_epoch", scanned[string], collection, epoch, limit); err != nil || len(items) > 0 {
			return err
		}
		items, err = list(ctx, t, "exchange_due_time", scanned[string], collection, micros(now), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for what to decide anew: %w", err)
	}
	return items, nil
}

// ExchangeUndecided gives items, in the order of their ids and behind after, that were never decided on for a collection.
func (s *Store) ExchangeUndecided(ctx context.Context, collection, after string, limit int) (items []string, err error) {
	err = s.view(ctx, func(t *tx) error {
		items, err = list(ctx, t, "exchange_due_new", scanned[string], collection, after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for what to decide on: %w", err)
	}
	return items, nil
}

// ItemVersion is a version of an item.
type ItemVersion struct {
	Item    string
	Version int64
}

// ExchangeEvidence is what there is to decide anew whether members may leave.
type ExchangeEvidence struct {
	Decisions map[int64][]ItemVersion // by date_added in microseconds: what the member is a copy of, some of it where that is much
	Items     map[ItemVersion]ExchangeItem
	Newest    map[string]int64            // the newest version of each item
	Standings map[string]ExchangeStanding // by item, for the collection
}

// ExchangeEvidence gives what there is to decide anew on members of a collection, all as it is at one moment.
func (s *Store) ExchangeEvidence(ctx context.Context, collection string, added []time.Time) (ExchangeEvidence, error) {
	e := ExchangeEvidence{map[int64][]ItemVersion{}, map[ItemVersion]ExchangeItem{}, map[string]int64{}, map[string]ExchangeStanding{}}
	err := s.view(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		b.add("exchange_decisions", collection)
		b.raw("AND added IN ("+places(len(added))+")", allMicros(added)...)
		b.add("exchange_decisions_few")
		all, err := run(ctx, t, b, scanDecision)
		if err != nil {
			return err
		}
		var items []string
		for _, d := range all {
			e.Decisions[d.added] = append(e.Decisions[d.added], ItemVersion{d.item, d.version})
			items = append(items, d.item)
		}
		return s.evidence(ctx, t, collection, items, &e)
	})
	if err != nil {
		return e, fmt.Errorf("reading what to decide on: %w", err)
	}
	return e, nil
}

// evidence reads items with all that is known of them.
func (s *Store) evidence(ctx context.Context, t *tx, collection string, ids []string, e *ExchangeEvidence) error {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	b := &builder{queries: s.queries}
	b.add("exchange_items_all")
	b.raw("WHERE id IN ("+places(len(ids))+")", anys(ids)...)
	items, err := run(ctx, t, b, s.scanExchangeItem)
	if err != nil {
		return err
	}
	for _, v := range items {
		e.Items[ItemVersion{v.ID, v.Version}] = v
		e.Newest[v.ID] = max(e.Newest[v.ID], v.Version)
	}
	b = &builder{queries: s.queries}
	b.add("exchange_standings_all", collection)
	b.raw("AND item IN ("+places(len(ids))+")", anys(ids)...)
	standings, err := run(ctx, t, b, scanStanding)
	for _, v := range standings {
		e.Standings[v.Item] = v
	}
	return err
}

func allMicros(times []time.Time) []any {
	all := make([]any, len(times))
	for i, t := range times {
		all[i] = micros(t)
	}
	return all
}

// Leave is why a member may leave.
type Leave struct {
	Clauses int64 // their number
	Before  bool  // it left before
}

// Leaving gives those members of a collection for which there is a decision of this version of the agreement and this epoch that counts
// at a time, by date_added.
func (s *Store) Leaving(ctx context.Context, collection string, agreement int, epoch int64, now time.Time, added []time.Time) (map[int64]Leave, error) {
	found := make(map[int64]Leave, len(added))
	b := &builder{queries: s.queries}
	b.add("exchange_leave", collection, agreement, epoch, micros(now))
	b.raw("AND added IN ("+places(len(added))+") GROUP BY added", allMicros(added)...)
	err := s.atOnce(ctx, b.text.String(), b.args, func(rows *sql.Rows) error {
		for rows.Next() {
			var at, clauses, released int64
			if err := rows.Scan(&at, &clauses, &released); err != nil {
				return err
			}
			found[at] = Leave{clauses, released > 0}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading decisions: %w", err)
	}
	return found, nil
}

// Clauses gives the text of a number of clauses.
func (s *Store) Clauses(ctx context.Context, number int64) (text string, err error) {
	err = s.view(ctx, func(t *tx) error {
		text, err = one(ctx, t, "exchange_clauses", scanned[string], number)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading clauses: %w", err)
	}
	return text, nil
}
