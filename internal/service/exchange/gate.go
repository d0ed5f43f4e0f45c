package exchange

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/internal/store"
	"pahra/wire/stix"
)

// ErrClosed says that nothing at all leaves a collection now, and why. It is no answer for who asks, who learns nothing by it.
var ErrClosed = errors.New("nothing leaves this collection now")

// Closed is an [ErrClosed] with its reason, which is for the internal log.
type Closed struct{ Reason string }

// Error gives the reason.
func (c *Closed) Error() string { return ErrClosed.Error() + ": " + c.Reason }

// Is makes a Closed an ErrClosed.
func (c *Closed) Is(target error) bool { return target == ErrClosed }

// Leave gives the rows of those members of an exchange collection that may leave at this moment, in their order. The error is [ErrClosed]
// where nothing may as a whole.
//
// A stored decision counts for a member if it was made under this version of the agreement in this epoch, and the time until which it holds
// has not come. All else is decided on now: the item of which the member is a copy is, and the member leaves if it is, byte for byte, what the
// agreement would give now, and if the newest version of the item would leave too.
func (x *Exchange) Leave(ctx context.Context, _ Caller, c Collection, members []store.Member, now time.Time) ([]Row, error) {
	t, err := x.current(ctx)
	if err != nil {
		return nil, err
	}
	a, err := t.accordOf(c.Agreement)
	if err != nil {
		return nil, err
	}
	g := reading{x: x, collection: c.ID, epoch: a.epoch, now: now, stored: map[int64]store.Leave{}, live: map[int64]string{}}
	g.edition, g.next = a.at(now)
	if why := t.closed(g.edition, c.Partner, now); why != "" {
		return nil, &Closed{why}
	}
	if err := g.decide(ctx, members); err != nil {
		return nil, err
	}
	return g.rows(members), nil
}

// reading is one look at members.
type reading struct {
	x          *Exchange
	collection string
	edition    *edition
	next       time.Time
	epoch      int64
	now        time.Time
	stored     map[int64]store.Leave // members that leave by a stored decision, by date_added
	live       map[int64]string      // members that leave by a decision made now, with what was done to them
}

// decide finds out which members leave.
func (g *reading) decide(ctx context.Context, members []store.Member) error {
	var copies []time.Time
	for i := range members {
		if members[i].Item != "" {
			copies = append(copies, members[i].Added)
		}
	}
	if len(copies) == 0 {
		return nil
	}
	if !g.x.Live {
		var err error
		if g.stored, err = g.x.Store.Leaving(ctx, g.collection, g.edition.version(), g.epoch, g.now, copies); err != nil {
			return err
		}
		copies = slices.DeleteFunc(copies, func(at time.Time) bool { _, leaves := g.stored[at.UnixMicro()]; return leaves })
	}
	if len(copies) == 0 {
		return nil
	}
	e, err := g.x.Store.ExchangeEvidence(ctx, g.collection, copies)
	if err != nil {
		return err
	}
	asked := asked{reading: g, evidence: &e, done: map[store.ItemVersion]*outcome{}}
	for i := range members {
		if m := &members[i]; m.Item != "" && len(e.Decisions[m.Added.UnixMicro()]) > 0 {
			text, leaves, err := asked.leaves(m)
			if err != nil {
				return err
			}
			if leaves {
				g.live[m.Added.UnixMicro()] = text
			}
		}
	}
	return nil
}

// rows gives the members that leave.
func (g *reading) rows(members []store.Member) []Row {
	rows := make([]Row, 0, len(members))
	for i := range members {
		m := &members[i]
		by, leaves := g.stored[m.Added.UnixMicro()]
		text, live := g.live[m.Added.UnixMicro()]
		if m.Item != "" && !leaves && !live {
			continue
		}
		row := Rows(members[i : i+1])[0]
		row.Grant = Grant{Copy: m.Item != "", Clauses: by.Clauses, Text: text, Before: by.Before}
		rows = append(rows, row)
	}
	return rows
}

// asked decides on items once for a reading.
type asked struct {
	*reading
	evidence *store.ExchangeEvidence
	done     map[store.ItemVersion]*outcome
}

// leaves decides on a member now, by one of the items that it is a copy of, and tells what was done to it.
func (g *asked) leaves(m *store.Member) (text string, leaves bool, err error) {
	for _, of := range g.evidence.Decisions[m.Added.UnixMicro()] {
		newest, err := g.item(store.ItemVersion{Item: of.Item, Version: g.evidence.Newest[of.Item]})
		if err != nil {
			return "", false, err
		}
		if newest.verdict != agreement.Released {
			continue
		}
		out, err := g.item(of)
		if err != nil {
			return "", false, err
		}
		if out.verdict != agreement.Released {
			continue
		}
		i := slices.IndexFunc(out.copies, func(o *stix.Object) bool { return o.ID() == m.Object })
		if i >= 0 && bytes.Equal(digest(out.copies[i], m.Version), m.Digest) {
			return out.told(m.Object), true, nil
		}
	}
	return "", false, nil
}

// item decides on a version of an item. Quotas are not charged: that was done when it was first decided on, and what they kept stays.
func (g *asked) item(of store.ItemVersion) (*outcome, error) {
	if out := g.done[of]; out != nil {
		return out, nil
	}
	item, known := g.evidence.Items[of]
	if !known {
		return &outcome{}, nil
	}
	objects, err := readItem(&item)
	if err != nil {
		return nil, err
	}
	s := g.evidence.Standings[of.Item]
	out := &outcome{}
	settled := s.Agreement == g.edition.version() && s.Epoch == g.epoch && (s.Until.IsZero() || g.now.Before(s.Until))
	if !settled || s.Version != of.Version || s.Verdict == agreement.Released.String() {
		r := request{edition: g.edition, next: g.next, at: g.now, reviewed: passed(&s, of.Version, g.edition.version())}
		*out = evaluate(r, &item, objects, g.x.kinds)
	}
	g.done[of] = out
	return out, nil
}
