package world

import (
	"fmt"
	"net/netip"
	"slices"

	"pahra/wire/values"
)

// siblings: another network of the same holder announces the prefix too.
func (w *world) siblings(c *cast) error {
	for _, o := range w.orgs {
		if len(o.members) < 2 || w.net(o.members[0]).roa {
			continue
		}
		a, b := o.members[0], o.members[1]
		c.used[a], c.used[b] = true, true
		w.happens(Event{Kind: SiblingMOAS, Benign: true, Victim: w.net(a).asn, Note: "both networks are of one holder"},
			72, never, plainly(b), w.net(a).blocks[0])
		return nil
	}
	return fmt.Errorf("no holder has two networks without a ROA")
}

// providerSpace: a customer announces a part of its provider's prefix.
func (w *world) providerSpace(c *cast) error {
	n, err := c.stub(func(n *network) bool {
		return slices.ContainsFunc(n.providers, func(p node) bool { return !w.net(p).roa })
	})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(w.net(n).providers, func(p node) bool { return !w.net(p).roa })
	provider := w.net(w.net(n).providers[i])
	w.happens(Event{Kind: ProviderSpace, Benign: true, Victim: provider.asn, Note: "the announcing network is its customer"},
		78, never, plainly(n), provider.spare(0))
	return nil
}

// anycast: four networks have announced the prefix since before the start; a fifth joins them.
func (w *world) anycast(c *cast) error {
	owner, err := c.stub(unsigned)
	if err != nil {
		return err
	}
	p := w.net(owner).spare(2)
	w.base[p] = []source{plainly(owner)}
	w.extraRoutes = append(w.extraRoutes, routeObject{p, w.net(owner).asn, w.net(owner).irr, w.net(owner).org})
	for len(w.base[p]) < 4 {
		n, err := c.stub(anyone)
		if err != nil {
			return err
		}
		w.base[p] = append(w.base[p], plainly(n))
	}
	joins, err := c.against(owner, plainly, p)
	if err != nil {
		// A fifth site may attract few of the peers; it happens all the same.
		if joins, err = c.stub(anyone); err != nil {
			return err
		}
	}
	w.happens(Event{Kind: Anycast, Benign: true, Victim: w.net(owner).asn, Note: "a fifth origin of an anycast prefix"},
		88, never, plainly(joins), p)
	return nil
}

// blackholes: hosts under attack are announced so that others drop the traffic to them, once by the network itself,
// once by its provider. One holder has a ROA, which such an announcement can never match.
func (w *world) blackholes(c *cast) error {
	const rfc7999 = 0xffff029a
	own, err := c.stub(signed)
	if err != nil {
		return err
	}
	w.happens(Event{Kind: Blackhole, Benign: true, Victim: w.net(own).asn, Note: "by the network itself, 65535:666"}, 95, 125,
		source{origin: own, communities: []uint32{rfc7999}}, hostOf(w.net(own)))
	n, err := c.stub(unsigned)
	if err != nil {
		return err
	}
	up := w.net(n).providers[0]
	w.happens(Event{Kind: Blackhole, Benign: true, Victim: w.net(n).asn, Note: "by its provider, with the provider's :666"}, 96, 140,
		source{origin: up, communities: []uint32{uint32(w.net(up).asn)<<16 | 666}}, hostOf(w.net(n)))
	return nil
}

func hostOf(n *network) netip.Prefix { return netip.PrefixFrom(host(n.spare(0), 80), 32) }

// prependTypo: a network asked for three prepends and got AS3 behind its own number.
func (w *world) prependTypo(c *cast) error {
	n, err := c.stub(unsigned)
	if err != nil {
		return err
	}
	p := w.net(n).blocks[0]
	w.note(Event{Kind: PrependTypo, Benign: true, ASN: 3, Victim: w.net(n).asn, Prefixes: []netip.Prefix{p},
		Peers: len(w.speakers), Note: "the number of prepends was taken for an AS number"}, 105, 145)
	w.plan = append(w.plan,
		step{sec: w.at(105), prefix: p, source: source{origin: n, behind: []values.ASN{3}}},
		step{sec: w.at(145), prefix: p, source: plainly(n)})
	return nil
}

// ddosSwing: a scrubbing service announces parts of its client's prefix while that is under attack, as a route object
// and a ROA allow.
func (w *world) ddosSwing(c *cast) error {
	client, err := c.stub(signed)
	if err != nil {
		return err
	}
	scrubber, err := c.against(client, plainly, w.net(client).spare(0))
	if err != nil {
		return err
	}
	s := w.net(scrubber)
	s.org.name += " DDoS Protection"
	var prefixes []netip.Prefix
	for i := range uint32(2) {
		p := w.net(client).spare(i)
		prefixes = append(prefixes, p)
		w.extraRoutes = append(w.extraRoutes, routeObject{p, s.asn, "RADB", w.net(client).org})
		w.extraVRPs = append(w.extraVRPs, vrp{p, 24, s.asn})
	}
	w.happens(Event{Kind: DDoSSwing, Benign: true, Victim: w.net(client).asn, Note: "route objects and ROAs name the scrubbing service"},
		115, 175, plainly(scrubber), prefixes...)
	return nil
}

// transfer: a prefix disappears and, more than an hour later, comes back from another holder.
func (w *world) transfer(c *cast) error {
	from, err := c.stub(unsigned)
	if err != nil {
		return err
	}
	to, err := c.stub(anyone)
	if err != nil {
		return err
	}
	p := w.net(from).spare(1)
	w.base[p] = []source{plainly(from)}
	w.plan = append(w.plan, step{sec: w.at(20), prefix: p, source: plainly(from), gone: true})
	old := w.base[p]
	w.base[p] = nil // nobody announces it any more when the other does
	w.happens(Event{Kind: Transfer, Benign: true, Victim: w.net(from).asn, Note: "withdrawn everywhere for 80 minutes before"},
		100, never, plainly(to), p)
	w.base[p] = old
	return nil
}

// sessionReset: a peer's session goes down and it tells everything again.
func (w *world) sessionReset(*cast) error {
	if w.minutes() <= quietUntil {
		return nil
	}
	peer := w.rand.IntN(len(w.speakers))
	w.resets = append(w.resets, reset{peer, w.at(135), w.at(137)})
	w.note(Event{Kind: SessionReset, Benign: true, ASN: w.net(w.speakers[peer].node).asn, Prefixes: []netip.Prefix{}, Peers: 1,
		Note: "down for two minutes, then the whole table again"}, 135, 137)
	return nil
}
