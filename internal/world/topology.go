package world

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

// grow makes the holders and their networks.
func (w *world) grow() {
	list := countries()
	for range w.p.Tier1 {
		w.found(list, tier1)
	}
	for range w.p.Transits {
		w.found(list, transit)
	}
	for range w.p.Stubs {
		if last := w.orgs[len(w.orgs)-1]; w.net(last.members[0]).tier == stub && w.chance(0.06) {
			w.join(last, stub) // a sibling of the one before
			continue
		}
		w.found(list, stub)
	}
}

// found makes a holder with one network.
func (w *world) found(list []country, tier int) {
	name := w.names.draw(w.rand, tier)
	o := &org{
		id: fmt.Sprintf("ORG-%04d", len(w.orgs)+1), name: name, domain: domain(name), country: w.drawCountry(list),
		registered: w.p.Start.AddDate(0, 0, -400-w.rand.IntN(6000)).Truncate(24 * time.Hour),
	}
	w.orgs = append(w.orgs, o)
	w.join(o, tier)
}

// join gives a holder another network.
func (w *world) join(o *org, tier int) {
	s := w.space[o.country.rir]
	asn := s.asn(w.rand, tier)
	for w.taken(asn) {
		asn = s.asn(w.rand, tier)
	}
	h := handle(o.name)
	if n := len(o.members); n > 0 {
		h = fmt.Sprintf("%s%d", h, n+1)
	}
	n := node(len(w.networks))
	w.networks = append(w.networks, &network{asn: asn, handle: h, tier: tier, org: o})
	w.byASN[asn] = n
	o.members = append(o.members, n)
}

func (w *world) taken(asn values.ASN) bool {
	_, ok := w.byASN[asn]
	return ok
}

// connect makes the relations: a clique on top, each other network below one to three earlier ones, some side by side.
func (w *world) connect() {
	t1, tr := w.p.Tier1, w.p.Tier1+w.p.Transits
	for i := range t1 {
		for j := range i {
			w.peer(node(i), node(j))
		}
	}
	for i := t1; i < tr; i++ {
		for range 1 + w.rand.IntN(3) {
			w.below(node(i), node(w.rand.IntN(min(i, t1+(i-t1)/2+1))))
		}
		for range 2 {
			if j := t1 + w.rand.IntN(i-t1+1); j != i {
				w.peer(node(i), node(j))
			}
		}
	}
	for i := tr; i < len(w.networks); i++ {
		for range 1 + w.rand.IntN(3) {
			w.below(node(i), w.nearby(node(i)))
		}
	}
}

// nearby draws a transit network, of the same region if a few tries find one.
func (w *world) nearby(n node) node {
	var t node
	for range 4 {
		t = node(w.p.Tier1 + w.rand.IntN(w.p.Transits))
		if w.net(t).org.country.rir == w.net(n).org.country.rir {
			break
		}
	}
	return t
}

// below makes c a customer of p, unless they have a relation.
func (w *world) below(c, p node) {
	if c == p || w.related(c, p) {
		return
	}
	w.net(c).providers = append(w.net(c).providers, p)
	w.net(p).customers = append(w.net(p).customers, c)
}

// peer makes a and b peers, unless they have a relation.
func (w *world) peer(a, b node) {
	if a == b || w.related(a, b) {
		return
	}
	w.net(a).peers = append(w.net(a).peers, b)
	w.net(b).peers = append(w.net(b).peers, a)
}

func (w *world) related(a, b node) bool {
	n := w.net(a)
	return slices.Contains(n.providers, b) || slices.Contains(n.customers, b) || slices.Contains(n.peers, b)
}

// number gives each network address space, prefixes to announce and authorisations.
func (w *world) number() error {
	for i, n := range w.networks {
		if err := w.numberOne(n); err != nil {
			return err
		}
		for _, p := range n.prefixes {
			w.base[p] = []source{{origin: node(i)}}
		}
	}
	return nil
}

func (w *world) numberOne(n *network) error {
	s := w.space[n.org.country.rir]
	bits := []int{tier1: 15, transit: 18, stub: 20}[n.tier] + w.rand.IntN(3)
	block, err := s.block4(w.rand, bits)
	if err != nil {
		return err
	}
	n.blocks = append(n.blocks, block)
	n.prefixes = append(n.prefixes, block)
	for range w.rand.IntN(4) {
		n.announce(sub(block, bits+2, uint32(w.rand.IntN(2)))) // the upper half is left to events
	}
	if w.chance(0.6) {
		six := s.block6()
		n.blocks = append(n.blocks, six)
		n.prefixes = append(n.prefixes, six)
		if w.chance(0.3) {
			n.announce(sub(six, 40, uint32(w.rand.IntN(100))))
		}
	}
	n.roa = w.chance(0.65)
	n.policy = w.chance(0.7)
	if w.chance(0.9) {
		n.irr = irrSource(n.org.country.rir)
		if w.chance(0.3) {
			n.irr = "RADB"
		}
	}
	return nil
}

// announce adds a prefix, once.
func (n *network) announce(p netip.Prefix) {
	if !slices.Contains(n.prefixes, p) {
		n.prefixes = append(n.prefixes, p)
	}
}
