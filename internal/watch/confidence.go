package watch

import (
	"fmt"
	"math"
	"slices"

	"pahra/wire/values"
)

// weighing adds up an incident's confidence, with a reason for each part.
type weighing struct {
	sum     float64
	reasons []string
}

func (w *weighing) add(points float64, format string, args ...any) {
	w.sum += points
	w.reasons = append(w.reasons, fmt.Sprintf("%+.2f %s", points, fmt.Sprintf(format, args...)))
}

// value gives the confidence, between 0.05 and 0.99, to two decimals.
func (w *weighing) value() float64 {
	return math.Round(min(0.99, max(0.05, w.sum))*100) / 100
}

// confidence weighs an incident. docs/formulas.md has the points as a table, with worked examples.
func (e *Engine) confidence(g *group, at Attribution, shared values.ASN) (float64, []string) {
	var w weighing
	switch g.kind {
	case Hijack:
		e.weighOrigin(&w, g)
	case Leak:
		e.weighLeaking(&w, g)
	case PathAnomaly:
		e.weighAnomaly(&w, g)
	case RPKIInvalid:
		w.add(0.90, "RPKI origin validation finds it %s", g.members[0].rov)
	case BogonPrefix, BogonASN:
		if g.admin {
			w.add(0.50, "%s, merely administrative: it is not handed out to anybody now", g.what())
		} else {
			w.add(0.90, "%s", g.what())
		}
	}
	switch at {
	case Supported:
		w.add(0.09, "independent paths lead to AS%d", g.asn)
	case SinglePath:
		w.add(-0.10, "%s, so AS%d is not named as the culprit", doubt(g, shared), g.asn)
	case PossiblyForged:
		w.add(-0.15, "every path passes AS%d, never seen next to AS%d before: the path may be forged", shared, g.asn)
	}
	return w.value(), w.reasons
}

// doubt says why the announcing network is not named.
func doubt(g *group, shared values.ASN) string {
	uncontested := func(m *member) bool { return m.track.kind == Hijack && !m.contested }
	switch {
	case shared != 0 && len(g.members) > 1:
		return fmt.Sprintf("every path to one of the prefixes passes AS%d", shared)
	case shared != 0:
		return fmt.Sprintf("every path passes AS%d", shared)
	case slices.ContainsFunc(g.members, uncontested):
		return "too few peer networks had the origin that stood before"
	}
	return "too few peer networks see it"
}

// weighOrigin weighs a mis-origination: what stood before, and what each authority says.
func (e *Engine) weighOrigin(w *weighing, g *group) {
	m := g.members[0]
	if m.base[0].prefix == m.track.prefix {
		w.add(0.35, "the same prefix has another established origin, AS%d", m.base[0].origin)
	} else {
		w.add(0.35, "it lies inside %s of AS%d", e.table.Prefix(m.base[0].prefix), m.base[0].origin)
	}
	if m.base[0].flags&fromTable != 0 {
		w.add(0.20, "a whole table showed what stood before")
	} else {
		w.add(0.05, "what stood before is known from updates only")
	}
	switch m.rov {
	case "invalid-origin", "invalid-length":
		w.add(0.25, "RPKI origin validation: %s", m.rov)
	case "no data":
		w.add(0, "RPKI origin validation: no data")
	default:
		w.add(0, "RPKI origin validation: %s", m.rov)
	}
	e.weighTried(w, m)
	if len(g.victims) > 1 {
		w.add(0.10, "prefixes of %d other networks at once", len(g.victims))
	}
	if carried := g.carried(); carried > 0 {
		w.add(0, "AS%d passed %d of these prefixes on before: re-origination (RFC 7908 type 5)", g.asn, carried)
	}
}

// weighTried weighs the explanations that were at hand and failed.
func (e *Engine) weighTried(w *weighing, m *member) {
	points := map[string]float64{"same-organisation": 0.05, "customer-or-provider": 0.10, "route-object": 0.05}
	for _, t := range m.tried {
		p, counts := points[t.Name]
		switch {
		case !counts:
		case t.Result == Fails:
			w.add(p, "%s does not explain it", t.Name)
		case t.Result == NoData:
			w.add(-p, "%s: no data", t.Name)
		}
	}
}

func (g *group) carried() int {
	n := 0
	for _, m := range g.members {
		if m.carried {
			n++
		}
	}
	return n
}
