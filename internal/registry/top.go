package registry

import (
	"cmp"
	"slices"

	"pahra/wire/values"
)

// maxTop bounds the networks on top; there were some 10 to 20 in all the years since 1998.
const maxTop = 32

// classTop is how lists of AS names call the networks on top.
const classTop = "T1"

// IsTier1 tells whether a network stands on top, in the clique of those that buy transit of nobody: as inferred from AS
// paths, or else as a list of AS names classes them (T1), or as the newest file of relations names them, or else those
// without providers that all peer with one another.
func (r *Registry) IsTier1(asn values.ASN) bool {
	_, ok := slices.BinarySearch(r.tier1, asn)
	return ok
}

// IsRouteServer tells whether a number is that of an exchange's route server, which passes its members' routes on: by
// what PeeringDB calls it, or by the file of relations.
func (r *Registry) IsRouteServer(asn values.ASN) bool {
	_, ok := slices.BinarySearch(r.servers, asn)
	return ok
}

// RouteServers gives all of them, ascending.
func (r *Registry) RouteServers() []values.ASN { return slices.Clone(r.servers) }

func (r *Registry) setTop(b *Builder, canonical []uint32) {
	r.servers = slices.Clone(b.servers)
	for node, n := range r.networks {
		if n.netTypes&typeRouteServer != 0 {
			r.servers = append(r.servers, r.nodes.asns[node])
		}
	}
	slices.Sort(r.servers)
	r.servers = slices.Compact(r.servers)
	for _, find := range []func() []values.ASN{
		func() []values.ASN {
			if b.inferred == nil {
				return nil
			}
			return b.inferred.clique
		},
		r.classedTop,
		func() []values.ASN { return r.namedTop(b.tops, canonical) },
		r.peeringTop,
	} {
		if r.tier1 = slices.Clone(find()); len(r.tier1) > 0 {
			break
		}
	}
	slices.Sort(r.tier1)
}

func (r *Registry) classedTop() (top []values.ASN) {
	for node, n := range r.networks {
		if r.text[n.class.value] == classTop {
			top = append(top, r.nodes.asns[node])
		}
	}
	return top
}

// namedTop gives the clique that the newest file of relations names; of several the longer, then the lesser.
func (r *Registry) namedTop(tops []rawTop, canonical []uint32) []values.ASN {
	if len(tops) == 0 {
		return nil
	}
	return slices.MinFunc(tops, func(x, y rawTop) int {
		sx, sy := r.sources[canonical[x.source]], r.sources[canonical[y.source]]
		return cmp.Or(sy.Time.Compare(sx.Time), cmp.Compare(len(y.clique), len(x.clique)), slices.Compare(x.clique, y.clique))
	}).clique
}

// peeringTop gathers, by how many customers they have, the networks that buy of nobody and peer with all gathered before.
func (r *Registry) peeringTop() (top []values.ASN) {
	var list []uint32
	customers := func(node uint32) int { return len(r.graph.row(node, toCustomers)) }
	for i := range r.nodes.asns {
		node := uint32(i)
		if customers(node) > 0 && len(r.graph.row(node, toProviders)) == 0 && len(r.graph.row(node, toPeers)) > 0 {
			list = append(list, node)
		}
	}
	slices.SortFunc(list, func(x, y uint32) int { return cmp.Or(cmp.Compare(customers(y), customers(x)), cmp.Compare(x, y)) })
	var nodes []uint32
	for _, node := range list {
		peersWithAll := !slices.ContainsFunc(nodes, func(other uint32) bool { return r.graph.relation(node, other) != PeerOf })
		if peersWithAll && len(nodes) < maxTop {
			nodes = append(nodes, node)
			top = append(top, r.nodes.asns[node])
		}
	}
	if len(top) < 2 {
		return nil
	}
	return top
}
