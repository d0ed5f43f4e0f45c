package registry

import (
	"cmp"
	"slices"

	"pahra/wire/asrel"
	"pahra/wire/values"
)

// settle gives each pair one relation by the rules of the package comment.
func (r *Registry) settle(b *Builder, edges []rawEdge) []link {
	slices.SortFunc(edges, func(x, y rawEdge) int {
		if c := cmp.Compare(x.pair(), y.pair()); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(x.kind, y.kind), r.newest(x, y), cmp.Compare(strength(x.code), strength(y.code)),
			cmp.Compare(x.a, y.a), cmp.Compare(y.hundredth, x.hundredth))
	})
	var out []link
	for i := 0; i < len(edges); {
		end := i + 1
		for end < len(edges) && edges[i].pair() == edges[end].pair() {
			end++
		}
		if l, ok := r.settlePair(b, edges[i:end]); ok {
			out = append(out, l)
		}
		i = end
	}
	return out
}

// pair is the same for both directions.
func (e *rawEdge) pair() uint64 { return uint64(min(e.a, e.b))<<32 | uint64(max(e.a, e.b)) }

// newest orders by time alone: sources of one time speak with one voice.
func (r *Registry) newest(x, y rawEdge) int {
	return r.sources[y.source].Time.Compare(r.sources[x.source].Time)
}

// strength orders the codes where sources of one time differ: the least wins.
func strength(c asrel.Code) int {
	switch c {
	case asrel.ProviderCustomer:
		return 0
	case asrel.Sibling:
		return 1
	}
	return 2
}

// settlePair takes one pair's edges in settle's order. It is false where they come to nothing.
func (r *Registry) settlePair(b *Builder, edges []rawEdge) (link, bool) {
	lo, hi := min(edges[0].a, edges[0].b), max(edges[0].a, edges[0].b)
	var v votes
	for i := 0; i < len(edges); {
		end := i + 1
		for end < len(edges) && edges[i].kind == edges[end].kind {
			end++
		}
		v.of[edges[i].kind] = r.voteOf(edges[i:end])
		i = end
	}
	v.barred[ProviderOf] = b.excludes(hi, lo)
	v.barred[CustomerOf] = b.excludes(lo, hi)
	from, _ := r.nodes.find(lo)
	to, _ := r.nodes.find(hi)
	if b.counts(byPeeringDB) {
		v.of[byPeeringDB] = hint(r.networks[from].netTypes, r.networks[to].netTypes)
	}
	if d := v.decide(); d.rel != Unknown {
		return link{from, to, d}, true
	}
	return link{}, false
}

// excludes tells whether customer has ASPAs, none of which names provider.
func (b *Builder) excludes(customer, provider values.ASN) bool {
	providers, ok := b.aspas[customer]
	if !ok || !b.counts(byASPA) {
		return false
	}
	_, named := slices.BinarySearch(providers, provider)
	return !named
}

// voteOf gives the vote of one kind. It is none where the newest sources contradict one another.
func (r *Registry) voteOf(edges []rawEdge) vote {
	first := edges[0]
	if first.kind == byPolicy {
		return policyVote(edges)
	}
	for _, e := range edges[1:] {
		if r.newest(first, e) != 0 || e.code != first.code {
			break
		}
		if e.code == asrel.ProviderCustomer && e.a != first.a {
			return vote{}
		}
	}
	v := vote{relationOf(first), worthListed, false}
	switch first.kind {
	case byASPA:
		v.worth = worthASPA
	case byInferred:
		v.worth = float64(first.hundredth) / 100
	}
	return v
}

// relationOf gives the relation of the lesser network to the greater.
func relationOf(e rawEdge) Relation {
	switch {
	case e.code == asrel.Sibling:
		return SiblingOf
	case e.code == asrel.Peer:
		return PeerOf
	case e.a < e.b:
		return ProviderOf
	}
	return CustomerOf
}
