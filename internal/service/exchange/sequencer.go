package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/internal/store"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// Item is something to share: a few objects that belong together, and what is known of them as a whole. What is not known is zero.
type Item struct {
	ID       string // the same for all versions
	Objects  []*stix.Object
	Audience string   // the one exchange collection that it is for; "": all
	Consent  string   // "none", "government", "everyone": to whom who told it may be named
	Origin   string   // the team of a third party that told it
	Permits  []string // the teams that it lets it be passed to
	Embargo  *time.Time
	Expires  *time.Time
}

// Offered counts what became of items.
type Offered struct {
	New       int `json:"new"`       // items, or new versions of items
	Unchanged int `json:"unchanged"` // items that were there as they are
	Recalled  int `json:"recalled"`  // items that were taken back, and stay so
	Objects   int `json:"objects"`   // of new items
	Same      int `json:"same"`      // objects of items that were there
}

func (o *Offered) add(n Offered) {
	o.New, o.Unchanged, o.Recalled, o.Objects, o.Same = o.New+n.New, o.Unchanged+n.Unchanged, o.Recalled+n.Recalled, o.Objects+n.Objects, o.Same+n.Same
}

// The sequencer's bounds: how many items one transaction takes, how often it tries again when others were faster.
const (
	atOnce    = 100
	mostTries = 100
)

// Offer keeps items and decides at once for each exchange collection what of them becomes a member of it. An item that comes again with
// other objects is a new version. Objects of a new item count against quotas once for each collection.
func (x *Exchange) Offer(ctx context.Context, items []Item) (Offered, error) {
	var sum Offered
	for part := range slices.Chunk(items, atOnce) {
		var n Offered
		err := x.turn(ctx, func(d *draft) error {
			n = Offered{}
			for i := range part {
				if err := d.offer(ctx, &part[i], &n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return sum, err
		}
		sum.add(n)
	}
	return sum, nil
}

// Settle decides anew on all that was decided under other terms or whose time has come, and tells on how many items and collections. What
// becomes visible or different by that becomes new members; what may not leave any more is hidden. Collections from which nothing may
// leave as a whole are left as they are.
func (x *Exchange) Settle(ctx context.Context) (settled int, err error) {
	t, err := x.current(ctx)
	if err != nil {
		return 0, err
	}
	collections, err := x.collections(ctx)
	if err != nil {
		return 0, err
	}
	for _, c := range collections {
		a := t.accords[c.Agreement]
		if a == nil {
			continue
		}
		if e, _ := a.at(x.Now()); e.problem != "" {
			continue
		} else if in, _ := e.agreement.InForce(x.Now(), e.standing); !in {
			continue
		}
		n, err := x.settle(ctx, c, a.epoch)
		if settled += n; err != nil {
			return settled, err
		}
	}
	return settled, nil
}

func (x *Exchange) settle(ctx context.Context, c store.ExchangeCollection, epoch int64) (settled int, err error) {
	x.mu.Lock()
	known, filled := x.filled[c.ID]
	x.mu.Unlock()
	decide := func(ids []string) error {
		settled += len(ids)
		return x.turn(ctx, func(d *draft) error { return d.again(ctx, c, ids) })
	}
	for last := ""; !filled || known != epoch; {
		ids, err := x.Store.ExchangeUndecided(ctx, c.ID, last, atOnce)
		if err != nil {
			return settled, err
		}
		if len(ids) == 0 {
			break
		}
		if err := decide(ids); err != nil {
			return settled, err
		}
		last = ids[len(ids)-1]
	}
	x.mu.Lock()
	if x.filled == nil {
		x.filled = map[string]int64{}
	}
	x.filled[c.ID] = epoch
	x.mu.Unlock()
	for {
		ids, err := x.Store.ExchangeDue(ctx, c.ID, epoch, x.Now(), atOnce)
		if err != nil || len(ids) == 0 {
			return settled, err
		}
		if err := decide(ids); err != nil {
			return settled, err
		}
	}
}

// collections gives the exchange collections.
func (x *Exchange) collections(ctx context.Context) ([]store.ExchangeCollection, error) {
	r, err := x.Store.ExchangeRoster(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(r.Collections, func(c store.ExchangeCollection) bool { return c.Kind != store.CollectionExchange }), nil
}

// Settle decides at once, and again at every tick, on what is due, until ctx ends. failed hears of what went wrong; it is tried again.
func (s *Service) Settle(ctx context.Context, tick <-chan time.Time, failed func(error)) {
	x, shares := s.Gate.(*Exchange)
	for shares && ctx.Err() == nil {
		if _, err := x.Settle(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
		case <-tick:
		}
	}
}

// turn makes a batch by do and keeps it; where others were faster it is made again.
func (x *Exchange) turn(ctx context.Context, do func(*draft) error) error {
	for try := 0; ; try++ {
		t, err := x.current(ctx)
		if err != nil {
			return err
		}
		collections, err := x.collections(ctx)
		if err != nil {
			return err
		}
		now := x.Now()
		d := &draft{x: x, terms: t, now: now, collections: collections, batch: store.ExchangeBatch{Counter: t.state.Counter}, frames: map[[2]string]bool{}}
		if err := do(d); err != nil {
			return err
		}
		if len(d.batch.Rulings)+len(d.batch.Items) == 0 {
			return nil
		}
		if err = x.Store.Sequence(ctx, now, d.batch); !errors.Is(err, store.ErrStale) || try == mostTries {
			return err
		}
	}
}

// draft is a batch that is made.
type draft struct {
	x           *Exchange
	terms       *terms
	now         time.Time
	collections []store.ExchangeCollection
	batch       store.ExchangeBatch
	frames      map[[2]string]bool // collection and digest of what is in the batch already
}

// offer takes an item into the batch.
func (d *draft) offer(ctx context.Context, it *Item, sum *Offered) error {
	next, err := stored(it, d.now)
	if err != nil {
		return err
	}
	was, err := d.x.Store.ExchangeItem(ctx, it.ID, 0)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	case was.Recalled != nil:
		sum.Recalled++
		return nil
	case was.Digest == next.Digest:
		sum.Unchanged++
		sum.Same += len(it.Objects)
		return nil
	}
	next.Version = was.Version + 1
	sum.New++
	sum.Objects += len(it.Objects)
	d.batch.Items = append(d.batch.Items, next)
	d.batch.Objects = append(d.batch.Objects, belonging(it.Objects))
	return d.decide(ctx, &next, it.Objects, d.collections)
}

// again takes items into the batch to decide on them anew for a collection.
func (d *draft) again(ctx context.Context, c store.ExchangeCollection, ids []string) error {
	for _, id := range ids {
		item, err := d.x.Store.ExchangeItem(ctx, id, 0)
		if err != nil {
			return err
		}
		objects, err := readItem(&item)
		if err != nil {
			return err
		}
		if err := d.decide(ctx, &item, objects, []store.ExchangeCollection{c}); err != nil {
			return err
		}
	}
	return nil
}

// decide rules on an item for collections.
func (d *draft) decide(ctx context.Context, item *store.ExchangeItem, objects []*stix.Object, collections []store.ExchangeCollection) error {
	var before []store.ExchangeStanding
	if item.Version > 1 || len(d.batch.Items) == 0 {
		var err error
		if before, err = d.x.Store.ExchangeStandings(ctx, item.ID); err != nil {
			return err
		}
	}
	for _, c := range collections {
		a := d.terms.accords[c.Agreement]
		if a == nil {
			continue
		}
		was := store.ExchangeStanding{}
		if i := slices.IndexFunc(before, func(s store.ExchangeStanding) bool { return s.Collection == c.ID }); i >= 0 {
			was = before[i]
		} else if item.Audience != "" && item.Audience != c.ID {
			continue
		}
		if err := d.rule(ctx, c, a, item, objects, &was); err != nil {
			return err
		}
	}
	return nil
}

// rule decides on an item for one collection.
func (d *draft) rule(ctx context.Context, c store.ExchangeCollection, a *accord, item *store.ExchangeItem, objects []*stix.Object, was *store.ExchangeStanding) error {
	r := request{at: d.now}
	r.edition, r.next = a.at(d.now)
	s := store.ExchangeStanding{Collection: c.ID, Item: item.ID, Version: item.Version, Agreement: r.edition.version(), Epoch: a.epoch, Charged: item.Version}
	if item.Audience != "" && item.Audience != c.ID {
		s.Verdict, s.Reason = agreement.Refuse.String(), "it is for another collection"
		d.batch.Rulings = append(d.batch.Rulings, store.ExchangeRuling{ExchangeStanding: s})
		return nil
	}
	r.reviewed = passed(was, item.Version, r.edition.version())
	var failed error
	if was.Charged != item.Version {
		r.charge = func(clause agreement.Clause, window time.Time) int64 {
			n, err := d.charge(ctx, c.ID, clause, window)
			failed = errors.Join(failed, err)
			return n
		}
	}
	out := evaluate(r, item, objects, d.x.kinds)
	if failed != nil {
		return failed
	}
	if s.Verdict, s.Clause, s.Reason, s.Until = out.verdict.String(), string(out.clause), out.reason, out.until; out.spent {
		s.Charged = 0
	}
	copies, frame := out.members(r.edition)
	for _, f := range frame {
		if key := [2]string{c.ID, f.Object}; !d.frames[key] {
			d.frames[key] = true
			copies = append(copies, f)
		}
	}
	d.batch.Rulings = append(d.batch.Rulings, store.ExchangeRuling{ExchangeStanding: s, Copies: copies})
	return nil
}

// passed tells whether a person let a version of an item pass under a version of the agreement.
func passed(s *store.ExchangeStanding, version int64, agreement int) bool {
	return version > 0 && s.Passed == version && s.PassedBy == agreement
}

// charge counts an object, beginning with what the store has counted.
func (d *draft) charge(ctx context.Context, collection string, clause agreement.Clause, window time.Time) (int64, error) {
	i := slices.IndexFunc(d.batch.Charges, func(c store.ExchangeCharge) bool {
		return c.Collection == collection && c.Clause == string(clause) && c.Start.Equal(window)
	})
	if i < 0 {
		c := store.ExchangeCharge{Collection: collection, Clause: string(clause), Start: window}
		var err error
		if c.Before, err = d.x.Store.ExchangeCharged(ctx, c); err != nil {
			return 0, err
		}
		c.After, i = c.Before, len(d.batch.Charges)
		d.batch.Charges = append(d.batch.Charges, c)
	}
	d.batch.Charges[i].After++
	return d.batch.Charges[i].After, nil
}

// stored makes of an item what the store keeps.
func stored(it *Item, now time.Time) (store.ExchangeItem, error) {
	list := jsontree.List()
	for _, o := range it.Objects {
		list.Items = append(list.Items, o.Tree)
	}
	v := store.ExchangeItem{ID: it.ID, Body: list.Append(nil), Audience: it.Audience, Consent: it.Consent, Origin: it.Origin, Permits: it.Permits, Embargo: it.Embargo, Expires: it.Expires}
	whole, err := json.Marshal([]any{string(v.Body), v.Audience, v.Consent, v.Origin, v.Permits, v.Embargo, v.Expires})
	if err != nil {
		return v, err
	}
	sum := sha256.Sum256(whole)
	v.Digest, v.Stored = hex.EncodeToString(sum[:]), now
	return v, nil
}

// belonging gives the ids of those objects that are of one item alone.
func belonging(objects []*stix.Object) (ids []string) {
	for _, o := range objects {
		t, known := stix.TypeOf(o.Type())
		if known && (t.Class == stix.Domain || t.Class == stix.Relationship) && o.Type() != "identity" && o.Type() != "location" {
			ids = append(ids, o.ID())
		}
	}
	return ids
}
