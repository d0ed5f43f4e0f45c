package world

import (
	"fmt"
	"net/netip"
	"slices"

	"pahra/wire/values"
)

// kindOfLeak names the types of RFC 7908, section 3.
func kindOfLeak(kind int) string {
	return [...]string{1: LeakHairpin, 2: LeakLateral, 3: LeakToPeer, 4: LeakToProvider}[kind]
}

// routeLeak: a network passes routes of a provider or peer on to another provider or peer, which prefers them by the
// usual rules.
func (w *world) routeLeak(c *cast, kind int) error {
	tries := min(700, max(40, 1_400_000/w.p.Networks)) // each costs time in proportion to the size
	if w.story != nil {
		tries = min(tries, 30) // and the cast tries again
	}
	for i := range tries {
		s, ok := w.drawLeak(c, kind, i < tries*3/4)
		if !ok {
			continue
		}
		enough := w.plenty()
		if i >= tries/2 {
			enough = w.enough()
		}
		want := w.leakSize()
		prefixes, seen := w.leaked(c, s, want, enough)
		if seen < enough || len(prefixes) < 3 {
			continue
		}
		c.used[s.origin] = true
		for _, p := range prefixes {
			c.leaked[w.holderOf(p)], c.taken[p] = true, true
		}
		from, until := w.span()
		w.happens(w.leakEvent(Event{Kind: kindOfLeak(kind), Peers: seen, Note: fmt.Sprintf(
			"%s of its routes from AS%d go to %d others (RFC 7908 type %d)", count(len(prefixes), "prefix"), w.net(s.leak.from).asn,
			len(s.only), kind)}, s), from, until, s, prefixes...)
		return nil
	}
	return errNobody
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ses", n, what)
}

// leakEvent names who had the routes of whom, and to whom they went.
func (w *world) leakEvent(e Event, s source) Event {
	e.From = w.net(s.leak.from).asn
	for _, n := range s.only {
		e.To = append(e.To, w.net(n).asn)
	}
	for _, l := range s.also {
		e.To = append(e.To, w.net(l.to).asn)
	}
	slices.Sort(e.To)
	return e
}

// plenty is how many peers a leak is seen by if such a one is found soon: more than enough, since it comes to them over several networks, of which
// the facts do not know all.
func (w *world) plenty() int { return min(9, max(1, len(w.speakers)-2)) }

// leakSize draws how many prefixes leak: few, some, many.
func (w *world) leakSize() int {
	switch u := w.rand.Float64(); {
	case u < 0.4:
		return w.between(3, 10)
	case u < 0.8:
		return w.between(20, 150)
	}
	most := min(4000, w.p.Prefixes/16)
	return w.between(min(100, most), most)
}

// drawLeak draws a leaker, whom it has the routes of and whom it gives them. Leaked from a small peer it would look like a
// new customer to anybody; towering is whether such are left out.
func (w *world) drawLeak(c *cast, kind int, towering bool) (source, bool) {
	first, end := w.tiers[small], w.tiers[stub+1]
	if kind == 2 || kind == 3 { // it takes many peers to be heard
		first, end = w.tiers[large], w.tiers[stub]
	}
	n := first + node(w.rand.IntN(int(end-first)))
	v := w.net(n)
	if c.used[n] || c.extra[n] || v.backup || v.protector || len(w.holders[v.holder]) > 1 {
		return source{}, false
	}
	peers := w.peersOf(n)
	sources, takers := v.providers, v.providers
	if kind == 2 || kind == 4 {
		sources = slices.DeleteFunc(peers, func(p node) bool { return towering && len(w.net(p).customers) <= 2*len(v.customers)+2 })
	}
	if kind == 2 || kind == 3 {
		takers = w.peersOf(n)
	}
	if len(sources) == 0 || len(takers) == 0 {
		return source{}, false
	}
	from := pick(w.rand, sources)
	for range 3 { // those with many customers have most routes
		if o := pick(w.rand, sources); len(w.net(o).customers) > len(w.net(from).customers) {
			from = o
		}
	}
	takers = slices.DeleteFunc(slices.Clone(takers), func(t node) bool { return t == from })
	if len(takers) == 0 {
		return source{}, false
	}
	if w.chance(0.5) {
		takers = []node{pick(w.rand, takers)}
	}
	s := w.event(n)
	s.leak, s.only = &leak{from}, takers
	w.spreader.carry(n)
	return s, true
}

// peersOf are a network's peers, by agreement and on route servers.
func (w *world) peersOf(n node) []node {
	list := slices.Clone(w.net(n).peers)
	for _, x := range w.net(n).exchanges {
		for _, m := range x.carriers {
			if m != n && !w.related(n, m) && !slices.Contains(list, m) {
				list = append(list, m)
			}
		}
	}
	return list
}

// leaked gives the prefixes that a leak takes along: of three networks at least to which the leaker has its route by the
// leak's from, those that some peer then sees the wrong way, of a small leak enough peers. seen is how many peers see the one that the
// most see; the leak is given up early where enough see none of the first.
func (w *world) leaked(c *cast, s source, want, enough int) (prefixes []netip.Prefix, seen int) {
	probes := 0
	list := w.behind(s.leak.from, want)
	if w.audience(s) < enough {
		return nil, 0
	}
	for _, o := range list {
		if len(prefixes) >= want || probes >= 12 && seen < enough {
			break
		}
		if c.used[o] || c.extra[o] || c.leaked[o] {
			continue
		}
		routes := w.spreader.spread([]source{w.plainly(o)})
		if r := routes[s.origin]; r.how <= fromCustomer || r.next != s.leak.from {
			continue
		}
		probes++
		n := w.seeing(s, []source{w.plainly(o)})
		if n == 0 || want < 100 && n < enough {
			continue
		}
		had := len(prefixes)
		for _, p := range w.net(o).prefixes {
			if len(prefixes) < want && !c.taken[p] && (len(prefixes)-had)*3 < want {
				prefixes, seen = append(prefixes, p), max(seen, n)
			}
		}
	}
	slices.SortFunc(prefixes, values.ComparePrefix)
	return prefixes, seen
}

// audience bounds how many peers can see a leak: one that goes to the leaker's peers alone comes to these and what is
// below them; any other may come to all.
func (w *world) audience(s source) int {
	peers := w.peersOf(s.origin)
	if len(s.also) > 0 || slices.ContainsFunc(s.only, func(n node) bool { return !slices.Contains(peers, n) }) {
		return len(w.speakers)
	}
	below := make([]bool, len(w.networks))
	list := slices.Clone(s.only)
	for i := 0; i < len(list); i++ {
		if n := list[i]; !below[n] {
			below[n] = true
			list = append(list, w.spreader.down[n]...)
		}
	}
	count := 0
	for _, sp := range w.speakers {
		if below[sp.node] {
			count++
		}
	}
	return count
}

// behind gives networks in random order to which a route by way of a neighbour may lead: its customers' customers and
// so on first, then any.
func (w *world) behind(from node, want int) []node {
	list := []node{from}
	for i := 0; i < len(list) && len(list) < 400; i++ {
		list = append(list, w.net(list[i]).customers...)
	}
	list = list[:min(len(list), 4000)]
	w.rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for range min(60+want/2, 2000) {
		list = append(list, w.anyNode())
	}
	seen := map[node]bool{}
	return slices.DeleteFunc(list, func(n node) bool {
		again := seen[n]
		seen[n] = true
		return again
	})
}
