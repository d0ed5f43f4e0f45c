package watch

import (
	"fmt"
	"maps"
	"slices"

	"pahra/internal/registry"
	"pahra/wire/values"
)

// leakExclusion is a benign explanation of a leak.
type leakExclusion struct {
	name    string
	test    func(*Engine, *leak) (Result, string)
	factual bool // as in exclusion
}

// leakExclusions are tried in this order; the first that explains a leak ends the matter. "standing" and
// "unsure-relation" come before them, when the step is first seen (followed, ruleFor).
func leakExclusions() []leakExclusion {
	return []leakExclusion{
		{"same-organisation", bySiblings, true},
		{"carried-before", byCarried, false},
		{"customer-cone", byCone, true},
		{"customer-prefix", byCustomerPrefix, true},
		{"relation-change", (*Engine).byRelationChange, false},
		{"one-origin", byOneOrigin, false},
		{"ddos-protection", byProtector, false},
	}
}

// bySiblings: networks of one organisation exchange what they like.
func bySiblings(e *Engine, l *leak) (Result, string) {
	reg := e.facts.Registry
	for _, pair := range [][2]values.ASN{{l.leaker, l.from}, {l.leaker, l.to}} {
		if reg.Sibling(pair[0], pair[1]) {
			return Explains, fmt.Sprintf("AS%d and AS%d are of one organisation", pair[0], pair[1])
		}
	}
	if !reg.HasOrganisations() {
		return NoData, e.facts.NoData["organisations"]
	}
	return Fails, ""
}

// byCarried: the leaker passed routes of a provider or a peer on to this neighbour, or this neighbour's routes on to
// one, before judging began. So what they are to one another is not what the sources have: it sells transit, to one or
// in part.
func byCarried(e *Engine, l *leak) (Result, string) {
	switch {
	case l.rule.needsNoNovelty():
		return Fails, fmt.Sprintf("shown by %s", l.rule)
	case e.given[edge{l.leaker, l.to}] >= refuted:
		return Explains, fmt.Sprintf("AS%d gave AS%d routes of others before", l.leaker, l.to)
	case e.taken[edge{l.leaker, l.from}] >= refuted:
		return Explains, fmt.Sprintf("AS%d gave others routes of AS%d before", l.leaker, l.from)
	}
	return Fails, ""
}

// byCone: a neighbour is a customer of a customer, and so a customer.
func byCone(e *Engine, l *leak) (Result, string) {
	reg := e.facts.Registry
	for _, n := range [...]values.ASN{l.from, l.to} {
		if reg.InConeWithin(l.leaker, n, e.set.ConeLevels) {
			return Explains, fmt.Sprintf("AS%d is in the customer cone of AS%d", n, l.leaker)
		}
	}
	return Fails, ""
}

// byCustomerPrefix: all that is passed on are prefixes of the leaker's own customers, whose direct link may be down.
func byCustomerPrefix(e *Engine, l *leak) (Result, string) {
	return e.customersOnly(l, e.originsOf(l))
}

// customersOnly says whether the origins are all of the leaker's customers, or its own.
func (e *Engine) customersOnly(l *leak, origins map[values.ASN]bool) (Result, string) {
	for _, o := range sortedASNs(origins) {
		if o != l.leaker && !e.facts.Registry.InConeWithin(l.leaker, o, e.set.ConeLevels) {
			return Fails, fmt.Sprintf("AS%d is not its customer", o)
		}
	}
	if len(origins) == 0 {
		return Fails, ""
	}
	return Explains, fmt.Sprintf("every prefix is of AS%d or its customers", l.leaker)
}

// originsOf gives the networks whose prefixes a leak concerns now.
func (e *Engine) originsOf(l *leak) map[values.ASN]bool {
	origins := make(map[values.ASN]bool)
	for _, t := range l.tracks {
		for _, r := range e.table.RoutesOf(t.prefix) {
			if o := e.in.Attr(r.Attr).Origin; o != 0 && e.leakOf(r.Attr) == l {
				origins[o] = true
			}
		}
	}
	return origins
}

// byOneOrigin: all that the leaker passes on against the relations is of one network, which may have bought transit of
// it, for all the sources know; as a backup, often.
func byOneOrigin(e *Engine, l *leak) (Result, string) {
	if l.rule != ruleValleyFree {
		return Fails, fmt.Sprintf("shown by %s", l.rule)
	}
	origins := make(map[values.ASN]bool)
	for _, o := range e.burst(l) {
		maps.Copy(origins, e.originsOf(o))
	}
	if list := sortedASNs(origins); len(list) == 1 {
		return Explains, fmt.Sprintf("every prefix is of AS%d, which may buy transit of AS%d", list[0], l.leaker)
	}
	return Fails, fmt.Sprintf("prefixes of %d networks", len(origins))
}

// byRelationChange: a peer that buys transit from today on looks as if it were leaked from, or to. That is so where each
// of the leaker's steps of the same burst has to do with this one peer, and the peer is no larger than the leaker. Leaked
// from, it must go where customers' routes go: to the leaker's providers and to its other peers.
func (e *Engine) byRelationChange(l *leak) (Result, string) {
	if l.rule != ruleValleyFree {
		return Fails, fmt.Sprintf("shown by %s", l.rule)
	}
	for _, n := range [...]struct {
		asn    values.ASN
		is     string
		routed bool
	}{{l.from, l.fromIs.Relation, e.goesEverywhere(l)}, {l.to, l.toIs.Relation, true}} {
		if n.is == "peer" && n.routed && !e.facts.Registry.IsTier1(n.asn) && !e.isLarger(n.asn, l.leaker) && e.allConcern(n.asn, l) {
			return Explains, fmt.Sprintf("AS%d may have become a customer of AS%d", n.asn, l.leaker)
		}
	}
	return Fails, ""
}

// goesEverywhere says whether the leaker passes routes of a leak's from on both to providers and to peers, as far as it has
// any of which that could be seen.
func (e *Engine) goesEverywhere(l *leak) bool {
	reg := e.facts.Registry
	given := map[registry.Relation]map[values.ASN]bool{registry.ProviderOf: {}, registry.PeerOf: {}}
	for _, o := range l.source.leaks {
		for peer := range o.shown {
			if by := given[reg.Relation(o.to, o.leaker)]; by != nil {
				by[e.table.Peers.Get(peer).ASN] = true
			}
		}
	}
	const word = 2 // one peer's word excuses nobody
	return (len(given[registry.ProviderOf]) >= word || e.seenWith(l.leaker, reg.Providers(l.leaker), l.from) == 0) &&
		(len(given[registry.PeerOf]) >= word || e.seenWith(l.leaker, reg.Peers(l.leaker), l.from) < e.set.MinPeerASNs)
}

// seenWith counts the neighbours of a network, one left out, that were seen to carry its routes.
func (e *Engine) seenWith(asn values.ASN, neighbours []values.ASN, not values.ASN) int {
	n := 0
	for _, near := range neighbours {
		if _, ok := e.edges[edge{near, asn}]; ok && near != not {
			n++
		}
	}
	return n
}

// isLarger says whether a has more customers than b, directly and twice as many.
func (e *Engine) isLarger(a, b values.ASN) bool {
	reg := e.facts.Registry
	return len(reg.Customers(a)) > 2*len(reg.Customers(b))
}

// allConcern says whether every step of the burst by which the leaker leaks has to do with one neighbour.
func (e *Engine) allConcern(neighbour values.ASN, l *leak) bool {
	return !slices.ContainsFunc(e.burst(l), func(o *leak) bool { return o.from != neighbour && o.to != neighbour })
}

// burst gives the leaks of the same leaker that are shown now and began about when this one did, itself among them.
func (e *Engine) burst(l *leak) (list []*leak) {
	window := int64(e.set.BurstWindow.Seconds())
	for _, o := range e.leaksBy[l.leaker] {
		if d := o.since - l.since; o == l || len(o.shown) > 0 && d <= window && -d <= window {
			list = append(list, o)
		}
	}
	return list
}

// byProtector: a network that protects others from denial of service takes their routes and passes them on.
func byProtector(e *Engine, l *leak) (Result, string) {
	if name, ok := e.protection(l.leaker); ok {
		return Explains, name + " passes on the routes of those it protects"
	}
	return Fails, ""
}
