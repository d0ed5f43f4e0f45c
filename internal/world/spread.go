package world

import (
	"slices"

	"pahra/wire/values"
)

// source is one network that announces a prefix.
type source struct {
	origin node
	// behind stands after the origin in the path: prepends, a leaked private number.
	behind []values.ASN
	// only restricts the neighbours it announces to; nil for all.
	only        []node
	communities []uint32
}

// held is a route as one speaker tells it to the collector; a nil path is none.
type held struct {
	path        []values.ASN
	communities []uint32
}

func (h held) equal(o held) bool {
	return slices.Equal(h.path, o.path) && slices.Equal(h.communities, o.communities)
}

// The ways a route was learned, best first.
const (
	fromCustomer = iota + 1 // or its own
	fromPeer
	fromProvider
)

// best is a network's best route.
type best struct {
	how, hops int
	next      node
	source    int
}

// spread lets sources' announcements of one prefix find their way, and gives every network's best route; how is 0 for
// none.
func (w *world) spread(sources []source) []best {
	routes := make([]best, len(w.networks))
	var levels [][]node
	settle := func(n node, b best) {
		routes[n] = b
		for len(levels) <= b.hops {
			levels = append(levels, nil)
		}
		levels[b.hops] = append(levels[b.hops], n)
	}
	for i, s := range sources {
		if routes[s.origin].how == 0 {
			settle(s.origin, best{fromCustomer, len(s.behind), s.origin, i})
		}
	}
	// offer tells neighbours of n's route where they have none that is better or as good.
	offer := func(n node, to []node, how int) {
		r := routes[n]
		for _, m := range to {
			if r.next == n && sources[r.source].only != nil && !slices.Contains(sources[r.source].only, m) {
				continue
			}
			old, new := routes[m], best{how, r.hops + 1, n, r.source}
			switch {
			case old.how == 0:
				settle(m, new)
			case old.how == how && old.next != m && old.hops == new.hops && w.net(n).asn < w.net(old.next).asn:
				routes[m] = new
			}
		}
	}
	for i := 0; i < len(levels); i++ { // up: customers to providers
		for _, n := range levels[i] {
			offer(n, w.net(n).providers, fromCustomer)
		}
	}
	for i, top := 0, len(levels); i < top; i++ { // across: one step
		for _, n := range slices.Clone(levels[i]) {
			if routes[n].how == fromCustomer {
				offer(n, w.net(n).peers, fromPeer)
			}
		}
	}
	for i := 0; i < len(levels); i++ { // down: providers to customers
		for _, n := range levels[i] {
			offer(n, w.net(n).customers, fromProvider)
		}
	}
	return routes
}

// heard gives the route of each speaker.
func (w *world) heard(sources []source) []held {
	plain := len(sources) == 1 && sources[0].behind == nil && sources[0].only == nil && sources[0].communities == nil
	if plain {
		if h, ok := w.shared[sources[0].origin]; ok {
			return h
		}
	}
	routes := w.spread(sources)
	out := make([]held, len(w.speakers))
	for i, s := range w.speakers {
		if r := routes[s.node]; r.how != 0 {
			out[i] = held{w.path(routes, s.node, sources[r.source].behind), sources[r.source].communities}
		}
	}
	if plain {
		w.shared[sources[0].origin] = out
	}
	return out
}

func (w *world) path(routes []best, n node, behind []values.ASN) []values.ASN {
	var path []values.ASN
	for ; ; n = routes[n].next {
		path = append(path, w.net(n).asn)
		if routes[n].next == n {
			return append(path, behind...)
		}
	}
}
