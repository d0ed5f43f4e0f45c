package registry

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"pahra/wire/asrel"
	"pahra/wire/values"
)

// Builder gathers sources. Its zero value is not ready: make one with [NewBuilder]. It is not safe for concurrent use.
// Each Add method takes one kind of source; where it reads a file, malformed places go to report (which may be nil) and
// only an unreadable source is an error, after which what was read before the break stays in.
type Builder struct {
	sources  []Source
	numberOf map[Source]uint32
	text     []string
	textOf   map[string]uint32
	facts    []rawFact
	edges    []rawEdge
	policies []rawPolicy
	inferred *rawInferred
	aspas    map[values.ASN][]values.ASN // by customer; nil where there is no source
	tops     []rawTop
	servers  []values.ASN // numbers of route servers that a file of relations names
	asOrgs   []rawASOrg
	orgs     map[orgKey]rawOrg
	contacts []rawContact
	pdbNets  []rawPDBNet
	pdbOrgs  map[pdbOrgKey]uint32
	ixs      []rawIX
	members  []rawMember
	space    []rawSpace
	lists    []rawList

	aspaSource Source
	only       string // the kind of evidence that relations rest on, or all
}

// rawFact says that a source gives a network's field a value.
type rawFact struct {
	asn    values.ASN
	field  field
	rank   uint8
	value  uint32
	source uint32
}

// key orders facts by network, field and rank.
func (f *rawFact) key() uint64 { return uint64(f.asn)<<16 | uint64(f.field)<<8 | uint64(f.rank) }

// rawEdge is a relation as a source has it.
type rawEdge struct {
	a, b      values.ASN
	code      asrel.Code
	kind      evidence
	hundredth uint8 // its confidence, of those that were inferred
	source    uint32
}

// NewBuilder makes an empty builder.
func NewBuilder() *Builder {
	b := &Builder{
		numberOf: map[Source]uint32{},
		textOf:   map[string]uint32{"": 0},
		text:     []string{""},
		orgs:     map[orgKey]rawOrg{},
		pdbOrgs:  map[pdbOrgKey]uint32{},
	}
	return b
}

// Clone gives a builder with the same sources, to which others are added without these having to be read again.
func (b *Builder) Clone() *Builder {
	c := *b
	// What was added is never changed, so that both share it; what either adds goes to a place of its own.
	c.sources, c.text, c.facts, c.edges = slices.Clip(b.sources), slices.Clip(b.text), slices.Clip(b.facts), slices.Clip(b.edges)
	c.policies, c.tops, c.servers, c.asOrgs = slices.Clip(b.policies), slices.Clip(b.tops), slices.Clip(b.servers), slices.Clip(b.asOrgs)
	c.contacts, c.pdbNets, c.ixs, c.members = slices.Clip(b.contacts), slices.Clip(b.pdbNets), slices.Clip(b.ixs), slices.Clip(b.members)
	c.space, c.lists = slices.Clip(b.space), slices.Clip(b.lists)
	c.numberOf, c.textOf, c.orgs, c.pdbOrgs = maps.Clone(b.numberOf), maps.Clone(b.textOf), maps.Clone(b.orgs), maps.Clone(b.pdbOrgs)
	return &c
}

// source numbers a source, the same one always the same.
func (b *Builder) source(kind Kind, src Source) uint32 {
	src.Kind = kind
	src.Time = src.Time.UTC().Round(0)
	n, ok := b.numberOf[src]
	if !ok {
		n = uint32(len(b.sources))
		b.sources = append(b.sources, src)
		b.numberOf[src] = n
	}
	return n
}

// intern numbers a string; surrounding space does not count.
func (b *Builder) intern(s string) uint32 {
	s = strings.TrimSpace(s)
	n, ok := b.textOf[s]
	if !ok {
		s = strings.Clone(s) // s may be a small part of a large line
		n = uint32(len(b.text))
		b.text = append(b.text, s)
		b.textOf[s] = n
	}
	return n
}

// fact adds a fact; an empty value is none.
func (b *Builder) fact(asn values.ASN, f field, rank uint8, value string, source uint32) {
	if v := b.intern(value); v != 0 && asn != 0 {
		b.facts = append(b.facts, rawFact{asn, f, rank, v, source})
	}
}

// Build makes the registry of what was added. The builder may be added to and built from again.
func (b *Builder) Build() *Registry {
	facts := append(slices.Clone(b.facts), b.joined()...)
	r := &Registry{text: slices.Clone(b.text), lists: map[string]*Definition{}}
	edges, sources := b.gather(slices.Clone(b.sources))
	canonical := r.setSources(sources)
	for i := range facts {
		facts[i].source = canonical[facts[i].source]
	}
	for i := range edges {
		edges[i].source = canonical[edges[i].source]
	}
	contacts := b.allContacts(canonical)
	r.nodes = newIndex(b.mentioned(facts, edges, contacts))
	r.setFacts(facts)
	r.graph, r.kindSets = newGraph(len(r.nodes.asns), r.settle(b, edges)), kindSets()
	r.setTop(b, canonical)
	r.cones.init(len(r.nodes.asns), coneBudget)
	r.contacts = newContacts(&r.nodes, contacts)
	r.ixs = newExchanges(b)
	r.space = newSpace(r, b.space, canonical)
	r.setLists(b.lists, canonical)
	return r
}

// setSources puts the sources into canonical order and gives the new number of each old one.
func (r *Registry) setSources(sources []Source) (canonical []uint32) {
	order := make([]int, len(sources))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return sources[i].compare(sources[j]) })
	canonical = make([]uint32, len(sources))
	for n, i := range order {
		canonical[i] = uint32(n)
		r.sources = append(r.sources, sources[i])
		r.has[sources[i].Kind] = true
	}
	return canonical
}

// mentioned gives every network of any source, ascending and distinct.
func (b *Builder) mentioned(facts []rawFact, edges []rawEdge, contacts []rawContact) []values.ASN {
	var asns []values.ASN
	for i := range facts {
		asns = append(asns, facts[i].asn)
	}
	for i := range edges {
		asns = append(asns, edges[i].a, edges[i].b)
	}
	for i := range contacts {
		asns = append(asns, contacts[i].asn)
	}
	for i := range b.members {
		asns = append(asns, b.members[i].asn)
	}
	slices.Sort(asns)
	return slices.Clip(slices.Compact(asns))
}

// setFacts settles each fact by the rules of the package comment.
func (r *Registry) setFacts(facts []rawFact) {
	slices.SortFunc(facts, func(x, y rawFact) int {
		if c := cmp.Compare(x.key(), y.key()); c != 0 {
			return c
		}
		if c := r.newer(x.source, y.source); c != 0 {
			return c
		}
		return cmp.Compare(r.text[x.value], r.text[y.value])
	})
	r.networks = make([]row, len(r.nodes.asns))
	r.orgs = newOrgs(len(r.nodes.asns))
	tags := newTagSets(r)
	for i := range facts {
		f := &facts[i]
		node, _ := r.nodes.find(f.asn)
		if f.field == fieldTag {
			tags.add(node, f.value)
		} else if i == 0 || facts[i-1].asn != f.asn || facts[i-1].field != f.field {
			r.setFact(node, f)
		}
	}
	tags.done()
	r.orgs.finish()
}

// newer orders sources for a fact: the newer time first, then by canonical number.
func (r *Registry) newer(x, y uint32) int {
	return cmp.Or(r.sources[y].Time.Compare(r.sources[x].Time), cmp.Compare(x, y))
}

func (r *Registry) setFact(node uint32, f *rawFact) {
	n := &r.networks[node]
	won := fact{f.value, f.source}
	switch f.field {
	case fieldHolder:
		n.holder = won
	case fieldASName:
		n.asName = won
	case fieldOrg:
		n.org = won
	case fieldOrgName:
		if f.source == n.org.source {
			n.orgName = won.value
		}
	case fieldCountry:
		n.country = won
	case fieldRIR:
		n.rir = won
	case fieldStatus:
		n.status = won.value
	case fieldRegistered:
		if t, err := time.Parse("20060102", r.text[won.value]); err == nil {
			n.registered = t.Unix()
		}
	case fieldClass:
		n.class = won
	case fieldASSet:
		n.asSet = won
	case fieldNetType:
		n.netTypes = netTypesOf(r.text[won.value])
	}
	if class, ok := orgClassOf(f); ok {
		r.orgs.set(class, node, f.value)
	}
}
