package registry

import (
	"cmp"
	"io"
	"slices"

	"pahra/wire/asrel"
	"pahra/wire/values"
)

// AddASRel adds AS relationships (CAIDA serial-1 or serial-2).
func (b *Builder) AddASRel(src Source, r io.Reader, report func(values.Problem)) error {
	n := b.source(KindRelations, src)
	return asrel.Read(r, orDrop(report), func(e asrel.Edge) error {
		b.edges = append(b.edges, rawEdge{e.A, e.B, e.Code, n})
		return nil
	})
}

// AddRelation adds one relation from plain values: what a is to b. Unknown, and a network to itself, adds nothing but
// the source.
func (b *Builder) AddRelation(src Source, a values.ASN, rel Relation, c values.ASN) {
	n := b.source(KindRelations, src)
	if a == c || a == 0 || c == 0 {
		return
	}
	switch rel {
	case ProviderOf:
		b.edges = append(b.edges, rawEdge{a, c, asrel.ProviderCustomer, n})
	case CustomerOf:
		b.edges = append(b.edges, rawEdge{c, a, asrel.ProviderCustomer, n})
	case PeerOf:
		b.edges = append(b.edges, rawEdge{a, c, asrel.Peer, n})
	case SiblingOf:
		b.edges = append(b.edges, rawEdge{a, c, asrel.Sibling, n})
	}
}

// settle gives each pair one relation by the rules of the package comment.
func (r *Registry) settle(edges []rawEdge) []link {
	slices.SortFunc(edges, func(x, y rawEdge) int {
		if c := cmp.Compare(x.pair(), y.pair()); c != 0 {
			return c
		}
		return cmp.Or(r.newest(x, y), cmp.Compare(strength(x.code), strength(y.code)), cmp.Compare(x.a, y.a))
	})
	var out []link
	for i := 0; i < len(edges); {
		end := i + 1
		for end < len(edges) && edges[i].pair() == edges[end].pair() {
			end++
		}
		if l, ok := r.settlePair(edges[i:end]); ok {
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

// settlePair takes one pair's edges in settle's order. It is false where the newest contradict one another.
func (r *Registry) settlePair(edges []rawEdge) (link, bool) {
	first := edges[0]
	for _, e := range edges[1:] {
		if r.newest(first, e) != 0 || e.code != first.code {
			break
		}
		if e.code == asrel.ProviderCustomer && e.a != first.a {
			return link{}, false
		}
	}
	from, _ := r.nodes.find(first.a)
	to, _ := r.nodes.find(first.b)
	switch first.code {
	case asrel.ProviderCustomer:
		return link{from, to, ProviderOf}, true
	case asrel.Sibling:
		return link{from, to, SiblingOf}, true
	}
	return link{from, to, PeerOf}, true
}

// orDrop lets report be nil.
func orDrop(report func(values.Problem)) func(values.Problem) {
	if report == nil {
		return func(values.Problem) {}
	}
	return report
}
