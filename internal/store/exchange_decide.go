package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// ExchangeStanding is what the sequencer decided last on the newest version of an item for a collection.
type ExchangeStanding struct {
	Collection string
	Item       string
	Version    int64 // of the item
	Agreement  int   // the agreement's version
	Epoch      int64
	Verdict    string    // "refuse", "review" or "release"
	Clause     string    // which keeps it
	Reason     string    // why
	Until      time.Time // when time alone may change it; zero: never
	Charged    int64     // the version of the item that was counted against quotas and not kept by them; 0: none
	Passed     int64     // the version of the item that a person let pass; 0: none
	PassedBy   int       // the agreement's version under which that was
}

// ExchangeRuling is a new standing, and what leaves by it.
type ExchangeRuling struct {
	ExchangeStanding
	Copies []ExchangeCopy // none unless the verdict is "release"
}

// ExchangeCopy is a copy of an object for a partner.
type ExchangeCopy struct {
	Object  string // the id as the partner sees it
	Type    string
	Version string // as the copy would have it by itself; "" of what has no versions
	Fixed   bool   // it tells nothing of an item and is what it is: a marking, the sender's identity, a tombstone
	Clauses string // JSON: the clause of each field that was changed or left out
	// Body gives the object in the canonical form of RFC 8785 with this time of modification.
	Body func(version string) []byte
}

// ExchangeCharge is a count against a quota in a window.
type ExchangeCharge struct {
	Collection    string
	Clause        string
	Start         time.Time // of the window
	Before, After int64     // the counts before and with what was decided
}

// ExchangeBatch is what one turn of the sequencer leaves behind.
type ExchangeBatch struct {
	Counter int64          // of the terms by which it was decided
	Items   []ExchangeItem // new versions
	Objects [][]string     // of each item, those that belong to it from now on
	Rulings []ExchangeRuling
	Charges []ExchangeCharge
}

// ErrStale says that something was decided on what is no more: other terms, an older version of an item, older counts.
var ErrStale = errors.New("what it was decided on has changed meanwhile")

// Sequence keeps a turn of the sequencer in one transaction: items, what stands of them, and the copies as members of collections.
// A copy that differs from the last of its object becomes a new member, with a time of modification that is strictly later; one that
// is the same is the member that is there. Members that nothing stands for any more are hidden. The error is [ErrStale] where it has to
// be decided anew; nothing is kept then.
func (s *Store) Sequence(ctx context.Context, now time.Time, b ExchangeBatch) error {
	err := s.update(ctx, func(t *tx) error {
		if err := s.fresh(ctx, t, &b); err != nil {
			return err
		}
		for i := range b.Items {
			if err := s.keepItem(ctx, t, &b.Items[i], b.Objects[i]); err != nil {
				return err
			}
		}
		for _, c := range b.Charges {
			if _, err := t.exec(ctx, "exchange_charge", c.Collection, c.Clause, micros(c.Start), c.After); err != nil {
				return err
			}
		}
		q, err := beginSequence(ctx, t, now)
		if err != nil {
			return err
		}
		return q.rulings(ctx, b.Rulings)
	})
	if err != nil {
		return fmt.Errorf("sequencing %d decisions: %w", len(b.Rulings), err)
	}
	return nil
}

// fresh tells by ErrStale that a batch was decided on what is no more.
func (s *Store) fresh(ctx context.Context, t *tx, b *ExchangeBatch) error {
	state, err := exchangeState(ctx, t)
	if err != nil {
		return err
	}
	if state.Counter != b.Counter {
		return ErrStale
	}
	for _, c := range b.Charges {
		if have, err := charged(ctx, t, c); err != nil || have != c.Before {
			return errors.Join(err, ErrStale)
		}
	}
	versions := map[string]int64{}
	for i := range b.Items {
		versions[b.Items[i].ID] = b.Items[i].Version
		if have, err := newestVersion(ctx, t, b.Items[i].ID); err != nil || have != b.Items[i].Version-1 {
			return errors.Join(err, ErrStale)
		}
	}
	for i := range b.Rulings {
		r := &b.Rulings[i]
		if _, known := versions[r.Item]; !known {
			if versions[r.Item], err = newestVersion(ctx, t, r.Item); err != nil {
				return err
			}
		}
		if versions[r.Item] != r.Version {
			return ErrStale
		}
	}
	return nil
}

// newestVersion gives the number of an item's newest version, 0 where there is none.
func newestVersion(ctx context.Context, t *tx, item string) (int64, error) {
	return one(ctx, t, "exchange_item_version", scanned[int64], item)
}

func charged(ctx context.Context, t *tx, c ExchangeCharge) (int64, error) {
	n, err := list(ctx, t, "exchange_charged", scanned[int64], c.Collection, c.Clause, micros(c.Start))
	if err != nil || len(n) == 0 {
		return 0, err
	}
	return n[0], nil
}

// ExchangeCharged gives how many objects were counted against a quota in a window.
func (s *Store) ExchangeCharged(ctx context.Context, c ExchangeCharge) (n int64, err error) {
	err = s.view(ctx, func(t *tx) error {
		n, err = charged(ctx, t, c)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("reading what a quota counted: %w", err)
	}
	return n, nil
}

// never is later than all times.
const never = math.MaxInt64

func untilMicros(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return micros(t)
}

func fromUntil(us int64) time.Time {
	if us == never {
		return time.Time{}
	}
	return fromMicros(us)
}
