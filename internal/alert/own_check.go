package alert

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"pahra/internal/authority"
	"pahra/wire/values"
)

// Check holds what is known of a network now against what is remembered, and gives what is to be remembered next and
// what is worth telling: what is new, and what is over. The same arguments give the same answer. Missing data changes
// nothing that is remembered and opens nothing. A view that is not newer than the last is not looked at.
func Check(m Memory, v View) (Memory, []Alert) {
	if !v.At.After(m.At) {
		return m, nil
	}
	c := check{View: v, was: m, next: Memory{At: v.At.UTC(), Up: m.Up, Near: slices.Clone(m.Near), Since: m.Since, Open: map[string]Open{}},
		found: map[batch]map[netip.Prefix]finding{}, stands: map[batch]map[netip.Prefix]bool{}}
	for _, id := range slices.Sorted(maps.Keys(m.Open)) {
		c.before = append(c.before, m.Open[id])
	}
	c.objects()
	c.routes()
	c.upstreams()
	return c.settle()
}

// batch is findings of one kind, of one registry where that matters.
type batch struct {
	kind Kind
	key  string
}

// finding is what is wrong with one route.
type finding struct {
	severity Severity
	how      []string
}

// check is one run of [Check].
type check struct {
	View
	was, next Memory
	near      []Alert
	byPrefix  map[netip.Prefix][]authority.RouteObject
	sources   map[string]bool
	found     map[batch]map[netip.Prefix]finding // that stand now
	stands    map[batch]map[netip.Prefix]bool    // that stood before and about which nothing is known now
	before    []Open
	forgotten int // routes that nobody has seen for too long
}

// is says that something is wrong with a route now.
func (c *check) is(k Kind, key string, p netip.Prefix, s Severity, how ...string) {
	b := batch{k, key}
	if c.found[b] == nil {
		c.found[b] = map[netip.Prefix]finding{}
	}
	c.found[b][p] = finding{s, how}
}

// keep says that nothing is known of a route now: what stood before stands.
func (c *check) keep(k Kind, key string, p netip.Prefix) {
	b := batch{k, key}
	if c.stands[b] == nil {
		c.stands[b] = map[netip.Prefix]bool{}
	}
	c.stands[b][p] = true
}

// wasOpen tells whether something stood before.
func (c *check) wasOpen(k Kind, key string, p netip.Prefix) bool {
	return slices.ContainsFunc(c.before, func(o Open) bool {
		return o.Kind == k && o.Key == key && slices.Contains(o.Which, p)
	})
}

// routes looks at every route that is seen or remembered.
func (c *check) routes() {
	if !c.HasRoutes { // without them nothing can be said of what the network announces
		c.next.Routes = c.was.Routes
		for _, o := range c.before {
			for _, p := range o.Which {
				c.keep(o.Kind, o.Key, p)
			}
		}
		return
	}
	now := map[netip.Prefix]OwnRoute{}
	for _, r := range c.Routes[:min(len(c.Routes), maxRoutes)] {
		now[r.Prefix] = r
	}
	for _, m := range c.was.Routes {
		r, is := now[m.Prefix]
		delete(now, m.Prefix)
		if !is && c.At.Sub(m.Seen) > routeMemory {
			c.forgotten++ // what stood of it is no longer followed
			continue
		}
		c.next.Routes = append(c.next.Routes, c.route(m, r))
	}
	for _, r := range now {
		c.next.Routes = append(c.next.Routes, c.route(RouteMemory{Prefix: r.Prefix}, r))
	}
	slices.SortFunc(c.next.Routes, func(a, b RouteMemory) int { return values.ComparePrefix(a.Prefix, b.Prefix) })
	c.next.Up = [2]int{max(c.Up[0], c.was.Up[0]*9/10), max(c.Up[1], c.was.Up[1]*9/10)}
}

// route looks at one route and gives what to remember of it.
func (c *check) route(m RouteMemory, r OwnRoute) RouteMemory {
	m.Objects, m.ROAs = slices.Clone(m.Objects), slices.Clone(m.ROAs)
	c.visibility(&m, r)
	if r.Peers == 0 { // it is not announced: whether it should have a ROA is not to be told
		for _, k := range []Kind{ROAExpiry, ROALost, OwnInvalid} {
			c.keep(k, "", m.Prefix)
		}
		for _, o := range c.before {
			if o.Kind == RouteObjectLost {
				c.keep(o.Kind, o.Key, m.Prefix)
			}
		}
		return m
	}
	m.Seen = c.At.UTC()
	c.roas(&m)
	c.routeObjects(&m)
	return m
}

// settle makes alerts of what is new and what is over.
func (c *check) settle() (Memory, []Alert) {
	var list []Alert
	for _, o := range c.before { // what stands of it stays in its batch
		b, left := batch{o.Kind, o.Key}, []netip.Prefix{}
		for _, p := range o.Which {
			if _, is := c.found[b][p]; is || c.stands[b][p] {
				left = append(left, p)
				delete(c.found[b], p)
			}
		}
		over := o
		o.Which = left
		if len(left) > 0 {
			c.next.Open[openID(o)] = o
			continue
		}
		list = append(list, c.over(over))
	}
	for _, b := range slices.SortedFunc(maps.Keys(c.found), func(x, y batch) int {
		if x.kind != y.kind {
			return slices.Index(Kinds(), x.kind) - slices.Index(Kinds(), y.kind)
		}
		return compareText(x.key, y.key)
	}) {
		if len(c.found[b]) == 0 {
			continue
		}
		o := Open{Kind: b.kind, Key: b.key, Since: c.At.UTC(), Which: slices.SortedFunc(maps.Keys(c.found[b]), values.ComparePrefix)}
		a := c.opened(o, c.found[b])
		o.Told = a.Severity
		c.next.Open[openID(o)] = o
		list = append(list, a)
	}
	return c.next, append(list, c.near...)
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// openID names a batch.
func openID(o Open) string {
	id := string(o.Kind) + " " + o.Since.UTC().Format(time.RFC3339Nano)
	if o.Key != "" {
		id += " " + o.Key
	}
	return id
}
