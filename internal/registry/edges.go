package registry

import (
	"io"
	"slices"

	"pahra/wire/asrel"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// AddASRel adds AS relationships (CAIDA serial-1 or serial-2), and of the file's comments the networks on top and the
// numbers of exchanges' route servers.
func (b *Builder) AddASRel(src Source, r io.Reader, report func(values.Problem)) error {
	n := b.source(KindRelations, src)
	header := func(h asrel.Header) error {
		if len(h.Clique) > 0 {
			b.tops = append(b.tops, rawTop{n, h.Clique})
		}
		b.servers = append(b.servers, h.IXPs...)
		return nil
	}
	return asrel.ReadWithHeader(r, orDrop(report), header, func(e asrel.Edge) error {
		b.edges = append(b.edges, rawEdge{e.A, e.B, e.Code, byListed, 0, n})
		return nil
	})
}

// AddRelation adds one listed relation from plain values: what a is to b. Unknown, and a network to itself, adds nothing
// but the source.
func (b *Builder) AddRelation(src Source, a values.ASN, rel Relation, c values.ASN) {
	n := b.source(KindRelations, src)
	if a == c || a == 0 || c == 0 {
		return
	}
	switch rel {
	case ProviderOf:
		b.edges = append(b.edges, rawEdge{a, c, asrel.ProviderCustomer, byListed, 0, n})
	case CustomerOf:
		b.edges = append(b.edges, rawEdge{c, a, asrel.ProviderCustomer, byListed, 0, n})
	case PeerOf:
		b.edges = append(b.edges, rawEdge{a, c, asrel.Peer, byListed, 0, n})
	case SiblingOf:
		b.edges = append(b.edges, rawEdge{a, c, asrel.Sibling, byListed, 0, n})
	}
}

// Edge is a relation that was inferred. Where Code is ProviderCustomer A is the provider.
type Edge struct {
	A, B       values.ASN
	Code       asrel.Code
	Confidence float64 // from 0 to 1
}

// SetInferred sets what was inferred from AS paths, and the networks on top. What was set before is forgotten.
func (b *Builder) SetInferred(src Source, edges []Edge, clique []values.ASN) {
	src.Kind = KindInferred
	b.inferred = &rawInferred{src, edges, clique}
}

// SetASPAs sets the networks' signed lists of providers, several of one customer united. What was set before is
// forgotten; nil is no source.
func (b *Builder) SetASPAs(src Source, aspas []vrp.ASPA) {
	if b.aspas = nil; aspas == nil {
		return
	}
	src.Kind = KindASPA
	b.aspas, b.aspaSource = make(map[values.ASN][]values.ASN, len(aspas)), src
	for _, a := range aspas {
		all := append(b.aspas[a.Customer], a.Providers...)
		slices.Sort(all)
		b.aspas[a.Customer] = slices.Compact(all)
	}
}

// rawInferred is what SetInferred was given.
type rawInferred struct {
	source Source
	edges  []Edge
	clique []values.ASN
}

// rawTop is a list of the networks on top, as a source has it.
type rawTop struct {
	source uint32
	clique []values.ASN
}

// gather gives all edges, with what was set and what follows from policies. It appends the sources of what was set to
// sources.
func (b *Builder) gather(sources []Source) (edges []rawEdge, all []Source) {
	edges = append(slices.Clone(b.edges), b.policyEdges()...)
	if in := b.inferred; in != nil {
		n := uint32(len(sources))
		sources = append(sources, in.source)
		for _, e := range in.edges {
			if e.A != e.B && e.A != 0 && e.B != 0 {
				edges = append(edges, rawEdge{e.A, e.B, e.Code, byInferred, hundredths(e.Confidence), n})
			}
		}
	}
	if b.aspas == nil {
		return b.admitted(edges), sources
	}
	n := uint32(len(sources))
	for customer, providers := range b.aspas {
		for _, p := range providers {
			if p != 0 && p != customer && customer != 0 {
				edges = append(edges, rawEdge{p, customer, asrel.ProviderCustomer, byASPA, 0, n})
			}
		}
	}
	return b.admitted(edges), append(sources, b.aspaSource)
}

// admitted drops the edges of kinds that may not speak.
func (b *Builder) admitted(edges []rawEdge) []rawEdge {
	return slices.DeleteFunc(edges, func(e rawEdge) bool { return !b.counts(e.kind) })
}

// orDrop lets report be nil.
func orDrop(report func(values.Problem)) func(values.Problem) {
	if report == nil {
		return func(values.Problem) {}
	}
	return report
}
