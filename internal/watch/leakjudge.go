package watch

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"pahra/internal/authority"
	"pahra/wire/values"
)

// weighLeak decides whether a leak at one prefix is a deviation; nil if it is explained.
func (e *Engine) weighLeak(m *member) *member {
	l := m.track.leak
	if !e.facts.hasRelations() || e.facts.ASPAs == nil && l.rule == ruleASPA && !l.isOpen() {
		m.track.from = 0 // to be judged when there are data again
		return nil
	}
	if l.judged != e.now { // once for all its prefixes
		l.judged = e.now
		e.explainLeak(l)
	}
	m.tried = l.tried
	if l.benign == "" {
		m.objects = e.attestations(l)
		return m
	}
	m.track.phase, m.track.sights = explained, nil
	return nil
}

// attestations gives what the ASPAs of the neighbours say of the leaker.
func (e *Engine) attestations(l *leak) (list []Object) {
	if e.facts.ASPAs == nil {
		return nil
	}
	for _, customer := range [...]values.ASN{l.from, l.to, l.leaker} {
		provider := l.leaker
		if customer == l.leaker {
			provider = l.from
		}
		if id := e.facts.ASPAs.Object(customer); id != "" {
			list = append(list, Object{"aspa", id, fmt.Sprintf("AS%d: %s", provider, e.facts.ASPAs.Hop(customer, provider))})
		}
	}
	return list
}

// refusable says whether the network that took the routes could have seen by path verification that it must not, on any
// of the paths by which they are shown.
func (e *Engine) refusable(g *group) bool {
	if e.facts.ASPAs == nil {
		return false
	}
	return slices.ContainsFunc(g.members[0].track.sights, func(s sight) bool {
		path := e.in.AppendPath(nil, e.in.Attr(s.attr).Path)
		at := slices.Index(path, g.asn)
		return at >= 0 && e.facts.ASPAs.Upstream(path[at:]) == authority.ASPAInvalid
	})
}

// explainLeak tries the explanations. It is logged when one is found, and when it is another than before.
func (e *Engine) explainLeak(l *leak) {
	was := l.benign
	l.benign, l.tried = e.tryLeak(l)
	e.tellLeaks(l.leaker)
	if l.benign != "" && l.benign != was {
		e.note(e.firstOf(l), 0, l.benign, fmt.Sprintf("%s: %s", l.what(), l.tried[len(l.tried)-1].Detail))
	}
	if l.benign == "" {
		e.reopenLeaks(l)
	}
}

// tryLeak tries the explanations up to the first that holds, and gives its name.
func (e *Engine) tryLeak(l *leak) (benign string, tried []Tried) {
	for _, x := range leakExclusions() {
		if e.off[x.name] {
			tried = append(tried, Tried{Name: x.name, Result: Disabled})
			continue
		}
		result, detail := x.test(e, l)
		tried = append(tried, Tried{x.name, result, detail})
		if result == Explains {
			return x.name, tried
		}
	}
	return "", tried
}

// reopenLeaks lets what was explained be judged again, now that another neighbour or another origin is involved: the
// other prefixes of the leak, and the leaks of the same leaker that seemed to be about one network.
func (e *Engine) reopenLeaks(by *leak) {
	for _, l := range e.leaksBy[by.leaker] {
		if l != by {
			if l.benign != "relation-change" && l.benign != "one-origin" {
				continue
			}
			if benign, _ := e.tryLeak(l); benign != "" {
				continue
			}
		}
		l.benign = ""
		e.tellLeaks(l.leaker)
		for _, t := range l.tracks {
			if t.phase == explained {
				t.phase, t.from = waiting, 0
				e.addStanding(t, e.now+1)
				e.look(t)
			}
		}
	}
}

// firstOf gives the track of a leak to log: the one first seen now, of several that of the lowest prefix.
func (e *Engine) firstOf(l *leak) *track {
	return slices.MinFunc(l.tracks, func(a, b *track) int {
		return cmp.Or(cmp.Compare(unset(a.first), unset(b.first)), values.ComparePrefix(e.table.Prefix(a.prefix), e.table.Prefix(b.prefix)))
	})
}

// unset puts a time that is not set behind all others.
func unset(sec int64) int64 {
	if sec == 0 {
		return math.MaxInt64
	}
	return sec
}

func (l *leak) what() string {
	return fmt.Sprintf("AS%d passes routes of AS%d on to AS%d", l.leaker, l.from, l.to)
}

// weighLeaking weighs a leak for its confidence.
func (e *Engine) weighLeaking(w *weighing, g *group) {
	l := g.leak
	sure := min(l.fromIs.Confidence, l.toIs.Confidence)
	switch l.rule {
	case ruleASPA:
		w.add(0.85, "AS%d and AS%d attest that AS%d is no provider of theirs (ASPA)", l.from, l.to, l.leaker)
	case ruleOTC:
		w.add(0.75, "the routes were marked to go to customers only (RFC 9234), and AS%d is the %s of AS%d", l.to, l.toIs.Relation, l.leaker)
	case ruleTier1:
		w.add(0.65, "AS%d and AS%d buy transit of nobody and have AS%d between them", l.from, l.to, l.leaker)
	default:
		w.add(0.30+0.25*sure, "AS%d is the %s and AS%d the %s of AS%d; the less sure of the two is so to %.0f %%",
			l.from, l.fromIs.Relation, l.to, l.toIs.Relation, l.leaker, sure*100)
	}
	prefixes, origins := len(g.members), len(e.leakedOrigins(g))
	if prefixes >= 10 {
		w.add(0.10, "%d prefixes of %d origins", prefixes, origins)
	}
	if n := e.leakersSteps(g); n > 1 {
		w.add(0.10, "AS%d leaks over %d pairs of neighbours at once", l.leaker, n)
	}
	if e.refusable(g) {
		w.add(0.05, "AS%d could have refused it: its path is Invalid by ASPA path verification", l.to)
	}
	if l.standing {
		w.add(-0.10, "it stood before judging began")
	}
	for _, t := range l.tried {
		switch {
		case t.Name != "same-organisation" || t.Result != NoData:
		case l.rule == ruleValleyFree:
			w.add(-0.30, "%s: no data", t.Name)
		default:
			w.add(-0.05, "%s: no data", t.Name)
		}
	}
}

// leakersSteps counts the leaks of a leak's leaker that began in the same burst, itself among them.
func (e *Engine) leakersSteps(g *group) int {
	n := 0
	for _, o := range e.leaksBy[g.asn] {
		if o == g.leak || o.benign == "" && slices.ContainsFunc(o.groups, func(x *group) bool { return e.sameBurst(x, g) }) {
			n++
		}
	}
	return n
}

// sameBurst says whether two incidents began within the burst window of one another.
func (e *Engine) sameBurst(a, b *group) bool {
	d, window := a.start-b.start, int64(e.set.BurstWindow.Seconds())
	return d <= window && -d <= window
}

// leakedOrigins gives the networks whose prefixes a leak concerns.
func (e *Engine) leakedOrigins(g *group) map[values.ASN]bool {
	origins := make(map[values.ASN]bool)
	for _, m := range g.members {
		for i := range m.track.sights {
			if o := e.in.Attr(m.track.sights[i].attr).Origin; o != 0 {
				origins[o] = true
			}
		}
	}
	return origins
}

// leakEvidence writes down what a leak rests on.
func (e *Engine) leakEvidence(g *group) *LeakEvidence {
	l := g.leak
	return &LeakEvidence{
		From: l.from, Leaker: l.leaker, To: l.to, Type: l.typeOf(), Rule: l.rule.String(),
		FromRelation: l.fromIs, ToRelation: l.toIs,
		Prefixes: len(e.prefixesOf(g)), Origins: len(e.leakedOrigins(g)), Peers: l.most,
	}
}

// leakWitnesses gives the paths by which any leak of the same source in the same burst was shown: who leaks to two
// neighbours at once is seen over both, and no one network could have made up both. What it leaks of others lends
// nothing: beside a true leak one network could make up another.
func (e *Engine) leakWitnesses(g *group) []witness {
	var out []witness
	seen := make(map[string]bool)
	for _, o := range g.leak.source.leaks {
		for _, x := range o.groups {
			if !e.sameBurst(x, g) {
				continue
			}
			for _, w := range e.witnesses(x) {
				if key := keyOf(w.peer, w.path); !seen[key] {
					seen[key] = true
					out = append(out, w)
				}
			}
		}
	}
	sortWitnesses(out)
	return out
}
