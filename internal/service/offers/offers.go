// Package offers gives the exchange what there is to share: cases of the desk and incidents of the watch become items, and again
// whenever they change. What of them leaves for whom is the exchange's to decide.
//
// [Offers.Round] looks through cases and incidents once. The same case gives the same item, so that a round after a start, which
// remembers nothing, changes nothing. Cases of a compartment and cases about TLP:RED are never offered, and
// withheld where they were. Of
// routing incidents those are that the desk has a case of.
package offers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/exchange/story"
	"pahra/internal/service/exchange"
	"pahra/internal/service/reports"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// The bounds of a round.
const (
	// mostEvents is how many events of a case are shared, the last ones.
	mostEvents = 1000
	// Reach is how long ago a case may have been seen last to be offered.
	Reach = 90 * 24 * time.Hour
)

// Offers is what is offered from where.
type Offers struct {
	Exchange *exchange.Exchange
	Store    *store.Store
	Files    *spool.Spool
	Classes  *class.Tables
	Tenant   string
	Now      func() time.Time

	seen map[int64]state // of cases that were offered
}

// state is how a case was when it was offered.
type state struct {
	events int64
	last   time.Time
	state  string
	kept   bool // it is for nobody
}

// Round offers what has changed since the last one, and tells how many cases that were. Where nobody is shared with it does nothing. Not
// safe for concurrent use.
func (o *Offers) Round(ctx context.Context) (offered int, err error) {
	with, err := o.Exchange.Overview(ctx)
	if err != nil || !shares(&with) {
		return 0, err
	}
	now, next := o.Now(), map[int64]state{}
	for after := int64(0); ; {
		page, err := o.Store.CasesBeyond(ctx, store.MachineSight(o.Tenant), after, store.CaseFilter{})
		if err != nil {
			return offered, err
		}
		if len(page) == 0 {
			o.seen = next
			return offered, nil
		}
		for i := range page {
			c := &page[i]
			if now.Sub(c.LastSeen) > Reach {
				continue
			}
			is := state{c.Events, c.LastSeen, c.State, c.Compartment != "" || c.TLP == "RED"}
			if was, known := o.seen[c.ID]; !known || was != is {
				offer := o.offer
				if is.kept {
					offer = o.withhold
				}
				if err := offer(ctx, c, with.Own); err != nil {
					return offered, err
				}
				offered++
			}
			next[c.ID] = is
		}
		after = page[len(page)-1].ID
	}
}

// shares tells whether there is anybody whom something may leave for.
func shares(o *exchange.Overview) bool {
	for i := range o.Partners {
		if o.Partners[i].Collection != "" {
			return true
		}
	}
	return false
}

// offer offers one case: an item for each day and more where that has much, so that days that are over stay as they are; or the
// routing incident that it is about.
func (o *Offers) offer(ctx context.Context, c *store.Case, team string) error {
	sets, err := o.objects(ctx, c, team)
	if err != nil {
		return fmt.Errorf("offering case %d: %w", c.ID, err)
	}
	items := make([]exchange.Item, len(sets))
	for i, objects := range sets {
		items[i] = exchange.Item{ID: incidentOf(objects), Objects: objects}
	}
	if _, err := o.Exchange.Offer(ctx, items); err != nil {
		return fmt.Errorf("offering case %d: %w", c.ID, err)
	}
	return nil
}

// withhold keeps a case from leaving any more that others were let see before.
func (o *Offers) withhold(ctx context.Context, c *store.Case, team string) error {
	sets, err := o.objects(ctx, c, team)
	if err != nil {
		return fmt.Errorf("withholding case %d: %w", c.ID, err)
	}
	now := o.Now()
	var items []exchange.Item
	for _, objects := range sets {
		is, err := o.Store.ExchangeItem(ctx, incidentOf(objects), 0)
		switch {
		case errors.Is(err, store.ErrNotFound) || err == nil && is.Expires != nil:
		case err != nil:
			return fmt.Errorf("withholding case %d: %w", c.ID, err)
		default:
			items = append(items, exchange.Item{ID: is.ID, Objects: objects, Expires: &now})
		}
	}
	if _, err := o.Exchange.Offer(ctx, items); err != nil {
		return fmt.Errorf("withholding case %d: %w", c.ID, err)
	}
	return nil
}

func (o *Offers) objects(ctx context.Context, c *store.Case, team string) (sets [][]*stix.Object, err error) {
	head := story.Head{Key: "case " + o.Tenant + " " + strconv.FormatInt(c.ID, 10), Team: team, At: c.Opened}
	if c.Incident != "" {
		in, err := o.Store.Incident(ctx, c.Incident)
		if err != nil {
			return nil, err
		}
		label, _ := values.ParseTLP(c.TLP) // "" is none
		return story.Routing(&in.Incident, head, label)
	}
	events, err := reports.Events(ctx, o.Files, o.Store, store.MachineSight(o.Tenant), c.ID, mostEvents)
	if err != nil {
		return nil, err
	}
	days := map[string][]*intelmq.Event{}
	for _, e := range slices.Backward(events) { // they come last first
		day, _, _ := strings.Cut(e.Text("time.source"), "T")
		days[day] = append(days[day], e)
	}
	names := slices.Sorted(maps.Keys(days))
	if len(events) == mostEvents && len(names) > 1 {
		names = names[1:] // the first day is not whole any more; what was told of it stays
	}
	for _, day := range names {
		of := head
		of.Key += " " + day
		sets = append(sets, story.Events(of, days[day], o.Classes)...)
	}
	return sets, nil
}

// incidentOf gives the id of the incident that an item is about.
func incidentOf(objects []*stix.Object) string {
	for _, o := range objects {
		if o.Type() == "incident" {
			return o.ID()
		}
	}
	return objects[0].ID()
}
