package world

import "slices"

// swap plans that for all that a network announces plainly another announcement stands for a while, and notes the event.
func (w *world) swap(c *cast, e Event, n node, s source) error {
	v := w.net(n)
	if slices.ContainsFunc(w.swapped, func(o node) bool { return o == n }) {
		return errNobody
	}
	w.swapped = append(w.swapped, n)
	e.ASN, e.Benign, e.Prefixes = v.asn, true, v.prefixes
	from, until := w.span()
	e.Peers = w.seeing(s, nil)
	w.note(e, from, until)
	w.plan = append(w.plan, step{sec: w.at(from), source: s})
	if until != never && until < w.seconds() {
		w.plan = append(w.plan, step{sec: w.at(until), source: w.plainly(n)})
	}
	return nil
}

// ordinary draws a network that no event has changed the announcements of.
func (w *world) ordinary(c *cast, fits func(node) bool) (node, error) {
	return c.benign(func(n node) bool {
		return !slices.Contains(w.swapped, n) && !c.leaked[n] && !c.taken[w.net(n).prefixes[0]] && fits(n)
	})
}

// backupTransit: the last of a network's providers, which got no announcements so far, gets them in the others' place.
func (w *world) backupTransit(c *cast) error {
	n, err := w.ordinary(c, func(n node) bool { return w.net(n).backup })
	if err != nil {
		return err
	}
	up := w.net(n).providers
	return w.swap(c, Event{Kind: BackupTransit, Note: "the backup provider takes the place of the others"}, n,
		source{origin: n, only: up[len(up)-1:]})
}

// newProvider: a network has one more provider from now on.
func (w *world) newProvider(c *cast) error {
	n, err := w.ordinary(c, func(n node) bool { return w.net(n).tier == stub && !w.net(n).backup })
	if err != nil {
		return err
	}
	p := w.above(n)
	if w.adjacent(n, p) {
		return errNobody
	}
	w.net(n).attested = append(w.net(n).attested, p)
	return w.swap(c, Event{Kind: NewProvider, Note: "AS" + w.net(p).asn.String() + " is a provider from now on"}, n,
		source{origin: n, also: []link{{p, fromCustomer}}})
}

// upgrade: a peer becomes a provider.
func (w *world) upgrade(c *cast) error {
	n, err := w.ordinary(c, func(n node) bool { return w.net(n).tier == regional && len(w.net(n).peers) > 0 && !w.net(n).backup })
	if err != nil {
		return err
	}
	p := pick(w.rand, w.net(n).peers)
	w.net(n).attested = append(w.net(n).attested, p)
	return w.swap(c, Event{Kind: Upgrade, Note: "its peer AS" + w.net(p).asn.String() + " is a provider from now on"}, n,
		source{origin: n, also: []link{{p, fromCustomer}}})
}

// newPeering: a network joins an exchange and is a peer of all on its route server.
func (w *world) newPeering(c *cast) error {
	n, err := w.ordinary(c, func(n node) bool { return !w.net(n).backup })
	if err != nil {
		return err
	}
	x := pick(w.rand, w.exchanges)
	s := source{origin: n}
	for _, m := range x.carriers {
		if !w.adjacent(n, m) && m != n {
			s.also = append(s.also, link{m, fromPeer})
		}
	}
	if len(s.also) == 0 || slices.Contains(w.net(n).exchanges, x) {
		return errNobody
	}
	return w.swap(c, Event{Kind: NewPeering, Note: "it joined the route server of " + x.name}, n, s)
}

// siblingTransit: a network passes a provider's routes to its sibling, which treats them as its own.
func (w *world) siblingTransit(c *cast) error {
	n, err := c.benign(func(n node) bool { return len(w.holders[w.net(n).holder]) > 1 && len(w.net(n).providers) > 0 })
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(slices.Clone(w.holders[w.net(n).holder]), func(s node) bool { return s == n || w.related(s, n) || c.used[s] })
	if len(others) == 0 {
		return errNobody
	}
	s := w.event(n)
	s.leak, s.only = &leak{w.net(n).providers[0]}, []node{}
	s.also = []link{{pick(w.rand, others), fromCustomer}}
	return w.passOn(c, Event{Kind: SiblingTransit, Note: "a network passes its provider's routes to its sibling"}, s, false)
}

// partialTransit: since before the start, a network gives a peer some of its provider's routes, as they agreed.
func (w *world) partialTransit(c *cast) error {
	n, err := c.benign(func(n node) bool { return len(w.net(n).peers) > 0 && len(w.net(n).providers) > 0 && !w.net(n).backup })
	if err != nil {
		return err
	}
	s := w.event(n)
	s.leak, s.only = &leak{pick(w.rand, w.net(n).providers)}, []node{pick(w.rand, w.net(n).peers)}
	return w.passOn(c, Event{Kind: PartialTransit, Note: "it always gave this peer some of its provider's routes"}, s, true)
}

// passOn plans a leak that is none.
func (w *world) passOn(c *cast, e Event, s source, standing bool) error {
	w.spreader.carry(s.origin)
	prefixes, seen := w.leaked(c, s, w.between(5, 60), 2)
	if len(prefixes) == 0 || seen < 2 {
		return errNobody
	}
	from, until := w.span()
	for _, p := range prefixes {
		c.leaked[w.holderOf(p)], c.taken[p] = true, true
	}
	if standing {
		from, until = before, never
		for _, p := range prefixes {
			w.special[p] = w.standing(p, w.holderOf(p))
		}
	}
	e.Benign, e.Peers = true, seen
	w.happens(w.leakEvent(e, s), from, until, s, prefixes...)
	return nil
}
