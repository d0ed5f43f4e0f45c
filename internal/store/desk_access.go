package store

import (
	"context"
	"fmt"
	"time"

	"pahra/internal/account"
)

// AppendAccess records that personal data was looked at or taken out: Actor is who, Act how, Subject of what, Detail what for. The
// entry is chained to the one before it, as those of administrative acts are; it names persons by keyed hashes alone.
func (s *Store) AppendAccess(ctx context.Context, e account.Entry, now time.Time) error {
	err := s.update(ctx, func(t *tx) error { return appendEntry(ctx, t, "access_last", "access_add", e, now) })
	if err != nil {
		return fmt.Errorf("recording an access: %w", err)
	}
	return nil
}

// AccessEntries gives at most limit entries after the one numbered after, in their order.
func (s *Store) AccessEntries(ctx context.Context, after int64, limit int) (all []account.Entry, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "access_page", scanJSON[account.Entry], after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading who looked at what: %w", err)
	}
	return all, nil
}

// checkAccess follows the chain of accesses.
func checkAccess(ctx context.Context, t *tx, r *Report) error {
	checkChain(ctx, t, r, "desk_access_log", "access_page")
	return nil
}

// Hold is what must be kept although its time is over.
type Hold struct {
	ID     int64      `json:"id"`
	Scope  string     `json:"scope"` // all, source:NAME or case:NUMBER
	Reason string     `json:"reason"`
	Actor  string     `json:"actor"`
	Placed time.Time  `json:"placed"`
	Lifted *time.Time `json:"lifted"` // nil: it holds
}

// PlaceHold places a hold and gives its number.
func (s *Store) PlaceHold(ctx context.Context, h Hold) (id int64, err error) {
	err = s.update(ctx, func(t *tx) error {
		if id, err = one(ctx, t, "hold_last", scanned[int64]); err != nil {
			return err
		}
		id++
		_, err := t.exec(ctx, "hold_add", id, h.Scope, h.Reason, h.Actor, micros(h.Placed))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("placing a hold: %w", err)
	}
	return id, nil
}

// LiftHold lifts a hold; the error is [ErrNotFound] where none of that number holds.
func (s *Store) LiftHold(ctx context.Context, id int64, now time.Time) error {
	err := s.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, "hold_lift", id, micros(now))
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("lifting hold %d: %w", id, err)
	}
	return nil
}

// Holds gives all holds, those that were lifted as well.
func (s *Store) Holds(ctx context.Context) (all []Hold, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "hold_list", func(row scanner) (h Hold, err error) {
			var placed int64
			var lifted *int64
			err = row.Scan(&h.ID, &h.Scope, &h.Reason, &h.Actor, &placed, &lifted)
			h.Placed, h.Lifted = fromMicros(placed), fromOptional(lifted)
			return h, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing holds: %w", err)
	}
	return all, nil
}
