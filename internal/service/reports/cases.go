package reports

import (
	"context"
	"strings"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/party"
	"pahra/internal/store"
	"pahra/wire/values"
)

// caseKey is what the events of a case have in common.
type caseKey struct{ tenant, party, class, identifier string }

// cases are those that a new event may belong to. What an event does to them is kept apart until it is stored: see touched.
type cases struct {
	latest  map[caseKey]*store.DeskCase
	next    int64     // number of the next case
	highest int64     // up to here numbers were taken beforehand
	synced  time.Time // states were read as of then
}

// sync takes over what others did to cases meanwhile: a party, an analyst, the measuring of recovery.
func (c *cases) sync(changed []store.DeskCase, now time.Time) {
	for _, is := range changed {
		key := caseKey{is.Tenant, is.Party, is.Class, is.Identifier}
		switch k := c.latest[key]; {
		case k == nil || k.ID < is.ID: // opened by somebody else
			c.latest[key] = &is
		case k.ID == is.ID:
			k.State, k.Changed, k.Reopened = is.State, is.Changed, is.Reopened
		}
	}
	c.synced = now
}

func (c *cases) load(state store.DeskState) {
	c.latest, c.next, c.highest = map[caseKey]*store.DeskCase{}, 1, 0
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
	coverage map[coverageKey]counted
	reopened []int64
	shown    map[shownKey]int64 // the last day
	also     map[alsoKey]bool
}

// alsoKey is a case, and who else an event of it names to be told.
type alsoKey struct {
	id   int64
	list string // as party.Also reads it
}

// shownKey is a list that showed a case.
type shownKey struct {
	id   int64
	feed string
}

type coverageKey struct {
	class, identifier string
	day               int64
}

// counted is what a source said of a kind on a day.
type counted struct{ events, lines int64 }

// cover counts a line of a report, and whether it is an event.
func (ch *changes) cover(key caseKey, day, event int64) {
	k := coverageKey{key.class, key.identifier, day}
	n := ch.coverage[k]
	ch.coverage[k] = counted{n.events + event, n.lines + 1}
}

func newChanges() changes {
	return changes{touched: map[int64]*store.DeskCase{}, days: map[dayKey]*store.DeskDay{}, coverage: map[coverageKey]counted{},
		shown: map[shownKey]int64{}, also: map[alsoKey]bool{}}
}

// numbersTaken is how many numbers of cases are taken at a time.
const numbersTaken = 16 * chunkLen

// number makes sure that there are numbers for as many new cases as a chunk may open.
func (c *cases) number(ctx context.Context, db *store.Store) (err error) {
	if c.next+chunkLen <= c.highest+1 {
		return nil
	}
	c.next, c.highest, err = db.CaseNumbers(ctx, "intake", c.next, chunkLen, numbersTaken)
	return err
}

// take counts an event that source reported: it gives the event's case, and what its address counts as. First says whether an
// address counts for the first time.
func (c *cases) take(ch *changes, p *place, source string, received, now time.Time, first func(uint64) bool) (id int64, counted uint64) {
	key, seen := p.key, p.seen
	k := c.latest[key]
	if k != nil {
		if state, same := desk.Seen(desk.State(k.State), over(k), seen); !same {
			k = nil
		} else if string(state) != k.State {
			k.State, k.Changed, k.Reopened = string(state), now, k.Reopened+1
			ch.reopened = append(ch.reopened, k.ID)
		}
	}
	if k == nil {
		key.party, key.identifier = strings.Clone(key.party), strings.Clone(key.identifier) // not the report's line with them
		k = &store.DeskCase{ID: c.next, Tenant: key.tenant, Party: key.party, Class: key.class, Identifier: key.identifier,
			State: string(desk.New), Opened: now, Changed: now, FirstSeen: seen, LastSeen: seen, Received: received}
		c.next++
		c.latest[key] = k
	}
	if k.Country == "" {
		k.Country = strings.Clone(p.event.Text("source.geolocation.cc"))
	}
	k.TLP = strictest(k.TLP, p.event.Text("tlp"))
	if seen.Before(k.FirstSeen) {
		k.FirstSeen = seen
	}
	if seen.After(k.LastSeen) {
		k.LastSeen = seen
	}
	if list := p.event.Text(party.AlsoKey); list != "" {
		ch.also[alsoKey{k.ID, list}] = true
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
	ch.cover(key, day.day, 1)
	counted = addressKey(k.ID, day.day, p.event.Text("source.ip"))
	if first(counted) {
		n.Addresses++
		k.Addresses++
	}
	return k.ID, counted
}

// over is from when on an event says that a case is not over. One that recovered was found to have done so days later, by
// reports without it.
func over(k *store.DeskCase) time.Time {
	if last := timeOf(dayOf(k.LastSeen) + 1); k.State == string(desk.Recovered) && last.Before(k.Changed) {
		return last
	}
	return k.Changed
}

// strictest gives the stricter of a case's label and an event's, which may have none. One that cannot be read is taken for the strictest.
func strictest(of, event string) string {
	if event == "" {
		return of
	}
	now, _ := values.ParseTLP(of) // it was written here
	is, err := values.ParseTLP(event)
	if err != nil {
		is = values.TLPRed
	}
	return max(now, is).Label()
}
