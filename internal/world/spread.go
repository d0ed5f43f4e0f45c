package world

import (
	"slices"

	"pahra/wire/values"
)

// source is one network that announces a prefix, or passes it on where it should not.
type source struct {
	id     int // tells sources of one origin apart; 0 is its own plain announcement
	origin node
	// behind stands after the origin in the path: prepends, a leaked private number, a forged path. Networks on it do
	// not take the route, as they would find themselves in it.
	behind []values.ASN
	// only restricts the neighbours it announces to; nil for all.
	only []node
	// also are neighbours that are none otherwise, or of another kind.
	also        []link
	communities []uint32
	leak        *leak
	lie         bool // origin's session tells its collector "origin behind…"; nobody else hears of it
	otc         values.ASN
}

// leak says whose routes the origin of a source passes on, to the source's only and also.
type leak struct{ from node }

// link is a neighbour and what the route is to it.
type link struct {
	to  node
	how int8
}

// The ways a route was learned, best first.
const (
	fromCustomer = iota + 1 // or its own
	fromPeer
	fromProvider
)

// best is a network's best route.
type best struct {
	otc    values.ASN // marked on the way (RFC 9234)
	next   node
	source int16
	hops   uint16
	how    int8
}

// spreader lets routes find their way, with storage that it keeps. It leaves out networks whose choice nobody learns of:
// those without customers that feed no collector.
type spreader struct {
	w       *world
	carrier []bool
	down    [][]node // customers that are carriers
	across  [][]node // and peers
	routes  []best
	levels  [][]node
	reached []node
	sources []source
}

func newSpreader(w *world) *spreader {
	n := len(w.networks)
	s := &spreader{w: w, carrier: make([]bool, n), down: make([][]node, n), across: make([][]node, n), routes: make([]best, n)}
	for i, v := range w.networks {
		if len(v.customers) > 0 {
			s.carry(node(i))
		}
	}
	for _, sp := range w.speakers {
		s.carry(sp.node)
	}
	return s
}

// carry takes a network among those whose routes are computed.
func (s *spreader) carry(n node) {
	if s.carrier[n] {
		return
	}
	s.carrier[n] = true
	for _, p := range s.w.net(n).providers {
		s.down[p] = append(s.down[p], n)
	}
	for _, p := range s.w.net(n).peers {
		s.across[p] = append(s.across[p], n)
	}
	for _, x := range s.w.net(n).exchanges {
		x.carriers = append(x.carriers, n)
	}
}

// spread lets sources' announcements of one prefix find their way, and gives every network's best route, until the next
// call; how is 0 for none.
func (s *spreader) spread(sources []source) []best {
	s.clear()
	s.sources = sources
	for i := range sources {
		if src := &sources[i]; s.routes[src.origin].how == 0 {
			s.settle(src.origin, best{how: fromCustomer, hops: uint16(len(src.behind)), next: src.origin, source: int16(i), otc: src.otc})
		}
	}
	for i := 0; i < len(s.levels); i++ { // up: customers to providers
		for _, n := range s.levels[i] {
			s.offer(n, s.w.net(n).providers, fromCustomer, 0)
			s.offerLinks(n, fromCustomer)
		}
	}
	for i, top := 0, len(s.levels); i < top; i++ { // across: one step
		for _, n := range s.levels[i] {
			if s.routes[n].how == fromCustomer {
				s.offer(n, s.across[n], fromPeer, 0)
				s.offerLinks(n, fromPeer)
				s.offerAtExchanges(n)
			}
		}
	}
	for i := 0; i < len(s.levels); i++ { // down: providers to customers
		for _, n := range s.levels[i] {
			s.offer(n, s.down[n], fromProvider, 0)
		}
	}
	return s.routes
}

func (s *spreader) clear() {
	for _, n := range s.reached {
		s.routes[n] = best{}
	}
	s.reached = s.reached[:0]
	for i := range s.levels {
		s.levels[i] = s.levels[i][:0]
	}
	s.levels = s.levels[:0]
}

func (s *spreader) settle(n node, b best) {
	s.routes[n] = b
	s.reached = append(s.reached, n)
	for len(s.levels) <= int(b.hops) {
		if len(s.levels) < cap(s.levels) {
			s.levels = s.levels[:len(s.levels)+1]
			continue
		}
		s.levels = append(s.levels, nil)
	}
	s.levels[b.hops] = append(s.levels[b.hops], n)
}

// offer tells neighbours of n's route where they have none that is better or as good.
func (s *spreader) offer(n node, to []node, how int8, otc values.ASN) {
	r := s.routes[n]
	src := &s.sources[r.source]
	own := r.next == n
	for _, m := range to {
		if own && !src.goesTo(m, how) {
			continue
		}
		s.tell(n, m, how, otc)
	}
}

// goesTo tells whether a source announces to a neighbour: one that leaks has its customers' and those that it leaks to.
func (s *source) goesTo(m node, how int8) bool {
	if s.leak != nil {
		return how == fromProvider || slices.Contains(s.only, m)
	}
	return s.only == nil || slices.Contains(s.only, m)
}

// offerLinks tells those that are neighbours for this announcement alone.
func (s *spreader) offerLinks(n node, how int8) {
	r := s.routes[n]
	if r.next != n {
		return
	}
	for _, l := range s.sources[r.source].also {
		if l.how == how {
			s.tell(n, l.to, how, 0)
		}
	}
}

// offerAtExchanges tells all other members of n's exchanges by the route server.
func (s *spreader) offerAtExchanges(n node) {
	for _, x := range s.w.net(n).exchanges {
		otc := values.ASN(0)
		if x.otc {
			otc = x.asn
		}
		r := s.routes[n]
		for _, m := range x.carriers {
			old := s.routes[m]
			if m == n || old.how == fromCustomer || old.how == fromPeer && old.hops <= r.hops || s.w.related(n, m) {
				continue
			}
			if r.next == n && !s.sources[r.source].goesTo(m, fromPeer) {
				continue
			}
			s.tell(n, m, fromPeer, otc)
		}
	}
}

// tell offers n's route to m.
func (s *spreader) tell(n, m node, how int8, otc values.ASN) {
	r, old := s.routes[n], s.routes[m]
	hops := r.hops + 1
	if r.otc != 0 {
		otc = r.otc
	}
	switch {
	case old.how == 0:
	case old.how == how && old.next != m && old.hops == hops && s.w.net(n).asn < s.w.net(old.next).asn:
	default:
		return
	}
	if behind := s.sources[r.source].behind; len(behind) > 0 && slices.Contains(behind, s.w.net(m).asn) {
		return
	}
	b := best{how: how, hops: hops, next: n, source: r.source, otc: otc}
	if old.how == 0 {
		s.settle(m, b)
		return
	}
	s.routes[m] = b
}

// path gives the networks from n to the origin and what stands behind it.
func (s *spreader) path(n node) []values.ASN {
	var path []values.ASN
	src := s.routes[n].source
	for ; ; n = s.routes[n].next {
		path = append(path, s.w.net(n).asn)
		if s.routes[n].next == n {
			return append(path, s.sources[src].behind...)
		}
	}
}
