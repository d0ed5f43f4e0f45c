package store

import (
	"context"
	"fmt"
	"time"

	"pahra/internal/account"
)

// ExchangeRelease is what left in one answer for the first time.
type ExchangeRelease struct {
	Collection string
	Added      []time.Time // of the members
	Leaf       int64       // the entry of the ledger, from 0
	At         time.Time
}

// KeepReleases keeps what left for the first time, of several answers in one transaction. What is kept already stays as it is.
func (s *Store) KeepReleases(ctx context.Context, all []ExchangeRelease) error {
	err := s.update(ctx, func(t *tx) error {
		for i := range all {
			r := &all[i]
			for _, at := range r.Added {
				if _, err := t.exec(ctx, "exchange_release_add", r.Collection, micros(at), r.Leaf, micros(r.At)); err != nil {
					return err
				}
				if _, err := t.exec(ctx, "exchange_decision_released", r.Collection, micros(at), r.Leaf+1); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping what left: %w", err)
	}
	return nil
}

// WaitingReviews gives what waits for a person: standings with the verdict "review" on which nobody decided yet, behind a collection and an
// item.
func (s *Store) WaitingReviews(ctx context.Context, collection, item string, limit int) (all []ExchangeStanding, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "exchange_waiting", scanStanding, collection, item, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what waits for review: %w", err)
	}
	return all, nil
}

// ExchangeReview is what a person decided on an item that waited.
type ExchangeReview struct {
	Collection string    `json:"collection"`
	Item       string    `json:"item"`
	Version    int64     `json:"version"`   // of the item
	Agreement  int       `json:"agreement"` // its version
	Released   bool      `json:"released"`
	Reason     string    `json:"reason"`
	Actor      string    `json:"actor"`
	At         time.Time `json:"at"`
}

// Review keeps what a person decided, and in the log of administrative acts that they did. What is let out the sequencer takes up. The error
// is [ErrNotFound] where that version of the item does not wait under that version of the agreement, [ErrConflict] where somebody decided
// already.
func (s *Store) Review(ctx context.Context, r ExchangeReview) error {
	err := s.update(ctx, func(t *tx) error {
		standing, err := one(ctx, t, "exchange_standing", scanStanding, r.Collection, r.Item)
		if err != nil {
			return err
		}
		if standing.Version != r.Version || standing.Agreement != r.Agreement || standing.Verdict != "review" {
			return ErrNotFound
		}
		if _, err := t.exec(ctx, "exchange_review_add", r.Collection, r.Item, r.Version, r.Agreement, bit(r.Released), r.Reason, r.Actor, micros(r.At)); err != nil {
			return err
		}
		act := "exchange.review.refuse"
		if r.Released {
			act = "exchange.review.release"
			if err := touched(ctx, t, "exchange_standing_pass", r.Collection, r.Item, r.Version, r.Agreement); err != nil {
				return err
			}
		}
		return audited(ctx, t, account.Entry{Actor: r.Actor, Act: act, Subject: r.Item, Detail: fmt.Sprintf("version %d for %s: %s", r.Version, r.Collection, r.Reason)}, r.At)
	})
	if err != nil {
		return fmt.Errorf("keeping what was decided on %s: %w", r.Item, err)
	}
	return nil
}

// Reviews gives what was decided on an item, the oldest first.
func (s *Store) Reviews(ctx context.Context, item string) (all []ExchangeReview, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "exchange_reviews", func(row scanner) (r ExchangeReview, err error) {
			var at, released int64
			err = row.Scan(&r.Collection, &r.Item, &r.Version, &r.Agreement, &released, &r.Reason, &r.Actor, &at)
			r.At, r.Released = fromMicros(at), released == 1
			return r, err
		}, item)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what was decided on %s: %w", item, err)
	}
	return all, nil
}
