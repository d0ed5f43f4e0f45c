package watch

import (
	"slices"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/wire/values"
)

// rule is what shows that a step of a path is a leak, the weakest first.
type rule uint8

const (
	// ruleValleyFree: a provider's or a peer's route went to a provider or a peer (L. Gao, "On inferring autonomous system
	// relationships in the Internet", 2001), by relations that are sure enough.
	ruleValleyFree rule = iota + 1
	// ruleTier1: two networks that buy of nobody stand on both sides of one that does.
	ruleTier1
	// ruleOTC: the route was marked to go to customers only (RFC 9234), and went to a provider or a peer.
	ruleOTC
	// ruleASPA: both neighbours say, signed, that the network between them is no provider of theirs.
	ruleASPA
)

var ruleNames = [...]string{"", "valley-free", "tier-1", "otc", "aspa"}

func (r rule) String() string { return ruleNames[r] }

// needsNoNovelty says whether an authority speaks, so that a leak counts however long it has stood.
func (r rule) needsNoNovelty() bool { return r >= ruleOTC }

// ruleFor gives the strongest rule by which a step is a leak, 0 if none, and whether it goes against the relations at
// all, however doubtful these are. Without relations it gives what they said last.
func (e *Engine) ruleFor(s triple) (r rule, against bool) {
	if !e.facts.hasRelations() {
		return e.heldOf(s).byPath, false
	}
	reg := e.facts.Registry
	from, to := reg.Relationship(s.from, s.leaker), reg.Relationship(s.to, s.leaker)
	against = above(from.Relation) && above(to.Relation)
	if e.isOutside(s) {
		return 0, against
	}
	switch {
	case e.attested(s):
		return ruleASPA, against
	case reg.IsTier1(s.from) && reg.IsTier1(s.to) && !reg.IsTier1(s.leaker) && from.Relation != registry.CustomerOf && to.Relation != registry.CustomerOf:
		return ruleTier1, against
	case against && (e.isSure(from) && e.isSure(to) || e.off["unsure-relation"]):
		return ruleValleyFree, against
	case above(from.Relation) && e.isSure(from) && e.towers(s.to, s.leaker, to), above(to.Relation) && e.isSure(to) && e.towers(s.from, s.leaker, from):
		return ruleValleyFree, against
	}
	return 0, against
}

func (e *Engine) isSure(rel registry.Relationship) bool {
	return rel.Confidence*100 >= float64(e.set.RelationPercent)
}

// towers says whether a neighbour, though no source has what it is to the leaker, is too large to be its customer.
func (e *Engine) towers(asn, leaker values.ASN, rel registry.Relationship) bool {
	return rel.Relation == registry.Unknown && len(e.facts.Registry.Customers(asn)) > 2 && e.isLarger(asn, leaker)
}

// above says whether a neighbour is one that a network gives only its own and its customers' routes: its provider or its
// peer.
func above(rel registry.Relation) bool { return rel == registry.ProviderOf || rel == registry.PeerOf }

// isOutside says whether the relations of a step mean nothing: one of the three is an exchange's route server, which
// passes everybody's routes to everybody, or a number that stands for another or for nobody.
func (e *Engine) isOutside(s triple) bool {
	for _, asn := range [...]values.ASN{s.from, s.leaker, s.to} {
		if asn == values.ASTrans || e.facts.Registry.IsRouteServer(asn) || e.bogonKind(asn) != authority.BogonNone {
			return true
		}
	}
	return false
}

// attested says whether both neighbours attest that the one between them is not their provider: then it may pass
// neither's routes to the other (draft-ietf-sidrops-aspa-verification).
func (e *Engine) attested(s triple) bool {
	if e.facts.ASPAs == nil {
		return e.heldOf(s).attested
	}
	return e.facts.ASPAs.Downstream([]values.ASN{s.to, s.leaker, s.from}) == authority.ASPAInvalid
}

// noteOTC gives the place of the leak that a route with Only to Customer shows, plus one. Who set it stands on the path,
// or is a route server that leaves its number out; then it is not known between whom it stands, and nothing follows
// but what the path itself shows.
func (e *Engine) noteOTC(id routes.AttrID, a routes.Attr) uint32 {
	if n, known := e.otc[id]; known {
		return n
	}
	n := e.notePath(a).leak
	e.hops = e.in.AppendPath(e.hops[:0], a.Path)
	if step, ok := e.brokenOTC(e.hops, a.OTC); ok {
		if l := e.followed(step, ruleOTC); l != 0 && (n == 0 || e.ruleOf(n) < ruleOTC) {
			n = l
		}
	}
	e.otc[id] = n
	return n
}

// ruleOf gives the rule by which paths alone show the leak at a place plus one, whatever marks did since.
func (e *Engine) ruleOf(n uint32) rule {
	r, _ := e.ruleFor(e.leaks[n-1].triple)
	return r
}

// brokenOTC finds the step, next to the origin first, at which a network passed a route on to a provider or a peer of
// its own although one before it had marked it to go to customers only (RFC 9234, section 5).
func (e *Engine) brokenOTC(hops []values.ASN, marked values.ASN) (triple, bool) {
	hops = plain(hops)
	at := slices.Index(hops, marked)
	if at < 2 {
		return triple{}, false
	}
	// Only who is above may mark what it gives: a customer's mark says nothing of whom its provider may pass the route on to,
	// and whoever likes could accuse its provider by one.
	if e.facts.hasRelations() && !e.isSurelyAbove(marked, hops[at-1]) {
		return triple{}, false
	}
	for i := at - 1; i > 0; i-- {
		if step := (triple{from: hops[i+1], leaker: hops[i], to: hops[i-1]}); e.breaksMark(step) {
			return step, true
		}
	}
	return triple{}, false
}

// breaksMark says whether a step passes a route on to where one that is marked must not go.
func (e *Engine) breaksMark(step triple) bool {
	if !e.facts.hasRelations() {
		return e.heldOf(step).byMark
	}
	return e.isSurelyAbove(step.to, step.leaker) && !e.isOutside(step)
}

// isSurelyAbove says whether a network is surely a provider or a peer of another.
func (e *Engine) isSurelyAbove(asn, of values.ASN) bool {
	rel := e.facts.Registry.Relationship(asn, of)
	return above(rel.Relation) && e.isSure(rel)
}

// describe writes down what the neighbours are to the leaker.
func (e *Engine) describe(l *leak) {
	l.fromIs, l.toIs = e.known(l.from, l.leaker), e.known(l.to, l.leaker)
}

func (e *Engine) known(a, b values.ASN) KnownRelation {
	rel := e.facts.Registry.Relationship(a, b)
	k := KnownRelation{Relation: rel.Relation.String(), Confidence: rel.Confidence, Sources: rel.Sources}
	if e.towers(a, b, rel) {
		k.Confidence, k.Sources = towering, []string{"size"}
	}
	if k.Sources == nil {
		k.Sources = []string{}
	}
	return k
}

// towering is how sure it is that a network with more than twice as many customers is no customer itself.
const towering = 0.6

// typeOf gives the type of RFC 7908, section 3, by what the neighbours are to the leaker; 0 where one is not known.
func (l *leak) typeOf() int {
	switch [2]string{l.fromIs.Relation, l.toIs.Relation} {
	case [2]string{"provider", "provider"}:
		return 1
	case [2]string{"peer", "peer"}:
		return 2
	case [2]string{"provider", "peer"}:
		return 3
	case [2]string{"peer", "provider"}:
		return 4
	}
	return 0
}
