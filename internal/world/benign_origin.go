package world

import (
	"net/netip"
	"slices"

	"pahra/wire/values"
)

// authoriseToo lets registries know of a second origin: its ROA where the holder signs, for some a route object.
func (w *world) authoriseToo(p netip.Prefix, holder, origin node, objects float64) {
	h, asn := w.net(holder), w.net(origin).asn
	if h.roa {
		w.extraVRPs = append(w.extraVRPs, vrp{p, p.Bits(), asn})
	}
	if w.chance(objects) {
		source := irrSource(h.org.country.rir)
		if w.chance(0.3) {
			source = "RADB"
		}
		w.extraRoutes = append(w.extraRoutes, routeObject{p, asn, source, h.org, h.org.registered})
	}
}

// siblings: another network of the same holder announces the prefix too.
func (w *world) siblings(c *cast) error {
	a, err := c.benign(func(n node) bool {
		return len(w.holders[w.net(n).holder]) > 1 && !slices.ContainsFunc(w.holders[w.net(n).holder], func(s node) bool { return c.used[s] })
	})
	if err != nil {
		return err
	}
	p, err := c.own(a)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(slices.Clone(w.holders[w.net(a).holder]), func(n node) bool { return n == a })
	b := pick(w.rand, others)
	w.authoriseToo(p, a, b, 0.6)
	from, until := w.span()
	w.happens(Event{Kind: SiblingMOAS, Benign: true, Victim: w.net(a).asn, Note: "both networks are of one holder"}, from, until, w.event(b), p)
	return nil
}

// providerSpace: a customer announces a part of its provider's prefix.
func (w *world) providerSpace(c *cast) error {
	n, err := c.benign(func(n node) bool { return len(w.net(n).providers) > 0 && !w.net(n).backup })
	if err != nil {
		return err
	}
	provider := pick(w.rand, w.net(n).providers)
	p, err := c.part(provider)
	if err != nil {
		return err
	}
	w.authoriseToo(p, provider, n, 0.5)
	from, until := w.span()
	w.happens(Event{Kind: ProviderSpace, Benign: true, Victim: w.net(provider).asn, Note: "the announcing network is its customer"}, from, until, w.event(n), p)
	return nil
}

// anycast: four networks have announced the prefix since before the start; a fifth joins them.
func (w *world) anycast(c *cast) error {
	owner, err := c.benign(func(n node) bool { return unsigned(w.net(n)) })
	if err != nil {
		return err
	}
	p, err := c.part(owner)
	if err != nil {
		return err
	}
	o := w.net(owner)
	w.extraRoutes = append(w.extraRoutes, routeObject{p, o.asn, o.irr, o.org, o.org.registered})
	sites := []node{owner}
	for len(sites) < 5 {
		n, err := c.benign(func(n node) bool { return !slices.Contains(sites, n) && !w.net(n).backup })
		if err != nil {
			return err
		}
		sites = append(sites, n)
	}
	for _, n := range sites[:4] {
		w.special[p] = append(w.special[p], plainOf(n))
	}
	w.authoriseToo(p, owner, sites[4], 0.85)
	from, until := w.span()
	w.happens(Event{Kind: Anycast, Benign: true, Victim: o.asn, Note: "a fifth origin of an anycast prefix"}, from, until, w.event(sites[4]), p)
	return nil
}

// blackhole: hosts under attack are announced so that others drop the traffic to them, by the network itself or by its
// provider. A ROA can never match such an announcement.
func (w *world) blackhole(c *cast) error {
	const rfc7999 = 0xffff029a
	n, err := c.benign(func(n node) bool { return w.net(n).irr != "" && !w.net(n).backup })
	if err != nil {
		return err
	}
	p, err := c.part(n)
	if err != nil {
		return err
	}
	s, note := w.event(n), "by the network itself, 65535:666"
	s.communities = []uint32{rfc7999}
	if up := w.net(n).providers[0]; w.chance(0.5) {
		s, note = w.event(up), "by its provider, with the provider's :666"
		s.communities = []uint32{uint32(w.net(up).asn)<<16 | 666}
		if w.net(up).asn >= 1<<16 {
			s.communities = []uint32{rfc7999}
		}
	}
	from, until := w.span()
	w.happens(Event{Kind: Blackhole, Benign: true, Victim: w.net(n).asn, Note: note}, from, until, s, netip.PrefixFrom(host(p, 80), 32))
	return nil
}

// prependTypo: a network asked for three prepends and got AS3 behind its own number.
func (w *world) prependTypo(c *cast) error {
	n, err := c.benign(func(n node) bool { return unsigned(w.net(n)) && !w.net(n).backup })
	if err != nil {
		return err
	}
	p, err := c.own(n)
	if err != nil {
		return err
	}
	typo := values.ASN(w.between(2, 4))
	from, until := w.span()
	w.note(Event{Kind: PrependTypo, Benign: true, ASN: typo, Victim: w.net(n).asn, Prefixes: []netip.Prefix{p},
		Peers: len(w.speakers), Note: "the number of prepends was taken for an AS number"}, from, until)
	w.plan = append(w.plan, step{sec: w.at(from), prefix: p, source: source{origin: n, behind: []values.ASN{typo}}})
	if until != never && until < w.seconds() {
		w.plan = append(w.plan, step{sec: w.at(until), prefix: p, source: w.plainly(n)})
	}
	return nil
}

// ddosSwing: a network that protects others announces parts of its client's prefix while that is under attack. For some
// a route object says so, for clients that sign a ROA; others rely on its being known for that.
func (w *world) ddosSwing(c *cast) error {
	client, err := c.benign(func(n node) bool { return w.net(n).irr != "" })
	if err != nil {
		return err
	}
	scrubber := w.byASN[pick(w.rand, protectors())]
	var prefixes []netip.Prefix
	for range 2 {
		if p, err := c.part(client); err == nil {
			w.authoriseToo(p, client, scrubber, 0.5)
			prefixes = append(prefixes, p)
		}
	}
	if len(prefixes) == 0 {
		return errNobody
	}
	from, until := w.span()
	w.happens(Event{Kind: DDoSSwing, Benign: true, Victim: w.net(client).asn, Note: "a network that protects others from denial of service"},
		from, until, w.event(scrubber), prefixes...)
	return nil
}

// transfer: a prefix disappears and, more than an hour later, comes back from another holder.
func (w *world) transfer(c *cast) error {
	if w.seconds() < 3*3600 {
		return errNobody
	}
	from, err := c.benign(func(n node) bool { return unsigned(w.net(n)) })
	if err != nil {
		return err
	}
	to, err := c.benign(func(n node) bool { return n != from && !w.net(n).backup })
	if err != nil {
		return err
	}
	p, err := c.part(from)
	if err != nil {
		return err
	}
	gone := w.between(min(w.soonest(), w.seconds()-2*3600), w.seconds()-2*3600) // once its first origin is established
	back := gone + w.between(4200, 6000)
	w.plan = append(w.plan, step{sec: w.at(gone), prefix: p, source: plainOf(from), gone: true})
	w.happens(Event{Kind: Transfer, Benign: true, Victim: w.net(from).asn, Note: "withdrawn everywhere for more than an hour before"},
		back, never, w.event(to), p)
	w.special[p] = []source{plainOf(from)} // at the start, when the other does not announce it
	return nil
}

// engineering: a network announces a part of its own prefix for a while.
func (w *world) engineering(c *cast) error {
	n, err := c.benign(func(n node) bool { return !w.net(n).backup })
	if err != nil {
		return err
	}
	p, err := c.part(n)
	if err != nil {
		return err
	}
	w.authoriseToo(p, n, n, 0.5)
	from, until := w.span()
	w.happens(Event{Kind: Engineering, Benign: true, Victim: w.net(n).asn, Note: "the holder itself announces a part of its prefix"}, from, until, w.event(n), p)
	return nil
}
