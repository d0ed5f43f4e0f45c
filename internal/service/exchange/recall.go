package exchange

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"pahra/internal/store"
	"pahra/wire/stix"
)

// Recall takes an item back: nothing of it leaves any more, whoever had got some of it finds tombstones in its place, and is to acknowledge
// and to delete it within the hours of its agreement. It gives a row for each of these.
func (x *Exchange) Recall(ctx context.Context, item, reason, by string) ([]store.ExchangeRecall, error) {
	if reason == "" {
		return nil, ErrReason
	}
	t, err := x.current(ctx)
	if err != nil {
		return nil, err
	}
	roster, err := x.Store.ExchangeRoster(ctx)
	if err != nil {
		return nil, err
	}
	collections := map[string]*store.ExchangeCollection{}
	for i := range roster.Collections {
		collections[roster.Collections[i].ID] = &roster.Collections[i]
	}
	now := x.Now().Truncate(time.Microsecond)
	of := func(id string) (*store.ExchangeCollection, *edition, error) {
		c := collections[id]
		if c == nil {
			return nil, nil, fmt.Errorf("collection %s: %w", id, store.ErrNotFound)
		}
		a, err := t.accordOf(c.Agreement)
		if err != nil {
			return nil, nil, err
		}
		e, _ := a.at(now)
		if e.table == nil || e.redactor == nil {
			return nil, nil, fmt.Errorf("agreement %s: %s", c.Agreement, e.problem)
		}
		return c, e, nil
	}
	return x.Store.Recall(ctx, store.ExchangeTaking{Item: item, Reason: reason, Actor: by, At: now,
		Terms: func(id string) (partner, agreement string, answerBy, deleteBy time.Time, err error) {
			c, e, err := of(id)
			if err != nil {
				return "", "", now, now, err
			}
			r := e.table.Direction().Recall
			return c.Partner, c.Agreement, now.Add(time.Duration(r.AcknowledgeHours) * time.Hour), now.Add(time.Duration(r.DeleteHours) * time.Hour), nil
		},
		Tombstone: func(collection string, m *store.Member) (*store.ExchangeCopy, error) {
			_, e, err := of(collection)
			if err != nil {
				return nil, err
			}
			o, err := stix.Parse(m.Body)
			if err != nil || o.Revoked() {
				return nil, err
			}
			return tombstone(e, o, now), nil
		}})
}

// Recalls gives all that was taken back, the oldest first.
func (x *Exchange) Recalls(ctx context.Context) (all []store.ExchangeRecall, err error) {
	last := store.ExchangeRecall{}
	for {
		some, err := x.Store.Recalls(ctx, last.Number, last.Collection, atOnce)
		if err != nil || len(some) == 0 {
			return all, err
		}
		all, last = append(all, some...), some[len(some)-1]
	}
}

// Taken is what a partner reads of a recall.
type Taken struct {
	Number       int64                    `json:"number"`
	Reason       string                   `json:"reason"`
	At           time.Time                `json:"at"`
	Objects      []store.ExchangeReceived `json:"objects"`
	AnswerBy     time.Time                `json:"acknowledge_by"`
	DeleteBy     time.Time                `json:"delete_by"`
	Acknowledged *time.Time               `json:"acknowledged"`
}

func taken(r *store.ExchangeRecall) Taken {
	return Taken{r.Number, r.Reason, r.At, r.Objects, r.AnswerBy, r.DeleteBy, r.Acknowledged}
}

// own gives an exchange collection that the caller may read.
func (b *Books) own(ctx context.Context, s *Service, c Caller, name string) (Collection, error) {
	at, err := s.Collection(ctx, c, name)
	if err == nil && (at.Kind != store.CollectionExchange || !at.CanRead) {
		err = ErrNotFound
	}
	return at, err
}

// Ledger gives what serves the ledger of a collection to its reader.
func (b *Books) Ledger(ctx context.Context, s *Service, c Caller, name string) (http.Handler, error) {
	at, err := b.own(ctx, s, c, name)
	if err != nil {
		return nil, err
	}
	l, _, err := b.direction(ctx, at.Agreement, at.Partner, b.x.Now())
	return l, err
}

// Taken gives what was taken back from a collection, to its reader, who is told by that.
func (b *Books) Taken(ctx context.Context, s *Service, c Caller, name string) ([]Taken, error) {
	at, err := b.own(ctx, s, c, name)
	if err != nil {
		return nil, err
	}
	rows, err := b.x.Store.RecallsOf(ctx, at.ID, b.x.Now())
	list := make([]Taken, len(rows))
	for i := range rows {
		list[i] = taken(&rows[i])
	}
	return list, err
}

// Acknowledge notes that the reader of a collection has taken notice of a recall.
func (b *Books) Acknowledge(ctx context.Context, s *Service, c Caller, name string, number int64) (Taken, error) {
	at, err := b.own(ctx, s, c, name)
	if err != nil {
		return Taken{}, err
	}
	r, err := b.x.Store.AcknowledgeRecall(ctx, number, at.ID, c.User, b.x.Now())
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNotFound
	}
	return taken(&r), err
}
