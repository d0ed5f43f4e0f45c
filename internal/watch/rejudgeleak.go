package watch

import (
	"fmt"
	"slices"
)

// leakBefore is how an open leak stood before the facts changed.
type leakBefore struct {
	said  Said
	rule  rule
	shown bool
}

// leaksBefore gives that of each open leak.
func (e *Engine) leaksBefore() map[*group]leakBefore {
	before := make(map[*group]leakBefore)
	for key, list := range e.groups {
		for _, g := range list {
			if key.leak != nil {
				before[g] = leakBefore{e.said(g), g.leak.rule, len(g.leak.shown) > 0}
			}
		}
	}
	return before
}

// leak judges a leak again, all its prefixes at once: by the rule that its routes show now, if any, and by the explanations
// that rest on facts.
func (r *rejudging) leak(before leakBefore) {
	e, g, l := r.e, r.g, r.g.leak
	if !e.facts.hasRelations() || !before.shown && !g.refuted { // no data; or its routes went by themselves
		return
	}
	by, detail := "", ""
	if len(l.shown) == 0 {
		by, detail = "no-rule", e.whyNoRule(l)
	} else {
		by, detail = e.excuse(g, before.rule)
	}
	outcome := Stands
	switch {
	case by != "" && g.refuted:
		return
	case by != "":
		outcome = Refuted
	case g.refuted:
		outcome = Again
	default:
		if now := e.said(g); now.Confidence == before.said.Confidence && slices.Equal(now.Reasons, before.said.Reasons) {
			return
		}
	}
	g.refuted = by != ""
	if l.benign = by; by == "no-rule" {
		l.benign = ""
	}
	found := verdict{objects: e.attestations(l)}
	for _, m := range g.members {
		if m.ended == 0 {
			r.add(outcome, m, &found, by, detail)
			m.track.refuted = g.refuted
			e.look(m.track)
		}
	}
	r.keep(before.said)
}

// whyNoRule says what the neighbours are to the leaker now.
func (e *Engine) whyNoRule(l *leak) string {
	from, to := e.known(l.from, l.leaker), e.known(l.to, l.leaker)
	text := fmt.Sprintf("AS%d is the %s and AS%d the %s of AS%d", l.from, from.Relation, l.to, to.Relation, l.leaker)
	if e.facts.ASPAs != nil {
		text += fmt.Sprintf("; by ASPA it is %s of AS%d and %s of AS%d", e.facts.ASPAs.Hop(l.from, l.leaker), l.from, e.facts.ASPAs.Hop(l.to, l.leaker), l.to)
	}
	if l.standing {
		text += "; it stood before judging began, so that no authority speaks against it any more"
	}
	return text
}

// excuse gives the explanation, by the facts, of an open leak. Where an authority spoke before and only relations do now, it
// tries those too that an authority leaves no room for. What explains nothing now counts in the place of what it said
// before; of what there are no data any more, what it said stands.
func (e *Engine) excuse(g *group, was rule) (by, detail string) {
	l := g.leak
	tried := slices.Clone(l.tried)
	weaker := was.needsNoNovelty() && !l.rule.needsNoNovelty()
	for _, x := range leakExclusions() {
		if e.off[x.name] || !x.factual && !weaker {
			continue
		}
		result, text := x.test(e, l)
		if x.name == "customer-prefix" { // of all that it ever was about
			result, text = e.customersOnly(l, e.leakedOrigins(g))
		}
		if result == Explains || result == NoData && g.refuted && l.benign == x.name {
			return x.name, text
		}
		if i := slices.IndexFunc(tried, func(t Tried) bool { return t.Name == x.name }); i >= 0 && result == Fails {
			tried[i] = Tried{x.name, result, text}
		}
	}
	l.tried = tried
	return "", ""
}

// reviveExplained judges again the leaks that were explained by facts that changed, or that an authority speaks of now.
func (e *Engine) reviveExplained() {
	if !e.facts.hasRelations() {
		return
	}
	for _, l := range e.leaks {
		if l.benign == "" || len(l.shown) == 0 || l.isOpen() {
			continue
		}
		factual := slices.ContainsFunc(leakExclusions(), func(x leakExclusion) bool { return x.name == l.benign && x.factual })
		if factual || l.rule.needsNoNovelty() {
			e.explainLeak(l)
		}
	}
}
