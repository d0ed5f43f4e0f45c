package watch

import (
	"slices"

	"pahra/internal/authority"
	"pahra/wire/values"
)

// held is what the facts said of a leak when they were last at hand; it counts while they are not. So a route shows the
// same whether it stood when they were lost or came since, on a path that was seen before or not. Nothing begins by it.
type held struct {
	byPath   rule // by what relations, and ASPAs with them, a path alone showed it; 0: by nothing
	byMark   bool // by relations, marks showed it (RFC 9234)
	attested bool // by ASPAs, both neighbours attested it, and an incident was open that may rest on that
	together bool // by organisations, its peers counted with those of its source, and an incident was open
}

// hold takes down what the facts at hand say of leaks and of bogon ASNs, as far as the next ones have no data on it.
func (e *Engine) hold(next *Facts) {
	relations := e.facts.hasRelations() && !next.hasRelations()
	for _, l := range e.leaks {
		if relations {
			l.held.byPath, _ = e.ruleFor(l.triple)
			l.held.byMark = l.rule == ruleOTC && l.facts == e.heldFacts
		}
		if next.ASPAs == nil {
			l.held.attested = l.isOpen() && e.attested(l.triple)
		}
		if !next.hasOrganisations() {
			l.held.together = l.isOpen() && e.countsTogether(l)
		}
	}
	switch {
	case next.Bogons != nil:
		clear(e.heldBogons)
	case e.facts.Bogons != nil:
		e.heldBogons = e.followedBogons()
	}
}

// heldOf gives what is held of a step; nothing where it is no leak that is known.
func (e *Engine) heldOf(s triple) held {
	if at := e.leakAt[s]; at != 0 {
		return e.leaks[at-1].held
	}
	return held{}
}

// followedBogons gives the bogon ASNs that routes showed and the facts still have as such.
func (e *Engine) followedBogons() map[values.ASN]authority.BogonKind {
	list := make(map[values.ASN]authority.BogonKind)
	for _, t := range e.tracks {
		if t.kind != BogonASN {
			continue
		}
		if kind := e.bogonKind(t.bogon); kind != authority.BogonNone {
			list[t.bogon] = kind
		}
	}
	return list
}

// isOpen says whether an incident of a leak is open.
func (l *leak) isOpen() bool {
	return slices.ContainsFunc(l.groups, func(g *group) bool { return g.open > 0 })
}
