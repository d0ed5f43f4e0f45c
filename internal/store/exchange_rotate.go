package store

import (
	"context"
	"time"
)

// RotateExchangeSecret gives an agreement a new secret. For each object that its partner sees tombstone gives what takes it back under its
// old id, nil where nothing does; these become members in the same transaction. It tells how many there are. The old secret is kept.
func (s *Store) RotateExchangeSecret(ctx context.Context, agreement string, sealed []byte, at time.Time, tombstone func(*Member) (*ExchangeCopy, error)) (revoked int, err error) {
	err = s.changeExchange(ctx, "changing the secret of "+agreement, func(t *tx, counter int64) error {
		if err := touched(ctx, t, "exchange_epoch_set", agreement, counter); err != nil {
			return err
		}
		if _, err := t.exec(ctx, "exchange_secret_add", agreement, sealed, micros(at)); err != nil {
			return err
		}
		collections, err := list(ctx, t, "exchange_collections_of", scanned[string], agreement)
		if err != nil {
			return err
		}
		q, err := beginSequence(ctx, t, at)
		if err != nil {
			return err
		}
		for _, c := range collections {
			n, err := q.revoke(ctx, c, tombstone)
			if revoked += n; err != nil {
				return err
			}
		}
		return q.end(ctx)
	})
	return revoked, err
}

// revoke takes back all objects of a collection that can be.
func (q *sequence) revoke(ctx context.Context, collection string, tombstone func(*Member) (*ExchangeCopy, error)) (revoked int, err error) {
	of := ExchangeRuling{ExchangeStanding: ExchangeStanding{Collection: collection}}
	for last, end := int64(-1), q.next; ; {
		members, err := list(ctx, q.t, "member_rotate", new(MemberQuery).scan, collection, last, end)
		if err != nil || len(members) == 0 {
			return revoked, err
		}
		for i := range members {
			last = micros(members[i].Added)
			c, err := tombstone(&members[i])
			if err == nil && c != nil {
				revoked++
				_, err = q.member(ctx, &of, c)
			}
			if err != nil {
				return revoked, err
			}
		}
	}
}
