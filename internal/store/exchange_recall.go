package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pahra/internal/account"
)

// ExchangeReceived is a version of an object that left.
type ExchangeReceived struct {
	Object  string `json:"object"` // the id as the partner sees it
	Version string `json:"version"`
	Leaf    int64  `json:"leaf"` // the entry of the ledger at which it first left
}

// ExchangeRecall is what was taken back from one partner's collection.
type ExchangeRecall struct {
	Number       int64              `json:"number"` // the same for all whom an item is taken back from
	Collection   string             `json:"collection"`
	Item         string             `json:"item"`
	Partner      string             `json:"partner"`
	Agreement    string             `json:"agreement"`
	Reason       string             `json:"reason"`
	Actor        string             `json:"actor"`
	At           time.Time          `json:"at"`
	Objects      []ExchangeReceived `json:"objects"`
	AnswerBy     time.Time          `json:"acknowledge_by"`
	DeleteBy     time.Time          `json:"delete_by"`
	Told         *time.Time         `json:"told"`         // when the partner first read of it, or a mail was taken; nil: not yet
	Acknowledged *time.Time         `json:"acknowledged"` // nil: not yet
	ByWhom       string             `json:"acknowledged_by"`
	Reminded     *time.Time         `json:"reminded"` // when a mail last reminded of it
}

// ExchangeTaking says how an item is taken back.
type ExchangeTaking struct {
	Item, Reason, Actor string
	At                  time.Time
	// Terms gives of a collection that any of it left to: the partner, the agreement, and the times until which the partner is to
	// acknowledge and to delete it.
	Terms func(collection string) (partner, agreement string, answerBy, deleteBy time.Time, err error)
	// Tombstone gives what takes a copy back, nil where nothing does.
	Tombstone func(collection string, m *Member) (*ExchangeCopy, error)
}

// Recall takes an item back, all in one transaction: no version of it leaves any more, its copies are hidden, those that had left are taken
// back by tombstones, and for each partner that had got any of it there is a row to follow. The error is [ErrNotFound] where there is no
// such item, or it was taken back before.
func (s *Store) Recall(ctx context.Context, r ExchangeTaking) (all []ExchangeRecall, err error) {
	err = s.changeExchange(ctx, "taking back "+r.Item, func(t *tx, _ int64) error {
		if err := touched(ctx, t, "exchange_item_recall", r.Item, micros(r.At)); err != nil {
			return err
		}
		number, err := one(ctx, t, "exchange_recall_number", scanned[int64])
		if err != nil {
			return err
		}
		receivers, err := list(ctx, t, "exchange_receivers", scanned[string], r.Item)
		if err != nil {
			return err
		}
		for _, c := range receivers {
			one, err := recallOf(ctx, t, number, c, &r)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		if err := withdraw(ctx, t, &r, all); err != nil {
			return err
		}
		if _, err := t.exec(ctx, "exchange_recall_standing", r.Item); err != nil {
			return err
		}
		return audited(ctx, t, account.Entry{Actor: r.Actor, Act: "exchange.recall", Subject: r.Item, Detail: fmt.Sprintf("number %d, from %d partners: %s", number, len(all), r.Reason)}, r.At)
	})
	return all, err
}

// recallOf makes the row of one collection.
func recallOf(ctx context.Context, t *tx, number int64, collection string, r *ExchangeTaking) (v ExchangeRecall, err error) {
	v = ExchangeRecall{Number: number, Collection: collection, Item: r.Item, Reason: r.Reason, Actor: r.Actor, At: r.At}
	if v.Partner, v.Agreement, v.AnswerBy, v.DeleteBy, err = r.Terms(collection); err != nil {
		return v, err
	}
	v.Objects, err = list(ctx, t, "exchange_received", func(row scanner) (o ExchangeReceived, err error) {
		var in string
		var at int64
		err = row.Scan(&o.Object, &o.Version, &in, &o.Leaf, &at)
		return o, err
	}, collection, r.Item)
	if err != nil {
		return v, err
	}
	objects, err := json.Marshal(v.Objects)
	if err != nil {
		return v, err
	}
	_, err = t.exec(ctx, "exchange_recall_add", number, collection, r.Item, v.Partner, v.Agreement, r.Reason, r.Actor, micros(r.At), objects, micros(v.AnswerBy), micros(v.DeleteBy))
	return v, err
}

// withdraw hides all copies of an item and puts tombstones where some had left.
func withdraw(ctx context.Context, t *tx, r *ExchangeTaking, left []ExchangeRecall) error {
	q, err := beginSequence(ctx, t, r.At)
	if err != nil {
		return err
	}
	collections, err := list(ctx, t, "exchange_decided_collections", scanned[string], r.Item)
	if err != nil {
		return err
	}
	for _, c := range collections {
		out := map[string]bool{}
		for _, l := range left {
			for _, o := range l.Objects {
				out[c+" "+o.Object] = out[c+" "+o.Object] || l.Collection == c
			}
		}
		if err := q.withdraw(ctx, c, r, out); err != nil {
			return fmt.Errorf("from %s: %w", c, err)
		}
	}
	return q.end(ctx)
}

func (q *sequence) withdraw(ctx context.Context, collection string, r *ExchangeTaking, left map[string]bool) error {
	have, err := list(ctx, q.t, "exchange_decisions_item", scanDecision, r.Item, collection)
	if err != nil {
		return err
	}
	of := ExchangeRuling{ExchangeStanding: ExchangeStanding{Collection: collection}}
	buried := map[string]bool{}
	for _, d := range have {
		members, err := list(ctx, q.t, "exchange_recall_member", new(MemberQuery).scan, collection, d.added)
		if err != nil {
			return err
		}
		if err := q.shorten(ctx, collection, d, 0); err != nil {
			return err
		}
		still, err := list(ctx, q.t, "exchange_recall_member", new(MemberQuery).scan, collection, d.added)
		if err != nil {
			return err
		}
		if len(still) > 0 { // it is a copy of something else too
			continue
		}
		for i := range members {
			m := &members[i]
			if !left[collection+" "+m.Object] || buried[m.Object] {
				continue
			}
			buried[m.Object] = true
			stone, err := r.Tombstone(collection, m)
			if err == nil && stone != nil {
				_, err = q.member(ctx, &of, stone)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func scanRecall(row scanner) (v ExchangeRecall, err error) {
	var at, answer, drop int64
	var told, acknowledged, reminded *int64
	var objects []byte
	err = row.Scan(&v.Number, &v.Collection, &v.Item, &v.Partner, &v.Agreement, &v.Reason, &v.Actor, &at, &objects, &answer, &drop, &told, &acknowledged, &v.ByWhom, &reminded)
	if err != nil {
		return v, err
	}
	v.At, v.AnswerBy, v.DeleteBy = fromMicros(at), fromMicros(answer), fromMicros(drop)
	v.Told, v.Acknowledged, v.Reminded = fromOptional(told), fromOptional(acknowledged), fromOptional(reminded)
	return v, json.Unmarshal(objects, &v.Objects)
}

// Recalls gives what was taken back, behind a number and a collection.
func (s *Store) Recalls(ctx context.Context, number int64, collection string, limit int) (all []ExchangeRecall, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "exchange_recalls", scanRecall, number, collection, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what was taken back: %w", err)
	}
	return all, nil
}

// RecallsOf gives what was taken back from a collection, and notes that its partner has read it.
func (s *Store) RecallsOf(ctx context.Context, collection string, now time.Time) (all []ExchangeRecall, err error) {
	err = s.update(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, "exchange_recall_told", collection, micros(now)); err != nil {
			return err
		}
		all, err = list(ctx, t, "exchange_recalls_of", scanRecall, collection)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what was taken back: %w", err)
	}
	return all, nil
}

// AcknowledgeRecall notes that a partner has taken notice. The first time counts. The error is [ErrNotFound] where nothing of that number was
// taken back from the collection.
func (s *Store) AcknowledgeRecall(ctx context.Context, number int64, collection, by string, now time.Time) (v ExchangeRecall, err error) {
	err = s.update(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, "exchange_recall_acknowledge", number, collection, micros(now), by); err != nil {
			return err
		}
		v, err = one(ctx, t, "exchange_recall_get", scanRecall, number, collection)
		return err
	})
	if err != nil {
		return v, fmt.Errorf("acknowledging recall %d: %w", number, err)
	}
	return v, nil
}

// NoteRecallMail notes that a mail about a recall was taken.
func (s *Store) NoteRecallMail(ctx context.Context, number int64, collection string, now time.Time) error {
	err := s.update(ctx, func(t *tx) error { return touched(ctx, t, "exchange_recall_reminded", number, collection, micros(now)) })
	if err != nil {
		return fmt.Errorf("noting a mail about recall %d: %w", number, err)
	}
	return nil
}

// audited appends an entry to the log of administrative acts, in a transaction.
func audited(ctx context.Context, t *tx, e account.Entry, now time.Time) error {
	return appendEntry(ctx, t, "audit_last", "audit_add", e, now)
}
