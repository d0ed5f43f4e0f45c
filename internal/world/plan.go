package world

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

// step is one change of who announces a prefix: source takes the place of an earlier one of the same origin, or goes.
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

// never is the end of an event that is still open when the window ends.
const never = -1

// happens plans that sources announce prefixes between two minutes of the window and adds the event to the truth. A
// negative from stands for "since before the start".
func (w *world) happens(e Event, from, until int, s source, prefixes ...netip.Prefix) {
	if from >= w.minutes() {
		return
	}
	e.ASN, e.Prefixes = w.net(s.origin).asn, prefixes
	e.Peers = w.minPeers(s, prefixes)
	w.note(e, from, until)
	for _, p := range prefixes {
		if from < 0 {
			w.base[p] = append(w.base[p], s)
		} else {
			w.plan = append(w.plan, step{sec: w.at(from), prefix: p, source: s})
		}
		if until != never && until < w.minutes() {
			w.plan = append(w.plan, step{sec: w.at(until), prefix: p, source: s, gone: true})
		}
	}
}

// note adds an event to the truth.
func (w *world) note(e Event, from, until int) {
	e.Start = time.Unix(w.at(max(from, 0)), 0).UTC()
	if e.Open = until == never || until >= w.minutes(); e.Open {
		until = w.minutes()
	}
	e.End = time.Unix(w.at(until), 0).UTC()
	w.truth.Events = append(w.truth.Events, e)
}

func (w *world) minutes() int { return int(w.p.Window / time.Minute) }

// at gives the time of a minute of the window, in seconds since 1970.
func (w *world) at(minute int) int64 { return w.p.Start.Unix() + int64(minute)*60 }

// minPeers is how many peer networks see s's announcement, beside those that stand at the start, of the prefix that
// the fewest see.
func (w *world) minPeers(s source, prefixes []netip.Prefix) int {
	fewest := len(w.speakers)
	for _, p := range prefixes {
		fewest = min(fewest, w.seeing(s, p))
	}
	return fewest
}

func (w *world) seeing(s source, p netip.Prefix) int {
	sources := append(slices.Clone(w.base[p]), s)
	routes := w.spread(sources)
	count := 0
	for _, sp := range w.speakers {
		if r := routes[sp.node]; r.how != 0 && r.source == len(sources)-1 {
			count++
		}
	}
	return count
}

// enough is how many peers an event must be seen by, so that the default visibility of a detector sees it.
func (w *world) enough() int { return min(6, len(w.speakers)) }

// settle sorts the plan, the truth and the prefixes of the start.
func (w *world) settle() {
	slices.SortStableFunc(w.plan, func(a, b step) int { return cmp.Compare(a.sec, b.sec) })
	slices.SortStableFunc(w.truth.Events, func(a, b Event) int { return a.Start.Compare(b.Start) })
	for p := range w.base {
		w.order = append(w.order, p)
	}
	slices.SortFunc(w.order, values.ComparePrefix)
}

// cast draws networks for events, each used once.
type cast struct {
	w    *world
	used map[node]bool
}

// stub draws a stub network that fits and has not played yet, and whose siblings have not.
func (c *cast) stub(fits func(*network) bool) (node, error) {
	first := c.w.p.Tier1 + c.w.p.Transits
	start := c.w.rand.IntN(c.w.p.Stubs)
	for i := range c.w.p.Stubs {
		n := node(first + (start+i)%c.w.p.Stubs)
		if c.used[n] || len(c.w.net(n).org.members) > 1 || !fits(c.w.net(n)) {
			continue
		}
		c.used[n] = true
		return n, nil
	}
	return 0, fmt.Errorf("no network is left that an event can be about")
}

// against draws a stub network of another country than the victim's whose announcement of prefix enough peers see.
func (c *cast) against(victim node, s func(node) source, prefix netip.Prefix) (node, error) {
	return c.stub(func(n *network) bool {
		self := c.w.byASN[n.asn]
		return n.org.country != c.w.net(victim).org.country && c.w.seeing(s(self), prefix) >= c.w.enough()
	})
}

// spare gives the i-th /24 of the upper half of a network's IPv4 block, which it does not announce itself.
func (n *network) spare(i uint32) netip.Prefix {
	block := n.blocks[0]
	return sub(block, 24, 1<<(24-block.Bits()-1)+i)
}

func plainly(n node) source { return source{origin: n} }
