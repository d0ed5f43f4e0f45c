package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	sharing "pahra/internal/exchange"
	"pahra/internal/store"
	"pahra/wire/stix"
)

// The bounds of loading: how many objects are looked at together, how many of the last of these may still be referred to by what comes,
// and how many belong together at most.
const (
	window     = 2000
	tail       = 200
	mostInItem = 1000
)

// Loaded says what became of objects that were loaded.
type Loaded struct {
	Offered
	Bad int `json:"bad"` // objects that could not be read, or are too many that belong together
}

// Load reads objects of STIX, as a bundle or one behind the other, makes an item of those that belong together, and offers it. as says
// what is known of all items; its id and objects do not count. Objects that refer to each other stand at most some hundred apart. Those that are in
// an item already become its next version. What is of a third party cannot say how it is to be handled. bad hears of each object that cannot be taken.
func (x *Exchange) Load(ctx context.Context, in io.Reader, as Item, bad func(error)) (Loaded, error) {
	if as.Audience != "" {
		if err := x.audience(ctx, as.Audience); err != nil {
			return Loaded{}, err
		}
	}
	l := loading{x: x, as: as}
	r := stix.NewReader(in)
	for {
		o, err := r.Next()
		var broken *stix.BadObject
		switch {
		case errors.As(err, &broken):
			l.sum.Bad++
			bad(broken)
			continue
		case errors.Is(err, io.EOF):
			return l.sum, l.offer(ctx, true, bad)
		case err != nil:
			return l.sum, err
		}
		if as.Origin != "" {
			sharing.StripHandling(o) // what Pahra notes of its own is for it alone to say
		}
		if l.held = append(l.held, o); len(l.held)%window == 0 {
			if err := l.offer(ctx, false, bad); err != nil {
				return l.sum, err
			}
		}
	}
}

// audience makes sure that a collection is one that items can be for.
func (x *Exchange) audience(ctx context.Context, id string) error {
	all, err := x.collections(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(c store.ExchangeCollection) bool { return c.ID == id }) {
		return fmt.Errorf("%.80q is no exchange collection: %w", id, store.ErrNotFound)
	}
	return nil
}

// loading is what was read and not offered yet.
type loading struct {
	x    *Exchange
	as   Item
	held []*stix.Object
	sum  Loaded
}

// offer makes items of what was read, but for what may still be referred to unless it is the end.
func (l *loading) offer(ctx context.Context, end bool, bad func(error)) error {
	late := map[*stix.Object]bool{}
	if !end {
		for _, o := range l.held[len(l.held)-tail:] {
			late[o] = true
		}
	}
	var items []Item
	var kept []*stix.Object
	for _, part := range sharing.Split(l.held) {
		switch {
		case len(part) > mostInItem:
			l.sum.Bad += len(part)
			bad(fmt.Errorf("%d objects from %s on refer to each other; at most %d are taken", len(part), part[0].ID(), mostInItem))
		case slices.ContainsFunc(part, func(o *stix.Object) bool { return late[o] }):
			kept = append(kept, part...)
		default:
			item, err := l.item(ctx, part)
			if err != nil {
				return err
			}
			items = append(items, item)
		}
	}
	for _, o := range l.held { // what stands alone goes with what comes
		if (late[o] || o.Type() == "identity" || o.Type() == "marking-definition") && !slices.Contains(kept, o) && !end {
			kept = append(kept, o)
		}
	}
	l.held = kept
	n, err := l.x.Offer(ctx, items)
	l.sum.add(n)
	return err
}

// item makes an item of objects: a version of the one that one of them is in, else a new one by the name of the first.
func (l *loading) item(ctx context.Context, objects []*stix.Object) (Item, error) {
	item := l.as
	item.Objects = objects
	var err error
	if item.ID, err = l.x.Store.ItemOfObjects(ctx, belonging(objects)); err != nil || item.ID != "" {
		return item, err
	}
	for _, o := range objects {
		if t, _ := stix.TypeOf(o.Type()); t.Class != stix.Meta && (item.ID == "" || o.ID() < item.ID) {
			item.ID = o.ID()
		}
	}
	return item, nil
}
