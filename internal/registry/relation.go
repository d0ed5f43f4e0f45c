package registry

import (
	"slices"

	"pahra/wire/values"
)

// Relation is how one network relates to another.
type Relation uint8

// The relations, read from the first network to the second.
const (
	Unknown    Relation = iota // no source has the pair, or they contradict one another; HasRelations says whether there is any
	ProviderOf                 // the first sells transit to the second
	PeerOf
	CustomerOf // the first buys transit from the second
	SiblingOf  // both are one organisation's
)

var relationNames = [...]string{"unknown", "provider", "peer", "customer", "sibling"}

// String gives the relation's name: "provider" reads "is the provider of".
func (rel Relation) String() string {
	if int(rel) < len(relationNames) {
		return relationNames[rel]
	}
	return "invalid"
}

// Inverse gives the relation as the other network sees it.
func (rel Relation) Inverse() Relation {
	switch rel {
	case ProviderOf:
		return CustomerOf
	case CustomerOf:
		return ProviderOf
	}
	return rel
}

// graph holds the relations in compressed sparse rows: for each node its neighbours in four groups, customers, peers,
// providers and siblings, each ascending. Group g of node i is adj[off[4*i+g]:off[4*i+g+1]], and weights beside it.
type graph struct {
	off         []uint32
	adj         []uint32
	weights     []weight
	hasSiblings bool
}

// weight is what an edge rests on.
type weight struct{ hundredth, from, against uint8 }

// The groups of a row, in the order of the Relation that a node has to the neighbours in them.
const (
	groups      = 4
	groupOf     = int(ProviderOf) // group = relation - groupOf
	toCustomers = int(ProviderOf) - groupOf
	toPeers     = int(PeerOf) - groupOf
	toProviders = int(CustomerOf) - groupOf
	toSiblings  = int(SiblingOf) - groupOf
)

// link is one direction of an edge: from is verdict.rel (of) to.
type link struct {
	from, to uint32
	verdict
}

// newGraph takes each edge once, ascending by its lesser node and then its greater, which is from and to.
func newGraph(nodes int, edges []link) graph {
	if len(edges) == 0 {
		return graph{}
	}
	g := graph{off: make([]uint32, groups*nodes+1), adj: make([]uint32, 2*len(edges)), weights: make([]weight, 2*len(edges))}
	slot := func(node uint32, rel Relation) int { return groups*int(node) + int(rel) - groupOf }
	for _, e := range edges {
		g.off[slot(e.from, e.rel)+1]++
		g.off[slot(e.to, e.rel.Inverse())+1]++
		g.hasSiblings = g.hasSiblings || e.rel == SiblingOf
	}
	for i := 1; i < len(g.off); i++ {
		g.off[i] += g.off[i-1]
	}
	next := slices.Clone(g.off)
	put := func(s int, to uint32, v verdict) { // the lesser neighbours of a node come first, as the edges are in order
		g.adj[next[s]], g.weights[next[s]] = to, weight{v.hundredth, v.from, v.against}
		next[s]++
	}
	for _, e := range edges {
		put(slot(e.from, e.rel), e.to, e.verdict)
		put(slot(e.to, e.rel.Inverse()), e.from, e.verdict)
	}
	return g
}

// row gives a group of a node's neighbours.
func (g *graph) row(node uint32, group int) []uint32 {
	if g.off == nil {
		return nil
	}
	i := groups*int(node) + group
	return g.adj[g.off[i]:g.off[i+1]]
}

// degree is the number of a node's neighbours.
func (g *graph) degree(node uint32) uint32 {
	return g.off[groups*int(node)+groups] - g.off[groups*int(node)]
}

// relation finds how a relates to b.
func (g *graph) relation(a, b uint32) Relation {
	rel, _ := g.find(a, b)
	return rel
}

// find gives how a relates to b and where that stands, searching the row of the one with fewer neighbours.
func (g *graph) find(a, b uint32) (rel Relation, at uint32) {
	if g.off == nil {
		return Unknown, 0
	}
	swapped := g.degree(a) > g.degree(b)
	if swapped {
		a, b = b, a
	}
	for group := range groups {
		if i, ok := slices.BinarySearch(g.row(a, group), b); ok {
			rel, at = Relation(group+groupOf), g.off[groups*int(a)+group]+uint32(i)
			if swapped {
				rel = rel.Inverse()
			}
			return rel, at
		}
	}
	return Unknown, 0
}

// Relation tells what a is to b: ProviderOf says that a is b's provider. It is Unknown where no source has the pair or
// none outweighs the others, and for a network and itself.
func (r *Registry) Relation(a, b values.ASN) Relation {
	na, ok := r.nodes.find(a)
	if !ok {
		return Unknown
	}
	nb, ok := r.nodes.find(b)
	if !ok {
		return Unknown
	}
	return r.graph.relation(na, nb)
}

// Providers gives the networks that sell asn transit, ascending.
func (r *Registry) Providers(asn values.ASN) []values.ASN { return r.neighbours(asn, toProviders) }

// Customers gives the networks that buy transit of asn, ascending.
func (r *Registry) Customers(asn values.ASN) []values.ASN { return r.neighbours(asn, toCustomers) }

// Peers gives the networks that asn peers with, ascending.
func (r *Registry) Peers(asn values.ASN) []values.ASN { return r.neighbours(asn, toPeers) }

func (r *Registry) neighbours(asn values.ASN, group int) []values.ASN {
	node, ok := r.nodes.find(asn)
	if !ok {
		return nil
	}
	return r.asnsOf(r.graph.row(node, group))
}

// asnsOf turns nodes into ASNs; the order stays ascending.
func (r *Registry) asnsOf(nodes []uint32) []values.ASN {
	if len(nodes) == 0 {
		return nil
	}
	out := make([]values.ASN, len(nodes))
	for i, n := range nodes {
		out[i] = r.nodes.asns[n]
	}
	return out
}
