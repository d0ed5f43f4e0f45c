package world

import (
	"fmt"
	"slices"
	"time"

	"pahra/wire/values"
)

// sizes gives how many networks there are of each tier.
func sizes(networks int) [stub + 1]int {
	var n [stub + 1]int
	n[tier1] = min(16, 4+networks/120)
	n[large] = min(120, max(5, networks/50))
	n[small] = max(8, networks/25)
	n[regional] = max(10, networks*2/25)
	n[stub] = networks - n[tier1] - n[large] - n[small] - n[regional]
	return n
}

// grow makes the holders and their networks.
func (w *world) grow() {
	for tier, count := range sizes(w.p.Networks) {
		if tier == 0 {
			continue
		}
		w.tiers[tier] = node(len(w.networks))
		for range count {
			last := node(len(w.networks) - 1)
			if tier > small && w.net(last).tier == tier && w.chance(0.06) {
				w.join(w.siblingOf(last), w.net(last).holder, tier)
				continue
			}
			w.found(w.countriesOf(tier), tier)
		}
	}
	w.tiers[stub+1] = node(len(w.networks))
	w.protect()
}

// found makes a holder with one network.
func (w *world) found(list []country, tier int) {
	w.holders = append(w.holders, nil)
	w.join(w.organisation(w.names.draw(w.rand, tier), w.drawCountry(list)), len(w.holders)-1, tier)
}

// organisation makes a holder as registries know it.
func (w *world) organisation(name string, c *country) *org {
	o := &org{
		id: fmt.Sprintf("ORG-%04d", len(w.orgs)+1), name: name, domain: domain(name), country: c,
		registered: w.p.Start.AddDate(0, 0, -400-w.rand.IntN(6000)).Truncate(24 * time.Hour),
	}
	w.orgs = append(w.orgs, o)
	return o
}

// siblingOf gives the organisation under which a sibling of n is registered: for one in five, another that nothing
// connects with it.
func (w *world) siblingOf(n node) *org {
	w.truth.Facts.Siblings++
	o := w.net(n).org
	if w.p.Flawless || !w.chance(0.2) {
		return o
	}
	w.truth.Facts.UnknownSiblings++
	return w.organisation(w.names.draw(w.rand, w.net(n).tier), o.country)
}

// join gives a holder another network.
func (w *world) join(o *org, holder, tier int) {
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
	w.networks = append(w.networks, &network{asn: asn, handle: h, tier: tier, org: o, holder: holder})
	w.byASN[asn] = n
	o.members = append(o.members, n)
	w.holders[holder] = append(w.holders[holder], n)
}

func (w *world) taken(asn values.ASN) bool {
	_, ok := w.byASN[asn]
	return ok
}

// knownProtectors are numbers that are known to protect others from denial of service, as package watch lists them.
// Nobody else in a world has one of them.
func knownProtectors() []values.ASN {
	return []values.ASN{32787, 19905, 198949, 7786, 13335, 19551, 25761, 26415, 30060, 30148, 32421, 34309, 45474, 55002, 57724, 59796,
		197068, 199524, 209242, 396998}
}

// protectors are those of them that play a part.
func protectors() []values.ASN { return knownProtectors()[:3] }

// protect makes some transit networks such that protect others from denial of service.
func (w *world) protect() {
	for i, asn := range protectors() {
		n := w.net(w.tiers[small] + node(i*2))
		delete(w.byASN, n.asn)
		n.asn, n.protector = asn, true
		n.org.name += " DDoS Protection"
		w.byASN[asn] = w.tiers[small] + node(i*2)
	}
}

// connect makes the relations: a clique on top, each other network below one to three of the tiers above, some side by
// side.
func (w *world) connect() {
	for i := range w.tiers[large] {
		for j := range i {
			w.peer(i, j)
		}
	}
	for i := w.tiers[large]; i < w.tiers[stub+1]; i++ {
		for range 1 + w.rand.IntN(3) {
			w.below(i, w.above(i))
		}
		n := w.net(i)
		if n.backup = n.tier == stub && len(n.providers) > 1 && w.chance(0.08); n.backup {
			continue
		}
		if o := w.holders[n.holder]; o[0] != i && w.chance(0.5) && w.net(o[0]).tier < stub {
			w.below(i, o[0])
		}
	}
	w.sideBySide(large, 4)
	w.sideBySide(small, 3)
	w.sideBySide(regional, 2)
}

// shares says how often networks of a tier buy of the tiers above.
func shares(tier int) []float64 {
	return [][]float64{
		large:    {tier1: 1},
		small:    {tier1: 0.3, large: 0.7},
		regional: {tier1: 0.15, large: 0.4, small: 0.45},
		stub:     {tier1: 0.1, large: 0.25, small: 0.3, regional: 0.35},
	}[tier]
}

// above draws a provider: of a tier above, its first ones more often, of the same region if a few tries find one.
func (w *world) above(n node) (p node) {
	for range 4 {
		up, u := 0, w.rand.Float64()
		for i, share := range shares(w.net(n).tier) {
			if up = i; u < share {
				break
			}
			u -= share
		}
		up = max(up, tier1)
		v := w.rand.Float64()
		p = w.tiers[up] + node(v*v*float64(w.tiers[up+1]-w.tiers[up]))
		if up == tier1 || w.net(p).org.country.rir == w.net(n).org.country.rir {
			break
		}
	}
	return p
}

// sideBySide gives the networks of a tier some peers of the same tier each.
func (w *world) sideBySide(tier, each int) {
	first, count := w.tiers[tier], int(w.tiers[tier+1]-w.tiers[tier])
	for i := range count {
		for range w.rand.IntN(each + 1) {
			w.peer(first+node(i), first+node(w.rand.IntN(count)))
		}
	}
}

// below makes c a customer of p, unless they have a relation.
func (w *world) below(c, p node) {
	if c == p || w.related(c, p) {
		return
	}
	w.net(c).providers = append(w.net(c).providers, p)
	w.net(p).customers = append(w.net(p).customers, c)
	w.relations[[2]node{c, p}], w.relations[[2]node{p, c}] = fromProvider, fromCustomer
}

// peer makes a and b peers, unless they have a relation.
func (w *world) peer(a, b node) {
	if a == b || w.related(a, b) {
		return
	}
	w.net(a).peers = append(w.net(a).peers, b)
	w.net(b).peers = append(w.net(b).peers, a)
	w.relations[[2]node{a, b}], w.relations[[2]node{b, a}] = fromPeer, fromPeer
}

// related tells whether two networks have an agreement of their own.
func (w *world) related(a, b node) bool { return w.relations[[2]node{a, b}] != 0 }

// adjacent tells whether routes go between two networks, be it by a route server.
func (w *world) adjacent(a, b node) bool {
	return w.related(a, b) || slices.ContainsFunc(w.net(a).exchanges, func(x *exchange) bool {
		return slices.Contains(w.net(b).exchanges, x)
	})
}
