package world

import (
	"errors"
	"net/netip"
	"slices"
)

// errNobody says that no network is left that an event can be about. The event is left out.
var errNobody = errors.New("no network is left that an event can be about")

// cast draws networks for events. Those that stray and their victims play once; those of benign events play no part in
// any deviation.
type cast struct {
	w      *world
	used   map[node]bool
	drawn  []node        // of used, those of the event that is being planned
	extra  map[node]bool // of benign events
	leaked map[node]bool // whose routes a leak takes along
	taken  map[netip.Prefix]bool
}

// schedule plans the deviations, the attacks that frame others, and the benign look-alikes.
func (w *world) schedule() error {
	c := &cast{w: w, used: map[node]bool{}, extra: map[node]bool{}, leaked: map[node]bool{}, taken: map[netip.Prefix]bool{}}
	if w.story == nil || w.story.length > day {
		w.staleROAs(c)
	}
	for n := range w.p.each() {
		for _, plan := range w.deviations(n) {
			if err := c.attempt(plan); err != nil {
				return err
			}
		}
	}
	malicious := 0
	for i := range w.truth.Events {
		if w.truth.Events[i].Malicious() && w.truth.Events[i].Kind != RPKIInvalid {
			malicious++
		}
	}
	return w.lookAlikes(c, int(w.p.BenignRatio*float64(malicious)))
}

// attempt plans an event, with other networks where the first ones do not fit; in the end it may be left out.
func (c *cast) attempt(plan func(*cast) error) error {
	for range 6 {
		c.drawn = c.drawn[:0]
		err := plan(c)
		if !errors.Is(err, errNobody) {
			return err
		}
		for _, n := range c.drawn {
			delete(c.used, n)
		}
	}
	return nil
}

// fewLeaks is how many leaks of each kind a chapter of a story has at most: to find a leak takes by far the longest, most
// of all where it is not found.
const fewLeaks = 2

// deviations are the kinds of what goes wrong, and the attacks that frame others, in the round-th round.
func (w *world) deviations(round int) []func(*cast) error {
	list := []func(*cast) error{
		w.exactHijack, w.moreSpecific, w.massHijack, w.tooLong, w.bogonPrefix, w.unallocated, w.bogonASN,
		w.forgedOrigin, w.forgedSpecific, w.framingHijack, w.framingBogon, w.framingLeak,
	}
	for kind := 1; kind <= 4 && (w.story == nil || round < fewLeaks); kind++ {
		list = append(list, func(c *cast) error { return w.routeLeak(c, kind) })
	}
	if !w.p.Flawless {
		list = append(list, w.lie)
	}
	return list
}

func unsigned(n *network) bool { return !n.roa && n.irr != "" }
func signed(n *network) bool   { return n.roa && n.irr != "" }
func anyone(*network) bool     { return true }

// stub draws a stub network without siblings that fits and has not played yet.
func (c *cast) stub(fits func(*network) bool) (node, error) {
	return c.draw(c.w.tiers[stub], c.w.tiers[stub+1], func(n node) bool {
		return len(c.w.holders[c.w.net(n).holder]) == 1 && !c.extra[n] && fits(c.w.net(n))
	})
}

// draw draws from a range of networks one that fits and has not played yet.
func (c *cast) draw(first, end node, fits func(node) bool) (node, error) {
	count := int(end - first)
	start := c.w.rand.IntN(count)
	for i := range count {
		if n := first + node((start+i)%count); !c.used[n] && fits(n) {
			c.used[n] = true
			c.drawn = append(c.drawn, n)
			return n, nil
		}
	}
	return 0, errNobody
}

// benign draws a network for a benign event: it may play in several of those.
func (c *cast) benign(fits func(node) bool) (node, error) {
	n, err := c.draw(c.w.tiers[regional], c.w.tiers[stub+1], fits)
	if err == nil {
		delete(c.used, n)
		c.extra[n] = true
	}
	return n, err
}

// against draws a stub network of another country than the victim's whose announcement of prefix enough peers see.
func (c *cast) against(victim node, as func(node) source, prefix netip.Prefix) (node, error) {
	w, tries := c.w, 0
	return c.stub(func(n *network) bool {
		self := w.byASN[n.asn]
		if tries > 300 || n.org.country == w.net(victim).org.country || w.adjacent(self, victim) {
			return false
		}
		tries++
		return w.seeing(as(self), w.standing(prefix, victim)) >= w.enough()
	})
}

// part takes a spare part of a network's block.
func (c *cast) part(n node) (netip.Prefix, error) {
	if p, ok := c.w.net(n).spare(); ok {
		c.taken[p] = true
		return p, nil
	}
	return netip.Prefix{}, errNobody
}

// own takes one of the IPv4 prefixes that a network announces and no other event is about.
func (c *cast) own(n node) (netip.Prefix, error) {
	list := c.w.net(n).prefixes
	i := slices.IndexFunc(list, func(p netip.Prefix) bool { return p.Addr().Is4() && !c.taken[p] })
	if i < 0 {
		return netip.Prefix{}, errNobody
	}
	c.taken[list[i]] = true
	return list[i], nil
}

// event is a source with an id of its own.
func (w *world) event(n node) source { return source{id: w.nextID(), origin: n} }
