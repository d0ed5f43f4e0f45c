package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	sharing "pahra/internal/exchange"
	"pahra/internal/exchange/agreement"
	"pahra/internal/store"
	"pahra/wire/stix"
)

// ErrReason says that a decision lacks its reason.
var ErrReason = errors.New("a reason is needed")

// Waiting is an item that an agreement holds for a person's review.
type Waiting struct {
	Collection string           `json:"collection"`
	Partner    string           `json:"partner"`
	Item       string           `json:"item"`
	Version    int64            `json:"version"`
	Agreement  int              `json:"agreement"` // the agreement's version
	Clause     agreement.Clause `json:"clause"`    // which holds it
	Reason     string           `json:"reason"`
}

// mostWaiting bounds what a queue shows.
const mostWaiting = 10_000

// Queue gives what waits for review, of all collections or of one.
func (x *Exchange) Queue(ctx context.Context, collection string) (all []Waiting, err error) {
	collections, err := x.collections(ctx)
	if err != nil {
		return nil, err
	}
	partners := map[string]string{}
	for _, c := range collections {
		partners[c.ID] = c.Partner
	}
	after := store.ExchangeStanding{}
	for len(all) < mostWaiting {
		some, err := x.Store.WaitingReviews(ctx, after.Collection, after.Item, atOnce)
		if err != nil || len(some) == 0 {
			return all, err
		}
		for _, s := range some {
			if partner, known := partners[s.Collection]; known && (collection == "" || collection == s.Collection) {
				all = append(all, Waiting{s.Collection, partner, s.Item, s.Version, s.Agreement, agreement.Clause(s.Clause), s.Reason})
			}
		}
		after = some[len(some)-1]
	}
	return all, nil
}

// Sides are what an item is at home, and what would leave of it.
type Sides struct {
	Waiting Waiting
	Home    []*stix.Object
	Copies  []*stix.Object
	Done    map[string][]string       // by the id at home: what was done to each object, and by which clause
	Lines   map[string][]sharing.Line // by the id at home: what becomes of each property
}

// Show gives of an item that waits for a collection what it is and what would leave if it is let out now. The error is
// [store.ErrNotFound] where it does not wait.
func (x *Exchange) Show(ctx context.Context, collection, item string) (Sides, error) {
	w, c, err := x.waiting(ctx, collection, item)
	if err != nil {
		return Sides{}, err
	}
	t, err := x.current(ctx)
	if err != nil {
		return Sides{}, err
	}
	a, err := t.accordOf(c.Agreement)
	if err != nil {
		return Sides{}, err
	}
	it, err := x.Store.ExchangeItem(ctx, item, w.Version)
	if err != nil {
		return Sides{}, err
	}
	sides := Sides{Waiting: w}
	if sides.Home, err = readItem(&it); err != nil {
		return Sides{}, err
	}
	r := request{at: x.Now(), reviewed: true}
	r.edition, r.next = a.at(r.at)
	out := evaluate(r, &it, sides.Home, x.kinds)
	if out.verdict != agreement.Released {
		return Sides{}, fmt.Errorf("nothing of %s would leave: clause %s: %s", item, out.clause, out.reason)
	}
	sides.Copies, sides.Done = out.copies, map[string][]string{}
	sides.Lines = map[string][]sharing.Line{}
	for i := range out.stories {
		for _, l := range out.stories[i].Lines {
			sides.Lines[l.Object] = append(sides.Lines[l.Object], l)
			if l.Action != agreement.Release.String() {
				sides.Done[l.Object] = append(sides.Done[l.Object], fmt.Sprintf("%s %s by clause %s", l.Field, l.Action, l.Clause))
			}
		}
	}
	return sides, nil
}

// waiting finds an item in the queue; collection may be "" where it waits for one alone.
func (x *Exchange) waiting(ctx context.Context, collection, item string) (Waiting, store.ExchangeCollection, error) {
	standings, err := x.Store.ExchangeStandings(ctx, item)
	if err != nil {
		return Waiting{}, store.ExchangeCollection{}, err
	}
	collections, err := x.collections(ctx)
	if err != nil {
		return Waiting{}, store.ExchangeCollection{}, err
	}
	found, of := []Waiting{}, store.ExchangeCollection{}
	for _, s := range standings {
		for _, c := range collections {
			if c.ID == s.Collection && s.Verdict == agreement.Review.String() && (collection == "" || collection == c.ID || collection == c.Alias) {
				found, of = append(found, Waiting{c.ID, c.Partner, item, s.Version, s.Agreement, agreement.Clause(s.Clause), s.Reason}), c
			}
		}
	}
	switch len(found) {
	case 0:
		return Waiting{}, of, fmt.Errorf("item %s does not wait for review: %w", item, store.ErrNotFound)
	case 1:
		return found[0], of, nil
	}
	return Waiting{}, of, fmt.Errorf("item %s waits for %d collections: name one", item, len(found))
}

// Decide lets an item out that waits for review, or keeps it, with a reason, and says which. What is let out is there for the partner when it
// returns, as far as the agreement lets it.
func (x *Exchange) Decide(ctx context.Context, collection, item string, release bool, reason, by string) (store.ExchangeReview, error) {
	if reason == "" {
		return store.ExchangeReview{}, ErrReason
	}
	w, _, err := x.waiting(ctx, collection, item)
	if err != nil {
		return store.ExchangeReview{}, err
	}
	r := store.ExchangeReview{Collection: w.Collection, Item: item, Version: w.Version, Agreement: w.Agreement, Released: release, Reason: reason, Actor: by, At: x.Now().Truncate(time.Microsecond)}
	if err := x.Store.Review(ctx, r); err != nil {
		return r, err
	}
	if release {
		_, err = x.Settle(ctx)
	}
	return r, err
}
