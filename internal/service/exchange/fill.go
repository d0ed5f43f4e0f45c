package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"

	"pahra/internal/store"
	"pahra/wire/stix"
)

// fillBatch is how many objects are stored in one transaction.
const fillBatch = 1000

// Filled is what became of the objects of a file.
type Filled struct {
	Added   int `json:"added"`
	Same    int `json:"same"`    // were there already
	Refused int `json:"refused"` // each was told to the caller
}

// Fill puts objects into a collection in the operator's name, or offers them to the partner whose exchange collection it is: those of a bundle, an envelope, a list, or one behind the other. It
// holds a batch of them. refused is told of each object that is not taken: which one, its id if it has one, and why.
func (s *Service) Fill(ctx context.Context, name string, from io.Reader, refused func(number int, id string, why error)) (Filled, error) {
	at, err := s.named(ctx, name)
	if err != nil {
		return Filled{}, err
	}
	if at.Kind == store.CollectionExchange {
		return s.share(ctx, at, from, refused)
	}
	l := filler{s: s, in: newIntake(at.ID), refused: refused}
	r := stix.NewReader(from)
	for {
		o, err := r.Next()
		var bad *stix.BadObject
		switch {
		case errors.Is(err, io.EOF):
			return l.done, l.flush(ctx)
		case errors.As(err, &bad):
			l.refuse(bad.Number, "", bad.Reason)
			continue
		case err != nil:
			return l.done, errors.Join(fmt.Errorf("reading objects: %w", err), l.flush(ctx))
		}
		m, err := l.in.member(r.Text())
		if err != nil {
			l.refuse(r.Number(), o.ID(), err)
			continue
		}
		l.batch, l.numbers = append(l.batch, m), append(l.numbers, r.Number())
		if len(l.batch) == fillBatch {
			if err := l.flush(ctx); err != nil {
				return l.done, err
			}
		}
	}
}

// share offers objects to the one partner that a collection is for: the agreement decides what of them becomes a member of it.
func (s *Service) share(ctx context.Context, at *store.ExchangeCollection, from io.Reader, refused func(number int, id string, why error)) (Filled, error) {
	x, shares := s.Gate.(*Exchange)
	if !shares {
		return Filled{}, fmt.Errorf("collection %s is filled by an agreement, not by hand", at.ID)
	}
	sum, err := x.Load(ctx, from, Item{Audience: at.ID}, func(why error) {
		number := 0
		var bad *stix.BadObject
		if errors.As(why, &bad) {
			number, why = bad.Number, bad.Reason
		}
		refused(number, "", why)
	})
	return Filled{Added: sum.Objects, Same: sum.Same, Refused: sum.Bad}, err
}

// filler holds a batch of a file.
type filler struct {
	s       *Service
	in      *intake
	refused func(int, string, error)
	batch   []store.NewMember
	numbers []int
	done    Filled
}

func (l *filler) refuse(number int, id string, why error) {
	l.done.Refused++
	l.refused(number, id, why)
}

// flush stores the batch.
func (l *filler) flush(ctx context.Context) error {
	out, err := l.s.Store.AppendMembers(ctx, l.s.Now(), l.batch)
	if err != nil {
		return err
	}
	for i, o := range out {
		switch o.Outcome {
		case store.MemberAdded:
			l.done.Added++
		case store.MemberSame:
			l.done.Same++
		case store.MemberClash:
			l.refuse(l.numbers[i], l.batch[i].Object, errors.New(clash))
		}
	}
	l.batch, l.numbers = l.batch[:0], l.numbers[:0]
	return nil
}

// named gives a collection by its id or alias, whoever may use it.
func (s *Service) named(ctx context.Context, name string) (*store.ExchangeCollection, error) {
	r, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	for i := range r.Collections {
		if c := &r.Collections[i]; name != "" && (c.ID == name || c.Alias == name) {
			return c, nil
		}
	}
	return nil, fmt.Errorf("collection %s: %w", name, ErrNotFound)
}
