// Package registry says who is who among networks: holder, organisation, country, registry, contacts by role, business
// relations, customer cone, and the neighbourhoods (sets of networks) that results are aggregated to.
//
// Make a [Builder], add each source with the Add method of its kind, and call [Builder.Build]. The [Registry] it gives
// never changes and may be read by many goroutines. Ask it [Registry.Network], [Registry.Relation], [Registry.Sibling],
// [Registry.InCone], [Registry.Resolve].
//
// # Which source wins
//
// The outcome does not depend on the order of adding. For each fact of a network the sources are ranked by their kind
// (the order is in precedence.go, per fact); among sources of one kind the newer time wins, then the lesser name, then
// the lesser value. For a pair of networks each kind of evidence has one vote, and the votes are combined into one
// relation with a confidence ([Registry.Relationship]; docs/relations.md has the formula). Among sources of one kind the
// newest wins; within a source, or among sources of the same time, provider-customer wins over sibling and sibling over
// peer, and a pair that they call provider-customer both ways is no vote. Networks are siblings where sources give both the same organisation (see
// [Registry.Sibling]); that is not passed on over a third network.
//
// # What it does not do
//
// It does not choose sources by age: the caller adds what was known at the time of judgement ("as of") and fresh
// enough. It holds no personal data: a contact is a role, a source, a hash and an age. A missing kind of source is "no
// data", which HasRelations, HasOrganisations, HasContacts, HasCountries, HasExchanges and HasDelegations tell apart from "no".
package registry

import (
	"sort"

	"pahra/wire/values"
)

// Registry is the immutable result of [Builder.Build]. Its zero value is a registry without any data.
type Registry struct {
	sources  []Source // in canonical order
	nodes    index    // every network that any source mentions
	networks []row    // by node
	text     []string // interned strings
	graph    graph
	kindSets [][]string   // names of each set of kinds of evidence
	tier1    []values.ASN // ascending
	servers  []values.ASN // route servers, ascending
	cones    cones
	orgs     orgs
	contacts contacts
	ixs      exchanges
	space    space
	lists    map[string]*Definition
	has      [kinds]bool
}

// Sources gives every source that the registry was built from, ordered by kind, name, time and hash.
func (r *Registry) Sources() []Source { return append([]Source(nil), r.sources...) }

// Len is the number of networks that any source mentions.
func (r *Registry) Len() int { return len(r.nodes.asns) }

// ASNs gives every network that any source mentions, in ascending order.
func (r *Registry) ASNs() []values.ASN { return append([]values.ASN(nil), r.nodes.asns...) }

// HasRelations tells whether there is a source that knows many relations, listed or inferred. Without, Relation knows at
// most what ASPAs and policies say of single networks, and Cone and InCone know nothing to speak of.
func (r *Registry) HasRelations() bool { return r.has[KindRelations] || r.has[KindInferred] }

// HasOrganisations tells whether there is a source that can tell siblings.
func (r *Registry) HasOrganisations() bool { return r.orgs.some || r.graph.hasSiblings }

// HasContacts tells whether there is a source of contacts, even if it held none for the network at hand.
func (r *Registry) HasContacts() bool {
	return r.has[KindContacts] || r.has[KindPeeringDBContacts] || r.contacts.len() > 0
}

// HasCountries tells whether there is a source that gives networks a country.
func (r *Registry) HasCountries() bool {
	return r.has[KindDelegated] || r.has[KindOrganisations] || r.has[KindASNames] ||
		r.has[KindPeeringDB] || r.has[KindAutNum]
}

// HasDelegations tells whether there are delegation statistics.
func (r *Registry) HasDelegations() bool { return r.has[KindDelegated] }

// HasExchanges tells whether there is a source of exchange members.
func (r *Registry) HasExchanges() bool { return r.has[KindPeeringDBMembers] }

// index numbers networks: node i is the i-th smallest ASN.
type index struct {
	asns []values.ASN
	low  []uint32 // node+1 by ASN, for ASNs below lowASNs; shorter where the largest is smaller
}

// lowASNs bounds the direct table to 4 MB; every ASN that registries give out today lies below. Others are searched.
const lowASNs = 1 << 20

// newIndex takes the ASNs ascending and distinct.
func newIndex(asns []values.ASN) index {
	x := index{asns: asns}
	n := sort.Search(len(asns), func(i int) bool { return asns[i] >= lowASNs })
	if n > 0 {
		x.low = make([]uint32, asns[n-1]+1)
	}
	for i, a := range asns[:n] {
		x.low[a] = uint32(i) + 1
	}
	return x
}

// find gives a's node.
func (x *index) find(a values.ASN) (node uint32, ok bool) {
	if uint64(a) < uint64(len(x.low)) {
		node = x.low[a]
		return node - 1, node != 0
	}
	if a < lowASNs {
		return 0, false
	}
	i := sort.Search(len(x.asns), func(i int) bool { return x.asns[i] >= a })
	return uint32(i), i < len(x.asns) && x.asns[i] == a
}
