package world

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

// step is one change of who announces what: source takes the place of an earlier one with its origin and id, or goes.
// Without a prefix it is about all that the origin announces plainly.
type step struct {
	sec    int64
	prefix netip.Prefix
	source source
	gone   bool
}

// reset is a session that goes down and comes back.
type reset struct {
	speaker  int
	down, up int64
}

// The bounds of an event in seconds from the start.
const (
	before = -1 // it began before the start
	never  = -1 // it has not ended when the window does
)

// happens plans that a source announces prefixes between two seconds of the window and adds the event to the truth.
func (w *world) happens(e Event, from, until int, s source, prefixes ...netip.Prefix) {
	if from >= w.seconds() {
		return
	}
	from, until = w.within(from, until)
	if e.ASN == 0 {
		e.ASN = w.net(s.origin).asn
	}
	e.Prefixes = prefixes
	if e.Peers == 0 {
		e.Peers = w.minPeers(s, prefixes)
	}
	w.note(e, from, until)
	w.announce(from, until, s, prefixes)
}

// announce plans that a source announces prefixes for a while.
func (w *world) announce(from, until int, s source, prefixes []netip.Prefix) {
	for _, p := range prefixes {
		if from == before {
			w.special[p] = append(w.special[p], s)
		} else {
			w.plan = append(w.plan, step{sec: w.at(from), prefix: p, source: s})
		}
		if until != never && until < w.seconds() {
			w.plan = append(w.plan, step{sec: w.at(until), prefix: p, source: s, gone: true})
		}
	}
}

// note adds an event to the truth.
func (w *world) note(e Event, from, until int) {
	e.Start = time.Unix(w.at(max(from, 0)), 0).UTC()
	if e.Open = until == never || until >= w.seconds(); e.Open {
		until = w.seconds()
	}
	e.End = time.Unix(w.at(until), 0).UTC()
	if e.Prefixes == nil {
		e.Prefixes = []netip.Prefix{}
	}
	w.truth.Events = append(w.truth.Events, e)
}

func (w *world) seconds() int { return int(w.p.Window / time.Second) }

// at gives the time of a second of the window, in seconds since 1970.
func (w *world) at(sec int) int64 { return w.p.Start.Unix() + int64(sec) }

// nextID tells one source of an event from all others.
func (w *world) nextID() int { w.ids++; return w.ids }

// standing gives who announces a prefix at the start.
func (w *world) standing(p netip.Prefix, holder node) []source {
	if list, ok := w.special[p]; ok {
		return list
	}
	if holder >= 0 && slices.Contains(w.net(holder).prefixes, p) {
		return []source{w.plainly(holder)}
	}
	return nil
}

// minPeers is how many peer networks see a source's announcement, beside those that stand at the start, of the prefix
// that the fewest see.
func (w *world) minPeers(s source, prefixes []netip.Prefix) int {
	fewest := len(w.speakers)
	for _, p := range prefixes {
		fewest = min(fewest, w.seeing(s, w.standing(p, w.holderOf(p))))
	}
	return fewest
}

// holderOf gives the network whose block a prefix lies in; of what was handed out to nobody, none: -1.
func (w *world) holderOf(p netip.Prefix) node {
	i, ok := slices.BinarySearchFunc(w.blocks, p, func(b entry, p netip.Prefix) int {
		if b.prefix.Contains(p.Addr()) {
			return 0
		}
		return b.prefix.Addr().Compare(p.Addr())
	})
	if !ok {
		return -1
	}
	return w.blocks[i].origin
}

// seeing counts the peers that take a source's route beside others'.
func (w *world) seeing(s source, others []source) int {
	count := 0
	for _, r := range w.routesOf(append(slices.Clone(others), s)) {
		if r != nil && w.shows(r, s) {
			count++
		}
	}
	return count
}

// shows tells whether a route came from a source.
func (w *world) shows(r *route, s source) bool {
	own := append([]values.ASN{w.net(s.origin).asn}, s.behind...)
	if s.leak != nil {
		own = append(own, w.net(s.leak.from).asn)
		i := slices.Index(r.path, own[0])
		return i > 0 && i+1 < len(r.path) && r.path[i+1] == own[1] && s.took(w.byASN[r.path[i-1]])
	}
	n := len(r.path) - len(own)
	return n >= 0 && slices.Equal(r.path[n:], own)
}

// took tells whether a network is one that a leak goes to.
func (s *source) took(n node) bool {
	return slices.Contains(s.only, n) || slices.ContainsFunc(s.also, func(l link) bool { return l.to == n })
}

// enough is how many peers an event must be seen by, so that the default visibility of a detector sees it.
func (w *world) enough() int { return min(6, max(1, len(w.speakers)-2)) }

// span draws when an event begins and ends: after an hour in which origins become established, and for some minutes to
// some hours; one in seven is still there at the end.
func (w *world) span() (from, until int) {
	total := w.seconds()
	last := total - 600
	if w.story != nil {
		last = total - 4*restoring
	}
	from = w.between(w.soonest(), max(w.soonest(), last))
	if w.chance(1.0 / 7) {
		return from, never
	}
	const shortest, longest = 240, 8 * 3600
	return from, from + int(shortest*math.Pow(longest/shortest, w.rand.Float64()))
}

// soonest is when the first event may begin.
func (w *world) soonest() int {
	if w.story != nil && w.story.from.After(w.story.year.p.Start) {
		return 60 // all origins are known from the chapter before
	}
	return min(65*60, w.seconds()/3)
}

// settle sorts the plan, the truth and the prefixes of the start, and numbers the events.
func (w *world) settle() {
	slices.SortStableFunc(w.plan, func(a, b step) int { return cmp.Compare(a.sec, b.sec) })
	slices.SortStableFunc(w.truth.Events, func(a, b Event) int { return a.Start.Compare(b.Start) })
	for i := range w.truth.Events {
		w.truth.Events[i].ID = fmt.Sprintf("E%05d", i+1)
	}
	for p, sources := range w.special {
		if n := w.holderOf(p); n < 0 || !slices.Contains(w.net(n).prefixes, p) {
			w.order = append(w.order, entry{p, sources[0].origin})
		}
	}
	slices.SortFunc(w.order, func(a, b entry) int { return values.ComparePrefix(a.prefix, b.prefix) })
}
