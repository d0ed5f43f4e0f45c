package reports

import (
	"time"

	"pahra/internal/desk"
	"pahra/internal/store"
)

const relapse = desk.Relapse

// caseKey is what the events of a case have in common.
type caseKey struct{ tenant, party, class, identifier string }

// cases are those that a new event may belong to. What an event does to them is kept apart until it is stored: see touched.
type cases struct {
	latest map[caseKey]*store.DeskCase
	last   int64
	synced time.Time // states were read as of then
}

// sync takes over what others did to cases meanwhile: a party, an analyst, the measuring of recovery.
func (c *cases) sync(changed []store.DeskCase, now time.Time) {
	for _, is := range changed {
		if k := c.latest[caseKey{is.Tenant, is.Party, is.Class, is.Identifier}]; k != nil && k.ID == is.ID {
			k.State, k.Changed, k.Reopened = is.State, is.Changed, is.Reopened
		}
	}
	c.synced = now
}

func (c *cases) load(state store.DeskState) {
	c.latest, c.last = map[caseKey]*store.DeskCase{}, state.LastCase
	for _, k := range state.Cases { // in the order of their numbers
		c.latest[caseKey{k.Tenant, k.Party, k.Class, k.Identifier}] = &k
	}
}

// dayKey is a case's day of time.source.
type dayKey struct{ id, day int64 }

// changes are what a piece of a report did to cases.
type changes struct {
	touched  map[int64]*store.DeskCase
	days     map[dayKey]*store.DeskDay
	coverage map[coverageKey]int64
	reopened []int64
}

type coverageKey struct {
	class, identifier string
	day               int64
}

func newChanges() changes {
	return changes{touched: map[int64]*store.DeskCase{}, days: map[dayKey]*store.DeskDay{}, coverage: map[coverageKey]int64{}}
}

// take counts an event: it gives the event's case, and what its address counts as. First says whether an address counts
// for the first time.
func (c *cases) take(ch *changes, key caseKey, source, address string, first func(uint64) bool, seen, now time.Time) (id int64, counted uint64) {
	k := c.latest[key]
	if k != nil {
		if state, same := desk.Seen(desk.State(k.State), k.Changed, seen); !same {
			k = nil
		} else if string(state) != k.State {
			k.State, k.Changed, k.Reopened = string(state), now, k.Reopened+1
			ch.reopened = append(ch.reopened, k.ID)
		}
	}
	if k == nil {
		c.last++
		k = &store.DeskCase{ID: c.last, Tenant: key.tenant, Party: key.party, Class: key.class, Identifier: key.identifier,
			State: string(desk.New), Opened: now, Changed: now, FirstSeen: seen, LastSeen: seen}
		c.latest[key] = k
	}
	if seen.Before(k.FirstSeen) {
		k.FirstSeen = seen
	}
	if seen.After(k.LastSeen) {
		k.LastSeen = seen
	}
	k.Events++
	ch.touched[k.ID] = k
	day := dayKey{k.ID, dayOf(seen)}
	n := ch.days[day]
	if n == nil {
		n = &store.DeskDay{Case: k.ID, Day: timeOf(day.day), Source: source}
		ch.days[day] = n
	}
	n.Events++
	ch.coverage[coverageKey{key.class, key.identifier, day.day}]++
	counted = addressKey(k.ID, day.day, address)
	if first(counted) {
		n.Addresses++
		k.Addresses++
	}
	return k.ID, counted
}
