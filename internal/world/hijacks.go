package world

import (
	"fmt"
	"net/netip"
)

// exactHijack: the victim's own prefix, signed or not, with a route object of the victim's.
func (w *world) exactHijack(c *cast) error {
	fits, note := unsigned, "another network announces the victim's prefix; its route object names the victim"
	if w.chance(0.4) {
		fits, note = signed, "another network announces the victim's signed prefix: RPKI-invalid as well"
	}
	victim, err := c.stub(fits)
	if err != nil {
		return err
	}
	p, err := c.own(victim)
	if err != nil {
		return err
	}
	return w.hijack(c, victim, p, Event{Kind: Hijack, Note: note})
}

// moreSpecific: a part of the victim's prefix.
func (w *world) moreSpecific(c *cast) error {
	six := w.chance(0.3)
	victim, err := c.stub(func(n *network) bool {
		return n.irr != "" && !n.backup && (!six || len(n.blocks) > 1) && (!n.roa || !n.loose)
	})
	if err != nil {
		return err
	}
	if six {
		return w.hijack(c, victim, sub(w.net(victim).blocks[1], 48, 0xbeef),
			Event{Kind: MoreSpecific, Note: "another network announces a part of the victim's IPv6 prefix"})
	}
	p, err := c.part(victim)
	if err != nil {
		return err
	}
	return w.hijack(c, victim, p, Event{Kind: MoreSpecific, Note: "another network announces a part of the victim's prefix"})
}

// hijack plans that someone announces a victim's prefix.
func (w *world) hijack(c *cast, victim node, p netip.Prefix, e Event) error {
	culprit, err := c.against(victim, plainOf, p)
	if err != nil {
		return err
	}
	e.Victim = w.net(victim).asn
	from, until := w.span()
	w.happens(e, from, until, w.event(culprit), p)
	return nil
}

// plainOf is an announcement to all neighbours.
func plainOf(n node) source { return source{id: -1, origin: n} }

// massHijack: one network announces prefixes of many others for some minutes.
func (w *world) massHijack(c *cast) error {
	culprit, err := c.stub(func(n *network) bool { return len(n.providers) > 1 && !n.backup })
	if err != nil {
		return err
	}
	var prefixes []netip.Prefix
	want := w.between(12, 40)
	for tries := 0; len(prefixes) < want && tries < 400; tries++ {
		victim := w.tiers[stub] + node(w.rand.IntN(int(w.tiers[stub+1]-w.tiers[stub])))
		n := w.net(victim)
		if c.used[victim] || n.org.country == w.net(culprit).org.country || w.adjacent(culprit, victim) || c.taken[n.blocks[0]] {
			continue
		}
		if w.seeing(plainOf(culprit), w.standing(n.blocks[0], victim)) >= w.enough() {
			c.taken[n.blocks[0]] = true
			prefixes = append(prefixes, n.blocks[0])
		}
	}
	if len(prefixes) < 5 {
		return errNobody
	}
	from, _ := w.span()
	w.happens(Event{Kind: MassHijack, Note: fmt.Sprintf("one network announces %d prefixes of as many others", len(prefixes))},
		from, from+w.between(300, 2400), w.event(culprit), prefixes...)
	return nil
}

// tooLong: a network announces a part of its own prefix that is longer than its ROA allows.
func (w *world) tooLong(c *cast) error {
	n, err := c.stub(func(n *network) bool { return signed(n) && !n.loose && !n.backup })
	if err != nil {
		return err
	}
	p, err := c.part(n)
	if err != nil {
		return err
	}
	from, until := w.span()
	w.happens(Event{Kind: RPKIInvalid, Note: "longer than the maximum length of the network's own ROA"}, from, until, w.event(n), p)
	return nil
}

// staleROAs: since before the start, prefixes whose only ROA names a number that their holder no longer uses.
func (w *world) staleROAs(c *cast) {
	for range max(1, w.p.Networks/200) {
		n, err := c.stub(unsigned)
		if err != nil {
			return
		}
		p, err := c.part(n)
		if err != nil {
			continue
		}
		former := w.net(w.anyNode())
		w.extraVRPs = append(w.extraVRPs, vrp{p, p.Bits(), former.asn})
		w.happens(Event{Kind: RPKIInvalid, Note: "the only ROA names another network; so since before the start"}, before, never, plainOf(n), p)
	}
}

// anyNode draws a network.
func (w *world) anyNode() node { return node(w.rand.IntN(len(w.networks))) }
